import { DateTime } from 'luxon';

export const RANGES = ['day', 'week', 'month', 'year'] as const;
export type Range = (typeof RANGES)[number];

/** A stretch of the shop's calendar that a page shows. */
export interface Period {
  range: Range;
  /** `Saturday, November 21, 2026`, `November 16 – 22, 2026`, `November 2026`, `2026`. */
  title: string;
  from: Date;
  to: Date;
  /** The first day, `YYYY-MM-DD`; and a day of the periods before and after it. */
  at: string;
  before: string;
  after: string;
}

const DAY_FORMAT = 'yyyy-MM-dd';

/** The period around a day, `YYYY-MM-DD` by the shop's clock; `undefined` when that is no date. */
export function periodAt(range: Range, day: string, zone: string): Period | undefined {
  const inside = DateTime.fromFormat(day, DAY_FORMAT, { zone, locale: 'en' });
  if (!inside.isValid) return undefined;
  const from = inside.startOf(range);
  const to = from.plus({ [range]: 1 }).startOf(range);
  return {
    range,
    title: titleOf(range, from, to.minus({ days: 1 })),
    from: from.toJSDate(),
    to: to.toJSDate(),
    at: from.toFormat(DAY_FORMAT),
    before: from.minus({ [range]: 1 }).toFormat(DAY_FORMAT),
    after: to.toFormat(DAY_FORMAT),
  };
}

function titleOf(range: Range, from: DateTime, last: DateTime): string {
  if (range === 'day') return from.toFormat('cccc, MMMM d, yyyy');
  if (range === 'month') return from.toFormat('MMMM yyyy');
  if (range === 'year') return from.toFormat('yyyy');
  const first = from.toFormat(from.year === last.year ? 'MMMM d' : 'MMMM d, yyyy');
  return `${first} – ${last.toFormat(from.month === last.month ? 'd, yyyy' : 'MMMM d, yyyy')}`;
}

export type BucketUnit = 'slot' | 'hour' | 'day' | 'month';

/** One point or bar of a chart. */
export interface Bucket {
  from: Date;
  to: Date;
  /** As shown in tables and CSV: `2026-11-21 18:05`, `2026-11-21`, `2026-11`. */
  name: string;
}

const STEPS = {
  slot: { step: { minutes: 5 }, format: 'yyyy-MM-dd HH:mm' },
  hour: { step: { hours: 1 }, format: 'yyyy-MM-dd HH:mm' },
  day: { step: { days: 1 }, format: DAY_FORMAT },
  month: { step: { months: 1 }, format: 'yyyy-MM' },
} as const;

/**
 * The parts of a period. Hours are counted from its beginning, so that a day on which clocks change has
 * 23 or 25 of them.
 */
export function bucketsOf({ from, to }: { from: Date; to: Date }, unit: BucketUnit, zone: string) {
  const { step, format } = STEPS[unit];
  const buckets: Bucket[] = [];
  let start = DateTime.fromJSDate(from, { zone });
  while (start.toMillis() < to.getTime()) {
    const next = start.plus(step);
    const end = Math.min(next.toMillis(), to.getTime());
    buckets.push({ from: start.toJSDate(), to: new Date(end), name: start.toFormat(format) });
    start = next;
  }
  return buckets;
}

/** The resolution of lines and of bars that suits a range, no finer than what is kept of it. */
export function unitsOf(
  range: Range,
  kept: 'slot' | 'hour' | 'day',
): { fine: 'slot' | 'hour' | 'day'; coarse: 'hour' | 'day' | 'month' } {
  const fits = { day: 'slot', week: 'hour', month: 'hour', year: 'day' } as const;
  const bars = { day: 'hour', week: 'day', month: 'day', year: 'month' } as const;
  const order = ['slot', 'hour', 'day'] as const;
  const fine = order[Math.max(order.indexOf(fits[range]), order.indexOf(kept))]!;
  return { fine, coarse: fine === 'day' && range === 'day' ? 'day' : bars[range] };
}
