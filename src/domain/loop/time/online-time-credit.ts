import type { LoopState } from '../loop-state';
import {
  creditNow,
  dueSoonMs,
  isGivenBack,
  lengthOf,
  type Credit,
  type CreditRule,
  type Meanwhile,
  type Span,
} from './outage';
import { isLive, type Voucher } from '../../vouchers/voucher';

/** What is known of the time online that was counted since an outage began; all in ms, by code. */
export interface OnlineMeter {
  /** Used of each voucher when it began. One that is missing was not there yet. */
  startedMs: ReadonlyMap<string, number>;
  /** Counted after it was over, or nobody looks any more. */
  afterMs: ReadonlyMap<string, number>;
  /** Given back so far. */
  creditedMs: ReadonlyMap<string, number>;
}

/**
 * How much time online each voucher that sells it had used when an outage began that is found at this round.
 * @param state with the usage of this round
 * @param addedMs what this round added, by code
 */
export function onlineTimeBefore(
  state: LoopState,
  outage: Span,
  addedMs: ReadonlyMap<string, number>,
): Map<string, number> {
  const started = new Map<string, number>();
  for (const voucher of state.vouchers.values()) {
    if (!isCounted(voucher)) continue;
    const { code, terms, usedUptimeMs } = voucher;
    // It mostly reaches back to the last round, and then all that came since was counted within it.
    const most = lengthOf(outage) * terms.devices;
    started.set(code, usedUptimeMs - Math.min(addedMs.get(code) ?? 0, most));
  }
  return started;
}

/**
 * Gives back time online that was counted while the line was dead. The router counts it all the same, so
 * what is used stays as it is, and this much of it does not count against what was sold. While the router
 * itself is down nobody is online, and nothing is to be given back.
 * @param state with the usage of this round
 * @param meanwhile not given when the outage is over; as with the wall clock
 */
export function creditOnlineTime(
  state: LoopState,
  outage: Span,
  rule: CreditRule,
  meter: OnlineMeter,
  meanwhile?: Meanwhile,
): { state: LoopState; vouchers: Voucher[]; credits: Credit[] } {
  const vouchers: Voucher[] = [];
  const credits: Credit[] = [];
  if (!rule.isOn || outage.to < outage.from) return { state, vouchers, credits };
  const counts = meanwhile !== undefined || isGivenBack(outage, rule);
  const dueMs = meanwhile && dueSoonMs(outage, meanwhile);
  for (const voucher of state.vouchers.values()) {
    if (!isCounted(voucher) || voucher.endedAt) continue;
    const { code, terms, usedUptimeMs, givenUptimeMs } = voucher;
    const leftMs = terms.uptimeSeconds! * 1000 - usedUptimeMs + givenUptimeMs;
    if (dueMs !== undefined && leftMs > dueMs * terms.devices) continue;
    const credited = meter.creditedMs.get(code) ?? 0;
    const counted = countedWithin(voucher, outage, meter);
    // Each device of a voucher uses up its own: in an hour three take three hours.
    const ceiling = rule.ceilingMs === null ? null : rule.ceilingMs * terms.devices;
    const ahead = meanwhile && meanwhile.aheadMs * terms.devices;
    const due = creditNow(counted, credited, ceiling, ahead);
    const ms = (counts ? due : 0) - credited;
    if (ms === 0) continue;
    credits.push({ code, ms });
    vouchers.push({ ...voucher, givenUptimeMs: Math.max(0, givenUptimeMs + ms) });
  }
  if (credits.length === 0) return { state, vouchers, credits };
  const changed = vouchers.map((voucher) => [voucher.code, voucher] as const);
  return {
    state: { ...state, vouchers: new Map([...state.vouchers, ...changed]) },
    vouchers,
    credits,
  };
}

function countedWithin(voucher: Voucher, outage: Span, meter: OnlineMeter): number {
  const { code, terms, startedAt, usedUptimeMs } = voucher;
  const untilMs = usedUptimeMs - (meter.afterMs.get(code) ?? 0);
  const startedMs = meter.startedMs.get(code);
  if (startedMs !== undefined) return Math.max(0, untilMs - startedMs);
  // Began within the outage: all it used, but what it had used already when it was taken over from elsewhere.
  if (!startedAt || startedAt < outage.from) return 0;
  const most = lengthOf({ from: startedAt, to: outage.to }) * terms.devices;
  return Math.max(0, Math.min(untilMs, most));
}

function isCounted(voucher: Voucher): boolean {
  return voucher.terms.uptimeSeconds !== null && !voucher.developer && isLive(voucher);
}
