import { DateTime } from 'luxon';
import type { Terms } from './plan';

/**
 * The cap period that holds this moment, in the shop's own days; `null` for a cap over the voucher's
 * whole life. Weeks begin on Monday. Bounds are right across clock changes, since the zone is asked.
 * @param zone IANA name
 */
export function capPeriod(
  period: Terms['capPeriod'],
  now: Date,
  zone: string,
): { startedAt: Date; endsAt: Date } | null {
  if (period === 'voucher') return null;
  const unit = ({ daily: 'day', weekly: 'week', monthly: 'month' } as const)[period];
  const start = DateTime.fromJSDate(now, { zone }).startOf(unit);
  return {
    startedAt: start.toJSDate(),
    endsAt: start
      .plus({ [unit]: 1 })
      .startOf(unit)
      .toJSDate(),
  };
}
