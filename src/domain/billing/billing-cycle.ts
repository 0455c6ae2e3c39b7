import { DateTime } from 'luxon';
import type { BILLING_CYCLES } from '../plans/plan';
import type { Span } from '../shop/shop-calendar';

/** How often a subscriber pays. */
export type Cycle = Exclude<(typeof BILLING_CYCLES)[number], 'none'>;

const LENGTHS = {
  daily: { days: 1 },
  weekly: { days: 7 },
  monthly: { months: 1 },
  quarterly: { months: 3 },
  annual: { months: 12 },
} as const satisfies Record<Cycle, { days: number } | { months: number }>;

/** For the first guess only. */
const ABOUT_DAYS: Record<Cycle, number> = {
  daily: 1,
  weekly: 7,
  monthly: 30.4369,
  quarterly: 91.3106,
  annual: 365.2425,
};
const DAY_MS = 86_400_000;

/**
 * The start of cycle number `index`, counted from the anchor each time: after January 31st and February
 * 28th comes March 31st. Wall clock of the zone, so a cycle over a clock change is an hour longer or shorter.
 */
export function cycleStart(anchor: Date, cycle: Cycle, index: number, zone: string): Date {
  const length = LENGTHS[cycle];
  const past = 'days' in length ? { days: length.days * index } : { months: length.months * index };
  return DateTime.fromJSDate(anchor, { zone }).plus(past).toJSDate();
}

/** The cycle that contains this moment; the first one for a moment before the anchor. */
export function cycleAt(
  anchor: Date,
  cycle: Cycle,
  at: Date,
  zone: string,
): Span & { index: number } {
  const start = (index: number) => cycleStart(anchor, cycle, index, zone);
  const days = (at.getTime() - anchor.getTime()) / DAY_MS;
  let index = Math.max(0, Math.floor(days / ABOUT_DAYS[cycle]));
  while (index > 0 && start(index) > at) index -= 1;
  while (start(index + 1) <= at) index += 1;
  return { index, startedAt: start(index), endsAt: start(index + 1) };
}

/** Days in a cycle on average, to compare the prices of plans with different cycles. */
export function usualDays(cycle: Cycle): number {
  return ABOUT_DAYS[cycle];
}
