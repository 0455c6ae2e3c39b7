import { AppError, Conflict, InvalidInput } from '../../src/errors';
import { RouterClient } from '../../src/routeros/api/client';
import { reliedOn } from '../../src/routeros/report/relied-on';
import { RouterReporter, type RouterReport } from '../../src/routeros/report/router-report';
import { findDevice } from '../../src/routeros/trial/trial-device';
import { onlyAddressOf, othersOn, removeLeftovers } from '../../src/routeros/trial/trial-guard';
import type { TrialAnswer } from '../../src/routeros/trial/trial-answer';
import { TrialStopped, Workbench } from '../../src/routeros/trial/workbench';
import { askByWriting } from '../../src/routeros/trial/write-questions';
import { TrialLife, type LifeStep, type LifeTools } from './trial-life';
import type { TrialOrder } from './trial-order';
import { say } from '../../src/text';

/** A router's report with what only a trial tells. */
export interface TrialReport extends RouterReport {
  answers: TrialAnswer[];
  life: LifeStep[];
  /** The longest that each kind of write took, in milliseconds. */
  writesMs: Record<string, number>;
  /** What could not be undone; and menus that are not as they were. */
  left: string[];
}

export interface TrialTools extends LifeTools {
  /** Shows the plan, and asks whether to begin. */
  mayBegin: (plan: string) => Promise<boolean>;
}

/** Menus whose rows are the same after a trial as before it. */
const KEPT = [
  ...['/ip/hotspot', '/ip/hotspot/profile', '/ip/hotspot/user', '/ip/hotspot/user/profile'],
  ...['/ip/hotspot/walled-garden', '/ip/hotspot/walled-garden/ip', '/ip/hotspot/ip-binding'],
  ...['/ip/firewall/filter', '/ip/firewall/mangle', '/ip/firewall/nat', '/ip/service'],
  ...['/queue/simple', '/user', '/user/group', '/tool/netwatch', '/file'],
];
/** What changes by itself, or says nothing of the configuration. */
const MOVING =
  /^(\.id|\.about|bytes.*|packets.*|uptime|rate|status|since|hits|invalid|size|contents|dynamic)$/;

/**
 * Everything that can be learned of a router that is nobody's, which is as it was afterwards.
 * @returns `undefined` where nobody wanted it to begin
 * @throws Conflict for a router in use, RouterUnreachable, RouterRefused
 */
export async function tryRouter(
  order: TrialOrder,
  password: string,
  tools: TrialTools,
): Promise<TrialReport | undefined> {
  const { host, port, username, tls } = order;
  const client = new RouterClient({ host, port, username, password, tls }, tools.client);
  const hidden = [host, username];
  const { clock, tell, stopping } = tools;
  const wait = (ms: number) => clock.wait(ms, stopping);
  const bench = new Workbench(client, { wait, tell, hidden, stopping });
  try {
    await refuseOthers(bench, username);
    const ownAddress = order.ownAddress ?? (await onlyAddressOf(bench, username));
    if (ownAddress === undefined) throw new InvalidInput(NO_ADDRESS);
    const device = await findDevice(bench, order.device);
    const plan = planText(order, typeof device === 'string' ? device : undefined);
    if (!(await tools.mayBegin(plan))) return undefined;

    await removeLeftovers(bench, client);
    const report = await new RouterReporter(client, hidden).read(clock.now(), tell);
    const before = await contents(bench);
    const answers = await unlessStopped(() => askByWriting(bench, username, order.device));
    const life = await new TrialLife(order, password, bench, device, tools).live(ownAddress);
    const left = [...bench.left, ...differences(before, await contents(bench))];
    return { ...report, answers, life, writesMs: bench.tookMs, left };
  } catch (error) {
    if (!(error instanceof AppError) || bench.left.length === 0) throw error;
    throw new AppError(say`${error.text}. ${leftText(bench.left)}`, { cause: error });
  } finally {
    client.stop();
  }
}

const NO_ADDRESS =
  'The router does not say at which address it sees this computer: name it with --own ADDRESS';

/** @throws Conflict */
async function refuseOthers(bench: Workbench, username: string): Promise<void> {
  const signs = await othersOn(bench, username);
  if (signs.length === 0) return;
  throw new Conflict(
    say`This router is in use, and a trial is for one that is nobody's: ${signs.join(', ')}. Nothing was changed. For a router in use there is: router report`,
  );
}

function planText({ host, reboot }: TrialOrder, noDevice: string | undefined): string {
  return [
    `What happens on the router ${host} from here on:`,
    '',
    '  1. Some forty menus are read, as "router report" does.',
    '  2. Queues, a hotspot user, a group and a file named "pisonet-trial" are added, changed and removed, one after',
    '     the other. FastTrack is off and http-pap on meanwhile.',
    noDevice === undefined
      ? '  3. The device on its hotspot is logged in and out some twenty times. Let it use the internet meanwhile.'
      : `  3. Nobody is logged in: ${noDevice}. With one there, a third more would be learned.`,
    '  4. The router is set up for a shop, as "setup" does: pages, rules, an account.',
    `  5. ${reboot ? 'The router is restarted' : 'The router is not restarted (--reboot does that)'}.`,
    '  6. All of that is undone, and what is there is compared with what was there.',
    '',
    'Ctrl-C stops it, and undoes what was done until then. It takes some minutes. Do not try this on the router of a shop.',
  ].join('\n');
}

/** What was answered until somebody stopped it. */
async function unlessStopped(work: () => Promise<TrialAnswer[]>): Promise<TrialAnswer[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TrialStopped) return [];
    throw error;
  }
}

/** Rows of the configuration by menu, each as a text; of menus that are not shown, none. */
async function contents(bench: Workbench): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { menu, properties } of await reliedOn()) {
    if (!KEPT.includes(menu)) continue;
    const kept = properties.filter((name) => !MOVING.test(name));
    const rows = await bench.rowsIfAny(menu, ['dynamic', ...kept].join(','));
    const fixed = rows.filter(({ dynamic }) => dynamic !== 'true');
    found.set(menu, JSON.stringify(fixed.map((row) => kept.map((name) => row[name] ?? null))));
  }
  return found;
}

function differences(before: Map<string, string>, after: Map<string, string>): string[] {
  return [...before].flatMap(([menu, rows]) =>
    after.get(menu) === rows ? [] : [`${menu} is not as it was`],
  );
}

/** Where the router went away in the middle. */
function leftText(left: readonly string[]): string {
  return (
    `Not undone: ${left.join(', ')}. Run this again once the router is back: it takes away what is named ` +
    '"pisonet-trial". FastTrack (disabled) and login-by in the profile of the hotspot server are yours to look at'
  );
}
