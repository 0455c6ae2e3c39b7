import { writeDuration } from '../../routeros/api/values';
import { TableMenu, uniqueName } from '../engine/menu-engine';
import { EDITABLE, SWITCHABLE, type Menu } from '../engine/menu-spec';
import {
  byteLimit,
  duration,
  flag,
  ipAddress,
  macAddress,
  oneOf,
  reference,
  shown,
  text,
  timeLimit,
  wholeNumber,
} from '../engine/property';
import { checkRateLimit } from '../engine/rate-limit';
import { failure } from '../engine/refusals';
import type { HotspotUser, UserState } from '../world/states';
import type { World } from '../world/world';
import { inAndOut } from '../world/counters';

/** `/ip/hotspot/user` and `/ip/hotspot/user/profile`. */
export function hotspotUserMenus(world: World): Menu[] {
  const profiles = profileMenu(world);
  profiles.install({ name: 'default', default: 'true' });
  const users = userMenu(world);
  users.install({ name: 'default-trial', default: 'true' });
  if (world.options.bare) users.install({ name: 'admin' }); // the wizard asks for one
  return [users, profiles];
}

function userMenu(world: World): TableMenu<UserState> {
  const { tables, personality, hotspot } = world;
  const { users, servers, userProfiles } = tables;
  const counted = countersOf(world);
  return new TableMenu<UserState>({
    path: '/ip/hotspot/user',
    table: users,
    verbs: SWITCHABLE,
    state: () => ({ uptimeMs: 0, bytes: { up: 0, down: 0 } }),
    refresh: () => personality.has('usersCountSessions') && world.traffic.countAll(),
    changed: (user) => hotspot.applyUser(user),
    properties: [
      reference('server', servers, { words: ['all'], initial: 'all' }),
      text('name', { required: true }),
      text('password', { sensitive: true }),
      ...(personality.legacy ? [] : [text<UserState>('otp-secret', { sensitive: true })]),
      ipAddress('address'),
      macAddress('mac-address'),
      reference('profile', userProfiles, { initial: 'default' }),
      text('routes'),
      text('email'),
      timeLimit('limit-uptime'),
      byteLimit('limit-bytes-in'),
      byteLimit('limit-bytes-out'),
      byteLimit('limit-bytes-total'),
      shown('uptime', (user) => writeDuration(Math.floor(counted(user).uptimeMs / 1000) * 1000)),
      ...inAndOut<UserState>((user) => counted(user).bytes),
      { name: 'default', initial: 'false' },
      { name: 'dynamic', initial: 'false' },
      flag('disabled', false),
      text('comment'),
    ],
    check: (draft, entry) => {
      const same = users.named(draft['name']!).filter((other) => other !== entry);
      if (same.some(({ values }) => values['server'] === draft['server'])) {
        throw failure('already have user with this name for this server');
      }
    },
    perRow: {
      'reset-counters': ({ state }) => {
        state.uptimeMs = 0;
        Object.assign(state.bytes, { up: 0, down: 0 });
      },
    },
  });
}

/** What a user shows of itself: its sessions that are over, and on some routers those that run. */
function countersOf(world: World): (user: HotspotUser) => UserState {
  const { tables, personality } = world;
  if (!personality.has('usersCountSessions')) return ({ state }) => state;
  return (user) => {
    const running = tables.active.named(user.name).filter(({ state }) => state.user === user);
    const sum = { uptimeMs: user.state.uptimeMs, bytes: { ...user.state.bytes } };
    for (const { state } of running) {
      sum.uptimeMs += world.now - state.startedAt;
      sum.bytes.up += state.bytes.up;
      sum.bytes.down += state.bytes.down;
    }
    return sum;
  };
}

function profileMenu({ tables }: World): TableMenu<undefined> {
  const { userProfiles, queues } = tables;
  return new TableMenu<undefined>({
    path: '/ip/hotspot/user/profile',
    table: userProfiles,
    verbs: EDITABLE,
    check: uniqueName(userProfiles),
    properties: [
      text('name', { required: true }),
      text('address-pool'),
      duration('session-timeout', { initial: '0s', none: true }),
      duration('idle-timeout', { initial: 'none' }),
      duration('keepalive-timeout', { initial: '2m', none: true }),
      duration('status-autorefresh', { initial: '1m', none: true }),
      wholeNumber('shared-users', { initial: '1', min: 1, words: ['unlimited'] }),
      flag('add-mac-cookie', true),
      duration('mac-cookie-timeout', { initial: '3d' }),
      { name: 'rate-limit', read: (given) => checkRateLimit('rate-limit', given) },
      reference('insert-queue-before', queues, { words: ['bottom', 'first'] }),
      reference('parent-queue', queues, { words: ['none'], initial: 'none' }),
      text('queue-type'),
      text('address-list', { initial: '' }),
      text('incoming-filter'),
      text('outgoing-filter'),
      text('incoming-packet-mark'),
      text('outgoing-packet-mark'),
      text('on-login'),
      text('on-logout'),
      flag('transparent-proxy', false),
      oneOf('open-status-page', ['always', 'http-login'], { initial: 'always' }),
      { name: 'default', initial: 'false' },
    ],
  });
}
