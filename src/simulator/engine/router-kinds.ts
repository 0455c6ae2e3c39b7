import type { Values } from './table';

/** What a router is made of, as far as its menus tell. */
interface Machine {
  /** As `/system/resource` has it, of RouterOS 6 and of 7. */
  boardName: readonly [legacy: string, modern: string];
  architecture: readonly [legacy: string, modern: string];
  /** `/system/license`, every property of it. */
  license: Readonly<Values>;
  /** Menus it lacks, with everything below them. */
  lacks: readonly string[];
  /** What it measures of itself: `/system/health`. */
  health: readonly Measure[];
}

export type Measure = readonly [name: string, value: string, type: string];

const BOARD: Machine = {
  boardName: ['RB4011iGS+', 'CCR2004-16G-2S+'],
  architecture: ['arm', 'arm64'],
  license: { 'software-id': '5TIA-PXZR', nlevel: '6', features: '' },
  lacks: [],
  health: [
    ['voltage', '24.1', 'V'],
    ['temperature', '41', 'C'],
  ],
};
const CHR: Machine = {
  boardName: ['CHR', 'CHR QEMU Standard PC (i440FX + PIIX, 1996)'],
  architecture: ['x86_64', 'x86_64'],
  license: { 'system-id': '9Vd2zTuLcHK', level: 'p1', 'deadline-at': '2027-11-21 08:00:00' },
  lacks: ['/system/routerboard'],
  health: [],
};

/** The kinds of router; menus and properties are those of the manual and of reports from the field. */
export const MACHINES = {
  board: BOARD,
  /** The small boards, which keep nothing but what is in their folder `flash`. */
  flash: {
    ...BOARD,
    boardName: ['RB941-2nD', 'RB941-2nD'],
    architecture: ['smips', 'smips'],
    health: [],
  },
  chr: CHR,
  'chr-free': { ...CHR, license: { 'system-id': '9Vd2zTuLcHK', level: 'free' } },
  /** Believed to be impossible, and asked for all the same: who is it then? */
  'chr-nameless': { ...CHR, license: { level: 'p1' } },
  x86: {
    boardName: ['x86', 'x86'],
    architecture: ['x86', 'x86_64'],
    license: { 'software-id': 'MX4K-7QWE', nlevel: '5', features: '' },
    lacks: ['/system/routerboard'],
    health: [],
  },
} as const satisfies Record<string, Machine>;
export type MachineKind = keyof typeof MACHINES;

export function licenseOf(kind: MachineKind): Readonly<Values> {
  return MACHINES[kind].license;
}

/** How many the hotspot lets in at once, by `nlevel` of the license; the others are not limited (manual). */
export const LICENSED_USERS: Readonly<Record<string, number>> = {
  '1': 1,
  '3': 1,
  '4': 200,
  '5': 500,
};

/** What one kind of router has on its disk, in bytes; the rest have this much too. */
export const DISK_BYTES: Partial<Record<MachineKind, number>> & { usual: number } = {
  usual: 98_304_000,
  flash: 1_800_000,
};

/**
 * Habits that are believed, not proven: on which versions, and by whose word. What depends on one is tested
 * with it and without.
 */
export const BELIEFS = {
  /** `/user/group/set policy=` adds to what is there, and only `!name` takes away. */
  groupSetAdds: { from: '7.0', to: undefined, word: 'manual of REST, reports' },
  /** Each hotspot server has a queue `hs-<SERVER>` on top, made again at each of its starts. */
  serverQueueAlways: { from: undefined, to: undefined, word: 'several reports, of 7.x' },
  /** `html-directory` reads back with `flash/` in front, whatever was written. */
  flashInFront: { from: '7.17', to: '7.17.1', word: 'changelog; reports up to 7.23' },
  /** The queues of leases and of PPP users come on top of the list; without, at its end. */
  dynamicQueuesFirst: { from: '6.0', to: undefined, word: 'manual, of leases; of PPP nobody' },
  /** `/queue/simple/set max-limit=` begins the queue's counters anew. */
  limitClearsBytes: { from: undefined, to: undefined, word: 'nobody; the manual is silent' },
  /** So does `set target=`. */
  targetClearsBytes: { from: undefined, to: undefined, word: 'nobody; the manual is silent' },
  /** A queue that is disabled begins its counters anew. */
  disablingClearsBytes: { from: '6.0', to: undefined, word: 'memory' },
  /** `bytes` of a simple queue stay as they are, while it goes on shaping. */
  queuesCountNothing: { from: undefined, to: undefined, word: 'one report, of a 7.25 beta' },
  /** Queues count what the router itself says and hears, such as the API to this computer. */
  queuesCountOwnTraffic: { from: undefined, to: undefined, word: 'manual, of the packet flow' },
  /** `<hotspot-USER>` is made below all other queues where its profile does not say. */
  sessionQueueLast: { from: undefined, to: undefined, word: 'nobody; for leases it is the top' },
  /** New limits of a hotspot user are those of its running sessions too. */
  limitsReachSessions: { from: undefined, to: undefined, word: 'memory says no' },
  /** A hotspot user's own counters include its running sessions. */
  usersCountSessions: { from: undefined, to: undefined, word: 'memory says no' },
  /** A power cut takes what hotspot users had counted. */
  powerCutClearsUsers: { from: undefined, to: undefined, word: 'when it is written is unknown' },
  /** `/ip/hotspot/active/login` works only where the server's profile has `http-pap`. */
  loginNeedsPap: { from: undefined, to: undefined, word: 'reports differ' },
  /** Queues see the address a device gave itself, where the hotspot translates it. */
  queuesSeeOwnAddress: { from: undefined, to: undefined, word: 'the manual says to-address' },
  /** `/ip/hotspot/active/login` knows a translated device by `to-address` only; without, by its own. */
  loginByToAddress: { from: undefined, to: undefined, word: 'nobody' },
  /** `/ip/hotspot/active` shows the `to-address` of a translated device; without, its own `address`. */
  activeShowsToAddress: { from: undefined, to: undefined, word: 'nobody' },
  /** Rates are taken as plain digits in pairs only. */
  plainRatesOnly: { from: undefined, to: undefined, word: 'suffixes differ by version' },
  /** A host that an ip-binding blocks is told to be unknown at its log-in; without, not to be subject to one. */
  blockedIsUnknown: { from: undefined, to: undefined, word: 'nobody' },
  /** With each change of its profile a hotspot server starts over: everybody is out until he comes back. */
  profileRestartsServer: { from: undefined, to: undefined, word: 'nobody; searched, not found' },
  /** Where the bridge only replies (`arp=reply-only`) and DHCP adds the rest, sessions end by themselves. */
  hotspotDropsArp: { from: '6.0', to: '7.21.99', word: 'changelog of 7.22, reports' },
  /** A row that does not work tells why, as `.about`; without, it has `invalid` alone. */
  remarksOnRows: { from: '7.0', to: undefined, word: 'reports; which rows have one is unknown' },
} as const satisfies Record<string, Belief>;
export type Habit = keyof typeof BELIEFS;

export function isHabit(name: string): name is Habit {
  return Object.hasOwn(BELIEFS, name);
}

export interface Belief {
  /** `undefined`: only where it is asked for. */
  from: string | undefined;
  /** The last version that has it; `undefined` for all that came since. */
  to: string | undefined;
  word: string;
}
