import ipaddr from 'ipaddr.js';
import type { Finding } from './doctor-finding';
import type { GardenRule, HotspotServerRow, RouterSnapshot, Shop } from './doctor-snapshot';

/** Where customers who are not logged in yet have to get to. */
export interface PortalAddress {
  host: string;
  port: number;
  /** The host is a number, not a name. */
  isAddress: boolean;
}

export function portalAddress(portalUrl: string): PortalAddress {
  const { hostname, port, protocol } = new URL(portalUrl);
  const usual = protocol === 'https:' ? 443 : 80;
  return { host: hostname, port: Number(port) || usual, isAddress: ipaddr.isValid(hostname) };
}

/** Whether customers reach the portal before they have paid. */
export function walledGarden(
  snapshot: RouterSnapshot,
  { portalUrl }: Shop,
  servers: readonly HotspotServerRow[],
): Finding[] {
  if (portalUrl === undefined) {
    return [
      {
        id: 'portal-address-unknown',
        severity: 'info',
        title: 'Whether customers reach the portal was not looked at',
        meaning:
          'PORTAL_URL is not set, so there is no telling what the walled garden has to hold.',
        fix: 'Write the address by which phones reach this computer into .env as PORTAL_URL.',
      },
    ];
  }
  const portal = portalAddress(portalUrl);
  if (snapshot.bypassed.includes(portal.host)) return [];
  const closed = servers.filter(({ name }) => !portalIsOpen(snapshot.garden, portal, name));
  if (closed.length === 0) return [];
  return [
    {
      id: 'walled-garden',
      severity: 'error',
      title: `Customers cannot open the portal: ${portalUrl} is not in the walled garden`,
      meaning: portal.isAddress
        ? 'A phone that is not logged in reaches nothing but the walled garden, so nobody can type ' +
          'a code. Certain, unless this computer is let through in another way.'
        : 'A phone that is not logged in reaches nothing but the walled garden, so nobody can type ' +
          'a code. Likely: a rule by address may let it through, which cannot be told from a name.',
      fix:
        'In Winbox open IP > Hotspot > Walled Garden IP List and add: action accept, ' +
        `${portal.isAddress ? 'Dst. Address' : 'Dst. Host'} ${portal.host}, protocol tcp, ` +
        `Dst. Port ${portal.port}.`,
      repair: { kind: 'open walled garden' },
    },
  ];
}

/** The first rule that fits decides, in each of the two lists. */
export function portalIsOpen(
  garden: readonly GardenRule[],
  portal: PortalAddress,
  server: string,
): boolean {
  return (['ip', 'web'] as const).some((kind) => {
    const fitting = garden.find((rule) => rule.kind === kind && fits(rule, portal, server));
    return fitting?.allows ?? false;
  });
}

function fits(rule: GardenRule, { host, port }: PortalAddress, server: string): boolean {
  if (rule.disabled || rule.sourceAddress) return false; // a rule for some is not one for all
  if (rule.server && rule.server !== 'all' && rule.server !== server) return false;
  if (rule.protocol && !['tcp', '6'].includes(rule.protocol)) return false;
  if (rule.port && !rule.port.split(',').some((part) => holdsPort(part, port))) return false;
  if (rule.address) return holdsAddress(rule.address, host);
  return rule.host === '' ? rule.kind === 'ip' : hostPattern(rule.host).test(host);
}

function holdsPort(part: string, port: number): boolean {
  const [first, last = first] = part.split('-').map(Number);
  return port >= first! && port <= last!;
}

function holdsAddress(range: string, host: string): boolean {
  if (!ipaddr.isValid(host)) return false;
  if (!ipaddr.isValidCIDR(range)) return range === host;
  const address = ipaddr.parse(host);
  const [network, bits] = ipaddr.parseCIDR(range);
  return address.kind() === network.kind() && address.match(network, bits);
}

/** RouterOS' wildcards: `*` for anything, `?` for one character; a leading colon is an expression of its own. */
function hostPattern(pattern: string): RegExp {
  if (pattern.startsWith(':')) {
    try {
      return new RegExp(pattern.slice(1), 'i');
    } catch {
      return /(?!)/;
    }
  }
  const literal = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i');
}
