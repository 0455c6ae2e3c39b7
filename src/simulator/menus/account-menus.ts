import { SWITCHABLE, TableMenu, uniqueName, type Menu } from '../engine/menu-engine';
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
import type { Values } from '../engine/table';
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
  const policy: Property<undefined> = {
    name: 'policy',
    initial: policyText(world, []),
    read: (given) => {
      const words = given.split(',').filter((word) => word !== '');
      for (const word of words) pick('policy', word.replace(/^!/, ''), policiesOf(world));
      return policyText(world, words);
    },
  };
  return new TableMenu<undefined>({
    path: '/user/group',
    table: groups,
    verbs: ['add', 'set', 'remove', 'comment'],
    writing: ['policy'],
    check: uniqueName(groups),
    properties: [
      text('name', { required: true }),
      policy,
      text('skin', { initial: 'default' }),
      text('comment'),
    ],
  });
}

function userMenu({ tables }: World): TableMenu<undefined> {
  const { routerUsers, groups } = tables;
  return new TableMenu<undefined>({
    path: '/user',
    table: routerUsers,
    verbs: SWITCHABLE,
    writing: ['policy'],
    check: uniqueName(routerUsers),
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

function serviceMenu({ tables, personality }: World): Menu {
  const sessionLimit = wholeNumber<undefined>('max-sessions', { initial: '20', min: 1, max: 1000 });
  const modern: Property<undefined>[] = [
    text('vrf', { initial: 'main' }),
    sessionLimit,
    ...shownAs<undefined>('false', 'dynamic'),
  ];
  const menu = new TableMenu<undefined>({
    path: '/ip/service',
    table: tables.services,
    verbs: ['set', 'enable', 'disable'],
    properties: [
      shown('name'),
      wholeNumber('port', { min: 1, max: 65535 }),
      text('address', { initial: '' }),
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
