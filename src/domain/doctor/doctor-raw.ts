import type { Finding } from './doctor-finding';
import { spanOf, type AddressRange } from './doctor-pools';
import { isKnown, type RawRule, type RouterSnapshot, type Shop } from './doctor-snapshot';

type Sure = 'no' | 'maybe' | 'yes';

/** Rules that keep the hotspot from redirecting customers to its login page. */
export function rawFindings(snapshot: RouterSnapshot, { hotspotServer }: Shop): Finding[] {
  if (!isKnown(snapshot, 'servers', 'networks')) return [];
  const reaches = snapshot.untracked.map((rule) => reach(rule, snapshot, hotspotServer));
  const isSure = reaches.includes('yes');
  if (!isSure && !reaches.includes('maybe')) return [];
  return [
    {
      id: 'raw-notrack',
      severity: isSure ? 'error' : 'info',
      title: isSure
        ? 'A firewall rule keeps the login page from opening'
        : 'A firewall rule may keep the login page from opening',
      meaning:
        'It has the action "notrack": what phones send is not tracked, and what is not tracked is not redirected. ' +
        (isSure
          ? "Certain: it holds for the hotspot's network."
          : 'Not sure: the rule has lists, ports or interfaces that were not followed.'),
      fix:
        'In WinBox open IP > Firewall > Raw and disable the rule with the action notrack, or let it match other ' +
        'networks than that of the hotspot.',
    },
  ];
}

function reach(
  { disabled, chain, matchers }: RawRule,
  { servers, networks, interfaceLists }: RouterSnapshot,
  hotspotServer: string | undefined,
): Sure {
  const interfaces = servers
    .filter(({ name }) => hotspotServer === undefined || name === hotspotServer)
    .map((server) => server.interface);
  if (disabled || chain === 'output' || interfaces.length === 0) return 'no';
  const phones = networks
    .filter((one) => interfaces.includes(one.interface))
    .map(({ network }) => spanOf(network))
    .filter((span) => span !== undefined);
  const isIn = (list: string) =>
    list === 'all' ||
    interfaceLists.some((one) => one.list === list && interfaces.includes(one.interface));
  const asked = (wanted: string | undefined, test: (wanted: string) => Sure): Sure => {
    if (!wanted) return 'yes';
    return wanted.startsWith('!') ? OPPOSITE[test(wanted.slice(1))] : test(wanted);
  };
  const known: Sure[] = [
    chain === 'prerouting' ? 'yes' : 'maybe',
    asked(matchers['src-address'], (wanted) => ofPhones(spanOf(wanted), phones)),
    asked(matchers['in-interface'], (wanted) => (interfaces.includes(wanted) ? 'yes' : 'no')),
    asked(matchers['in-interface-list'], (wanted) => (isIn(wanted) ? 'yes' : 'maybe')),
    asked(matchers.protocol, (wanted) => (['tcp', '6'].includes(wanted) ? 'yes' : 'no')),
    // Where a phone goes first, and to which port, is not known; what goes to one of its own is no page.
    asked(matchers['dst-address'], (wanted) => toAnywhere(spanOf(wanted), phones)),
    ...(['dst-port', 'src-address-list', 'dst-address-list', 'hotspot'] as const).map((name) =>
      asked(matchers[name], () => 'maybe'),
    ),
  ];
  return (['no', 'maybe'] as const).find((sure) => known.includes(sure)) ?? 'yes';
}

const OPPOSITE: Record<Sure, Sure> = { yes: 'no', no: 'yes', maybe: 'maybe' };

function ofPhones(span: AddressRange | undefined, phones: readonly AddressRange[]): Sure {
  if (!span) return 'maybe';
  return phones.some((one) => span[0] <= one[1] && one[0] <= span[1]) ? 'yes' : 'no';
}

function toAnywhere(span: AddressRange | undefined, phones: readonly AddressRange[]): Sure {
  if (!span) return 'maybe';
  if (span[0] === 0 && span[1] === 2 ** 32 - 1) return 'yes';
  return phones.some((one) => one[0] <= span[0] && span[1] <= one[1]) ? 'no' : 'maybe';
}
