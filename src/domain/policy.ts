import type { Terms } from './plan';
import type { Rates } from './units';

/** Everything about a voucher on one device, at one moment, that its speed may depend on. */
export interface Standing {
  /** When the clock started; `null` while the voucher waits for its first second online. */
  startedAt: Date | null;
  /** When the wall clock runs out; `null` where the plan has no validity, or not started. */
  expiresAt: Date | null;
  /** Since when the wall clock stands still, because another voucher of the device runs meanwhile. */
  stoppedAt: Date | null;
  /** Bytes used in the present cap period, up and down together, all devices of the voucher. */
  bytes: number;
  /** When `bytes` starts again from zero; `null` for a cap over the voucher's whole life. */
  periodEndsAt: Date | null;
  /** Online time used, all devices. */
  uptimeMs: number;
  /** Devices of the voucher that are logged in now: only then bytes and online time move, by each of them. */
  onlineDevices: number;
  paused: boolean;
  revoked: boolean;
  /** Ends never by itself; bandwidth is controlled all the same. */
  developer: boolean;
  /** Set by staff for this device; `null` where none is. */
  manual: { rate: Rates; until: Date | null } | null;
}

export type Reason =
  | 'not started'
  | 'full speed'
  | 'fair use'
  | 'over the data cap'
  | 'manual limit'
  | 'data used up'
  | 'time over'
  | 'online time used up'
  | 'paused'
  | 'revoked';

/** What a device may have right now, and why. The reason is shown to people and kept in the audit. */
export interface Decision {
  /** `null` when the device may not be online. */
  rate: Rates | null;
  reason: Reason;
  /** Slower than the plan's own speed because of what was used; another voucher would help. */
  throttled: boolean;
  /** Bytes beyond the cap, where the plan charges for them; they only count here. */
  overageBytes: number;
  /** Set when the voucher can never grant anything again. */
  ended: 'expired' | 'exhausted' | 'revoked' | null;
  /**
   * The next instant at which the answer could be another one if nobody touches the books, counting on
   * the device using all the speed it has; `null` if it cannot change by itself.
   */
  reviewAt: Date | null;
}

/** A threshold further off than this does not matter, and its date could not be written. */
const FAR_MS = 100 * 365 * 86_400_000;

/**
 * Decides. Pure: the same terms, standing and moment always give the same answer, so the loop, the
 * plan simulator and the tests agree. What takes access away comes first, then what slows it down.
 */
export function decide(terms: Terms, standing: Standing, now: Date): Decision {
  if (standing.revoked) return ended('revoked', 'revoked');
  if (!standing.developer) {
    if (isOver(standing, now)) return ended('time over', 'expired');
    if (terms.uptimeSeconds !== null && standing.uptimeMs >= terms.uptimeSeconds * 1000) {
      return ended('online time used up', 'exhausted');
    }
    if (isCapReached(terms, standing) && terms.capPolicy === 'block') return dataUsedUp(standing);
  }
  if (standing.paused) return { ...closed('paused'), reviewAt: standing.expiresAt };
  return granted(terms, standing, now);
}

function granted(terms: Terms, standing: Standing, now: Date): Decision {
  const usual = speedByUse(terms, standing);
  const manual = standing.manual && !hasPassed(standing.manual.until, now) ? standing.manual : null;
  const rate = manual ? manual.rate : usual.rate;
  const decision: Decision = {
    rate,
    reason: manual ? 'manual limit' : standing.startedAt ? usual.reason : 'not started',
    throttled: !manual && usual.throttled,
    overageBytes:
      terms.capPolicy === 'overage' && terms.capBytes !== null
        ? Math.max(0, standing.bytes - terms.capBytes)
        : 0,
    ended: null,
    reviewAt: null,
  };
  return { ...decision, reviewAt: nextReview(terms, standing, rate, manual?.until ?? null, now) };
}

function speedByUse(
  terms: Terms,
  standing: Standing,
): Pick<Decision, 'rate' | 'reason' | 'throttled'> & { rate: Rates } {
  const limits: { rate: Rates; reason: Reason }[] = [];
  if (terms.fairUseBytes !== null && terms.fairUseRate && standing.bytes >= terms.fairUseBytes) {
    limits.push({ rate: terms.fairUseRate, reason: 'fair use' });
  }
  if (isCapReached(terms, standing) && terms.capPolicy === 'throttle' && terms.throttleRate) {
    limits.push({ rate: terms.throttleRate, reason: 'over the data cap' });
  }
  // The cap lies above the fair-use threshold, so when both hold the cap is what people should read.
  const reason = limits.at(-1)?.reason ?? 'full speed';
  const rate = limits.reduce((slowest, limit) => slower(slowest, limit.rate), terms.rate);
  return { rate, reason, throttled: limits.length > 0 };
}

function nextReview(
  terms: Terms,
  standing: Standing,
  rate: Rates,
  manualUntil: Date | null,
  now: Date,
): Date | null {
  const { onlineDevices } = standing;
  const after = (ms: number) => {
    const soonestMs = Math.floor(ms / onlineDevices);
    return soonestMs > FAR_MS ? null : new Date(now.getTime() + soonestMs);
  };
  const instants: (Date | null)[] = [manualUntil];
  if (!standing.developer) {
    if (!standing.stoppedAt) instants.push(standing.expiresAt);
    if (terms.uptimeSeconds !== null && onlineDevices > 0) {
      instants.push(after(terms.uptimeSeconds * 1000 - standing.uptimeMs));
    }
  }
  const thresholds = [terms.fairUseBytes, terms.capPolicy === 'none' ? null : terms.capBytes];
  for (const threshold of thresholds) {
    if (threshold === null) continue;
    if (standing.bytes >= threshold) instants.push(standing.periodEndsAt);
    else if (onlineDevices > 0) instants.push(after(timeToUse(threshold - standing.bytes, rate)));
  }
  return soonest(instants);
}

/** The first of these instants; `null` when there is none. */
export function soonest(instants: readonly (Date | null)[]): Date | null {
  const times = instants.flatMap((instant) => (instant ? [instant.getTime()] : []));
  // Not Math.min(...times): thousands of devices are too many arguments.
  return times.length === 0 ? null : new Date(times.reduce((first, time) => Math.min(first, time)));
}

/** Milliseconds in which a device at full speed in both directions could use this many bytes. */
function timeToUse(bytes: number, rate: Rates): number {
  return (bytes * 8 * 1000) / (rate.up + rate.down);
}

function isCapReached(terms: Terms, standing: Pick<Standing, 'bytes'>): boolean {
  return terms.capBytes !== null && standing.bytes >= terms.capBytes;
}

function isOver(standing: Standing, now: Date): boolean {
  return hasPassed(standing.expiresAt, standing.stoppedAt ?? now);
}

function hasPassed(instant: Date | null, now: Date): boolean {
  return instant !== null && now >= instant;
}

function slower(a: Rates, b: Rates): Rates {
  return { up: Math.min(a.up, b.up), down: Math.min(a.down, b.down) };
}

function closed(reason: Reason): Decision {
  return { rate: null, reason, throttled: false, overageBytes: 0, ended: null, reviewAt: null };
}

function ended(reason: Reason, how: NonNullable<Decision['ended']>): Decision {
  return { ...closed(reason), ended: how };
}

/** A cap for the voucher's whole life ends it; one that comes again leaves it waiting for the next period. */
function dataUsedUp({ periodEndsAt, expiresAt }: Standing): Decision {
  if (!periodEndsAt) return ended('data used up', 'exhausted');
  return { ...closed('data used up'), reviewAt: soonest([periodEndsAt, expiresAt]) };
}
