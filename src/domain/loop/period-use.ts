import { DAY_MS } from '../../clock';
import type { Terms } from '../plans/plan';
import type { ShopCalendar, Span } from '../shop/shop-calendar';
import type { Voucher } from '../vouchers/voucher';

/** Bytes that count, by code, which this round added to the books, and the earliest time they can be from. */
export interface Recent {
  since: Date | null;
  bytes: ReadonlyMap<string, number>;
}

export const NOTHING_RECENT: Recent = { since: null, bytes: new Map() };

/**
 * Half a period's length. If another zone's clock set the start, the period ends at the boundary nearest its
 * own end: a customer neither gets two caps in one day nor waits two days for one.
 */
const SHORTEST_MS: Record<Terms['capPeriod'], number> = {
  voucher: 0,
  daily: DAY_MS / 2,
  weekly: (DAY_MS * 7) / 2,
  monthly: DAY_MS * 14,
  quarterly: DAY_MS * 45,
  annual: DAY_MS * 180,
};

/** Whether a boundary at this instant may end a period that began then, in whatever zone it began. */
export function isPeriodOver(
  { capPeriod }: Pick<Terms, 'capPeriod'>,
  began: Date,
  now: Date,
): boolean {
  return now.getTime() - began.getTime() >= SHORTEST_MS[capPeriod];
}

/**
 * Spreads bytes counted over a gap across periods: evenly over time, leaving out free hours. A period is then
 * charged only for what exceeded its own cap, however late the next round.
 */
export class PeriodUse {
  private readonly spans = new Map<string, Span[]>();

  constructor(
    private readonly recent: Recent,
    private readonly now: Date,
    private readonly calendar: ShopCalendar,
  ) {}

  /**
   * Bytes used in each period since then; the last is the current one. Consecutive periods in which nothing
   * can have been used are merged into one.
   * @param began start of the period the books are in
   * @param usedBytes of that period as recorded, recent usage included
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
      // For years without a round, usually a wrong clock, there is no need to go day by day.
      const isIdle = spans.length === 2 && endsAt < since;
      from = isIdle ? at(since).startedAt : endsAt;
    }
    this.spans.set(key, spans);
    return spans;
  }

  /** Milliseconds of this period in which recent counted bytes may have flowed. */
  private weight({ window }: Terms, { startedAt, endsAt }: Span): number {
    const from = new Date(Math.max(startedAt.getTime(), (this.recent.since ?? this.now).getTime()));
    const to = endsAt < this.now ? endsAt : this.now;
    if (from >= to) return 0;
    const open = window?.unlimited ? this.calendar.openShare(window, from, to) : 0;
    return (to.getTime() - from.getTime()) * (1 - open);
  }
}
