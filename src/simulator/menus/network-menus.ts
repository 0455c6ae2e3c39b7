import { readDuration, writeDuration } from '../../routeros/api/values';
import { TableMenu, uniqueName } from '../engine/menu-engine';
import { SWITCHABLE, type Command, type Menu } from '../engine/menu-spec';
import {
  duration,
  flag,
  ipAddress,
  macAddress,
  oneOf,
  pick,
  reference,
  shown,
  shownAs,
  text,
} from '../engine/property';
import { checkRateLimit } from '../engine/rate-limit';
import { failure, missing } from '../engine/refusals';
import { Table } from '../engine/table';
import { CUSTOMER_INTERFACE, UPLINK_INTERFACE } from '../world/states';
import type { World } from '../world/world';
import { PLACEHOLDER } from './address-menus';

/** `/interface`, addresses given out and seen, and the firewall rules that take traffic past the queues. */
export function networkMenus(world: World): Menu[] {
  return [
    ...[
      interfaceMenu(world),
      bridgeMenu(world),
      bridgePortMenu(world),
      listMenu(world),
      leaseMenu(world),
      arpMenu(world),
      poolMenu(),
    ],
    filterMenu(world),
    mangleMenu(),
    rawMenu(world),
  ];
}

function interfaceMenu(world: World): Menu {
  const { interfaces } = world.tables;
  const bytesOf = (name = '') => world.traffic.bytesThrough(name);
  const menu = new TableMenu<undefined>({
    path: '/interface',
    table: interfaces,
    verbs: ['set', 'enable', 'disable'],
    refresh: () => world.traffic.countAll(),
    commands: { 'monitor-traffic': monitorTraffic(world) },
    properties: [
      text('name'),
      shown('type'),
      shown('mac-address'),
      shown('rx-byte', ({ values }) => String(bytesOf(values['name']).rx)),
      shown('tx-byte', ({ values }) => String(bytesOf(values['name']).tx)),
      ...shownAs<undefined>('1500', 'mtu', 'actual-mtu'),
      shown('running', ({ values }) => String(values['disabled'] !== 'true')),
      flag('disabled', false),
      ...shownAs<undefined>('false', 'dynamic'),
    ],
  });
  const ports = [UPLINK_INTERFACE, 'ether2', 'ether3', 'ether4', 'ether5'];
  [...ports, CUSTOMER_INTERFACE].forEach((name, index) => {
    const type = name.startsWith('bridge') ? 'bridge' : 'ether';
    menu.install({ name, type, 'mac-address': `48:A9:8A:00:00:0${index + 1}` });
  });
  return menu;
}

function bridgeMenu({ tables, hotspot }: World): Menu {
  const { bridges } = tables;
  const menu = new TableMenu<undefined>({
    path: '/interface/bridge',
    table: bridges,
    verbs: ['set'],
    changed: () => hotspot.reschedule(),
    properties: [
      text('name', { required: true }),
      oneOf('arp', ['enabled', 'disabled', 'proxy-arp', 'reply-only'], { initial: 'enabled' }),
      ...shownAs<undefined>('true', 'running'),
    ],
  });
  menu.install({ name: CUSTOMER_INTERFACE });
  return menu;
}

/** The sockets of the board that phones' access points are plugged into. */
function bridgePortMenu({ tables, options }: World): Menu {
  const menu = new TableMenu<undefined>({
    path: '/interface/bridge/port',
    table: tables.bridgePorts,
    verbs: SWITCHABLE,
    properties: [
      reference('interface', tables.interfaces, { required: true }),
      reference('bridge', tables.interfaces, { required: true }),
      ...shownAs<undefined>('false', 'inactive', 'dynamic'),
      flag('disabled', false),
      text('comment'),
    ],
  });
  const at = (name: string) => tables.interfaces.named(name)[0]!.id;
  for (const name of options.bridged) {
    menu.install({ interface: at(name), bridge: at(CUSTOMER_INTERFACE) });
  }
  return menu;
}

/** Runs until it is cancelled, unless `once` is given; this one reports once either way. */
function monitorTraffic({ tables, traffic }: World): Command {
  return {
    needs: ['test'],
    run: ({ args }) => {
      if (args['interface'] === undefined) throw missing('interface');
      const names = [...tables.interfaces].map((entry) => entry.name);
      const name = pick('interface', args['interface'], names);
      const { rx, tx } = traffic.through(name);
      const row = {
        name,
        'rx-packets-per-second': String(Math.ceil(rx / 8000)),
        'rx-bits-per-second': String(rx),
        'tx-packets-per-second': String(Math.ceil(tx / 8000)),
        'tx-bits-per-second': String(tx),
      };
      return { rows: [row], running: args['once'] === undefined };
    },
  };
}

type LeaseState = { readonly boundAt: number; dynamic: boolean };

function leaseMenu(world: World): Menu {
  const { leases, stationAt } = world.tables;
  const bound = (address: string | undefined) =>
    stationAt.has(address ?? '') ||
    [...world.tables.hosts].some(({ values }) => values['address'] === address);
  const leaseMs = readDuration('1h')!;
  return new TableMenu<LeaseState>({
    path: '/ip/dhcp-server/lease',
    table: leases,
    verbs: SWITCHABLE,
    state: () => ({ boundAt: world.now, dynamic: false }),
    check: (draft, entry) => {
      if (entry?.state.dynamic) throw failure('can not change dynamic');
      const mac = draft['mac-address'];
      if (mac !== undefined) draft['name'] = mac;
    },
    perRow: { 'make-static': ({ state }) => void (state.dynamic = false) },
    properties: [
      ipAddress('address', { required: true }),
      macAddress('mac-address'),
      text('client-id'),
      text('server', { initial: 'dhcp1' }),
      { name: 'rate-limit', read: (given) => checkRateLimit('rate-limit', given) },
      duration('lease-time'),
      text('address-lists', { initial: '' }),
      shown('status', ({ values }) => (bound(values['address']) ? 'bound' : 'waiting')),
      shown('expires-after', ({ state }) =>
        writeDuration(leaseMs - ((world.now - state.boundAt) % (leaseMs / 2))),
      ),
      shown('last-seen', () => '10s'),
      shown('active-address', ({ values }) => values['address']),
      shown('active-mac-address', ({ values }) => values['mac-address']),
      shown('active-server', () => 'dhcp1'),
      shown('host-name', ({ values }) => values['host-name'] || undefined),
      ...shownAs<LeaseState>('false', 'radius', 'blocked'),
      shown('dynamic', ({ state }) => String(state.dynamic)),
      flag('disabled', false),
      text('comment'),
    ],
  });
}

function arpMenu({ tables }: World): Menu {
  return new TableMenu<undefined>({
    path: '/ip/arp',
    table: tables.arp,
    verbs: ['remove'],
    properties: [
      shown('address'),
      shown('mac-address'),
      shown('interface'),
      ...shownAs<undefined>('false', 'published', 'invalid', 'disabled'),
      ...shownAs<undefined>('true', 'DHCP', 'dynamic', 'complete'),
    ],
  });
}

function poolMenu(): Menu {
  const pools = new Table();
  const menu = new TableMenu<undefined>({
    path: '/ip/pool',
    table: pools,
    verbs: ['add', 'set', 'remove', 'comment'],
    check: uniqueName(pools),
    properties: [
      text('name', { required: true }),
      text('ranges', { required: true }),
      text('next-pool'),
      text('comment'),
    ],
  });
  menu.install({ name: 'hs-pool-1', ranges: '10.5.50.2-10.5.53.254' });
  return menu;
}

/** Kept and shown; of these the simulated firewall itself evaluates only the interface lists. */
const MATCHERS_TOO = [
  ...['in-interface-list', 'out-interface-list', 'src-address-list', 'dst-address-list'],
  ...['connection-mark', 'packet-mark', 'routing-mark', 'hotspot'],
];

function listMenu({ tables, traffic }: World): Menu {
  const { interfaceLists } = tables;
  const follow = () => traffic.rematchAll();
  return new TableMenu<undefined>({
    path: '/interface/list/member',
    table: interfaceLists,
    verbs: SWITCHABLE,
    added: follow,
    changed: follow,
    properties: [
      text('list', { required: true }),
      text('interface', { required: true }),
      ...shownAs<undefined>('false', 'dynamic'),
      flag('disabled', false),
      text('comment'),
    ],
  });
}

function filterMenu({ tables, traffic, options }: World): Menu {
  const { filters } = tables;
  const follow = () => traffic.rematchAll();
  const actions = ['accept', 'drop', 'reject', 'fasttrack-connection', 'log', 'jump'];
  const menu = new TableMenu<undefined>({
    path: '/ip/firewall/filter',
    table: filters,
    verbs: [...SWITCHABLE, 'move'],
    added: follow,
    changed: follow,
    remove: (rule) => {
      filters.remove(rule);
      follow();
    },
    properties: [
      text('chain', { required: true }),
      oneOf('action', [...actions, 'passthrough'], { initial: 'accept' }),
      text('connection-state'),
      text('src-address'),
      text('dst-address'),
      text('protocol'),
      text('src-port'),
      text('dst-port'),
      text('in-interface'),
      text('out-interface'),
      ...MATCHERS_TOO.map((name) => text<undefined>(name)),
      ...shownAs<undefined>('0', 'bytes', 'packets'),
      ...shownAs<undefined>('false', 'invalid', 'dynamic'),
      flag('disabled', false),
      text('comment'),
    ],
  });
  if (!options.bare) return menu;
  const established = { chain: 'forward', 'connection-state': 'established,related' };
  menu.install({ chain: 'unused-hs-chain', action: 'passthrough', ...PLACEHOLDER });
  menu.install({ ...established, action: 'fasttrack-connection', comment: 'defconf: fasttrack' });
  menu.install({ ...established, comment: 'defconf: accept established, related' });
  return menu;
}

/** Before everything else: what is not tracked there, no rule of the hotspot redirects. */
function rawMenu({ tables }: World): Menu {
  return new TableMenu<undefined>({
    path: '/ip/firewall/raw',
    table: tables.raw,
    verbs: [...SWITCHABLE, 'move'],
    properties: [
      text('chain', { required: true }),
      oneOf('action', ['accept', 'drop', 'notrack', 'log', 'jump'], { initial: 'accept' }),
      ...['src-address', 'dst-address', 'protocol', 'dst-port', 'in-interface'].map((name) =>
        text<undefined>(name),
      ),
      ...['in-interface-list', 'src-address-list', 'dst-address-list', 'hotspot'].map((name) =>
        text<undefined>(name),
      ),
      ...shownAs<undefined>('false', 'invalid', 'dynamic'),
      flag('disabled', false),
      text('comment'),
    ],
  });
}

/** Kept and shown; the simulated traffic does not go by it. */
function mangleMenu(): Menu {
  return new TableMenu<undefined>({
    path: '/ip/firewall/mangle',
    table: new Table(),
    verbs: [...SWITCHABLE, 'move'],
    properties: [
      ...['chain', 'action', 'connection-state', 'src-address', 'dst-address'].map((name) =>
        text<undefined>(name),
      ),
      ...['in-interface', 'out-interface', ...MATCHERS_TOO].map((name) => text<undefined>(name)),
      flag('disabled', false),
      text('comment'),
    ],
  });
}
