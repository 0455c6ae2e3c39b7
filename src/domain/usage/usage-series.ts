import type { Rates } from '../units';
import type { Bucket } from './usage-range';

/** A stretch of time about which nothing is known, and why. */
export interface Gap {
  from: Date;
  to: Date;
  reason: string;
}

export interface CountedBucket extends Bucket {
  bytes: Rates;
  /** `none`: nothing could be counted, which is not the same as nothing used. */
  counted: 'all' | 'part' | 'none';
  /** It has not begun yet. */
  ahead: boolean;
}

/** Gaps that cover less of a bucket than this are not mentioned. */
const NOTEWORTHY = 0.02;

/**
 * Sums points into buckets, and says for which of them the database knows nothing.
 * @param points ascending
 */
export function fillBuckets(
  buckets: readonly Bucket[],
  points: readonly { at: Date; bytes: Rates }[],
  gaps: readonly Gap[],
  now: Date,
): CountedBucket[] {
  const merged = mergeGaps(gaps);
  let next = 0;
  return buckets.map((bucket) => {
    const bytes = { up: 0, down: 0 };
    for (; next < points.length && points[next]!.at < bucket.to; next += 1) {
      const point = points[next]!;
      if (point.at < bucket.from) continue;
      bytes.up += point.bytes.up;
      bytes.down += point.bytes.down;
    }
    const end = Math.min(bucket.to.getTime(), now.getTime());
    const lengthMs = end - bucket.from.getTime();
    const share = lengthMs > 0 ? overlapMs(bucket.from.getTime(), end, merged) / lengthMs : 0;
    const isEmpty = bytes.up + bytes.down === 0;
    const counted =
      share < NOTEWORTHY ? 'all' : isEmpty && share > 1 - NOTEWORTHY ? 'none' : 'part';
    return { ...bucket, bytes, counted, ahead: isEmpty && bucket.from > now };
  });
}

/** Gaps that do not overlap, ascending: what two of them cover belongs to the one that began first. */
export function mergeGaps(gaps: readonly Gap[]): Gap[] {
  const merged: Gap[] = [];
  for (const gap of [...gaps].sort((a, b) => a.from.getTime() - b.from.getTime())) {
    const last = merged.at(-1);
    const from = last && last.to > gap.from ? last.to : gap.from;
    if (gap.to <= from) continue;
    if (last?.reason === gap.reason && last.to >= gap.from) last.to = gap.to;
    else merged.push({ ...gap, from });
  }
  return merged;
}

function overlapMs(from: number, to: number, gaps: readonly Gap[]): number {
  let sum = 0;
  for (const gap of gaps) {
    const overlap = Math.min(to, gap.to.getTime()) - Math.max(from, gap.from.getTime());
    if (overlap > 0) sum += overlap;
  }
  return sum;
}
