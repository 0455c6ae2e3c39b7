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

/** What is known of online time counted since an outage began; all in ms, by code. */
export interface OnlineMeter {
  /** Used of each voucher when it began. A missing one did not exist yet. */
  startedMs: ReadonlyMap<string, number>;
  /** Counted after the outage was over, or after we stopped watching. */
  afterMs: ReadonlyMap<string, number>;
  /** Given back so far. */
  creditedMs: ReadonlyMap<string, number>;
}

/**
 * How much online time each voucher that sells it had used when an outage found in this round began.
 * @param state with this round's usage
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
    // It usually reaches back to the last round, so everything since then was counted within it.
    const most = lengthOf(outage) * terms.devices;
    started.set(code, usedUptimeMs - Math.min(addedMs.get(code) ?? 0, most));
  }
  return started;
}

/**
 * Gives back online time counted while the line was dead. The router counts it anyway, so the used time stays
 * and this much of it does not count against what was sold. While the router itself is down nobody is online,
 * so there is nothing to give back.
 * @param state with this round's usage
 * @param meanwhile not set when the outage is over; as with the wall clock
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
    // Each device of a voucher uses its own time: three devices use three hours in one hour.
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
  // The voucher began within the outage: everything it used, minus what it had used when it was imported.
  if (!startedAt || startedAt < outage.from) return 0;
  const most = lengthOf({ from: startedAt, to: outage.to }) * terms.devices;
  return Math.max(0, Math.min(untilMs, most));
}

function isCounted(voucher: Voucher): boolean {
  return voucher.terms.uptimeSeconds !== null && !voucher.developer && isLive(voucher);
}
