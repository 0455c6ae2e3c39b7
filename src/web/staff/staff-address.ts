import { isIPv6 } from 'node:net';
import { EVERY_CARD, type Config } from '../../config';
import { ownAddresses } from '../../services/setup/own-addresses';

/**
 * Where staff find their pages, without a slash at the end: the address for other machines first, then
 * that of this computer if it is another.
 * @param port on which they are
 * @param card an address by which other machines reach us
 */
export function staffAddresses(
  { staff, portalUrl }: Pick<Config, 'staff' | 'portalUrl'>,
  port: number,
  card = 'localhost',
): string[] {
  if (!staff) return unique([portalUrl ?? `http://${card}:${port}`, `http://localhost:${port}`]);
  const scheme = staff.tls ? 'https' : 'http';
  const base = (host: string) => `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  if (!EVERY_CARD.includes(staff.host)) return [base(staff.host)];
  // Phones reach this computer by that name; of a portal behind https it is the proxy's.
  const isOurs = portalUrl?.startsWith('http:');
  return unique([base(isOurs ? new URL(portalUrl!).hostname : card), base('localhost')]);
}

/**
 * How other machines reach what listens on `host`, ready for a URL; `undefined` where none does.
 * @param own the addresses of this computer's cards
 */
export function reachedAt(host: string, own = ownAddresses): string | undefined {
  if (EVERY_CARD.includes(host)) return own()[0];
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return undefined;
  return isIPv6(host) ? `[${host}]` : host;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
