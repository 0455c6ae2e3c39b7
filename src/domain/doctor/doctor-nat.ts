import { portalAddress, type PortalAddress } from './doctor-garden';
import type { Finding } from './doctor-finding';
import { spanOf, type AddressRange } from './doctor-pools';
import {
  isKnown,
  type NatMatcher,
  type NatRule,
  type RouterSnapshot,
  type Shop,
} from './doctor-snapshot';

/** A rule that gives phones of a network the router's own address on their way to the portal. */
export interface HidingRule {
  /** Of the phones, as in `10.5.50.0/24`. */
  network: string;
  rule: NatRule;
  /** False where it has matchers that cannot be followed. */
  isSure: boolean;
}

/** The worse of two matchers decides on a packet. */
const SURENESS = ['no', 'maybe', 'yes'] as const;
type Sure = (typeof SURENESS)[number];

/** Actions that give a connection another source address. */
const TRANSLATING: readonly string[] = ['masquerade', 'src-nat', 'same', 'netmap'];

type NatView = Pick<RouterSnapshot, 'nat' | 'servers' | 'networks' | 'interfaceLists'>;

/** Whether phones come to the portal by addresses of their own: by nothing else are they told apart. */
export function natFindings(
  snapshot: RouterSnapshot,
  { portalUrl, hotspotServer }: Shop,
): Finding[] {
  if (portalUrl === undefined || !isKnown(snapshot, 'nat', 'networks', 'servers')) return [];
  const portal = portalAddress(portalUrl);
  const [first, ...others] = hidingRules(snapshot, portal, hotspotServer);
  if (!first) return [];
  const all = [first, ...others];
  const isSure = all.some((one) => one.isSure);
  const commands = all.map(({ network }) => exception(network, portal));
  return [
    {
      id: 'phones-hidden',
      severity: isSure ? 'error' : 'info',
      title: isSure
        ? "The router hides customers' phones from this computer"
        : "The router may hide customers' phones from this computer",
      meaning:
        "A NAT rule of the router gives every phone the router's own address on the way to the portal, so " +
        'phones cannot be told apart and no code is taken. ' +
        (isSure
          ? "Certain: MikroTik's Hotspot Setup makes such a rule, and it reaches every network but the hotspot's own."
          : 'Not sure: the rule has lists, marks or interfaces that were not followed.'),
      fix: `Run the set-up again, which puts an exception above it; or paste into a terminal of WinBox: ${commands.join('; ')}`,
      ...(isSure && { commands: ['setup'] }),
    },
  ];
}

/** In RouterOS' words. */
function exception(network: string, { host }: PortalAddress): string {
  return `/ip firewall nat add chain=srcnat action=accept src-address=${network} dst-address=${host} place-before=0`;
}

/**
 * For each network of customers, the first rule that would translate them; none where an exception stands above
 * it, or where the portal is in that very network: then nothing passes the router's NAT.
 * @param hotspotServer `undefined` is all of them
 */
export function hidingRules(
  snapshot: NatView,
  portal: PortalAddress,
  hotspotServer: string | undefined,
): HidingRule[] {
  const there = portal.isAddress ? spanOf(portal.host) : undefined;
  if (!there) return [];
  const interfaces = snapshot.servers
    .filter(({ name }) => hotspotServer === undefined || name === hotspotServer)
    .map((server) => server.interface);
  const link = snapshot.networks.find(({ network }) => isWithin(there, spanOf(network)))?.interface;
  return snapshot.networks
    .filter((one) => interfaces.includes(one.interface))
    .flatMap(({ network }) => {
      const phones = spanOf(network);
      if (!phones || isWithin(there, phones)) return [];
      return firstHiding(snapshot, network, { phones, there, port: portal.port, link });
    });
}

/** One connection of a phone to the portal. */
interface Way {
  phones: AddressRange;
  there: AddressRange;
  port: number;
  /** The interface it leaves by; `undefined` where that is not one of the router's own networks. */
  link: string | undefined;
}

function firstHiding({ nat, interfaceLists }: NatView, network: string, way: Way): HidingRule[] {
  let unclear: HidingRule | undefined;
  let isMaybeSpared = false;
  for (const rule of nat.filter(({ disabled }) => !disabled)) {
    const sure = reach(rule, way, interfaceLists);
    if (sure === 'no') continue;
    if (TRANSLATING.includes(rule.action)) {
      if (sure === 'yes') return [{ network, rule, isSure: !isMaybeSpared }];
      unclear ??= { network, rule, isSure: false };
    } else if (rule.action === 'accept') {
      if (sure === 'yes') break;
      isMaybeSpared = true;
    }
  }
  return unclear ? [unclear] : [];
}

function reach(
  { matchers }: NatRule,
  { phones, there, port, link }: Way,
  lists: RouterSnapshot['interfaceLists'],
): Sure {
  const asked = (name: NatMatcher, test: (wanted: string) => Sure): Sure => {
    const wanted = matchers[name];
    if (!wanted) return 'yes';
    return wanted.startsWith('!') ? OPPOSITE[test(wanted.slice(1))] : test(wanted);
  };
  const maybe = (): Sure => 'maybe';
  const known: Sure[] = [
    asked('src-address', (wanted) => within(phones, spanOf(wanted))),
    asked('dst-address', (wanted) => within(there, spanOf(wanted))),
    asked('protocol', (wanted) => (wanted === 'tcp' || wanted === '6' ? 'yes' : 'no')),
    asked('dst-port', (wanted) => portIn(wanted, port)),
    asked('out-interface', (wanted) => (link ? sureIf(wanted === link) : 'maybe')),
    asked('out-interface-list', (wanted) => {
      if (wanted === 'all') return 'yes';
      return link
        ? sureIf(lists.some((one) => one.list === wanted && one.interface === link))
        : 'maybe';
    }),
    ...UNFOLLOWED.map((name) => asked(name, maybe)),
  ];
  return SURENESS.find((sure) => known.includes(sure)) ?? 'yes';
}

/** Whose contents are not looked at. */
const UNFOLLOWED: readonly NatMatcher[] = [
  ...(['src-address-list', 'dst-address-list', 'hotspot'] as const),
  ...(['connection-mark', 'packet-mark', 'routing-mark'] as const),
];
const OPPOSITE: Record<Sure, Sure> = { yes: 'no', no: 'yes', maybe: 'maybe' };

function sureIf(holds: boolean): Sure {
  return holds ? 'yes' : 'no';
}

function portIn(wanted: string, port: number): Sure {
  const ranges = wanted.split(',').map((part) => part.split('-').map(Number));
  return sureIf(ranges.some(([from, to = from]) => from! <= port && port <= to!));
}

function within(inner: AddressRange, outer: AddressRange | undefined): Sure {
  if (!outer) return 'maybe';
  if (isWithin(inner, outer)) return 'yes';
  return inner[0] <= outer[1] && outer[0] <= inner[1] ? 'maybe' : 'no';
}

function isWithin(inner: AddressRange, outer: AddressRange | undefined): boolean {
  return outer !== undefined && outer[0] <= inner[0] && inner[1] <= outer[1];
}
