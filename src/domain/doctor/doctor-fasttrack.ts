import type { Finding } from './doctor-finding';
import { spanOf, type AddressRange } from './doctor-pools';
import type { FastTrackMatcher, FastTrackRule, RouterSnapshot, Shop } from './doctor-snapshot';

/** Whose traffic a FastTrack rule takes past the queues. */
type Reach = 'customers' | 'nobody' | 'unclear';

/** The worse of two matchers decides on a packet, the better of two packets on a connection. */
const SURENESS = ['no', 'maybe', 'yes'] as const;
type Sure = (typeof SURENESS)[number];

/** Where customers are, as far as the firewall can tell them from others. */
interface Customers {
  interfaces: readonly string[];
  spans: readonly AddressRange[];
}

/** Networks that are not the Internet. */
const LOCAL = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  ...['100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
].map((network) => spanOf(network)!);
const CHAINS: Record<FastTrackRule['table'], readonly string[]> = {
  filter: ['forward'],
  mangle: ['forward', 'prerouting', 'postrouting'],
};

/** FastTrack rules that take a customer's packets past the queue that counts and limits them. */
export function fastTrackFindings(snapshot: RouterSnapshot, { hotspotServer }: Shop): Finding[] {
  return snapshot.fastTrack
    .filter(({ disabled }) => !disabled)
    .flatMap((rule) => fastTrackFinding(rule, fastTrackReach(rule, snapshot, hotspotServer)));
}

function fastTrackFinding({ table, id }: FastTrackRule, reach: Reach): Finding[] {
  if (reach === 'nobody') return [];
  const menu = `IP > Firewall > ${table === 'filter' ? 'Filter Rules' : 'Mangle'}`;
  const restart = 'restart the router once: connections that are open keep going past the queues.';
  if (reach === 'unclear') {
    return [
      {
        id: 'fasttrack',
        severity: 'info',
        title: 'FastTrack is on for some traffic: whether for customers cannot be told',
        meaning:
          'If the rule catches what customers send or get, it goes past the speed limits and is not ' +
          'counted. Not sure: the rule has marks, lists or interfaces that were not followed.',
        fix:
          `In WinBox open ${menu} and look at the rule "fasttrack connection". If it does not keep the ` +
          `hotspot's network out, disable it, and ${restart}`,
      },
    ];
  }
  return [
    {
      id: 'fasttrack',
      severity: 'error',
      title: 'FastTrack is on: traffic goes past the speed limits and is not counted',
      meaning:
        'Customers get full speed whatever they paid for, and data that was used does not count ' +
        'against a cap. Certain for connections that the rule catches.',
      fix: `In WinBox open ${menu}, disable the rule "fasttrack connection", and ${restart}`,
      repair: { kind: 'disable fasttrack', table, rule: id },
    },
  ];
}

/**
 * Whether the rule can match what customers send to the Internet, or the answers: one packet of either is
 * enough, and the whole connection bypasses the queues.
 * @param hotspotServer `undefined` is all of them
 */
export function fastTrackReach(
  rule: FastTrackRule,
  snapshot: Pick<RouterSnapshot, 'servers' | 'networks' | 'pools' | 'interfaceLists'>,
  hotspotServer: string | undefined,
): Reach {
  const customers = whereCustomersAre(snapshot, hotspotServer);
  const { matchers, chain, table } = rule;
  const asked = (name: FastTrackMatcher, test: (wanted: string, not: boolean) => Sure): Sure => {
    const wanted = matchers[name];
    if (!wanted) return 'yes';
    return wanted.startsWith('!') ? test(wanted.slice(1), true) : test(wanted, false);
  };
  const theirs = (wanted: string, not: boolean) => ofCustomers(wanted, not, customers);
  const inList = (wanted: string, not: boolean) =>
    listOfCustomers(wanted, not, customers, snapshot.interfaceLists);
  const ownLink = (wanted: string, not: boolean) => linkOfCustomers(wanted, not, customers);
  const otherLink = (wanted: string, not: boolean) => linkOfOthers(wanted, not, customers);
  const known: Sure[] = [
    chainReach(chain, CHAINS[table]),
    ...(['src-address-list', 'dst-address-list'] as const).map((name) => asked(name, unknown)),
    ...(['connection-mark', 'packet-mark', 'routing-mark', 'hotspot'] as const).map((name) =>
      asked(name, unknown),
    ),
  ];
  const sent = least([
    asked('src-address', theirs),
    asked('dst-address', ofInternet),
    asked('in-interface', ownLink),
    asked('out-interface', otherLink),
    asked('in-interface-list', inList),
    asked('out-interface-list', listOfOthers),
  ]);
  const answered = least([
    asked('src-address', ofInternet),
    asked('dst-address', theirs),
    asked('in-interface', otherLink),
    asked('out-interface', ownLink),
    asked('in-interface-list', listOfOthers),
    asked('out-interface-list', inList),
  ]);
  const better = SURENESS.indexOf(sent) > SURENESS.indexOf(answered) ? sent : answered;
  return ({ yes: 'customers', maybe: 'unclear', no: 'nobody' } as const)[least([...known, better])];
}

function whereCustomersAre(
  { servers, networks, pools }: Pick<RouterSnapshot, 'servers' | 'networks' | 'pools'>,
  hotspotServer: string | undefined,
): Customers {
  const served = servers.filter(
    ({ name }) => hotspotServer === undefined || name === hotspotServer,
  );
  const interfaces = served.map((server) => server.interface);
  const ranges = [
    ...networks.filter((each) => interfaces.includes(each.interface)).map((each) => each.network),
    ...pools
      .filter(({ name }) => served.some(({ pool }) => pool === name))
      .flatMap((p) => p.ranges),
  ];
  return { interfaces, spans: ranges.map(spanOf).filter((span) => span !== undefined) };
}

function chainReach(chain: string, usual: readonly string[]): Sure {
  if (usual.includes(chain)) return 'yes';
  // Whether a custom chain is reached from anywhere is not known.
  return ['input', 'output'].includes(chain) ? 'no' : 'maybe';
}

function ofCustomers(wanted: string, not: boolean, { spans }: Customers): Sure {
  const span = spanOf(wanted);
  if (!span || spans.length === 0) return 'maybe';
  if (not) return spans.every((each) => covers(span, each)) ? 'no' : 'yes';
  return spans.some((each) => meets(span, each)) ? 'yes' : 'no';
}

function ofInternet(wanted: string, not: boolean): Sure {
  const span = spanOf(wanted);
  if (!span) return 'maybe';
  const isEverything = span[0] === 0 && span[1] === 2 ** 32 - 1;
  if (isEverything) return not ? 'no' : 'yes';
  if (not) return 'yes';
  return LOCAL.some((each) => covers(each, span)) ? 'no' : 'maybe';
}

function linkOfCustomers(wanted: string, not: boolean, { interfaces }: Customers): Sure {
  if (interfaces.length === 0) return 'maybe';
  if (not) return interfaces.every((each) => each === wanted) ? 'no' : 'yes';
  return interfaces.includes(wanted) ? 'yes' : 'no';
}

/** Which interface leads to the Internet is not known here. */
function linkOfOthers(wanted: string, not: boolean, { interfaces }: Customers): Sure {
  if (!interfaces.includes(wanted)) return 'maybe';
  return not ? 'yes' : 'no';
}

/** Lists are not read, so a device that seems not to be in one may be in it after all. */
function listOfCustomers(
  wanted: string,
  not: boolean,
  { interfaces }: Customers,
  members: RouterSnapshot['interfaceLists'],
): Sure {
  const isIn = (name: string) =>
    wanted === 'all' ||
    members.some(({ list, interface: member }) => list === wanted && member === name);
  if (not) return interfaces.length > 0 && interfaces.every(isIn) ? 'no' : 'maybe';
  return interfaces.some(isIn) ? 'yes' : 'maybe';
}

function listOfOthers(wanted: string, not: boolean): Sure {
  if (wanted !== 'all') return 'maybe';
  return not ? 'no' : 'yes';
}

function unknown(): Sure {
  return 'maybe';
}

function least(all: readonly Sure[]): Sure {
  return SURENESS.find((sure) => all.includes(sure)) ?? 'yes';
}

function meets(one: AddressRange, other: AddressRange): boolean {
  return one[0] <= other[1] && other[0] <= one[1];
}

function covers(outer: AddressRange, inner: AddressRange): boolean {
  return outer[0] <= inner[0] && inner[1] <= outer[1];
}
