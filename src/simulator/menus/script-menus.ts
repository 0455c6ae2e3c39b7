import { TableMenu, uniqueName } from '../engine/menu-engine';
import { SWITCHABLE, type Menu } from '../engine/menu-spec';
import { duration, flag, shown, shownAs, someOf, text, type Property } from '../engine/property';
import { notByDeviceMode } from '../engine/refusals';
import { Table, type Entry } from '../engine/table';
import type { World } from '../world/world';

/** How often it ran, and when last. */
interface Runs {
  count: number;
  lastAt: number | undefined;
}

/** What a script may do; without a word it may do all of this. */
const POLICIES = [
  ...['ftp', 'reboot', 'read', 'write', 'policy', 'test', 'password', 'sniff', 'sensitive'],
  'romon',
];

/**
 * `/system/script` and `/system/scheduler`, which voucher programs keep their own books in. Sources are kept,
 * and never run.
 */
export function scriptMenus(world: World): Menu[] {
  return [scriptMenu(world), schedulerMenu(world)];
}

function scriptMenu(world: World): Menu {
  const scripts = new Table<Runs>();
  return new TableMenu<Runs>({
    path: '/system/script',
    table: scripts,
    verbs: ['add', 'set', 'remove', 'comment'],
    state: neverRun,
    check: uniqueName(scripts),
    perRow: {
      run: ({ state }) => {
        state.count += 1;
        state.lastAt = world.now;
      },
    },
    properties: [
      text('name', { required: true }),
      owner(),
      policies(),
      flag('dont-require-permissions', false),
      shown('last-started', ({ state }) => momentOf(world, state)),
      shown('run-count', ({ state }) => String(state.count)),
      text('source', { initial: '' }),
      ...shownAs<Runs>('false', 'invalid'),
      text('comment'),
    ],
  });
}

function schedulerMenu(world: World): Menu {
  const jobs = new Table<Runs>();
  const { personality } = world;
  const isUnique = uniqueName(jobs);
  return new TableMenu<Runs>({
    path: '/system/scheduler',
    table: jobs,
    verbs: SWITCHABLE,
    state: neverRun,
    check: (draft, entry) => {
      if (personality.hasDeviceMode && world.faults.deviceMode === 'home') throw notByDeviceMode();
      isUnique(draft, entry);
      draft['start-date'] ??= personality.date(world.date);
      draft['start-time'] ??= personality.time(world.date);
    },
    properties: [
      text('name', { required: true }),
      text('start-date'),
      text('start-time'),
      duration('interval', { initial: '0s' }),
      owner(),
      policies(),
      shown('run-count', ({ state }) => String(state.count)),
      shown('next-run', ({ values }: Entry<Runs>) =>
        values['start-time'] === 'startup' ? undefined : nextRun(values),
      ),
      text('on-event', { initial: '' }),
      flag('disabled', false),
      text('comment'),
    ],
  });
}

const neverRun = (): Runs => ({ count: 0, lastAt: undefined });
const owner = (): Property<Runs> => text('owner', { initial: 'admin' });
const policies = (): Property<Runs> => someOf('policy', POLICIES, POLICIES.join(','));

function nextRun(values: Record<string, string>): string {
  return `${values['start-date']} ${values['start-time']}`;
}

function momentOf(world: World, { lastAt }: Runs): string | undefined {
  return lastAt === undefined ? undefined : world.personality.dateTime(world.dateOf(lastAt));
}
