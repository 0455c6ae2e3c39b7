import { HOUR_MS, MINUTE_MS } from '../../../clock';
import { PROGRAM_WRITTEN } from './shop-clock';

/** An ordinary absence: a night, a weekend. */
const ABSENCE_MS = 3 * 24 * HOUR_MS;
/** How long a clock must run evenly before it is believed after that, or after anything longer. */
const SOON_MS = 10 * MINUTE_MS;
const LATE_MS = 6 * HOUR_MS;

/**
 * Whether to delete by this clock. Believing a wrong clock costs the shop its history, and waiting costs
 * nothing: so it must first run evenly, longer the further it is from where it was last believed. An owner
 * whose computer says 2036 has had the alert for hours by then.
 * @param believedAt when it was last believed; `null` in new books
 * @param evenMs how long it has kept pace with the monotonic clock
 */
export function isClockTrusted(now: Date, believedAt: Date | null, evenMs: number): boolean {
  if (now.getTime() < PROGRAM_WRITTEN) return false;
  const awayMs = believedAt ? now.getTime() - believedAt.getTime() : 0;
  return evenMs >= (awayMs < -HOUR_MS || awayMs > ABSENCE_MS ? LATE_MS : SOON_MS);
}
