import type { Clock } from '../../clock';
import { gapAfterMs } from '../loop/loop-timer';
import { dayBefore } from '../../domain/shop/shop-day';
import {
  bucketsOf,
  periodAt,
  unitsOf,
  type Period,
  type Range,
} from '../../domain/usage/usage-range';
import {
  fillBuckets,
  mergeGaps,
  type CountedBucket,
  type Gap,
} from '../../domain/usage/usage-series';
import { slotAt, slotStart } from '../../domain/usage/usage-slots';
import { InvalidInput } from '../../errors';
import type { Whose } from '../../store/usage/usage-resolutions';
import type { UsageReports, UsageRow } from '../../store/usage/usage-reports';
import type { LiveShop } from '../shop/shop-settings';
import type { UsageBy } from '../../store/usage/usage-top';
import { say } from '../../text';

/** The history one page shows. */
export interface UsageChart {
  period: Period;
  /** For the throughput line. */
  fine: CountedBucket[];
  /** For the volume bars and the table. */
  coarse: CountedBucket[];
  coarseUnit: 'hour' | 'day' | 'month';
  gaps: Gap[];
}

const BEFORE = 'not counted: before this shop began';
const SILENT = 'not counted: this program was off, or the router away';
const LOST = 'not counted: the router lost its counters';

/** Usage over time, at the resolution that fits, and what could not be counted. */
export class UsageHistory {
  constructor(
    private readonly reports: UsageReports,
    private readonly clock: Clock,
    private readonly shop: Pick<LiveShop, 'timeZone'>,
    private readonly pollMs: number,
  ) {}

  /**
   * The period around one of the shop's days; by default today.
   * @throws InvalidInput when that is no date
   */
  period(range: Range, day: string): Period {
    const { timeZone } = this.shop;
    const at = day || dayBefore(this.clock.now(), 0, timeZone);
    const period = periodAt(range, at, timeZone);
    if (period) return period;
    throw new InvalidInput(say`${JSON.stringify(day)} is not a date; write 2026-11-21`);
  }

  async chart(period: Period, whose: Whose): Promise<UsageChart> {
    const { timeZone } = this.shop;
    const now = this.clock.now();
    const { fine, coarse } = unitsOf(period.range, await this.reports.finestFrom(period.from));
    const span = { from: slotAt(period.from), to: slotAt(period.to) };
    const rows = await this.reports.series(span, fine, whose);
    const points = rows.map(({ slot, bytes }) => ({ at: slotStart(slot), bytes }));
    const gaps = await this.gaps(period, whose, now);
    return {
      period,
      fine: fillBuckets(bucketsOf(period, fine, timeZone), points, gaps, now),
      coarse: fillBuckets(bucketsOf(period, coarse, timeZone), points, gaps, now),
      coarseUnit: coarse,
      gaps,
    };
  }

  /** The whole shop in five-minute slots, without those still to come. */
  async recent(from: Date, to: Date): Promise<CountedBucket[]> {
    const now = this.clock.now();
    const span = { from: slotAt(from), to: slotAt(to) };
    const stretch = { from: slotStart(span.from), to: slotStart(span.to) };
    const rows = await this.reports.series(span, 'slot', undefined);
    const points = rows.map(({ slot, bytes }) => ({ at: slotStart(slot), bytes }));
    const gaps = await this.gaps(stretch, undefined, now);
    return fillBuckets(bucketsOf(stretch, 'slot', this.shop.timeZone), points, gaps, now);
  }

  /** Who used most in a period, for each of these. */
  top(
    by: readonly UsageBy[],
    period: Period,
    whose: Whose,
    limit: number,
  ): Promise<Map<UsageBy, UsageRow[]>> {
    const span = { from: slotAt(period.from), to: slotAt(period.to) };
    return this.reports.top(by, span, whose, limit, this.shop.timeZone);
  }

  private async gaps(period: Pick<Period, 'from' | 'to'>, whose: Whose, now: Date): Promise<Gap[]> {
    const span = { from: slotAt(period.from), to: slotAt(period.to) };
    const [known, beganAt, lastLookAt] = await Promise.all([
      this.reports.uncounted(span, whose),
      this.reports.beganAt(),
      this.reports.lastObservedAt(),
    ]);
    const gaps: Gap[] = known.map(({ from, to, reason }) => ({
      from,
      to,
      reason: reason === 'counters lost' ? LOST : SILENT,
    }));
    if (beganAt > period.from) gaps.push({ from: new Date(0), to: beganAt, reason: BEFORE });
    const silentMs = lastLookAt ? now.getTime() - lastLookAt.getTime() : 0;
    if (lastLookAt && silentMs > gapAfterMs(this.pollMs)) {
      gaps.push({ from: lastLookAt, to: now, reason: SILENT });
    }
    const clipped = gaps.map(({ from, to, reason }) => ({
      from: from < period.from ? period.from : from,
      to: to > period.to ? period.to : to,
      reason,
    }));
    return mergeGaps(clipped.filter(({ from, to }) => from < to));
  }
}
