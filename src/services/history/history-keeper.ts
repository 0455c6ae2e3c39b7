import { type Clock, DAY_MS } from '../../clock';
import { KEEP_EVENTS_MS } from '../../domain/notices/retry';
import { slotAt, type KeepUsage } from '../../domain/usage/usage-slots';
import { logFailure, type Log } from '../../log';
import type { Stores } from '../../store/stores';
import type { ClockWitness } from '../shop/clock-witness';
import { GUESS_MEMORY_MS } from '../../domain/vouchers/guessing';
import type { LiveShop } from '../shop/shop-settings';
import { KEEP_ANSWERS_MS } from '../staff/kept-answers';
import { SIGN_IN_MEMORY_MS } from '../staff/lockout';

/** How often to check whether something is due. */
const EVERY_MS = 5 * 60_000;
/** Steps in one run; the rest is left to the next. Each takes the database for some milliseconds. */
const MOST_STEPS = 200;
/** The loop's own writes get in between two steps. */
const BREATH_MS = 20;
/** What was counted in the last minutes may still be on its way into the books. */
const GRACE_MS = 5 * 60_000;
/** The audit keeps what the loop and customers did for a year and a month, and what staff did forever. */
const AUDIT_DAYS = 400;
/** The most rows one step deletes. */
const MOST_ROWS = 500;

/**
 * Keeps the books from growing forever: closes hours and days of usage that are over, and deletes old rows
 * that are only history. Vouchers, sales and what staff did stay.
 */
export class HistoryKeeper {
  constructor(
    private readonly stores: Stores,
    private readonly witness: ClockWitness,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly shop: Pick<LiveShop, 'timeZone'>,
    private readonly keep: KeepUsage,
    /** What else is done when its time has come; each finds out by itself whether it is due. */
    private readonly dueWork: readonly ((now: Date) => Promise<unknown>)[] = [],
  ) {}

  /** Runs until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.tend(signal);
      } catch (error) {
        logFailure(this.log, error, 'the history was not tended; it is tried again');
      }
      await this.clock.wait(EVERY_MS, signal);
    }
  }

  /** Does what is due, if the clock is trusted. @returns whether it was */
  async tend(signal?: AbortSignal): Promise<boolean> {
    const now = this.clock.now();
    if (!(await this.witness.isTrusted(now))) return false;
    await this.stores.outsideLoopState(({ rollup }) => rollup.believe(now));
    await this.rollUp(now, MOST_STEPS, signal);
    for (const work of this.dueWork) await work(now);
    return true;
  }

  /**
   * Closes and deletes what is due at this time. Safe to repeat, to stop at any point, and to skip.
   * @param now by a trusted clock
   * @returns false when there is more to do
   */
  async rollUp(now: Date, mostSteps = Infinity, signal?: AbortSignal): Promise<boolean> {
    const { keep } = this;
    const { timeZone } = this.shop;
    const slot = slotAt(new Date(now.getTime() - GRACE_MS));
    const ago = (ms: number) => new Date(now.getTime() - ms);
    const daysAgo = (days: number) => ago(days * DAY_MS);
    const keepFrom = {
      slots: slotAt(daysAgo(keep.rawDays)),
      hours: slotAt(daysAgo(keep.hourlyDays)),
      days: slotAt(daysAgo(keep.dailyDays)),
    };
    // Records that only describe the past are deleted with the hours of usage.
    const told = daysAgo(keep.hourlyDays);
    const tasks: ((stores: Stores) => Promise<boolean>)[] = [
      ({ rollup }) => rollup.closeHour(slot, timeZone),
      ({ rollup }) => rollup.closeDay(timeZone),
      ({ rollup }) => rollup.addToYear(timeZone),
      ({ rollup }) => rollup.forget(keepFrom, timeZone),
      ({ rollup }) => rollup.forgetGaps(daysAgo(keep.dailyDays), MOST_ROWS),
      ({ speeds }) => speeds.forget(told, MOST_ROWS),
      ({ journal }) => journal.forgetAlerts(told, MOST_ROWS),
      ({ quotas }) => quotas.forget(told, MOST_ROWS, now),
      ({ outages }) => outages.forget(told, MOST_ROWS),
      ({ events }) => events.forget(ago(KEEP_EVENTS_MS), MOST_ROWS),
      ({ journal }) => journal.forgetAudit(daysAgo(AUDIT_DAYS), MOST_ROWS),
      ({ guesses }) => guesses.prune(ago(GUESS_MEMORY_MS), MOST_ROWS),
      ({ answers }) => answers.forget(ago(KEEP_ANSWERS_MS), MOST_ROWS),
      ({ signIns }) => signIns.prune(ago(SIGN_IN_MEMORY_MS), MOST_ROWS),
    ];
    let steps = 0;
    for (const task of tasks) {
      // The loop uses none of it: a step must not make it reread its books.
      while (await this.stores.outsideLoopState(task)) {
        steps += 1;
        if (steps >= mostSteps || signal?.aborted) return false;
        if (mostSteps < Infinity) await this.clock.wait(BREATH_MS, signal);
      }
    }
    return true;
  }
}
