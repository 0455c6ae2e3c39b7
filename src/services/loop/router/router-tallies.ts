import { MINUTE_MS, type Clock } from '../../../clock';
import type { LoopState } from '../../../domain/loop/loop-state';
import type { Difference } from '../../../domain/network/diff';
import { queueOwner, type SimpleQueue } from '../../../domain/network/network';
import { saidShape } from '../../../routeros/report/value-shape';
import type { RouterIdentity } from '../../../routeros/router';
import { Trap } from '../../../routeros/api/trap';
import type { RouterTally } from '../../../store/router/tally-store';
import type { Stores } from '../../../store/stores';
import type { Round } from '../round/round-types';
import type { WriteNote } from './router-writer';

/** Written to the books so rarely that no round is longer for it. */
const KEPT_EVERY_MS = 10 * MINUTE_MS;
/** A router has few ways to refuse; more would only be other words for the same. */
const MOST_SHAPES = 20;
/** Whose answers are timed: what a round waits for, and a customer. */
const TIMED: ReadonlySet<string> = new Set([
  ...['/queue/simple/print', '/queue/simple/add', '/queue/simple/set', '/ip/hotspot/user/add'],
  ...['/ip/hotspot/active/print', '/ip/hotspot/active/login', '/ip/hotspot/active/remove'],
]);

type Tally = Omit<RouterTally, 'version' | 'board'>;

/**
 * What a router was seen to do while the shop ran, for its report: nothing here is of a customer, and nothing is
 * asked of the router for it. Kept in memory, and added to the books now and then; what a crash takes was a few counts.
 */
export class RouterTallies {
  private sheet = new Map<string, Tally>();
  private shapes = new Set<string>();
  private identity: Pick<RouterIdentity, 'version' | 'board'> | undefined;
  private keptAtMs: number;
  private kickedAtMs: number | undefined;

  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
  ) {
    this.keptAtMs = clock.elapsedMs();
  }

  /** What comes from now on is of this router. */
  isOf({ version, board }: Pick<RouterIdentity, 'version' | 'board'>): void {
    const isOther = this.identity?.version !== version || this.identity.board !== board;
    if (this.identity && isOther) this.sheet.clear();
    this.identity = { version, board };
  }

  answered(command: string, ms: number, outcome: 'done' | 'refused' | 'late'): void {
    if (!TIMED.has(command)) return;
    this.note('time of command', outcome === 'late' ? `${command} (late)` : command, ms);
  }

  /**
   * Whether the counters of queues that were changed went on.
   * @param before the books' readings of right before the change, which these are compared with
   */
  changed(
    changes: Difference['setQueues'],
    before: LoopState['readings'],
    seen: readonly SimpleQueue[],
  ): void {
    for (const { queue, set } of changes) {
      const mac = queueOwner(queue);
      const had = mac === undefined ? undefined : before.get(mac)?.counter;
      const has = seen.find(({ id }) => id === queue.id)?.bytes;
      if (!had || !has || had.queueId !== queue.id) continue;
      const { up, down } = had.bytes;
      if (up + down === 0) continue;
      const isKept = has.up >= up && has.down >= down;
      this.note(`counters of a queue after set ${whatIsSet(set)}`, isKept ? 'kept' : 'anew');
    }
  }

  /** What one round saw and did. */
  round({ applied, outcome }: Pick<Round, 'applied' | 'outcome'>): void {
    for (const note of applied.writes) this.wrote(note);
    for (const { what, subject, detail, error } of applied.refusals) {
      if (!(error instanceof Trap)) continue;
      const hidden = [subject, ...Object.values(detail).filter((one) => typeof one === 'string')];
      this.refused(what, saidShape(error.routerSaid, hidden), error.category);
    }
    for (const { to } of outcome.accounts.switches ?? []) {
      this.note('queue beside its session', to === 'session' ? 'stands still' : 'counts again');
    }
  }

  /** @throws BooksUnavailable */
  async keepIfDue(): Promise<void> {
    if (this.clock.elapsedMs() - this.keptAtMs >= KEPT_EVERY_MS) await this.keep();
  }

  /** Adds what was counted to the books. @throws BooksUnavailable */
  async keep(): Promise<void> {
    const { identity, sheet } = this;
    this.keptAtMs = this.clock.elapsedMs();
    if (!identity || sheet.size === 0) return;
    this.sheet = new Map();
    const tallies = [...sheet.values()].map((tally) => ({ ...identity, ...tally }));
    await this.stores.outsideLoopState((inside) => inside.tallies.add(tallies, this.clock.now()));
  }

  private wrote({ what, detail }: WriteNote): void {
    if (what === 'logged in') this.note('login by', loggedInBy(detail));
    if (what !== 'logged out') return;
    const nowMs = this.clock.elapsedMs();
    const gapMs = this.kickedAtMs === undefined ? undefined : nowMs - this.kickedAtMs;
    this.kickedAtMs = nowMs;
    if (gapMs !== undefined) this.note('minutes between kicks', gapText(gapMs / MINUTE_MS));
  }

  private refused(what: string, said: string, category: number | undefined): void {
    const shape = category === undefined ? said : `${said} (category ${category})`;
    const isMore = this.shapes.size >= MOST_SHAPES && !this.shapes.has(shape);
    if (!isMore) this.shapes.add(shape);
    this.note(`refused: ${what}`, isMore ? 'others' : shape);
  }

  private note(what: string, value: string, ms = 0): void {
    const key = `${what}\n${value}`;
    const known = this.sheet.get(key);
    if (known) {
      known.times += 1;
      known.totalMs += ms;
      known.longestMs = Math.max(known.longestMs, ms);
    } else this.sheet.set(key, { what, value, times: 1, totalMs: ms, longestMs: ms });
  }
}

function whatIsSet(set: Difference['setQueues'][number]['set']): string {
  const names = Object.keys(set);
  if (names.length > 1) return 'several at once';
  return names[0] === 'maxLimit' ? 'max-limit' : (names[0] ?? 'nothing');
}

/** Of a device whose address the hotspot translates, which of the two was taken. */
function loggedInBy({ address, toAddress, loggedInAt }: Record<string, unknown>): string {
  if (toAddress === undefined) return 'its only address';
  return loggedInAt === address ? 'its own address' : 'to-address';
}

function gapText(minutes: number): string {
  if (minutes < 1) return 'under 1';
  if (minutes < 5) return '1 to 5';
  return minutes < 60 ? '5 to 60' : 'over 60';
}
