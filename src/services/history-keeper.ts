import type { Clock } from '../clock';
import { isClockTrusted } from '../domain/clock-trust';
import { slotAt, type KeepUsage } from '../domain/usage-slots';
import type { Log } from '../log';
import type { Stores } from '../store/stores';
import type { UsageRollup } from '../store/usage-rollup';

/** How often is looked whether something is due. */
const EVERY_MS = 5 * 60_000;
/** Steps of one run; what is left is done in the next. Each takes the database for some milliseconds. */
const MOST_STEPS = 200;
/** The loop's own writes come in between two steps. */
const BREATH_MS = 20;
/** A clock that moved by this much more or less than time passed was set. */
const UNEVEN_MS = 60_000;
/** What was counted in the last minutes may still be on its way into the books. */
const GRACE_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
/** Events are told within days, or never. */
const EVENT_DAYS = 30;
/** Rows that one step deletes at most. */
const MOST_ROWS = 500;

/**
 * Keeps the books from growing for ever: closes hours and days of usage that are over, and lets go of what
 * is merely history and old. Vouchers, sales and the audit stay.
 */
export class HistoryKeeper {
  private evenSince: { at: Date; elapsedMs: number } | undefined;

  constructor(
    private readonly rollup: UsageRollup,
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly options: { keep: KeepUsage; timeZone: string },
  ) {}

  /** Goes on until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.tend(signal);
      } catch (error) {
        this.log.error({ err: error }, 'the history was not tended; it is tried again');
      }
      await this.clock.wait(EVERY_MS, signal);
    }
  }

  /** Does what is due, by a clock that is believed. @returns whether it was */
  async tend(signal?: AbortSignal): Promise<boolean> {
    const now = this.clock.now();
    const trusted = isClockTrusted(now, await this.rollup.believedAt(), this.evenFor(now));
    if (!trusted) return false;
    await this.rollup.believe(now);
    await this.rollUp(now, MOST_STEPS, signal);
    return true;
  }

  /**
   * Closes and forgets what is due at this time. Safe to repeat, to stop anywhere, and to skip.
   * @param now of a clock that is believed
   * @returns false when there is more to do
   */
  async rollUp(now: Date, mostSteps = Infinity, signal?: AbortSignal): Promise<boolean> {
    const { timeZone, keep } = this.options;
    const slot = slotAt(new Date(now.getTime() - GRACE_MS));
    const daysAgo = (days: number) => new Date(now.getTime() - days * DAY_MS);
    const keepFrom = {
      slots: slotAt(daysAgo(keep.rawDays)),
      hours: slotAt(daysAgo(keep.hourlyDays)),
      days: slotAt(daysAgo(keep.dailyDays)),
    };
    const tasks = [
      () => this.rollup.closeHour(slot, timeZone),
      () => this.rollup.closeDay(timeZone),
      () => this.rollup.addToYear(timeZone),
      () => this.rollup.forget(keepFrom, timeZone),
      () => this.rollup.forgetGaps(daysAgo(keep.dailyDays), MOST_ROWS),
      ...this.pastTasks(daysAgo(keep.hourlyDays), daysAgo(EVENT_DAYS)),
    ];
    let steps = 0;
    for (const task of tasks) {
      while (await task()) {
        steps += 1;
        if (steps >= mostSteps || signal?.aborted) return false;
        if (mostSteps < Infinity) await this.clock.wait(BREATH_MS, signal);
      }
    }
    return true;
  }

  /** What is only told about the past goes with the hours of usage; none of it is what the loop works from. */
  private pastTasks(before: Date, eventsBefore: Date): (() => Promise<boolean>)[] {
    const aside = (forget: (stores: Stores) => Promise<boolean>) => () =>
      this.stores.asideOfBooks(forget);
    return [
      aside(({ speeds }) => speeds.forget(before, MOST_ROWS)),
      aside(({ journal }) => journal.forgetAlerts(before, MOST_ROWS)),
      aside(({ quotas }) => quotas.forget(before, MOST_ROWS)),
      aside(({ outages }) => outages.forget(before, MOST_ROWS)),
      aside(({ events }) => events.forget(eventsBefore, MOST_ROWS)),
    ];
  }

  /** For how long the clock has gone along with the time that passed, as far as we have watched. */
  private evenFor(now: Date): number {
    const elapsedMs = this.clock.elapsedMs();
    const since = this.evenSince;
    const passedMs = since ? elapsedMs - since.elapsedMs : 0;
    const driftMs = since ? now.getTime() - since.at.getTime() - passedMs : Infinity;
    if (Math.abs(driftMs) <= UNEVEN_MS) return passedMs;
    this.evenSince = { at: now, elapsedMs };
    return 0;
  }
}
