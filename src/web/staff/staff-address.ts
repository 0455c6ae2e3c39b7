import { isIPv6 } from 'node:net';
import { EVERY_CARD, type Config } from '../../config';

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

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
