import { DateTime } from 'luxon';
import { total } from '../../domain/units';
import { speedText } from '../../format/figures';
import type { Range } from '../../domain/usage/usage-range';
import type { CountedBucket } from '../../domain/usage/usage-series';
import type { UsageChart } from '../../services/history/usage-history';
import { drawChart, type ChartBand, type ChartPoint } from './chart';
import { NOTHING, sizeText, timeText } from '../format/web-format';

const SERIES = ['Down', 'Up'];

/** The two charts of a stretch of usage, its figures, and the table beside them. */
export function usageTexts({ period, fine, coarse, coarseUnit, gaps }: UsageChart, zone: string) {
  const startMs = period.from.getTime();
  const lengthMs = period.to.getTime() - startMs;
  const place = (at: Date) => (at.getTime() - startMs) / lengthMs;
  const bands: ChartBand[] = gaps.map(({ from, to, reason }) => ({
    from: place(from),
    to: place(to),
    title: `${timeText(from, zone)} to ${timeText(to, zone)}: ${reason}`,
  }));
  const point = (bucket: CountedBucket, values: readonly number[]): ChartPoint => ({
    at: place(bucket.from),
    width: place(bucket.to) - place(bucket.from),
    values: bucket.ahead || bucket.counted === 'none' ? null : values,
    title: `${bucket.name}: ${sizeText(bucket.bytes.down)} down, ${sizeText(bucket.bytes.up)} up`,
  });
  const busiest = fine.reduce((a, b) => (rateOf(b) > rateOf(a) ? b : a));
  const all = coarse.reduce(
    (sum, { bytes }) => ({ up: sum.up + bytes.up, down: sum.down + bytes.down }),
    { up: 0, down: 0 },
  );
  const inAll = `${sizeText(total(all))} total: ${sizeText(all.down)} down, ${sizeText(all.up)} up.`;
  const peak =
    rateOf(busiest) > 0
      ? `Busiest at ${busiest.name}, with ${speedText(rateOf(busiest))} on average.`
      : 'Nothing was used.';
  const marks = marksOf(period.range, coarse, zone).map(({ at, text }) => ({
    at: place(at),
    text,
  }));
  const common = { series: SERIES, bands, marks };
  return {
    figures: [
      { name: 'Total', value: sizeText(total(all)) },
      { name: 'Down', value: sizeText(all.down) },
      { name: 'Up', value: sizeText(all.up) },
      {
        name: 'Busiest',
        value: speedText(rateOf(busiest)),
        note: rateOf(busiest) > 0 ? busiest.name : '',
      },
    ],
    charts: [
      drawChart({
        ...common,
        kind: 'lines',
        title: `Speed, ${period.title}`,
        description: `${peak} ${inAll}`,
        points: fine.map((bucket) =>
          point(bucket, [rate(bucket, bucket.bytes.down), rate(bucket, bucket.bytes.up)]),
        ),
        figure: speedText,
      }),
      drawChart({
        ...common,
        kind: 'bars',
        title: `Volume by ${coarseUnit}, ${period.title}`,
        description: inAll,
        points: coarse.map((bucket) => point(bucket, [bucket.bytes.down, bucket.bytes.up])),
        figure: sizeText,
      }),
    ],
    hasGaps: bands.length > 0,
    unit: coarseUnit,
    rows: coarse
      .filter(({ ahead }) => !ahead)
      .map((bucket) => ({
        name: bucket.name,
        down: bucket.counted === 'none' ? NOTHING : sizeText(bucket.bytes.down),
        up: bucket.counted === 'none' ? NOTHING : sizeText(bucket.bytes.up),
        total: bucket.counted === 'none' ? 'not counted' : sizeText(total(bucket.bytes)),
        partly: bucket.counted === 'part',
      })),
  };
}

/** The series as it goes into a CSV: empty where nothing could be counted. */
export function usageCsvRows(buckets: readonly CountedBucket[]) {
  return buckets
    .filter(({ ahead }) => !ahead)
    .map(({ name, bytes, counted }) => ({
      time: name,
      bytes_up: counted === 'none' ? '' : bytes.up,
      bytes_down: counted === 'none' ? '' : bytes.down,
      counted: { all: 'yes', part: 'partly', none: 'no' }[counted],
    }));
}

function rateOf(bucket: CountedBucket): number {
  return rate(bucket, total(bucket.bytes));
}

function rate({ from, to }: CountedBucket, bytes: number): number {
  return (bytes * 8_000) / (to.getTime() - from.getTime());
}

/** Few enough labels to fit a phone. */
function marksOf(range: Range, coarse: readonly CountedBucket[], zone: string) {
  const every = { day: 4, week: 1, month: 5, year: 2 }[range];
  const format = { day: 'HH:mm', week: 'ccc d', month: 'd', year: 'MMM' }[range];
  return coarse
    .filter((_, index) => index % every === 0 && index < coarse.length)
    .map(({ from }) => ({
      at: from,
      text: DateTime.fromJSDate(from, { zone }).setLocale('en').toFormat(format),
    }));
}
