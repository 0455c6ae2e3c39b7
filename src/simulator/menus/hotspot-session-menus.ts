import { writeDuration } from '../../routeros/api/values';
import { allowOnly, TableMenu } from '../engine/menu-engine';
import type { Command, Menu } from '../engine/menu-spec';
import { oneOf, readIp, readMac, shown, shownAs, text, type Property } from '../engine/property';
import { missing, notByDeviceMode } from '../engine/refusals';
import type { CookieState, Host, HostState, Session, SessionState, Station } from '../world/states';
import { serverAt } from '../world/tables';
import type { World } from '../world/world';
import { inAndOut } from '../world/counters';

const LOGIN_ARGUMENTS = ['ip', 'mac-address', 'user', 'password', 'domain'];

/** `/ip/hotspot/active`, `host` and `cookie`: written by the hotspot itself, removable by people. */
export function hotspotSessionMenus(world: World): Menu[] {
  return [activeMenu(world), hostMenu(world), cookieMenu(world)];
}

function activeMenu(world: World): Menu {
  const { tables, traffic, hotspot, personality } = world;
  const timeout = (ms: number) => (ms === Infinity ? undefined : seconds(ms));
  return new TableMenu<SessionState>({
    path: '/ip/hotspot/active',
    table: tables.active,
    verbs: ['remove'],
    refresh: () => traffic.countAll(),
    remove: ({ state }) => hotspot.logout(state.station, 'admin reset'),
    commands: { login: login(world) },
    properties: [
      shown('server', ({ state }) => serverAt(tables, state.station.interface)?.name),
      shown('user'),
      shown('address', ({ state: { station } }) =>
        personality.has('activeShowsToAddress') ? station.toAddress : station.address,
      ),
      shown('mac-address', ({ state }) => state.station.mac),
      shown('login-by'),
      shown('uptime', ({ state }) => seconds(world.now - state.startedAt)),
      shown('session-time-left', ({ state }) => timeout(state.endsAt - world.now)),
      shown('idle-time', ({ state, ...session }) =>
        idleTime(world, { state, ...session } as Session),
      ),
      shown('idle-timeout', ({ state }) => timeout(state.idleTimeoutMs)),
      shown('keepalive-timeout', ({ state }) => timeout(state.keepaliveTimeoutMs)),
      ...inAndOut<SessionState>(({ state }) => state.bytes),
      ...limits(),
      ...shownAs<SessionState>('false', 'radius', 'blocked'),
    ],
  });
}

function idleTime({ now }: World, { state }: Session): string {
  const { up, down } = state.station.flow.rate;
  return up + down > 0 ? '0s' : seconds(now - state.lastTrafficAt);
}

/** The session's limits, fixed when it began. */
function limits(): Property<SessionState>[] {
  const limit = (value: number) => (value === Infinity ? undefined : String(value));
  return [
    shown('limit-bytes-in', ({ state }) => limit(state.limits.up)),
    shown('limit-bytes-out', ({ state }) => limit(state.limits.down)),
    shown('limit-bytes-total', ({ state }) => limit(state.limits.total)),
  ];
}

function login(world: World): Command {
  return {
    needs: ['write'],
    run: ({ args }) => {
      allowOnly(args, ...LOGIN_ARGUMENTS);
      const { ip, 'mac-address': mac, user, password = '' } = args;
      if (ip === undefined) throw missing('ip');
      if (user === undefined) throw missing('user');
      if (!world.hotspotAllowed) throw notByDeviceMode();
      const address = readIp('ip', ip);
      const device = mac === undefined ? undefined : readMac('mac-address', mac);
      world.hotspot.login(address, device, user, password);
      return {};
    },
  };
}

function hostMenu(world: World): Menu {
  const { tables, traffic, hotspot } = world;
  const serverOf = ({ station }: HostState) => serverAt(tables, station.interface);
  return new TableMenu<HostState>({
    path: '/ip/hotspot/host',
    table: tables.hosts,
    verbs: ['remove'],
    refresh: () => traffic.countAll(),
    remove: ({ state }) => hotspot.dropHost(state.station),
    perRow: { 'make-binding': (host, args) => makeBinding(world, host, args) },
    properties: [
      shown('mac-address'),
      shown('address'),
      shown('to-address'),
      shown('server', ({ state }) => serverOf(state)?.name),
      shown('uptime', ({ state }) => seconds(world.now - state.since)),
      shown('idle-time', ({ state: { station } }) => silence(world, station)),
      shown('idle-timeout', ({ state }) => serverOf(state)?.values['idle-timeout']),
      shown('keepalive-timeout', ({ state }) => serverOf(state)?.values['keepalive-timeout']),
      shown('host-dead-time', ({ state: { station } }) => silence(world, station)),
      ...inAndOut<HostState>(({ state }) => state.bytes),
      shown('found-by', () => 'ARP'),
      ...shownAs<HostState>('false', 'static'),
      ...shownAs<HostState>('true', 'DHCP', 'dynamic'),
      shown('authorized', ({ state }) => String(state.station.session !== undefined)),
      shown('bypassed'),
      shown('blocked'),
    ],
  });
}

/** A phone that is present is never silent for long. */
function silence({ now }: World, { present, leftAt }: Station): string {
  return present ? '0s' : seconds(now - leftAt);
}

function makeBinding({ tables, hotspot }: World, host: Host, args: Record<string, string>): void {
  const { type, comment } = {
    type: oneOf('type', ['regular', 'bypassed', 'blocked']).read!(args['type'] ?? 'regular')!,
    comment: text('comment').read!(args['comment'] ?? ''),
  };
  const { 'mac-address': mac, address } = host.values;
  const values = { 'mac-address': mac!, address: address!, type, server: 'all', disabled: 'false' };
  tables.bindings.add(comment === undefined ? values : { ...values, comment }, undefined);
  hotspot.applyBindings();
}

function cookieMenu(world: World): Menu {
  const { tables } = world;
  return new TableMenu<CookieState>({
    path: '/ip/hotspot/cookie',
    table: tables.cookies,
    verbs: ['remove'],
    properties: [
      shown('user'),
      shown('domain', () => ''),
      shown('mac-address', (cookie) => cookie.name),
      shown('expires-in', ({ state }) => seconds(state.expiresAt - world.now)),
      ...shownAs<CookieState>('true', 'mac-cookie'),
    ],
  });
}

/** Whole seconds that have passed, never rounded up. */
function seconds(ms: number): string {
  return writeDuration(Math.floor(ms / 1000) * 1000);
}
