import { writeDuration } from '../../routeros/api/values';
import { TableMenu } from '../engine/menu-engine';
import type { Command, Menu } from '../engine/menu-spec';
import { shown, shownAs, text, type Property } from '../engine/property';
import { MACHINES } from '../engine/router-kinds';
import { Table, type Values } from '../engine/table';
import type { World } from '../world/world';
import { freeBytes } from './file-menu';
import { scriptMenus } from './script-menus';

/** `/system` and `/log`. */
export function systemMenus(world: World): Menu[] {
  const { personality, options } = world;
  const board = personality.boardName;
  const menus = [
    systemMenu(world),
    resourceMenu(world, board),
    settings('/system/identity', [text('name', { initial: 'MikroTik' })], true),
    clockMenu(world),
    ntpClientMenu(world),
    settings('/system/routerboard', [
      ...shownAs<undefined>('true', 'routerboard'),
      ...shownAs<undefined>(board, 'board-name', 'model'),
      ...shownAs<undefined>(options.serial, 'serial-number'),
      ...shownAs<undefined>('al64', 'firmware-type'),
      ...shownAs<undefined>(personality.version, 'current-firmware', 'upgrade-firmware'),
    ]),
    settings(
      '/system/license',
      Object.entries(MACHINES[personality.machine].license).map(([name, value]) =>
        shown<undefined>(name, () => (name === 'nlevel' && world.faults.licenseLevel) || value),
      ),
    ),
    packageMenu(world),
    healthMenu(world),
    ...scriptMenus(world),
    logMenu(world),
  ];
  return personality.hasDeviceMode ? [...menus, deviceModeMenu(world)] : menus;
}

function settings(path: string, properties: Property<undefined>[], editable = false): Menu {
  const verbs = editable ? (['set'] as const) : [];
  const menu = new TableMenu<undefined>({
    path,
    table: new Table(),
    properties,
    verbs,
    settings: true,
  });
  menu.install({});
  return menu;
}

function systemMenu(world: World): Menu {
  const reboot: Command = {
    needs: ['reboot'],
    run: () => {
      world.reboot({ orderly: true });
      return {};
    },
  };
  return { path: '/system', commands: new Map([['reboot', reboot]]) };
}

function resourceMenu(world: World, board: string): Menu {
  const { personality, writes } = world;
  const is = (name: string, value: () => string) => shown<undefined>(name, value);
  return settings('/system/resource', [
    is('uptime', () => writeDuration(Math.floor(world.uptimeMs / 1000) * 1000)),
    is('version', () => personality.fullVersion),
    is('build-time', () => personality.dateTime(new Date(Date.UTC(2025, 3, 11, 12, 0, 0)))),
    is('factory-software', () => '6.45.9'),
    is('free-memory', () => '805306368'),
    is('total-memory', () => '1073741824'),
    is('cpu', () => (personality.legacy ? 'ARMv7' : 'ARM64')),
    is('cpu-count', () => '4'),
    is('cpu-frequency', () => '1700'),
    is('cpu-load', () => '3'),
    is('free-hdd-space', () => String(freeBytes(world))),
    is('total-hdd-space', () => (personality.hasFlashFolder ? '16777216' : '134217728')),
    is('write-sect-since-reboot', () => String(writes.sinceBoot)),
    is('write-sect-total', () => String(writes.total)),
    is('bad-blocks', () => world.faults.badBlocks),
    is('architecture-name', () => personality.architecture),
    is('board-name', () => board),
    is('platform', () => 'MikroTik'),
  ]);
}

function clockMenu(world: World): Menu {
  const { personality } = world;
  return settings(
    '/system/clock',
    [
      shown('time', () => personality.time(world.date)),
      shown('date', () => personality.date(world.date)),
      text('time-zone-autodetect', { initial: 'true' }),
      text('time-zone-name', { initial: 'UTC' }),
      ...shownAs<undefined>('+00:00', 'gmt-offset'),
      ...shownAs<undefined>('false', 'dst-active'),
    ],
    true,
  );
}

/** Who tells the router the time; the properties differ from one major version to the next. */
function ntpClientMenu({ personality }: World): Menu {
  const servers = personality.legacy ? ['primary-ntp', 'secondary-ntp'] : ['servers'];
  const initial = personality.legacy ? '0.0.0.0' : '';
  return settings(
    '/system/ntp/client',
    [text('enabled', { initial: 'false' }), ...servers.map((name) => text(name, { initial }))],
    true,
  );
}

/** The hotspot is a package of its own on RouterOS 6, and on small boards. */
function packageMenu({ personality, tables }: World): Menu {
  const menu = new TableMenu<undefined>({
    path: '/system/package',
    table: tables.packages,
    properties: [text('name'), text('version'), { name: 'disabled', initial: 'false' }],
  });
  const isSeparate = personality.legacy || personality.hasFlashFolder;
  const packages = personality.legacy ? ['system', 'dhcp', 'security'] : ['routeros'];
  if (isSeparate && personality.hasHotspotPackage) packages.push('hotspot');
  for (const name of packages) menu.install({ name, version: personality.version });
  return menu;
}

/** RouterOS 6 has one row with a property for each measure, RouterOS 7 a row for each. */
function healthMenu({ personality }: World): Menu {
  const { health } = MACHINES[personality.machine];
  const path = '/system/health';
  if (personality.legacy) {
    return settings(
      path,
      health.flatMap(([name, value]) => shownAs<undefined>(value, name)),
    );
  }
  const menu = new TableMenu<undefined>({
    path,
    table: new Table(),
    properties: [shown('name'), shown('value'), shown('type')],
  });
  for (const [name, value, type] of health) menu.install({ name, value, type });
  return menu;
}

function deviceModeMenu(world: World): Menu {
  const allowed =
    (...modes: string[]) =>
    () =>
      String(modes.includes(world.faults.deviceMode));
  const shownIn = (name: string, ...modes: string[]) => shown<undefined>(name, allowed(...modes));
  return settings('/system/device-mode', [
    shown('mode', () => world.faults.deviceMode),
    shown('hotspot', () => String(world.hotspotAllowed)),
    shown('proxy', () => String(world.proxyAllowed)),
    ...['scheduler', 'fetch', 'email', 'sniffer'].map((name) => shownIn(name, 'advanced', 'basic')),
    shown('flagged', () => String(world.faults.flagged)),
    shown('attempt-count', () => String(world.faults.attemptCount)),
  ]);
}

function logMenu(world: World): Menu {
  const { personality, log } = world;
  return new TableMenu<{ readonly at: number }>({
    path: '/log',
    table: log.lines,
    properties: [
      shown('time', ({ state }) => personality.logTime(world.dateOf(state.at), world.date)),
      shown('topics'),
      shown('message'),
      shown('buffer'),
      ...shownAs<{ readonly at: number }>('', 'extra-info'),
    ] satisfies Property<{ readonly at: number }>[],
    commands: logCommands(world),
  });
}

/** `/log/info =message=...`, as scripts write to the log. */
function logCommands({ log }: World): Record<string, Command> {
  const writing = (topic: string): Command => ({
    needs: ['write'],
    run: ({ args }: { args: Values }) => {
      log.write(`script,${topic}`, args['message'] ?? '');
      return {};
    },
  });
  return { info: writing('info'), warning: writing('warning'), error: writing('error') };
}
