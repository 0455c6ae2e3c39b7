import { DateTime } from 'luxon';

/** A stretch of the shop's calendar; `to` is not part of it. */
export interface Span {
  name: string;
  from: Date;
  to: Date;
}

/** The day, the month and the year in which `now` is, by the shop's clock. */
export function presentSpans(now: Date, timeZone: string): { day: Span; month: Span; year: Span } {
  const local = DateTime.fromJSDate(now, { zone: timeZone });
  const span = (unit: 'day' | 'month' | 'year', format: string): Span => ({
    name: local.toFormat(format),
    from: local.startOf(unit).toJSDate(),
    to: local
      .startOf(unit)
      .plus({ [unit]: 1 })
      .toJSDate(),
  });
  return {
    day: span('day', 'yyyy-MM-dd'),
    month: span('month', 'yyyy-MM'),
    year: span('year', 'yyyy'),
  };
}

/**
 * Each day from `first` to `last`, both `YYYY-MM-DD` and part of it; days have 23 or 25 hours where
 * clocks change. Empty when a text is no date or the order is wrong.
 * @param most no more days than that, the earliest
 */
export function daysBetween(first: string, last: string, timeZone: string, most: number): Span[] {
  const end = DateTime.fromISO(last, { zone: timeZone }).startOf('day');
  const days: Span[] = [];
  let day = DateTime.fromISO(first, { zone: timeZone }).startOf('day');
  while (day.isValid && end.isValid && day <= end && days.length < most) {
    const next = day.plus({ days: 1 });
    days.push({ name: day.toFormat('yyyy-MM-dd'), from: day.toJSDate(), to: next.toJSDate() });
    day = next;
  }
  return days;
}

/** `YYYY-MM-DD` of the day that many days before `now`. */
export function dayBefore(now: Date, days: number, timeZone: string): string {
  return DateTime.fromJSDate(now, { zone: timeZone }).minus({ days }).toFormat('yyyy-MM-dd');
}
