import { DateTime } from 'luxon';
import { InvalidInput } from '../../errors';

/** A stretch of the shop's calendar; `to` is not part of it. */
export interface DayRange {
  name: string;
  from: Date;
  to: Date;
}

/** The day, the month and the year in which `now` is, by the shop's clock. */
export function presentRanges(
  now: Date,
  timeZone: string,
): { day: DayRange; month: DayRange; year: DayRange } {
  const local = DateTime.fromJSDate(now, { zone: timeZone });
  const span = (unit: 'day' | 'month' | 'year', format: string): DayRange => ({
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

/** More days than this are read by the month. */
const MOST_DAYS = 366;
const MOST_MONTHS = 600;

/**
 * The days from `first` to `last`, both `YYYY-MM-DD` and included, or the months if they are more than a
 * year; the first and the last month are cut to the range. Days have 23 or 25 hours if clocks change.
 * @throws InvalidInput when a text is no date, the order is wrong, or it is more than fifty years
 */
export function rangesBetween(
  first: string,
  last: string,
  timeZone: string,
): { unit: 'day' | 'month'; spans: DayRange[] } {
  const from = DateTime.fromISO(first, { zone: timeZone }).startOf('day');
  const to = DateTime.fromISO(last, { zone: timeZone }).startOf('day').plus({ days: 1 });
  if (!from.isValid || !to.isValid || from >= to) {
    throw new InvalidInput('The first day must not be after the last one; write 2026-11-21');
  }
  if (to.diff(from, 'months').months > MOST_MONTHS) {
    throw new InvalidInput('Choose fifty years at most');
  }
  const unit = Math.round(to.diff(from, 'days').days) <= MOST_DAYS ? 'day' : 'month';
  const format = unit === 'day' ? 'yyyy-MM-dd' : 'yyyy-MM';
  const spans: DayRange[] = [];
  for (let start = from; start < to;) {
    const next = DateTime.min(start.startOf(unit).plus({ [unit]: 1 }), to);
    spans.push({ name: start.toFormat(format), from: start.toJSDate(), to: next.toJSDate() });
    start = next;
  }
  return { unit, spans };
}

/** `YYYY-MM-DD` of the day this many days before `now`. */
export function dayBefore(now: Date, days: number, timeZone: string): string {
  return DateTime.fromJSDate(now, { zone: timeZone }).minus({ days }).toFormat('yyyy-MM-dd');
}

/** Stretches of days that people ask for by name. */
export const PERIODS = ['today', 'yesterday', '7 days', 'this month', 'last month'] as const;
export type Period = (typeof PERIODS)[number];

/** The first and the last day of a period, `YYYY-MM-DD`, by the shop's clock. */
export function daysOf(period: Period, now: Date, timeZone: string): { from: string; to: string } {
  const today = DateTime.fromJSDate(now, { zone: timeZone });
  const [from, to] = {
    today: [today, today],
    yesterday: [today.minus({ days: 1 }), today.minus({ days: 1 })],
    '7 days': [today.minus({ days: 6 }), today],
    'this month': [today.startOf('month'), today],
    'last month': [
      today.minus({ months: 1 }).startOf('month'),
      today.minus({ months: 1 }).endOf('month'),
    ],
  }[period] as [DateTime, DateTime];
  return { from: from.toFormat('yyyy-MM-dd'), to: to.toFormat('yyyy-MM-dd') };
}

/** As many days right before these. */
export function daysBefore(
  { from, to }: { from: string; to: string },
  timeZone: string,
): { from: string; to: string } {
  const [first, last] = [from, to].map((day) => DateTime.fromISO(day, { zone: timeZone }));
  const days = Math.round(last!.diff(first!, 'days').days) + 1;
  const before = (day: DateTime) => day.minus({ days }).toFormat('yyyy-MM-dd');
  return { from: before(first!), to: before(last!) };
}
