import ipaddr from 'ipaddr.js';
import { missingPolicies, NOT_LOOKED_AT, type Finding } from './doctor-finding';
import { inRange } from './doctor-pools';
import { isKnown, PARTS, type RouterSnapshot, type Shop } from './doctor-snapshot';
import { quoted } from '../units';

/** What the program does on the router needs all of these. */
export const NEEDED_POLICIES = ['api', 'read', 'write', 'test'];

/** Rights the program needs that an account with these policies lacks. */
export function missingFrom(policies: readonly string[]): string[] {
  return NEEDED_POLICIES.filter((policy) => !policies.includes(policy));
}

const API_SERVICES = ['api', 'api-ssl'];
const CLOCK_TOLERANCE_MS = 2 * 60_000;
const CLOCK_SET_AFTER = Date.UTC(2000, 0, 1);

/** How we and others reach the router: rights, the API, its clock. */
export function accessFindings(snapshot: RouterSnapshot, shop: Shop): Finding[] {
  return [
    ...unreadFindings(snapshot),
    policies(snapshot, shop),
    anotherRouter(snapshot, shop),
    nameless(snapshot),
    freeLicense(snapshot),
    smallLicense(snapshot),
    openApi(snapshot),
    openServices(snapshot),
    hiddenLists(snapshot),
    fewSessions(snapshot),
    badBlocks(snapshot),
    clock(snapshot.clock, shop.now),
  ].filter((finding) => finding !== undefined);
}

function policies({ policies: has, unread }: RouterSnapshot, shop: Shop): Finding | undefined {
  // A router that hides our rights but refuses something for lack of them has told us enough.
  const isRefused = unread.some(({ part, isForbidden }) => isForbidden && part !== 'rights');
  if (!has) return isRefused ? missingPolicies(shop.username, ['read']) : undefined;
  const missing = missingFrom(has);
  return missing.length > 0 ? missingPolicies(shop.username, missing) : undefined;
}

function anotherRouter({ serial }: RouterSnapshot, { books }: Shop): Finding | undefined {
  const recorded = books?.recordedSerial;
  if (serial === undefined || recorded === undefined || serial === recorded) return undefined;
  return {
    id: 'another-router',
    severity: 'error',
    title: `Another router answers: serial number ${serial}, the books are of ${recorded}`,
    meaning:
      'Until you say that it was replaced this program changes nothing on it: nobody is let in, and ' +
      'nobody logged out. Certain: the router says so itself.',
    fix:
      'If it is not yours, correct MIKROTIK_HOST in .env. If it was replaced, say so, and then let ' +
      'this program prepare it.',
    commands: ['reconcile --once --confirm', 'setup'],
  };
}

function nameless(snapshot: RouterSnapshot): Finding | undefined {
  if (snapshot.serial !== undefined || !isKnown(snapshot, 'board', 'license')) return undefined;
  return {
    id: 'router-nameless',
    severity: 'info',
    title: 'Nothing tells this router from another one',
    meaning:
      'It has neither a serial number nor a number in its license. If another router answers at its address ' +
      'one day, this program takes it for this one. What the set-up did is kept under the name of the router. ' +
      'Certain: the router says so itself.',
    fix:
      'Keep its address to itself, and its name as it is (System > Identity). If you replace it, take the ' +
      'set-up back on the old one first.',
    commands: ['setup --undo'],
  };
}

function freeLicense({ licenseLevel }: RouterSnapshot): Finding | undefined {
  if (licenseLevel !== 'free') return undefined;
  return {
    id: 'license-free',
    severity: 'warning',
    title: 'The router has the free license of CHR: 1 Mbit/s out of each interface',
    meaning:
      'All customers together get no more than 1 Mbit/s, whatever their plans promise. Certain: that is what ' +
      'this license is.',
    fix: 'In WinBox open System > License and get the license p1 or a higher one; there is a trial of 60 days.',
  };
}

/** How many customers a license lets in at once (MikroTik's manual); higher levels are not limited. */
const LICENSED: Readonly<Record<string, number>> = { '1': 1, '3': 1, '4': 200, '5': 500 };
const NEARLY_ALL_LICENSED = 0.9;

function smallLicense({ licenseLevel = '', active }: RouterSnapshot): Finding | undefined {
  const most = LICENSED[licenseLevel];
  const common = {
    id: 'license-users',
    fix: 'In WinBox open System > License > Upgrade, or use a router with a higher level: level 4 lets 200 in, level 5 lets 500 in, level 6 all.',
  };
  if (licenseLevel === '0') {
    return {
      ...common,
      severity: 'error',
      title: "The router's license is a trial (level 0)",
      meaning: 'It ends 24 hours after the first start, and the hotspot with it. Certain.',
    };
  }
  if (most === 1) {
    return {
      ...common,
      severity: 'error',
      title: `The router's license (level ${licenseLevel}) lets one customer in at a time`,
      meaning:
        'Everybody else is refused with "session limit reached (1)", whatever they paid for. Certain: that is ' +
        'what this license is; antennas such as SXT and LHG come with it.',
    };
  }
  if (most === undefined || active.length < most * NEARLY_ALL_LICENSED) return undefined;
  return {
    ...common,
    severity: 'warning',
    title: `${active.length} customers are online, and the router's license (level ${licenseLevel}) lets ${most} in at a time`,
    meaning:
      'Anyone who comes after the last one is refused with "session limit reached". Certain: that is what this ' +
      'license is.',
  };
}

function openApi(snapshot: RouterSnapshot): Finding | undefined {
  const open = snapshot.services.filter(
    ({ name, disabled, addresses }) =>
      API_SERVICES.includes(name) && !disabled && isOpen(addresses, snapshot),
  );
  if (open.length === 0) return undefined;
  const names = open.map(({ name }) => name).join(' and ');
  return {
    id: 'api-open',
    severity: 'warning',
    title: `Customers can reach the router's API (${names})`,
    meaning:
      'Somebody on the Wi-Fi can try passwords until one works, and then give themselves free internet ' +
      'or lock you out. Likely. A firewall may already stop them.',
    fix:
      `In WinBox open IP > Services, ${names}, and write this computer's address into "Available ` +
      'From". Disable the one you do not use. Careful: with a wrong address this program can no longer connect.',
  };
}

function isOpen(addresses: readonly string[] | undefined, snapshot: RouterSnapshot): boolean {
  return addresses !== undefined && letsCustomersIn(addresses, snapshot);
}

function hiddenLists({ services, version }: RouterSnapshot): Finding | undefined {
  const hidden = services.filter(({ addresses, disabled }) => !addresses && !disabled);
  if (hidden.length === 0) return undefined;
  const names = hidden.map(({ name }) => name).join(', ');
  return {
    id: 'services-unknown',
    severity: 'warning',
    title: `Who may use the router's logins cannot be told: ${names}`,
    meaning:
      `RouterOS ${version} shows the list of each under a name that this program does not know, so it is ` +
      'neither judged nor changed. Customers may be able to try passwords there.',
    fix: 'In WinBox open IP > Services and see that "Available From" of each holds no address of customers.',
  };
}

/** By which people come in; the hotspot's own pages are none of them. */
const PEOPLES_SERVICES = ['winbox', 'ssh', 'telnet', 'www', 'www-ssl', 'ftp'];

/** Not closed by the set-up: the owner may sit in the same network and come in this way. */
function openServices(snapshot: RouterSnapshot): Finding | undefined {
  const open = snapshot.services.filter(
    ({ name, disabled, addresses }) =>
      PEOPLES_SERVICES.includes(name) && !disabled && isOpen(addresses, snapshot),
  );
  if (open.length === 0) return undefined;
  const names = open.map(({ name }) => name).join(', ');
  return {
    id: 'services-open',
    severity: 'info',
    title: `Customers can reach the router's logins: ${names}`,
    meaning:
      'A customer may try passwords there; telnet, ftp and www send them in plain text. Not sure: a ' +
      'firewall rule may stop it, which was not checked. A good password is no protection where RouterOS ' +
      'itself has a hole.',
    fix:
      'In WinBox open IP > Services and disable telnet, ftp, www and ssh if you do not use them. For the ' +
      'others write the network of your office into "Available From". Careful: nobody can connect from other ' +
      'networks then, including you.',
  };
}

const NEARLY_ALL_SESSIONS = 0.75;

function fewSessions({ apiSessions: { used, limit } }: RouterSnapshot): Finding | undefined {
  if (limit === undefined || used / limit < NEARLY_ALL_SESSIONS) return undefined;
  return {
    id: 'api-sessions',
    severity: 'warning',
    title: `${used} of the ${limit} programs that may use the router's API at once are logged in`,
    meaning:
      'When all are in use the router hangs up on this program, and nobody is let in. Certain as to the ' +
      'figures; sessions that a power cut left behind go away after some time.',
    fix:
      'See in WinBox under System > Users > Active Users who is there by "api", and end what you do not ' +
      'know. More are allowed by "Max Sessions" under IP > Services > api.',
  };
}

function badBlocks({ badBlocks: percent }: RouterSnapshot): Finding | undefined {
  if (percent === 0) return undefined;
  return {
    id: 'flash-worn',
    severity: 'warning',
    title: `The router's flash memory has bad blocks (${percent} %)`,
    meaning:
      'It wears out: one day the router does not start again. Certain that there are some; how long it ' +
      'will last nobody can tell.',
    fix: 'Make a backup of the router now, keep it on another computer, and have a spare router.',
  };
}

/** What could not be read, grouped by the reason the router gave. */
function unreadFindings({ unread }: RouterSnapshot): Finding[] {
  const reasons = [...new Set(unread.map(({ said }) => said))];
  return reasons.map((said) => {
    const refused = unread.filter((one) => one.said === said);
    const menus = [...new Set(refused.map(({ menu }) => menu))].join(', ');
    const unknown = [...new Set(refused.map(({ part }) => PARTS[part]))].join('; ');
    const isForbidden = refused.some((one) => one.isForbidden);
    return {
      id: NOT_LOOKED_AT,
      severity: 'warning',
      title: `Could not look at ${menus}, because the router said ${said ? quoted(said) : 'no, and not why'}`,
      meaning: `So it is not known ${unknown}. The rest was looked at.`,
      fix: isForbidden
        ? 'Give the user of this program the right "read", then check again.'
        : 'Check again; if it stays, look there in WinBox.',
      commands: ['doctor'],
    };
  });
}

/** An empty list lets everybody in; otherwise it depends on the addresses customers get. */
export function letsCustomersIn(
  addresses: readonly string[],
  snapshot: WhereCustomersAre,
): boolean {
  if (addresses.length === 0) return true;
  const customers = customerAddresses(snapshot);
  return addresses.some((network) => customers.some((customer) => holds(network, customer)));
}

type WhereCustomersAre = Pick<
  RouterSnapshot,
  'pools' | 'hosts' | 'servers' | 'dhcpServers' | 'unread'
>;

/**
 * Addresses that customers have, and the first of each range they get theirs from: pools of the hotspot
 * servers, and of DHCP on their interfaces. If those are not known, any pool may be theirs.
 */
export function customerAddresses(snapshot: WhereCustomersAre): string[] {
  const { pools, hosts, servers, dhcpServers } = snapshot;
  const lending = dhcpServers.filter((dhcp) =>
    servers.some((server) => server.interface === dhcp.interface),
  );
  const names = [...servers, ...lending].map(({ pool }) => pool);
  const theirs = pools.filter(({ name }) => names.includes(name));
  // Any pool may be theirs if no server has one; not if the servers were not shown.
  const likely = theirs.length > 0 || !isKnown(snapshot, 'servers', 'dhcpServers') ? theirs : pools;
  return [
    ...hosts.map(({ address }) => address),
    ...likely.flatMap(({ ranges }) => ranges.map((range) => range.split(/[-/]/)[0]!)),
  ];
}

function holds(network: string, address: string): boolean {
  if (!network.includes('/')) return inRange(network, address);
  if (!ipaddr.isValidCIDR(network) || !ipaddr.isValid(address)) return false;
  const [base, bits] = ipaddr.parseCIDR(network);
  // A single address in the list is this computer, even if it is in the customers' network.
  if (bits === (base.kind() === 'ipv6' ? 128 : 32)) return false;
  const customer = ipaddr.parse(address);
  return customer.kind() === base.kind() && customer.match(base, bits);
}

function clock(router: Date | undefined, now: Date): Finding | undefined {
  if (!router) return undefined;
  const skewMs = Math.abs(router.getTime() - now.getTime());
  if (skewMs <= CLOCK_TOLERANCE_MS) return undefined;
  const lost = router.getTime() < CLOCK_SET_AFTER;
  return {
    id: 'router-clock',
    severity: 'warning',
    title: lost
      ? `The router's clock was lost: it says ${router.getUTCFullYear()}`
      : `The router's clock is wrong by ${Math.round(skewMs / 60_000)} minutes`,
    meaning:
      'Vouchers end on time all the same, since we use our own clock. But the times in the ' +
      "router's log, its schedules and its certificates are wrong. Certain, if this computer's own " +
      'clock is right.',
    fix:
      'In WinBox open System > Clock and set the time zone, then System > NTP Client: enable it ' +
      'with a server that the router can reach, for instance this computer.',
  };
}
