import ipaddr from 'ipaddr.js';
import type { Finding } from './doctor-finding';
import { letsCustomersIn } from './doctor-access';
import { portOf } from '../shop/web-address';
import {
  isKnown,
  type GardenRule,
  type HotspotServerRow,
  type RouterSnapshot,
  type Shop,
} from './doctor-snapshot';

/** Where customers who are not logged in yet must be able to get to. */
export interface PortalAddress {
  host: string;
  port: number;
  /** The host is a number, not a name. */
  isAddress: boolean;
}

export function portalAddress(portalUrl: string): PortalAddress {
  const url = new URL(portalUrl);
  const { hostname: host } = url;
  return { host, port: portOf(url), isAddress: ipaddr.isValid(host) };
}

/** Without the proxy of the board, rules by names of pages do nothing. */
export function gardenInForce({
  garden,
  deviceMode,
}: Pick<RouterSnapshot, 'garden' | 'deviceMode'>): GardenRule[] {
  return deviceMode?.proxy === false ? garden.filter(({ kind }) => kind === 'ip') : garden;
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
        title: 'Not checked: whether customers can reach the portal',
        meaning: 'PORTAL_URL is not set, so it is unknown what the walled garden must contain.',
        fix: 'Write the address by which phones reach this computer into .env as PORTAL_URL.',
      },
    ];
  }
  const portal = portalAddress(portalUrl);
  if (snapshot.bypassed.includes(portal.host)) return [];
  const closed = servers.filter(({ name }) => !portalIsOpen(snapshot.garden, portal, name));
  // A rule that was not shown may open it.
  if (closed.length === 0 || !isKnown(snapshot, 'ipGarden', 'webGarden', 'bindings')) return [];
  const isAllOpen = closed.every(({ name }) => freePass(snapshot, name) !== undefined);
  return [
    {
      id: 'walled-garden',
      severity: 'error',
      title: isAllOpen
        ? `No rule of the walled garden of its own leads to the portal: ${portalUrl}`
        : `Customers cannot open the portal: ${portalUrl} is not in the walled garden`,
      meaning: isAllOpen
        ? 'Customers reach it only by the rule that lets them reach everything. Once that one is ' +
          'gone, nobody can type a code. Certain, unless this computer is let through in another way.'
        : portal.isAddress
          ? 'A phone that is not logged in reaches nothing but the walled garden, so nobody can type ' +
            'a code. Certain, unless this computer is let through in another way.'
          : 'A phone that is not logged in reaches nothing but the walled garden, so nobody can type ' +
            'a code. Likely: a rule by address may let it through, which cannot be told from a name.',
      fix:
        'In WinBox open IP > Hotspot > Walled Garden IP List and add: action accept, ' +
        `${portal.isAddress ? 'Dst. Address' : 'Dst. Host'} ${portal.host}, protocol tcp, ` +
        `Dst. Port ${portal.port}.`,
      repair: { kind: 'open walled garden' },
    },
  ];
}

/**
 * A rule by name opens what the router saw a phone look up since its last start: not with private DNS, not with a
 * name that the phone still knows. Which address the name stands for is not known here, so any rule by address counts.
 */
export function portalByName(
  snapshot: RouterSnapshot,
  { portalUrl }: Shop,
  servers: readonly HotspotServerRow[],
): Finding[] {
  if (portalUrl === undefined || !isKnown(snapshot, 'ipGarden', 'bindings')) return [];
  const portal = portalAddress(portalUrl);
  if (portal.isAddress || snapshot.bypassed.length > 0) return [];
  const { garden } = snapshot;
  const byName = servers.filter(
    ({ name }) => portalIsOpen(garden, portal, name) && !isOpenByAddress(garden, portal, name),
  );
  if (byName.length === 0) return [];
  return [
    {
      id: 'portal-by-name',
      severity: 'warning',
      title: `The walled garden leads to the portal by its name alone: ${portal.host}`,
      meaning:
        'Such a rule works for a name that the router saw a phone look up since its last start. Phones with private ' +
        'DNS, or that still know the name, do not get there after a restart. Likely: seen by others.',
      fix:
        'Run the set-up, which adds a rule for the address of this computer; or in WinBox open IP > Hotspot > Walled ' +
        `Garden IP List and add: action accept, Dst. Address with that address, protocol tcp, Dst. Port ${portal.port}.`,
      commands: ['setup'],
    },
  ];
}

function isOpenByAddress(
  garden: readonly GardenRule[],
  { port }: Pick<PortalAddress, 'port'>,
  server: string,
): boolean {
  return garden.some(
    (rule) =>
      rule.kind === 'ip' &&
      rule.allows &&
      // On this list an address beside a name is ignored.
      rule.host === '' &&
      rule.address !== '' &&
      !isForAnything(rule) &&
      !isForSome(rule) &&
      isForServer(rule, server) &&
      isForPort(rule, port),
  );
}

/** Rules that let people use the Internet without a code. */
export function freeGarden(
  snapshot: RouterSnapshot,
  servers: readonly HotspotServerRow[],
): Finding[] {
  const rules = new Set(servers.flatMap(({ name }) => freePass(snapshot, name) ?? []));
  return [...rules].map(({ kind }) => ({
    id: 'walled-garden-free',
    severity: 'error',
    title: 'A rule of the walled garden lets everybody reach everything without a code',
    meaning:
      'Nobody has to pay. ' +
      (kind === 'ip'
        ? 'Certain: the rule names no destination.'
        : 'Certain for plain HTTP; whether other pages open too depends on the version.'),
    fix:
      `In WinBox open IP > Hotspot > ${GARDENS[kind]} and disable the rule with ` +
      `${kind === 'ip' ? 'the action accept' : 'the action allow'} that has neither a Dst. Address nor a ` +
      `Dst. Host, or "*" there. See that the portal has a rule of its own.`,
  }));
}

const GARDENS = { ip: 'Walled Garden IP List', web: 'Walled Garden' };

/** The first rule of either list that matches everything, if it lets everybody through. */
function freePass(snapshot: RouterSnapshot, server: string): GardenRule | undefined {
  return (['ip', 'web'] as const)
    .map((kind) =>
      snapshot.garden.find(
        (rule) =>
          rule.kind === kind &&
          isForServer(rule, server) &&
          isForAnything(rule) &&
          (rule.allows
            ? isForCustomers(rule, snapshot) && isForPages(rule)
            : !isForSome(rule) && !rule.protocol && !rule.port),
      ),
    )
    .find((rule) => rule?.allows);
}

/** Names no destination. */
function isForAnything({ address, addressList, host, path }: GardenRule): boolean {
  const anyPath = ['', '*', '/*', '/'].includes(path);
  if (addressList || !anyPath) return false;
  if (address) return address === '0.0.0.0/0';
  return /^(|\*+|\*\.\*|\*\.|:\^?\.[*+]\$?)$/.test(host);
}

/** Ports that browsers and the like use; ICMP, say, is no Internet access. */
function isForPages(rule: GardenRule): boolean {
  if (!['', 'tcp', '6', 'udp', '17'].includes(rule.protocol)) return false;
  return isForPort(rule, 443) || isForPort(rule, 80);
}

function isForPort({ port: wanted }: GardenRule, port: number): boolean {
  return wanted === '' || wanted.split(',').some((part) => holdsPort(part, port));
}

function isForCustomers({ sourceAddress, sourceList }: GardenRule, snapshot: RouterSnapshot) {
  if (sourceList) return false; // the list's members are not known
  return !sourceAddress || letsCustomersIn([sourceAddress], snapshot);
}

function isForSome({ sourceAddress, sourceList }: GardenRule): boolean {
  return sourceAddress !== '' || sourceList !== '';
}

function isForServer({ disabled, server: named }: GardenRule, server: string): boolean {
  return !disabled && (!named || named === 'all' || named === server);
}

/** The addresses phones try to find out whether they are behind a login page. */
const PROBES = [
  ...['captive.apple.com', 'connectivitycheck.gstatic.com', 'connectivitycheck.android.com'],
  ...['clients3.google.com', 'www.msftconnecttest.com', 'detectportal.firefox.com'],
];

/** What keeps the login page from opening by itself. */
export function captiveProbes(
  snapshot: RouterSnapshot,
  servers: readonly HotspotServerRow[],
): Finding[] {
  const hosts = PROBES.filter((probe) =>
    snapshot.garden.some(
      (rule) =>
        rule.allows &&
        rule.host !== '' &&
        !isForAnything(rule) &&
        isForCustomers(rule, snapshot) &&
        isForPort(rule, 80) &&
        servers.some(({ name }) => isForServer(rule, name)) &&
        fitsHost(rule.host, probe),
    ),
  );
  if (hosts.length === 0) return [];
  return [
    {
      id: 'captive-probe',
      severity: 'warning',
      title: `The walled garden lets phones reach ${hosts.join(', ')}`,
      meaning:
        'There phones look whether they have to log in. When it answers they think they are online: the ' +
        'login page does not open by itself, and customers go away. Very likely; phones differ.',
      fix:
        'In WinBox open IP > Hotspot > Walled Garden, and Walled Garden IP List, and remove the rule ' +
        'with this Dst. Host, or one whose pattern holds it.',
    },
  ];
}

/**
 * The first matching rule decides, in each of the two lists. A rule that lets everything through does not
 * count: it has to go, and the portal has to stay open then.
 */
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
  if (!isForServer(rule, server) || isForSome(rule)) return false; // for some customers only
  if (rule.addressList || (rule.allows && isForAnything(rule))) return false;
  if (rule.protocol && !['tcp', '6'].includes(rule.protocol)) return false;
  if (!isForPort(rule, port)) return false;
  if (rule.address) return holdsAddress(rule.address, host);
  return rule.host === '' ? rule.kind === 'ip' : fitsHost(rule.host, host);
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

/** The most repeats in an expression: each more multiplies the time to match it. */
const MOST_REPEATS = 2;
const LONGEST_EXPRESSION = 200;

/**
 * Whether a name matches RouterOS' wildcards: `*` for anything, `?` for one character; after a leading
 * colon it is a regular expression. The router's text decides how long matching takes, so an expression
 * that could take long (groups, many repeats) is not tried and matches nothing.
 */
export function fitsHost(pattern: string, host: string): boolean {
  const name = host.toLowerCase();
  if (!pattern.startsWith(':')) return fitsWildcard(pattern.toLowerCase(), name);
  const expression = pattern.slice(1);
  const repeats = expression.match(/[*+?{]/g)?.length ?? 0;
  if (expression.length > LONGEST_EXPRESSION || repeats > MOST_REPEATS) return false;
  if (/[()]/.test(expression)) return false;
  try {
    return new RegExp(expression, 'i').test(name);
  } catch {
    return false;
  }
}

/** Backtracks to the last asterisk only, so the time grows with the product of the two lengths. */
function fitsWildcard(pattern: string, name: string): boolean {
  let [at, part, star, from] = [0, 0, -1, 0];
  while (at < name.length) {
    if (pattern[part] === '*') {
      star = part++;
      from = at;
    } else if (pattern[part] === '?' || pattern[part] === name[at]) {
      part += 1;
      at += 1;
    } else if (star >= 0) {
      part = star + 1;
      at = ++from;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(part));
}
