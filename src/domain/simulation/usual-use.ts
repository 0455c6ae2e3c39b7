import { longestLife, type SimulatedUse } from './plan-simulation';
import type { Terms } from '../plans/plan';

const DAY = 86_400;
const HOUR = 3_600;
const MOST_DAYS = 30;
const PERIOD_DAYS = { daily: 1, weekly: 7, monthly: 30, quarterly: 91, annual: 365 } as const;
/** Uploads as a part of downloads, as customers use the Wi-Fi of a shop. */
const UP_SHARE = 0.1;

/**
 * What to try a plan with by default: over its validity, twice the data at which something happens, or an
 * hour a day at full speed if nothing does.
 */
export function usualUse(terms: Terms): SimulatedUse {
  const { validitySeconds, capBytes, capPolicy, capPeriod, fairUseBytes, rate } = terms;
  const days = Math.min(MOST_DAYS, Math.max(1, Math.ceil((validitySeconds ?? Infinity) / DAY)));
  const threshold = (capPolicy === 'none' ? null : capBytes) ?? fairUseBytes;
  const periods = capPeriod === 'voucher' ? 1 : Math.ceil(days / PERIOD_DAYS[capPeriod]);
  // Time online runs out in the first days: spreading over the rest would be no load at all.
  const seconds = Math.min(HOUR * days, longestLife(terms, 1));
  const load = (bitsPerSecond: number) => (bitsPerSecond / 8) * seconds;
  const down = threshold === null ? load(rate.down) : 2 * threshold * periods;
  const up = Math.min(down * UP_SHARE, threshold === null ? load(rate.up) : Infinity);
  return { down: short(down), up: short(up), devices: 1, days };
}

/** Two digits, rounded down, for a field that people read and edit. */
function short(bytes: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, bytes))) - 1);
  return Math.floor(bytes / step) * step;
}
