import type { Traits } from './engine/personality';
import type { MachineKind } from './engine/router-kinds';
import type { Simulator } from './simulator';

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
}

interface ReportedMenu {
  menu: string;
  state: string;
  rows: number;
  properties: Record<string, { present: number; shapes: Record<string, number> }>;
}

/** @throws Error in words when this is not the file of a report */
export function readReport(text: string): ReportedRouter {
  let found: Partial<ReportedRouter> | null;
  try {
    found = JSON.parse(text) as Partial<ReportedRouter> | null;
  } catch (error) {
    throw new Error('it is not a JSON file', { cause: error });
  }
  const { format, router, manners, menus } = found ?? {};
  if (format !== 1 || !router || !manners || !Array.isArray(menus)) {
    throw new Error('it is not the file of a router report');
  }
  return { format, router, manners, menus };
}

/** The router that a report tells of, as far as the simulator can be like it. */
export function likeReport(report: ReportedRouter): Traits & { version: string } {
  const { version, board, architecture } = report.router;
  const absent = report.menus.filter(({ state }) => state === 'absent').map(({ menu }) => menu);
  return {
    version: version || '7.19.4',
    machine: machineOf(report),
    hasHotspotPackage: !absent.includes('/ip/hotspot'),
    absentMenus: absent,
    ...(board && { boardName: board }),
    ...(architecture && { architecture }),
    ...(shows(report, '/ip/service') && {
      hasAvailableFrom: shows(report, '/ip/service', 'available-from'),
    }),
    habits: {
      flashInFront: shapesOf(report, '/ip/hotspot/profile', 'html-directory').some(isFlash),
    },
  };
}

/** What can only be changed once the router is there: packages, manners, and properties it lacks. */
export function makeLike(simulator: Simulator, { router, manners, menus }: ReportedRouter): void {
  const version = router.version.split(' ')[0] ?? '';
  if (router.packages.length > 0) {
    simulator.installPackages(router.packages.map((name) => ({ name, version })));
  }
  if (manners.empty !== null) simulator.faults.emptyReply = manners.empty ? 'always' : 'never';
  if (manners.tag === 'first' || manners.tag === 'last') simulator.faults.tagPosition = manners.tag;
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

/** `flash/hotspot`, or the shape of another folder in there. */
function isFlash(shape: string): boolean {
  return /(^| after )\/?flash\//.test(shape);
}

function shapesOf({ menus }: ReportedRouter, wanted: string, property: string): string[] {
  const found = menus.find(({ menu }) => menu === wanted);
  return Object.keys(found?.properties[property]?.shapes ?? {});
}

/** Whether there are rows, with this property. */
function shows({ menus }: ReportedRouter, wanted: string, property?: string): boolean {
  const found = menus.find(({ menu }) => menu === wanted);
  if (!found || found.rows === 0) return false;
  return property === undefined || (found.properties[property]?.present ?? 0) > 0;
}
