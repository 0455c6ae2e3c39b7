import { costOf, SLOW_BOARDS } from './engine/slow-board-costs';
import type { Habit, MachineKind } from './engine/router-kinds';
import { MORE_PORTS } from './more-hotspots';
import type { Simulator, SimulatorOptions } from './simulator';
import { CROWD_QUEUES_BESIDE } from './world/crowd';

/** What a simulator takes from the file that `router report` writes. */
export interface ReportedRouter {
  format: 1;
  router: {
    version: string;
    board: string;
    kind: 'board' | 'chr' | 'x86' | 'unknown';
    architecture: string;
    packages: string[];
  };
  manners: { empty: boolean | null; tag: string | null };
  menus: ReportedMenu[];
  /** Of a router that was tried by writing; other reports have none. */
  answers?: { id: string; answer: string }[] | undefined;
}

interface ReportedMenu {
  menu: string;
  state: string;
  rows: number;
  tookMs: number;
  properties: Record<string, { present: number; shapes: Record<string, number> }>;
}

/** Which answer of a trial tells which habit: the answer where the router has it. */
const TOLD_HABITS: Readonly<Record<string, readonly [habit: Habit, whenSo: 'yes' | 'no']>> = {
  'group-set-adds': ['groupSetAdds', 'yes'],
  'limit-clears-bytes': ['limitClearsBytes', 'yes'],
  'target-clears-bytes': ['targetClearsBytes', 'yes'],
  'disabling-clears-bytes': ['disablingClearsBytes', 'yes'],
  'queue-counts-session': ['queuesCountNothing', 'no'],
  'queue-counts-api': ['queuesCountOwnTraffic', 'yes'],
  'session-queue-last': ['sessionQueueLast', 'yes'],
  'limits-reach-session': ['limitsReachSessions', 'yes'],
  'user-counts-session': ['usersCountSessions', 'yes'],
  'login-needs-pap': ['loginNeedsPap', 'yes'],
  'queues-see-own-address': ['queuesSeeOwnAddress', 'yes'],
  'login-by-to-address': ['loginByToAddress', 'yes'],
  'active-shows-to-address': ['activeShowsToAddress', 'yes'],
  'rates-with-units': ['plainRatesOnly', 'no'],
  'remarks-on-rows': ['remarksOnRows', 'yes'],
};
const QUEUES = '/queue/simple';
/** Fewer queues than these are the owner's own, and nothing that comes and goes. */
const LEAST_CROWD = 10;
/** Below this share of a hAP lite's times a router is fast enough to be taken for one that is not slow. */
const LEAST_SLOW = { smips: 0.003, other: 0.2 };

/** @throws Error in words when this is not the file of a report */
export function readReport(text: string): ReportedRouter {
  let found: Partial<ReportedRouter> | null;
  try {
    found = JSON.parse(text) as Partial<ReportedRouter> | null;
  } catch (error) {
    throw new Error('it is not a JSON file', { cause: error });
  }
  const { format, router, manners, menus, answers } = found ?? {};
  if (format !== 1 || !router || !manners || !Array.isArray(menus)) {
    throw new Error('it is not the file of a router report');
  }
  return { format, router, manners, menus, answers: Array.isArray(answers) ? answers : undefined };
}

/** The router that a report tells of, as far as the simulator can be like it. */
export function likeReport(report: ReportedRouter): SimulatorOptions & { version: string } {
  const { version, board, architecture } = report.router;
  const absent = report.menus.filter(({ state }) => state === 'absent').map(({ menu }) => menu);
  const hotspots = Math.min(menuOf(report, '/ip/hotspot')?.rows ?? 0, MORE_PORTS.length + 1);
  const crowd = queuesOfOthers(report) - CROWD_QUEUES_BESIDE;
  const scale = slowness(report);
  return {
    version: version || '7.19.4',
    machine: machineOf(report),
    hasHotspotPackage: !absent.includes('/ip/hotspot'),
    absentMenus: absent,
    ...(board && { boardName: board }),
    ...(architecture && { architecture }),
    ...(hotspots > 1 && { hotspots }),
    ...(crowd >= LEAST_CROWD && { crowd }),
    ...(scale > 0 && { slow: { board: 'hap-lite', scale } }),
    ...(shows(report, '/ip/service') && {
      hasAvailableFrom: shows(report, '/ip/service', 'available-from'),
    }),
    habits: {
      flashInFront: shapesOf(report, '/ip/hotspot/profile', 'html-directory').some(isFlash),
      serverQueueAlways: shapesOf(report, QUEUES, 'name').some((name) => name.endsWith(' hs-')),
      ...toldHabits(report),
    },
  };
}

/** What a trial found out by writing. */
function toldHabits({ answers = [] }: ReportedRouter): Partial<Record<Habit, boolean>> {
  const habits: Partial<Record<Habit, boolean>> = {};
  for (const { id, answer } of answers) {
    const told = Object.hasOwn(TOLD_HABITS, id) ? TOLD_HABITS[id] : undefined;
    if (told && (answer === 'yes' || answer === 'no')) habits[told[0]] = answer === told[1];
  }
  return habits;
}

/** What can only be changed once the router is there: packages, manners, ghosts, and properties it lacks. */
export function makeLike(simulator: Simulator, report: ReportedRouter): void {
  const { router, manners, menus } = report;
  const version = router.version.split(' ')[0] ?? '';
  if (router.packages.length > 0) {
    simulator.installPackages(router.packages.map((name) => ({ name, version })));
  }
  if (manners.empty !== null) simulator.faults.emptyReply = manners.empty ? 'always' : 'never';
  if (manners.tag === 'first' || manners.tag === 'last') simulator.faults.tagPosition = manners.tag;
  if (shapesOf(report, '/user/active', 'address').includes('empty')) simulator.addGhosts('ghost');
  for (const { menu, state, rows, properties } of menus) {
    if (state !== 'present' || rows === 0) continue;
    const missing = Object.keys(properties).filter((name) => properties[name]!.present === 0);
    simulator.hideProperties(menu, missing);
  }
}

function machineOf(report: ReportedRouter): MachineKind {
  const { kind, architecture } = report.router;
  if (kind === 'x86') return 'x86';
  if (kind === 'chr') return shapesOf(report, '/system/license', 'level').includes('free') ? 'chr-free' : 'chr'; // prettier-ignore
  const hasFolder = shapesOf(report, '/file', 'name').some((shape) => shape === 'flash' || isFlash(shape)); // prettier-ignore
  return hasFolder || architecture === 'smips' ? 'flash' : 'board';
}

/** Queues that neither the hotspot nor a dial-in nor this program made. */
function queuesOfOthers(report: ReportedRouter): number {
  const names = Object.entries(menuOf(report, QUEUES)?.properties['name']?.shapes ?? {});
  const others = names.filter(([shape]) => !/ after (hs-|pisonet-|<hotspot-|<pppoe-)$/.test(shape));
  return others.reduce((sum, [, count]) => sum + count, 0);
}

/**
 * How slow its prints were, as a share of a hAP lite's times; 0 for a router that is not slow. The one in the
 * middle counts: one long table, or one stall, makes no slow router.
 */
function slowness({ router, menus }: ReportedRouter): number {
  const shares = menus.flatMap(({ menu, state, tookMs }) => {
    const cost = costOf(SLOW_BOARDS['hap-lite'], menu, 'print');
    if (state !== 'present' || cost?.menu === undefined) return [];
    return [tookMs / ((cost.ms[0] + cost.ms[1]) / 2)];
  });
  const middle = shares.toSorted((a, b) => a - b)[shares.length >> 1] ?? 0;
  const least = router.architecture === 'smips' ? LEAST_SLOW.smips : LEAST_SLOW.other;
  return middle < least ? 0 : Math.min(1, middle);
}

/** `flash/hotspot`, or the shape of another folder in there. */
function isFlash(shape: string): boolean {
  return /(^| after )\/?flash\//.test(shape);
}

function shapesOf(report: ReportedRouter, wanted: string, property: string): string[] {
  return Object.keys(menuOf(report, wanted)?.properties[property]?.shapes ?? {});
}

/** Whether there are rows, with this property. */
function shows(report: ReportedRouter, wanted: string, property?: string): boolean {
  const found = menuOf(report, wanted);
  if (!found || found.rows === 0) return false;
  return property === undefined || (found.properties[property]?.present ?? 0) > 0;
}

function menuOf({ menus }: ReportedRouter, wanted: string): ReportedMenu | undefined {
  return menus.find(({ menu }) => menu === wanted);
}
