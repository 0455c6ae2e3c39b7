import { TableMenu, uniqueName } from '../engine/menu-engine';
import { SWITCHABLE, type Menu } from '../engine/menu-spec';
import {
  duration,
  flag,
  ipAddress,
  macAddress,
  oneOf,
  reference,
  shown,
  shownAs,
  someOf,
  text,
  wholeNumber,
  type Property,
} from '../engine/property';
import type { Table } from '../engine/table';
import { type Entry } from '../engine/table';
import { CUSTOMER_INTERFACE } from '../world/states';
import type { World } from '../world/world';
import { stockPages } from './file-menu';

const LOGIN_METHODS = ['mac', 'cookie', 'http-chap', 'https', 'http-pap', 'trial', 'mac-cookie'];
/** In the words that a DHCP server has for it; those of a hotspot were not reported. */
const PORT_REMARK = 'can not run on slave interface';
const DEVICE_MODE_REMARK = 'inactivated, not allowed by device-mode';

/** `/ip/hotspot` with its profiles, bindings and walled gardens. */
export function hotspotServerMenus(world: World): Menu[] {
  const profiles = profileMenu(world);
  const { bare } = world.options;
  profiles.install({ name: 'default', default: 'true' });
  profiles.install({
    name: 'hsprof1',
    'hotspot-address': '10.5.50.1',
    'dns-name': 'wifi.portal',
    'login-by': bare ? 'cookie,http-chap' : 'cookie,http-chap,mac-cookie',
  });
  const servers = serverMenu(world);
  servers.install({
    name: world.options.hotspotServer,
    interface: CUSTOMER_INTERFACE,
    'address-pool': 'hs-pool-1',
    profile: 'hsprof1',
  });
  return [servers, profiles, bindingMenu(world), gardenMenu(world), ipGardenMenu(world)];
}

function serverMenu(world: World): TableMenu<undefined> {
  const { tables, hotspot } = world;
  const follow = () => hotspot.applyServers();
  return new TableMenu<undefined>({
    path: '/ip/hotspot',
    table: tables.servers,
    verbs: SWITCHABLE,
    check: uniqueName(tables.servers, 'server with such name already exists'),
    added: follow,
    changed: follow,
    remove: (server) => {
      tables.servers.remove(server);
      follow();
    },
    properties: [
      text('name', { required: true }),
      reference('interface', tables.interfaces, { required: true }),
      text('address-pool', { initial: 'none' }),
      reference('profile', tables.serverProfiles, { initial: 'default' }),
      duration('idle-timeout', { initial: '5m', none: true }),
      duration('keepalive-timeout', { initial: 'none' }),
      duration('login-timeout', { initial: 'none' }),
      wholeNumber('addresses-per-mac', { initial: '2', words: ['unlimited'] }),
      ...shownAs<undefined>('10.5.50.1', 'ip-of-dns-name'),
      ...shownAs<undefined>('running', 'proxy-status'),
      shown('invalid', (server) => String(isOnPort(world, server))),
      shown('.about', (server) =>
        world.personality.has('remarksOnRows') && isOnPort(world, server) ? PORT_REMARK : undefined,
      ),
      ...shownAs<undefined>('false', 'HTTPS'),
      {
        ...flag<undefined>('disabled', false),
        show: (server) => String(server.flag('disabled') || !world.hotspotAllowed),
      },
      {
        ...text<undefined>('comment'),
        show: ({ values }) => (world.hotspotAllowed ? values['comment'] : DEVICE_MODE_REMARK),
      },
    ],
  });
}

/** A hotspot runs on the bridge, never on one of its ports. */
function isOnPort({ tables }: World, server: Entry<undefined>): boolean {
  if (server.flag('disabled')) return false;
  const at = server.values['interface'];
  return [...tables.bridgePorts].some((port) => port.values['interface'] === at);
}

function profileMenu(world: World): TableMenu<undefined> {
  const { tables, hotspot, personality } = world;
  const folder = text<undefined>('html-directory', { initial: stockPages(world) });
  const folderShown = ({ values }: Entry<undefined>) =>
    personality.has('flashInFront') ? inFlash(values['html-directory']!) : values['html-directory'];
  return new TableMenu<undefined>({
    path: '/ip/hotspot/profile',
    table: tables.serverProfiles,
    verbs: ['add', 'set', 'remove', 'unset'],
    check: uniqueName(tables.serverProfiles),
    changed: () => {
      hotspot.applyServers();
      if (personality.has('profileRestartsServer')) hotspot.restartServers();
    },
    properties: [
      text('name', { required: true }),
      ipAddress('hotspot-address', { initial: '0.0.0.0' }),
      text('dns-name', { initial: '' }),
      { ...folder, show: folderShown },
      text('html-directory-override', { initial: '' }),
      flag('install-hotspot-queue', false),
      text('rate-limit', { initial: '' }),
      text('http-proxy', { initial: '0.0.0.0:0' }),
      text('smtp-server', { initial: '0.0.0.0' }),
      someOf('login-by', LOGIN_METHODS, 'cookie,http-chap'),
      text('mac-auth-mode', { initial: 'mac-as-username' }),
      text('mac-auth-password', { sensitive: true }),
      duration('http-cookie-lifetime', { initial: '3d' }),
      text('ssl-certificate', { initial: 'none' }),
      flag('https-redirect', true),
      flag('split-user-domain', false),
      duration('trial-uptime-limit', { initial: '30m' }),
      duration('trial-uptime-reset', { initial: '1d' }),
      reference('trial-user-profile', tables.userProfiles),
      flag('use-radius', false),
      flag('radius-accounting', true),
      text('radius-interim-update', { initial: 'received' }),
      text('nas-port-type', { initial: 'wireless-802.11' }),
      ...['default-domain', 'location-id', 'location-name', 'mac-format'].map((name) =>
        text<undefined>(`radius-${name}`),
      ),
      { name: 'default', initial: 'false' },
    ],
  });
}

function inFlash(folder: string): string {
  return folder.startsWith('flash/') ? folder : `flash/${folder}`;
}

function bindingMenu({ tables, hotspot }: World): Menu {
  const apply = () => hotspot.applyBindings();
  return new TableMenu<undefined>({
    path: '/ip/hotspot/ip-binding',
    table: tables.bindings,
    verbs: [...SWITCHABLE, 'move'],
    added: apply,
    changed: apply,
    remove: (binding) => {
      tables.bindings.remove(binding);
      apply();
    },
    properties: [
      macAddress('mac-address'),
      ipAddress('address'),
      ipAddress('to-address'),
      server(tables),
      oneOf('type', ['regular', 'bypassed', 'blocked'], { initial: 'regular' }),
      shown('bypassed', ({ values }) => String(values['type'] === 'bypassed')),
      shown('blocked', ({ values }) => String(values['type'] === 'blocked')),
      ...ending(),
    ],
  });
}

function gardenMenu(world: World): Menu {
  const { tables } = world;
  return garden('/ip/hotspot/walled-garden', tables.webGarden, [
    server(tables),
    text('src-address'),
    text('method'),
    text('dst-host'),
    text('dst-port'),
    text('path'),
    oneOf('action', ['allow', 'deny'], { initial: 'allow' }),
    shown('hits', () => '0'),
    shown('.about', () => (world.proxyAllowed ? undefined : DEVICE_MODE_REMARK)),
    ...ending(),
  ]);
}

function ipGardenMenu({ tables }: World): Menu {
  return garden('/ip/hotspot/walled-garden/ip', tables.ipGarden, [
    server(tables),
    text('src-address'),
    text('dst-address'),
    text('dst-host'),
    text('protocol'),
    text('dst-port'),
    text('src-address-list'),
    text('dst-address-list'),
    oneOf('action', ['accept', 'drop', 'reject'], { initial: 'accept' }),
    ...ending(),
  ]);
}

function garden(path: string, table: Table, properties: Property<undefined>[]): Menu {
  const verbs = [...SWITCHABLE, 'move'] as const;
  return new TableMenu<undefined>({ path, table, verbs, properties });
}

function server({ servers }: World['tables']): Property<undefined> {
  return reference('server', servers, { words: ['all'], initial: 'all' });
}

function ending(): Property<undefined>[] {
  const unset = { name: 'dynamic', initial: 'false' };
  return [
    ...shownAs<undefined>('false', 'invalid'),
    unset,
    flag('disabled', false),
    text('comment'),
  ];
}
