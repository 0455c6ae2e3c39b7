import ipaddr from 'ipaddr.js';
import { TableMenu, uniqueName } from '../engine/menu-engine';
import { SWITCHABLE, type Menu } from '../engine/menu-spec';
import { duration, flag, oneOf, reference, shown, shownAs, text } from '../engine/property';
import { failure, invalidValue } from '../engine/refusals';
import { Table } from '../engine/table';
import { CUSTOMER_INTERFACE, UPLINK_INTERFACE } from '../world/states';
import type { World } from '../world/world';

const HOTSPOT_NETWORK = '10.5.48.0/21';
const WIZARD = 'hotspot network';

/** Addresses of the router, and the services on its networks, as `/ip/hotspot/setup` leaves them. */
export function addressMenus(world: World): Menu[] {
  return [
    ...[addressMenu(world), dhcpMenu(world), dhcpNetworkMenu(), dnsMenu(), natMenu(world)],
    ...ipv6Menus(world),
  ];
}

function addressMenu({ tables }: World): Menu {
  const menu = new TableMenu<undefined>({
    path: '/ip/address',
    table: tables.addresses,
    verbs: SWITCHABLE,
    properties: [
      { name: 'address', required: true, read: readAddress },
      shown('network', ({ values }) => networkOf(values['address']!)),
      reference('interface', tables.interfaces, { required: true }),
      shown('actual-interface', ({ values }) => tables.interfaces.get(values['interface']!)?.name),
      ...shownAs<undefined>('false', 'invalid', 'dynamic'),
      flag('disabled', false),
      text('comment'),
    ],
  });
  const at = (name: string) => tables.interfaces.named(name)[0]!.id;
  menu.install({ address: '192.0.2.2/24', interface: at(UPLINK_INTERFACE) });
  menu.install({ address: '192.168.88.1/24', interface: at('ether2') });
  menu.install({ address: '10.5.50.1/21', interface: at(CUSTOMER_INTERFACE), comment: WIZARD });
  return menu;
}

function readAddress(given: string): string {
  if (ipaddr.IPv4.isValidCIDR(given)) return given;
  if (ipaddr.IPv4.isValidFourPartDecimal(given)) return `${given}/32`;
  throw invalidValue('address');
}

function networkOf(address: string): string {
  return ipaddr.IPv4.networkAddressFromCIDR(address).toString();
}

/** Factory defaults: every interface announces the addresses it has, and there are none so far. */
function ipv6Menus({ tables, personality }: World): Menu[] {
  const addresses = new TableMenu<undefined>({
    path: '/ipv6/address',
    table: new Table(),
    verbs: SWITCHABLE,
    properties: [
      text('address', { required: true }),
      reference('interface', tables.interfaces, { required: true }),
      flag('advertise', true),
      ...shownAs<undefined>('false', 'invalid', 'dynamic', 'link-local'),
      flag('disabled', false),
      text('comment'),
    ],
  });
  const announcements = new TableMenu<undefined>({
    path: '/ipv6/nd',
    table: new Table(),
    verbs: SWITCHABLE,
    properties: [
      reference('interface', tables.interfaces, { words: ['all'], initial: 'all' }),
      flag('disabled', false),
      shown('default'),
    ],
  });
  announcements.install({ default: 'true' });
  if (personality.legacy) return [addresses, announcements];
  const settings = new TableMenu<undefined>({
    path: '/ipv6/settings',
    table: new Table(),
    settings: true,
    verbs: ['set'],
    properties: [flag('disable-ipv6', false), flag('forward', true)],
  });
  settings.install({});
  return [addresses, announcements, settings];
}

function dhcpMenu({ tables, hotspot }: World): Menu {
  const servers = tables.dhcpServers;
  const menu = new TableMenu<undefined>({
    path: '/ip/dhcp-server',
    table: servers,
    verbs: SWITCHABLE,
    check: uniqueName(servers),
    changed: () => hotspot.reschedule(),
    properties: [
      text('name', { required: true }),
      reference('interface', tables.interfaces, { required: true }),
      text('address-pool', { initial: 'static-only' }),
      flag('add-arp', false),
      duration('lease-time', { initial: '10m' }),
      ...shownAs<undefined>('false', 'invalid', 'dynamic'),
      flag('disabled', false),
      text('comment'),
    ],
  });
  const [customers] = tables.interfaces.named(CUSTOMER_INTERFACE);
  menu.install({
    name: 'dhcp1',
    interface: customers!.id,
    'address-pool': 'hs-pool-1',
    'lease-time': '1h',
  });
  return menu;
}

function dhcpNetworkMenu(): Menu {
  const menu = new TableMenu<undefined>({
    path: '/ip/dhcp-server/network',
    table: new Table(),
    verbs: ['add', 'set', 'remove', 'unset', 'comment'],
    properties: [
      text('address', { required: true }),
      text('gateway', { initial: '' }),
      text('dns-server', { initial: '' }),
      text('dhcp-option', { initial: '' }),
      ...shownAs<undefined>('false', 'dynamic'),
      text('comment'),
    ],
  });
  menu.install({ address: HOTSPOT_NETWORK, gateway: '10.5.50.1', comment: WIZARD });
  return menu;
}

function dnsMenu(): Menu {
  const menu = new TableMenu<undefined>({
    path: '/ip/dns',
    table: new Table(),
    settings: true,
    verbs: ['set'],
    properties: [
      text('servers', { initial: '192.0.2.1' }),
      ...shownAs<undefined>('', 'dynamic-servers'),
      flag('allow-remote-requests', true),
    ],
  });
  menu.install({});
  return menu;
}

function natMenu({ options, tables }: World): Menu {
  const menu = new TableMenu<undefined>({
    path: '/ip/firewall/nat',
    table: tables.nat,
    verbs: [...SWITCHABLE, 'move'],
    check: (draft) => {
      if (draft['action'] === 'masquerade' && draft['chain'] !== 'srcnat') {
        throw failure('masquerade is only possible in chain srcnat');
      }
    },
    properties: [
      text('chain', { required: true }),
      oneOf('action', ['accept', 'masquerade', 'src-nat', 'dst-nat', 'redirect', 'passthrough'], {
        initial: 'accept',
      }),
      text('src-address'),
      text('dst-address'),
      text('out-interface'),
      ...NAT_EXTRAS.map((name) => text(name)),
      ...shownAs<undefined>('false', 'invalid', 'dynamic'),
      flag('disabled', false),
      text('comment'),
    ],
  });
  if (!options.bare) return menu;
  menu.install({ chain: 'unused-hs-chain', action: 'passthrough', ...PLACEHOLDER });
  menu.install({
    chain: 'srcnat',
    action: 'masquerade',
    'src-address': HOTSPOT_NETWORK,
    comment: 'masquerade hotspot network',
  });
  return menu;
}

/** Matchers that the simulated traffic does not look at. */
const NAT_EXTRAS = [
  'src-address-list',
  'dst-address-list',
  'out-interface-list',
  'protocol',
  'dst-port',
];

/** The wizard leaves a disabled rule that marks where the hotspot's own, dynamic ones stand. */
export const PLACEHOLDER = { disabled: 'true', comment: 'place hotspot rules here' };
