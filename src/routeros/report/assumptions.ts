import { absenceOf } from '../absent-menus';
import type { Row } from '../api/codec';
import { serialOf, serviceList } from '../rows';
import type { Trap } from '../api/trap';
import { toMoment } from '../router-survey';
import { readDuration, readFlag, readPair, readVersion } from '../api/values';

/** How a router answers, whatever it is asked. */
export interface Manners {
  /** Whether `!empty` comes where there are no rows. */
  empty: boolean | null;
  /** Whether the refusal of an unknown menu has a category. */
  trapCategory: boolean | null;
  /** Where `.tag` stands among the words of a row. */
  tag: 'first' | 'between' | 'last' | null;
}

/** A menu as it was found. */
export interface ReadMenu {
  menu: string;
  state: 'present' | 'absent' | 'refused' | 'silent' | 'not asked';
  rows: Row[];
  tookMs: number;
  trap?: Trap;
}

export interface Observed {
  menus: ReadonlyMap<string, ReadMenu>;
  manners: Manners;
}

export type Verdict = 'holds' | 'does not' | 'cannot tell';

/** Something this program, or its simulator, takes for granted of routers. */
interface Assumption {
  id: string;
  sentence: string;
  check: (observed: Observed) => Verdict;
}

const USERS = '/ip/hotspot/user';
const QUEUES = '/queue/simple';
const HOSTS = '/ip/hotspot/host';

export const ASSUMPTIONS: readonly Assumption[] = [
  {
    id: 'empty-reply',
    sentence: 'RouterOS 7.18 and later says !empty where there are no rows; earlier ones do not',
    check: (seen) => same(seen.manners.empty, since(seen, 7, 18)),
  },
  {
    id: 'trap-category',
    sentence: 'RouterOS 7 gives a category with the refusal of an unknown menu; 6 does not',
    check: (seen) => same(seen.manners.trapCategory, since(seen, 7, 0)),
  },
  {
    id: 'tag-first',
    sentence: '.tag stands right behind the first word of a reply',
    check: ({ manners: { tag } }) => (tag === null ? 'cannot tell' : holds(tag === 'first')),
  },
  {
    id: 'absent-menus',
    sentence: 'Only menus that are known to be absent on some routers are absent',
    check: ({ menus }) =>
      every(
        [...menus.values()].filter(({ state }) => state === 'absent'),
        ({ menu }) => absenceOf(menu) !== undefined,
        'holds',
      ),
  },
  {
    id: 'asked-only',
    sentence: 'A user row with .proplist has an .id, and each queue too',
    check: (seen) => all(seen, [USERS, QUEUES], (row) => row['.id']?.startsWith('*') ?? false),
  },
  {
    id: 'queue-bytes',
    sentence: 'A print of queues that names "bytes" shows them, upload first, as digits/digits',
    check: (seen) => all(seen, [QUEUES], ({ bytes }) => /^\d+\/\d+$/.test(bytes ?? '')),
  },
  {
    id: 'queue-limits',
    sentence: 'Every max-limit is a pair that can be read',
    check: (seen) => all(seen, [QUEUES], (row) => readPair(row['max-limit']) !== undefined),
  },
  {
    id: 'hs-queue',
    sentence: 'The hotspot has a queue hs-<SERVER> of its own',
    check: (seen) => {
      const rows = rowsOf(seen, QUEUES);
      if (!rows || !rowsOf(seen, '/ip/hotspot')?.length) return 'cannot tell';
      return holds(rows.some(isServerQueue));
    },
  },
  {
    id: 'hs-queue-on-top',
    sentence: 'Queues hs-<SERVER> are dynamic and stand above all others that are not dynamic',
    check: (seen) => {
      const rows = rowsOf(seen, QUEUES) ?? [];
      const first = rows.findIndex(({ dynamic }) => !readFlag(dynamic));
      const own = rows.flatMap((row, index) => (isServerQueue(row) ? [{ row, index }] : []));
      const isAbove = (index: number) => first < 0 || index < first;
      return every(own, ({ row, index }) => readFlag(row.dynamic) && isAbove(index));
    },
  },
  {
    id: 'hs-queue-unlimited',
    sentence: 'Queues hs-<SERVER> have no limit (0/0)',
    check: (seen) =>
      every((rowsOf(seen, QUEUES) ?? []).filter(isServerQueue), (row) => {
        const limit = readPair(row['max-limit']);
        return limit?.up === 0 && limit.down === 0;
      }),
  },
  {
    id: 'service-list',
    sentence:
      'A service shows who may use it, in "available-from" since 7.24 and in "address" before',
    check: (seen) => {
      const isNew = since(seen, 7, 24);
      if (isNew === null) return 'cannot tell';
      const name = isNew ? 'available-from' : 'address';
      return all(seen, ['/ip/service'], (row) =>
        readFlag(row.dynamic) ? undefined : serviceList(row)?.property === name,
      );
    },
  },
  {
    id: 'service-rows',
    sentence:
      '/ip/service has dynamic rows for sockets and connections since 7.19, and none before',
    check: (seen) => {
      const rows = rowsOf(seen, '/ip/service');
      return same(rows ? rows.some(({ dynamic }) => readFlag(dynamic)) : null, since(seen, 7, 19));
    },
  },
  {
    id: 'identified',
    sentence:
      'The serial number of the board, or the number of the license, tells this router from others',
    check: (seen) => {
      const [board] = rowsOf(seen, '/system/routerboard') ?? [];
      const [license] = rowsOf(seen, '/system/license') ?? [];
      if (!board && !license) return 'cannot tell';
      return holds(Boolean(serialOf(board, license)));
    },
  },
  {
    id: 'license-without-board',
    sentence: 'A router without /system/routerboard has a license with software-id or system-id',
    check: (seen) => {
      if (seen.menus.get('/system/routerboard')?.state !== 'absent') return 'cannot tell';
      const rows = rowsOf(seen, '/system/license');
      return rows ? holds(Boolean(serialOf(undefined, rows[0]))) : 'cannot tell';
    },
  },
  {
    id: 'flash-in-front',
    sentence: 'html-directory reads back without flash/ in front',
    check: (seen) =>
      all(seen, ['/ip/hotspot/profile'], (row) =>
        row['html-directory'] ? !/^\/?flash\//.test(row['html-directory']) : undefined,
      ),
  },
  {
    id: 'clock',
    sentence: 'Date and time can be read, and the offset from UTC is told',
    check: (seen) =>
      all(
        seen,
        ['/system/clock'],
        (row) => toMoment(row) !== undefined && row['gmt-offset'] !== undefined,
      ),
  },
  {
    id: 'durations',
    sentence: 'Every uptime and time limit can be read',
    check: (seen) =>
      all(seen, [USERS, HOSTS, '/ip/hotspot/active', '/system/resource'], (row) => {
        const times = [row.uptime, row['limit-uptime'], row['idle-time'], row['host-dead-time']];
        return times.every((time) => time === undefined || readDuration(time) !== undefined);
      }),
  },
  {
    id: 'one-address',
    sentence: 'The address and the to-address of a host are the same',
    check: (seen) =>
      all(seen, [HOSTS], (row) =>
        row['to-address'] ? row['to-address'] === row.address : undefined,
      ),
  },
  {
    id: 'one-host-row',
    sentence: 'A device has one row among the hosts',
    check: (seen) => {
      const macs = rowsOf(seen, HOSTS)?.map((row) => row['mac-address']) ?? [];
      return macs.length === 0 ? 'cannot tell' : holds(new Set(macs).size === macs.length);
    },
  },
  {
    id: 'sessions-with-address',
    sentence: 'Every API session of /user/active has an address',
    check: (seen) =>
      all(seen, ['/user/active'], (row) =>
        /api/.test(row.via ?? '') ? Boolean(row.address) : undefined,
      ),
  },
  {
    id: 'policies-in-full',
    sentence: 'A group shows the rights it lacks too, with an exclamation mark',
    check: (seen) => {
      const rows = rowsOf(seen, '/user/group');
      return rows?.length ? holds(rows.some(({ policy }) => policy?.includes('!'))) : 'cannot tell';
    },
  },
  // What follows shows only when something is written, and this reads.
  unknown('group-set-adds', 'Setting the policy of a group adds rights and takes none away'),
  unknown('set-keeps-bytes', 'Setting max-limit of a queue keeps its counters'),
  unknown('login-words', 'A refused login of a device is worded as we know it'),
];

function unknown(id: string, sentence: string): Assumption {
  return { id, sentence: `${sentence} (only writing would tell)`, check: () => 'cannot tell' };
}

function holds(isSo: boolean): Verdict {
  return isSo ? 'holds' : 'does not';
}

function same(found: boolean | null, expected: boolean | null): Verdict {
  return found === null || expected === null ? 'cannot tell' : holds(found === expected);
}

function every<T>(
  list: readonly T[],
  test: (one: T) => boolean,
  whenEmpty: Verdict = 'cannot tell',
) {
  return list.length === 0 ? whenEmpty : holds(list.every(test));
}

/** Whether it holds for all rows of these menus; rows for which there is no answer do not count. */
function all(
  seen: Observed,
  menus: readonly string[],
  test: (row: Row) => boolean | undefined,
): Verdict {
  const answers = menus
    .flatMap((menu) => rowsOf(seen, menu) ?? [])
    .map(test)
    .filter((answer) => answer !== undefined);
  return every(answers, (answer) => answer);
}

function rowsOf({ menus }: Observed, menu: string): Row[] | undefined {
  const found = menus.get(menu);
  return found?.state === 'present' ? found.rows : undefined;
}

function since(seen: Observed, major: number, minor: number): boolean | null {
  const version = readVersion(rowsOf(seen, '/system/resource')?.[0]?.version);
  if (!version) return null;
  return version.major > major || (version.major === major && version.minor >= minor);
}

function isServerQueue({ name }: Row): boolean {
  return name?.startsWith('hs-') ?? false;
}
