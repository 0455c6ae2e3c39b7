import { DateTime } from 'luxon';
import type { Span } from '../shop/shop-calendar';

/** What a part of a cycle is measured in. With days, the day of a change belongs to the new plan. */
export type ProrateBy = 'second' | 'day';

export interface Proration {
  by: ProrateBy;
  zone: string;
}

/** `amount * part / whole` to the nearest minor unit; a half goes away from zero. Exact for any safe integers. */
export function shareOf(amount: number, part: number, whole: number): number {
  const size = BigInt(Math.abs(amount)) * BigInt(part);
  const divisor = BigInt(whole);
  const rounded = Number((size * 2n + divisor) / (divisor * 2n));
  return amount < 0 && rounded !== 0 ? -rounded : rounded;
}

/**
 * What the time from one moment to another costs out of the price of a whole cycle. Each part is the
 * difference of two rounded sums from the cycle's start, so the parts of a cycle always add up to its price.
 * @param price of the whole cycle, in minor units
 */
export function partOfPrice(
  price: number,
  cycle: Span,
  from: Date,
  to: Date,
  { by, zone }: Proration,
): number {
  const whole = lengthOf(cycle.startedAt, cycle.endsAt, by, zone);
  const upTo = (at: Date) => {
    const inside = new Date(
      Math.min(Math.max(at.getTime(), cycle.startedAt.getTime()), cycle.endsAt.getTime()),
    );
    return shareOf(price, Math.min(lengthOf(cycle.startedAt, inside, by, zone), whole), whole);
  };
  return upTo(to) - upTo(from);
}

/** Whole seconds, or days of the calendar; a cycle has at least one. */
function lengthOf(from: Date, to: Date, by: ProrateBy, zone: string): number {
  if (by === 'second') return Math.floor((to.getTime() - from.getTime()) / 1000);
  const midnight = (at: Date) => DateTime.fromJSDate(at, { zone }).startOf('day');
  return Math.round(midnight(to).diff(midnight(from), 'days').days);
}
