import { DAY_MS } from '../../clock';
import type { Terms } from '../plans/plan';
import type { ShopCalendar, Span } from '../shop/shop-calendar';
import type { Voucher } from '../vouchers/voucher';

/** Bytes that count, by code, which this round added to the books, and since when they may have flowed. */
export interface Recent {
  since: Date | null;
  bytes: ReadonlyMap<string, number>;
}

export const NOTHING_RECENT: Recent = { since: null, bytes: new Map() };

/**
 * Half of what a period lasts. Where another zone's clock bounds it, it ends at the bound nearest to its own
 * end: a customer neither gets two caps for one day nor waits for two days for one.
 */
const SHORTEST_MS: Record<Terms['capPeriod'], number> = {
  voucher: 0,
  daily: DAY_MS / 2,
  weekly: (DAY_MS * 7) / 2,
  monthly: DAY_MS * 14,
};

/** Whether a bound at this instant may end a period that began then, whatever the zone was in which it began. */
export function isPeriodOver(
  { capPeriod }: Pick<Terms, 'capPeriod'>,
  began: Date,
  now: Date,
): boolean {
  return now.getTime() - began.getTime() >= SHORTEST_MS[capPeriod];
}

/**
 * In which periods bytes were used that flowed while nobody looked: as evenly as time passed, leaving out
 * free hours. So a period is charged for what went over its own cap only, be the round after it late.
 */
export class PeriodUse {
  private readonly spans = new Map<string, Span[]>();

  constructor(
    private readonly recent: Recent,
    private readonly now: Date,
    private readonly calendar: ShopCalendar,
  ) {}

  /**
   * What was used in each period since then, in whole bytes; the last one is the present. Of periods
   * in which nothing can have been used one stands for all.
   * @param began when the period began that the books are in
   * @param usedBytes of that period as the books have it, what is recent included
   */
  of(voucher: Voucher, began: Date, usedBytes: number): { startedAt: Date; bytes: number }[] {
    const spans = this.spansSince(voucher, began);
    const recent = Math.min(usedBytes, this.recent.bytes.get(voucher.code) ?? 0);
    const weights = spans.map((span) => this.weight(voucher.terms, span));
    const sum = weights.reduce((all, weight) => all + weight, 0);
    let rest = recent;
    const uses = spans.map(({ startedAt }, index) => {
      const isLast = index === spans.length - 1;
      const share = sum > 0 ? Math.floor((recent * weights[index]!) / sum) : 0;
      const bytes = isLast ? rest : share;
      rest -= bytes;
      return { startedAt, bytes };
    });
    uses[0]!.bytes += usedBytes - recent;
    return uses;
  }

  private spansSince({ terms, startedAt }: Voucher, began: Date): Span[] {
    const own = terms.capAnchor === 'start' ? startedAt?.getTime() : '';
    const key = `${terms.capPeriod} ${began.getTime()} ${own}`;
    const known = this.spans.get(key);
    if (known) return known;
    const at = (instant: Date) => this.calendar.capPeriod(terms, startedAt, instant)!;
    const since = this.recent.since ?? this.now;
    const spans: Span[] = [];
    for (let from = began; from <= this.now;) {
      let { endsAt } = at(from);
      while (endsAt <= this.now && !isPeriodOver(terms, from, endsAt)) endsAt = at(endsAt).endsAt;
      spans.push({ startedAt: from, endsAt });
      // Over years without a round, by a wrong clock mostly, no need to go day by day.
      const isIdle = spans.length === 2 && endsAt < since;
      from = isIdle ? at(since).startedAt : endsAt;
    }
    this.spans.set(key, spans);
    return spans;
  }

  /** Milliseconds of this period in which recent bytes that count may have flowed. */
  private weight({ window }: Terms, { startedAt, endsAt }: Span): number {
    const from = new Date(Math.max(startedAt.getTime(), (this.recent.since ?? this.now).getTime()));
    const to = endsAt < this.now ? endsAt : this.now;
    if (from >= to) return 0;
    const open = window?.unlimited ? this.calendar.openShare(window, from, to) : 0;
    return (to.getTime() - from.getTime()) * (1 - open);
  }
}
