import { TableMenu, uniqueName } from '../engine/menu-engine';
import { SWITCHABLE, type Menu } from '../engine/menu-spec';
import {
  flag,
  pick,
  reference,
  shown,
  shownAs,
  text,
  wholeNumber,
  type Property,
} from '../engine/property';
import type { Entry, Values } from '../engine/table';
import type { ApiUse, World } from '../world/world';

/** Every policy, in the order RouterOS prints them. */
const POLICIES = [
  ...['local', 'telnet', 'ssh', 'ftp', 'reboot', 'read', 'write', 'policy', 'test', 'winbox'],
  ...['password', 'web', 'sniff', 'sensitive', 'api', 'romon', 'rest-api'],
];
const MODERN_POLICIES = ['rest-api'];

const SERVICES: readonly Values[] = [
  { name: 'telnet', port: '23' },
  { name: 'ftp', port: '21' },
  { name: 'www', port: '80' },
  { name: 'ssh', port: '22' },
  { name: 'www-ssl', port: '443', certificate: 'none', 'tls-version': 'any', disabled: 'true' },
  { name: 'api', port: '8728' },
  { name: 'winbox', port: '8291' },
  { name: 'api-ssl', port: '8729', certificate: 'none', 'tls-version': 'any' },
];

/** `/user`, its groups and sessions, and `/ip/service`. */
export function accountMenus(world: World, username: string, password: string): Menu[] {
  const groups = groupMenu(world);
  const all = policiesOf(world);
  const without = (...not: string[]) => all.filter((policy) => !not.includes(policy));
  groups.install({ name: 'read', policy: policyText(world, without('ftp', 'write', 'policy')) });
  groups.install({ name: 'write', policy: policyText(world, without('ftp', 'policy')) });
  groups.install({ name: 'full', policy: policyText(world, all) });
  const users = userMenu(world);
  users.install({ name: username, password, group: 'full' });
  return [users, groups, activeMenu(world), serviceMenu(world)];
}

/** What `policy` of a group prints: every policy, the missing ones with an exclamation mark. */
export function policyText(world: World, granted: readonly string[]): string {
  return policiesOf(world)
    .map((policy) => (granted.includes(policy) ? policy : `!${policy}`))
    .join(',');
}

function policiesOf({ personality }: World): string[] {
  return POLICIES.filter((policy) => !personality.legacy || !MODERN_POLICIES.includes(policy));
}

function groupMenu(world: World): TableMenu<undefined> {
  const { groups } = world.tables;
  const isUnique = uniqueName(groups);
  const policy: Property<undefined> = {
    name: 'policy',
    initial: policyText(world, []),
    read: (given) => {
      const words = given.split(',').filter((word) => word !== '');
      const full = (word: string) => pick('policy', word.replace('!', ''), policiesOf(world));
      return words.map((word) => (word.startsWith('!') ? '!' : '') + full(word)).join(',');
    },
  };
  return new TableMenu<undefined>({
    path: '/user/group',
    table: groups,
    verbs: ['add', 'set', 'remove', 'comment'],
    writing: ['policy'],
    check: (draft, entry) => {
      isUnique(draft, entry);
      const before = world.personality.has('groupSetAdds') ? granted(entry) : [];
      draft['policy'] = policyText(world, changed(before, draft['policy']!.split(',')));
    },
    properties: [
      text('name', { required: true }),
      policy,
      text('skin', { initial: 'default' }),
      text('comment'),
    ],
  });
}

function granted(group: Entry | undefined): string[] {
  return group?.values['policy']?.split(',').filter((word) => !word.startsWith('!')) ?? [];
}

/** `!name` takes a policy away. */
function changed(before: readonly string[], words: readonly string[]): string[] {
  const has = new Set(before);
  for (const word of words) {
    if (word.startsWith('!')) has.delete(word.slice(1));
    else has.add(word);
  }
  return [...has];
}

function userMenu({ tables }: World): TableMenu<undefined> {
  const { routerUsers, groups } = tables;
  return new TableMenu<undefined>({
    path: '/user',
    table: routerUsers,
    verbs: SWITCHABLE,
    writing: ['policy'],
    check: uniqueName(routerUsers, 'user with the same name already exists'),
    properties: [
      text('name', { required: true }),
      // A router user's password is never shown, even with all rights.
      { ...text<undefined>('password'), show: () => undefined },
      reference('group', groups, { required: true }),
      text('address', { initial: '' }),
      flag('disabled', false),
      text('comment'),
    ],
  });
}

function activeMenu(world: World): Menu {
  const { sessions, personality } = world;
  return new TableMenu<ApiUse>({
    path: '/user/active',
    table: sessions,
    perRow: { 'request-logout': ({ state }) => state.close() },
    properties: [
      shown('when', ({ state }) => personality.dateTime(world.dateOf(state.since))),
      shown('name'),
      shown('address'),
      shown('via'),
      shown('group'),
      ...shownAs<ApiUse>('false', 'radius'),
    ],
  });
}

function serviceMenu(world: World): Menu {
  const { tables, personality } = world;
  const sessionLimit = wholeNumber<undefined>('max-sessions', { initial: '20', min: 1, max: 1000 });
  const modern: Property<undefined>[] = [
    text('vrf', { initial: 'main' }),
    ...(personality.hasMaxSessions ? [sessionLimit] : []),
    { name: 'dynamic', initial: 'false' },
    ...(personality.showsConnections ? [shown<undefined>('connection'), shown('remote')] : []),
  ];
  const menu: TableMenu<undefined> = new TableMenu<undefined>({
    path: '/ip/service',
    table: tables.services,
    verbs: ['set', 'enable', 'disable'],
    refresh: () => personality.showsConnections && showConnections(world, menu),
    check: (draft) => takeOldName(world, draft),
    properties: [
      shown('name'),
      wholeNumber('port', { min: 1, max: 65535 }),
      ...(personality.hasAvailableFrom ? availableFrom() : [text('address', { initial: '' })]),
      text('certificate'),
      text('tls-version'),
      ...(personality.legacy ? [] : modern),
      ...shownAs<undefined>('false', 'invalid'),
      flag('disabled', false),
    ],
  });
  SERVICES.forEach((service) => menu.install(service));
  return menu;
}

/** Who may use a service, whatever the version calls it. */
export function admittedTo({ values }: Entry): string | undefined {
  return values['available-from'] ?? values['address'];
}

/** The old name is taken and never shown. */
function availableFrom(): Property<undefined>[] {
  return [
    text('available-from', { initial: '' }),
    { name: 'address', read: (given) => given, show: () => undefined },
  ];
}

function takeOldName({ personality, log }: World, draft: Values): void {
  const { address } = draft;
  if (!personality.hasAvailableFrom || address === undefined) return;
  delete draft['address'];
  draft['available-from'] = address;
  log.write('system,warning', 'address is deprecated, use available-from instead');
}

/** A row for each socket that listens, and for each connection to it, all named like the service. */
function showConnections({ tables, sessions }: World, menu: TableMenu<undefined>): void {
  const { services } = tables;
  const own = [...services].filter((row) => row.flag('dynamic'));
  const fixed = [...services].filter((row) => !row.flag('dynamic') && !row.flag('disabled'));
  const wanted = [
    ...fixed.map(({ name }) => ({ name, connection: 'false', remote: '' })),
    ...[...sessions].map(({ name, values }) => {
      return { name: values['via'] ?? name, connection: 'true', remote: values['address'] ?? '' };
    }),
  ];
  const isLike = (row: Entry, like: Values) =>
    ['name', 'connection', 'remote'].every((key) => row.values[key] === like[key]);
  for (const like of wanted) {
    const at = own.findIndex((row) => isLike(row, like));
    if (at >= 0) own.splice(at, 1);
    else menu.install({ ...like, dynamic: 'true', port: portOf(services, like.name) });
  }
  for (const row of own) services.remove(row);
}

function portOf(services: Iterable<Entry>, name: string): string {
  return [...services].find((row) => row.name === name)?.values['port'] ?? '';
}
