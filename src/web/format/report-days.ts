import { DateTime } from 'luxon';
import { dayBefore, presentRanges } from '../../domain/shop/shop-day';

/** Days people ask for by name, each `YYYY-MM-DD` and included. */
export function reportDays(now: Date, zone: string): { name: string; from: string; to: string }[] {
  const day = (count: number) => dayBefore(now, count, zone);
  const month = presentRanges(now, zone).month.from;
  const dayOf = (at: Date) => DateTime.fromJSDate(at, { zone }).toFormat('yyyy-MM-dd');
  const lastMonth = presentRanges(new Date(month.getTime() - 1), zone).month.from;
  return [
    { name: 'Today', from: day(0), to: day(0) },
    { name: 'Yesterday', from: day(1), to: day(1) },
    { name: '7 days', from: day(6), to: day(0) },
    { name: 'Month', from: dayOf(month), to: day(0) },
    { name: 'Last month', from: dayOf(lastMonth), to: dayBefore(month, 1, zone) },
  ];
}
