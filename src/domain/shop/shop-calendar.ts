import { DAY_MS, HOUR_MS } from '../../clock';
import { DateTime } from 'luxon';
import type { BoostWindow, Terms } from '../plans/plan';

/** From one instant up to, not including, another. */
export interface Span {
  startedAt: Date;
  endsAt: Date;
}

/** Whether a window is open, and the next instant at which that changes. */
export interface WindowState {
  isOpen: boolean;
  changesAt: Date;
}

/** A window opens or shuts within a day; on a day of the clock change, within two. */
const FORESIGHT_MS = 51 * HOUR_MS;
/** Limits the cache: vouchers with periods of their own keep one entry each, and all go at once. */
const MOST_KEPT = 20_000;

/**
 * The shop's days and hours. Answers depend on the arguments and the zone alone; the last ones are
 * cached, since time zone arithmetic is slow and the loop asks for every voucher.
 */
export class ShopCalendar {
  private readonly periods = new Map<string, Span>();
  private readonly windows = new Map<string, WindowState & { from: Date }>();

  /** @param zone IANA name */
  constructor(readonly zone: string) {}

  /** The day by the shop's clock, `YYYY-MM-DD`. */
  day(at: Date): string {
    return this.local(at).toFormat('yyyy-MM-dd');
  }

  /**
   * The cap period that contains this moment; `null` for a cap over the voucher's whole life. By the
   * calendar, days begin at midnight, weeks on Monday and months on the first; anchored to the start,
   * they begin at the hour of first use (a month from the 31st ends on the last day of a shorter one).
   * @param startedAt of the voucher; periods anchored to it begin with it
   */
  capPeriod(
    { capPeriod: period, capAnchor: anchor }: Pick<Terms, 'capPeriod' | 'capAnchor'>,
    startedAt: Date | null,
    now: Date,
  ): Span | null {
    if (period === 'voucher' || (anchor === 'start' && !startedAt)) return null;
    const key = anchor === 'start' ? `${period} ${startedAt!.getTime()}` : period;
    const kept = this.periods.get(key);
    if (kept && kept.startedAt <= now && now < kept.endsAt) return kept;
    const unit = UNITS[period];
    const span =
      anchor === 'start'
        ? anchored(this.local(startedAt!), unit, now)
        : calendar(this.local(now), unit);
    if (this.periods.size >= MOST_KEPT) this.periods.clear();
    this.periods.set(key, span);
    return span;
  }

  /**
   * A window follows the wall clock: it is open from `start` up to `end`. So on the day of a clock change
   * it is an hour shorter or longer, as everybody sees it.
   */
  window(window: Pick<BoostWindow, 'start' | 'end'>, now: Date): WindowState {
    const key = `${window.start} ${window.end}`;
    const kept = this.windows.get(key);
    if (kept && kept.from <= now && now < kept.changesAt) return kept;
    const isOpen = this.isOpen(window, now);
    const changesAt = this.instants(window, now).find((at) => this.isOpen(window, at) !== isOpen);
    const state = { isOpen, changesAt: changesAt ?? new Date(now.getTime() + DAY_MS), from: now };
    this.windows.set(key, state);
    return state;
  }

  /** How much of the time between two instants lies in the window: 0 to 1; of one instant, 0 or 1. */
  openShare(window: Pick<BoostWindow, 'start' | 'end'>, from: Date, to: Date): number {
    if (from >= to) return this.window(window, to).isOpen ? 1 : 0;
    let openMs = 0;
    for (let at = from; at < to;) {
      const { isOpen, changesAt } = this.window(window, at);
      const end = changesAt < to ? changesAt : to;
      if (isOpen) openMs += end.getTime() - at.getTime();
      at = end;
    }
    return openMs / (to.getTime() - from.getTime());
  }

  private isOpen({ start, end }: Pick<BoostWindow, 'start' | 'end'>, at: Date): boolean {
    const { hour, minute } = this.local(at);
    const minutes = hour * 60 + minute;
    const [from, to] = [minutesOf(start), minutesOf(end)];
    return from < to ? from <= minutes && minutes < to : from <= minutes || minutes < to;
  }

  /** When the wall clock shows a bound of the window, or is changed itself, in the next days. */
  private instants({ start, end }: Pick<BoostWindow, 'start' | 'end'>, now: Date): Date[] {
    const today = this.local(now).startOf('day');
    const times = [start, end].map(minutesOf);
    const found: number[] = [];
    for (let day = 0; day <= 3; day += 1) {
      for (const time of times) {
        const at = today
          .plus({ days: day })
          .set({ hour: Math.floor(time / 60), minute: time % 60 });
        // An hour that comes twice shows the bound twice.
        found.push(...at.getPossibleOffsets().map((one) => one.toMillis()));
      }
    }
    const set = this.clockChange(now.getTime(), now.getTime() + FORESIGHT_MS);
    if (set !== undefined) found.push(set);
    return found
      .filter((ms) => ms > now.getTime())
      .sort((a, b) => a - b)
      .map((ms) => new Date(ms));
  }

  /** The first millisecond of another offset from UTC, if the zone changes it in between. */
  private clockChange(fromMs: number, toMs: number): number | undefined {
    const offset = (ms: number) => DateTime.fromMillis(ms, { zone: this.zone }).offset;
    const before = offset(fromMs);
    if (offset(toMs) === before) return undefined;
    let [low, high] = [fromMs, toMs];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offset(middle) === before) low = middle;
      else high = middle;
    }
    return high;
  }

  private local(at: Date): DateTime {
    return DateTime.fromJSDate(at, { zone: this.zone });
  }
}

type Unit = 'days' | 'weeks' | 'months' | 'quarters' | 'years';

const UNITS = {
  ...({ daily: 'days', weekly: 'weeks', monthly: 'months' } as const),
  ...({ quarterly: 'quarters', annual: 'years' } as const),
} as const satisfies Record<Exclude<Terms['capPeriod'], 'voucher'>, Unit>;

function calendar(now: DateTime, unit: Unit): Span {
  const start = now.startOf(singular(unit));
  const next = start.plus({ [unit]: 1 }).startOf(singular(unit));
  return { startedAt: start.toJSDate(), endsAt: next.toJSDate() };
}

/** Counted from the start each time: a month after the month after January 31st is March 31st. */
function anchored(start: DateTime, unit: Unit, now: Date): Span {
  const bound = (count: number) => start.plus({ [unit]: count }).toJSDate();
  const local = DateTime.fromJSDate(now, { zone: start.zone });
  let count = Math.max(0, Math.floor(local.diff(start, unit).as(unit)));
  while (count > 0 && bound(count) > now) count -= 1;
  while (bound(count + 1) <= now) count += 1;
  return { startedAt: bound(count), endsAt: bound(count + 1) };
}

function singular(unit: Unit): 'day' | 'week' | 'month' | 'quarter' | 'year' {
  const names = { days: 'day', weeks: 'week', months: 'month' } as const;
  return ({ ...names, quarters: 'quarter', years: 'year' } as const)[unit];
}

/** Of `HH:MM`, since midnight. */
function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}
