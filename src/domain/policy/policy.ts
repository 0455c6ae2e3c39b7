import type { BoostWindow, Burst, Terms } from '../plans/plan';
import type { WindowState } from '../shop/shop-calendar';
import type { Money, Rates } from '../units';

/** Everything about a voucher on one device, at one moment, that its speed may depend on. */
export interface PolicyInput {
  /** When the clock started; `null` while the voucher waits for its first second online. */
  startedAt: Date | null;
  /** When the wall clock runs out; `null` where the plan has no validity, or not started. */
  expiresAt: Date | null;
  /** Since when the wall clock is stopped, because another voucher of the device is running. */
  stoppedAt: Date | null;
  /** Bytes counted in the present cap period, up and down together, all devices of the voucher. */
  bytes: number;
  /** What the previous period left over for this one. */
  carriedBytes: number;
  /** When `bytes` starts again from zero; `null` for a cap over the voucher's whole life. */
  periodEndsAt: Date | null;
  /** Of the plan's window; `null` where it has none. */
  window: WindowState | null;
  /** Online time used, all devices. */
  uptimeMs: number;
  /**
   * Devices of the voucher that are logged in now: bytes and online time grow only then, by each of them.
   */
  onlineDevices: number;
  paused: boolean;
  revoked: boolean;
  /** Never ends by itself; its bandwidth is limited all the same. */
  developer: boolean;
  /** Set by staff for this device; `null` where none is. */
  manual: { rate: Rates; until: Date | null } | null;
  /** Of a subscriber: closed, or slowed down as the plan says. */
  suspended?: boolean;
  /** Staff have blocked this device; its voucher runs on as it was sold. */
  blocked?: boolean;
}

export type Reason =
  | 'not started'
  | 'full speed'
  | 'boost hours'
  | 'slow hours'
  | 'fair use'
  | 'over the data limit'
  | 'manual limit'
  | 'data used up'
  | 'time over'
  | 'online time used up'
  | 'paused'
  | 'blocked'
  | 'suspended'
  | 'revoked';

/** What a device may have right now, and why. The reason is shown to people and kept in the audit. */
export interface Decision {
  /** `null` when the device may not be online. */
  rate: Rates | null;
  /** Above `rate` for a moment; only at the plan's own speed. */
  burst: Burst | null;
  reason: Reason;
  /** The figures behind the reason. */
  because: Because;
  /** Slower than the plan's own speed because of what was used; another voucher would help. */
  throttled: boolean;
  /** Bytes beyond the cap, if the plan charges for them; they only count here. */
  overageBytes: number;
  /** Set when the voucher can never grant anything again. */
  ended: 'expired' | 'exhausted' | 'revoked' | null;
  /**
   * The next instant at which the decision could change without a change in the database, assuming the
   * device uses all the speed it has; `null` if it cannot change by itself.
   */
  reviewAt: Date | null;
}

export interface Because {
  /** Counted so far in the present period. */
  usedBytes: number;
  /** Of the threshold that was passed, or else of the next one; `null` if there is none. */
  limitBytes: number | null;
  /** When this reason ends by the clock; `null` if the clock alone does not end it. */
  until: Date | null;
}

/** A threshold further off than this does not matter, and its date could not be represented. */
const FAR_MS = 100 * 365 * 86_400_000;

/**
 * Decides. Pure: the same terms, input and moment always give the same answer, so the loop, the plan
 * simulator and the tests agree. What takes access away comes first, then what slows it down; a limit set
 * by hand overrides all speeds of the plan.
 */
export function decide(terms: Terms, standing: PolicyInput, now: Date): Decision {
  if (standing.revoked) return ended('revoked', 'revoked', standing);
  if (standing.suspended) return suspended(terms, standing);
  if (!standing.developer) {
    if (isOver(standing, now)) return ended('time over', 'expired', standing);
    if (terms.uptimeSeconds !== null && standing.uptimeMs >= terms.uptimeSeconds * 1000) {
      return ended('online time used up', 'exhausted', standing);
    }
    const isBlocked = terms.capPolicy === 'block' && isCapReached(terms, standing);
    if (isBlocked && !areHoursFree(terms, standing)) return dataUsedUp(terms, standing);
  }
  if (standing.blocked) return { ...closed('blocked', standing), reviewAt: standing.expiresAt };
  if (standing.paused) return { ...closed('paused', standing), reviewAt: standing.expiresAt };
  return granted(terms, standing, now);
}

/** The data a voucher may use in the present period; `null` without a cap. */
export function allowance(
  terms: Pick<Terms, 'capBytes'>,
  standing: Pick<PolicyInput, 'carriedBytes'>,
): number | null {
  return terms.capBytes === null ? null : terms.capBytes + standing.carriedBytes;
}

/**
 * What is left of a period for the next one: at most one period's cap, and nothing if the plan carries
 * none over.
 */
export function carriedOver(
  { capBytes, capRollover }: Pick<Terms, 'capBytes' | 'capRollover'>,
  carriedBytes: number,
  usedBytes: number,
): number {
  if (!capRollover || capBytes === null) return 0;
  return Math.min(capBytes, Math.max(0, capBytes + carriedBytes - usedBytes));
}

/** For bytes beyond the cap: the price of each unit begun; `null` if the plan charges nothing. */
export function overageCharge(
  { capPolicy, overage }: Pick<Terms, 'capPolicy' | 'overage'>,
  bytes: number,
): Money | null {
  if (capPolicy !== 'overage' || !overage) return null;
  return { ...overage.price, amount: Math.ceil(bytes / overage.unitBytes) * overage.price.amount };
}

/** Whether bytes count against neither cap nor fair use at this moment. */
export function areHoursFree(
  { window }: Pick<Terms, 'window'>,
  standing: Pick<PolicyInput, 'window'>,
): boolean {
  return window !== null && window.unlimited && standing.window?.isOpen === true;
}

type Speed = Pick<Decision, 'burst' | 'reason' | 'throttled' | 'because'> & { rate: Rates };

function granted(terms: Terms, standing: PolicyInput, now: Date): Decision {
  const speed = presentSpeed(terms, standing, now);
  const limit = allowance(terms, standing);
  return {
    rate: speed.rate,
    burst: speed.burst,
    reason: speed.reason,
    because: speed.because,
    throttled: speed.throttled,
    overageBytes:
      terms.capPolicy === 'overage' && limit !== null ? Math.max(0, standing.bytes - limit) : 0,
    ended: null,
    reviewAt: nextReview(terms, standing, speed, now),
  };
}

function presentSpeed(terms: Terms, standing: PolicyInput, now: Date): Speed {
  const usual = speedByPlan(terms, standing);
  const { manual } = standing;
  if (manual && !hasPassed(manual.until, now)) {
    const because = { ...usual.because, until: manual.until };
    return { rate: manual.rate, burst: null, reason: 'manual limit', throttled: false, because };
  }
  if (standing.startedAt) return usual;
  return { ...usual, reason: 'not started', because: { ...usual.because, until: null } };
}

/** The plan's own speed, by the hour and by what was used. */
function speedByPlan(terms: Terms, standing: PolicyInput): Speed {
  const hours = speedByHour(terms, standing);
  if (areHoursFree(terms, standing)) return hours;
  const limits = reachedLimits(terms, standing);
  // The cap lies above the fair-use threshold, so when both are passed the cap is the reason to show.
  const last = limits.at(-1);
  if (!last) return hours;
  return {
    rate: limits.reduce((slowest, limit) => slower(slowest, limit.rate), hours.rate),
    burst: null,
    reason: last.reason,
    throttled: true,
    because: {
      usedBytes: standing.bytes,
      limitBytes: last.bytes,
      until: soonest([standing.periodEndsAt, nextFreeHours(terms, standing)]),
    },
  };
}

function speedByHour(terms: Terms, standing: PolicyInput): Speed {
  const { window, rate, burst } = terms;
  const because = {
    usedBytes: standing.bytes,
    limitBytes: nextThreshold(terms, standing),
    until: (window && standing.window?.changesAt) ?? null,
  };
  if (!window || !standing.window?.isOpen) {
    return { rate, burst, reason: 'full speed', throttled: false, because };
  }
  return {
    rate: times(rate, window),
    burst: burst && {
      ...burst,
      rate: times(burst.rate, window),
      threshold: times(burst.threshold, window),
    },
    reason: window.multiplier < 1 ? 'slow hours' : 'boost hours',
    throttled: false,
    because,
  };
}

function times(rate: Rates, { multiplier }: BoostWindow): Rates {
  return { up: Math.round(rate.up * multiplier), down: Math.round(rate.down * multiplier) };
}

interface Limit {
  rate: Rates;
  reason: Reason;
  bytes: number;
}

function reachedLimits(terms: Terms, standing: PolicyInput): Limit[] {
  const limits: Limit[] = [];
  const { fairUseBytes, fairUseRate, throttleRate } = terms;
  if (fairUseBytes !== null && fairUseRate && standing.bytes >= fairUseBytes) {
    limits.push({ rate: fairUseRate, reason: 'fair use', bytes: fairUseBytes });
  }
  if (isCapReached(terms, standing) && terms.capPolicy === 'throttle' && throttleRate) {
    const bytes = allowance(terms, standing)!;
    limits.push({ rate: throttleRate, reason: 'over the data limit', bytes });
  }
  return limits;
}

/** Byte counts at which the speed, or the right to be online, may change; infinite if nothing does. */
function thresholds(
  terms: Terms,
  standing: Pick<PolicyInput, 'carriedBytes'>,
): { fairUse: number; cap: number } {
  return {
    fairUse: terms.fairUseBytes ?? Infinity,
    cap: terms.capPolicy === 'none' ? Infinity : (allowance(terms, standing) ?? Infinity),
  };
}

/** The bytes at which the policy next looks at the cap or at fair use; `null` if nothing lies ahead. */
export function nextThreshold(
  terms: Terms,
  standing: Pick<PolicyInput, 'bytes' | 'carriedBytes'>,
): number | null {
  const { fairUse, cap } = thresholds(terms, standing);
  const ahead = (bytes: number) => (bytes > standing.bytes ? bytes : Infinity);
  const next = Math.min(ahead(fairUse), ahead(cap));
  return next === Infinity ? null : next;
}

function nextFreeHours({ window }: Terms, standing: PolicyInput): Date | null {
  return window?.unlimited && !standing.window?.isOpen
    ? (standing.window?.changesAt ?? null)
    : null;
}

/** In milliseconds since 1970, since this is asked for every device in every round. */
function nextReview(terms: Terms, standing: PolicyInput, speed: Speed, now: Date): Date | null {
  const { onlineDevices, bytes } = standing;
  let first = Math.min(timeOf(speed.because.until), timeOf(standing.window?.changesAt));
  const after = (ms: number) => {
    if (ms / onlineDevices > FAR_MS) return;
    first = Math.min(first, now.getTime() + Math.floor(ms / onlineDevices));
  };
  if (!standing.developer) {
    if (!standing.stoppedAt) first = Math.min(first, timeOf(standing.expiresAt));
    if (terms.uptimeSeconds !== null && onlineDevices > 0) {
      after(terms.uptimeSeconds * 1000 - standing.uptimeMs);
    }
  }
  const { fairUse, cap } = thresholds(terms, standing);
  if (bytes >= Math.min(fairUse, cap)) first = Math.min(first, timeOf(standing.periodEndsAt));
  const next = nextThreshold(terms, standing);
  if (next !== null && onlineDevices > 0 && !areHoursFree(terms, standing)) {
    after(timeToUse(next - bytes, speed));
  }
  return first === Infinity ? null : new Date(first);
}

function timeOf(instant: Date | null | undefined): number {
  return instant ? instant.getTime() : Infinity;
}

/** The first of these instants; `null` when there is none. */
export function soonest(instants: readonly (Date | null)[]): Date | null {
  let first = Infinity;
  for (const instant of instants) first = Math.min(first, timeOf(instant));
  return first === Infinity ? null : new Date(first);
}

/**
 * Milliseconds in which a device at full speed in both directions, bursting all the time, could use this
 * many bytes.
 */
function timeToUse(bytes: number, { rate, burst }: Speed): number {
  const fastest = (way: keyof Rates) => Math.max(rate[way], burst?.rate[way] ?? 0);
  return (bytes * 8 * 1000) / (fastest('up') + fastest('down'));
}

function isCapReached(terms: Terms, standing: PolicyInput): boolean {
  const limit = allowance(terms, standing);
  return limit !== null && standing.bytes >= limit;
}

function isOver(standing: PolicyInput, now: Date): boolean {
  return hasPassed(standing.expiresAt, standing.stoppedAt ?? now);
}

/** False for `null`, which never ends. */
export function hasPassed(instant: Date | null, now: Date): boolean {
  return instant !== null && now >= instant;
}

function slower(a: Rates, b: Rates): Rates {
  return { up: Math.min(a.up, b.up), down: Math.min(a.down, b.down) };
}

function closed(reason: Reason, { bytes }: PolicyInput): Decision {
  return {
    rate: null,
    burst: null,
    reason,
    because: { usedBytes: bytes, limitBytes: null, until: null },
    throttled: false,
    overageBytes: 0,
    ended: null,
    reviewAt: null,
  };
}

/** Slow enough to reach the pages on which to pay, where the plan says so. */
function suspended({ rate, suspendedRate }: Terms, standing: PolicyInput): Decision {
  const decision = closed('suspended', standing);
  if (!suspendedRate || standing.blocked) return decision;
  return { ...decision, rate: slower(rate, suspendedRate), throttled: true };
}

function ended(
  reason: Reason,
  how: NonNullable<Decision['ended']>,
  standing: PolicyInput,
): Decision {
  return { ...closed(reason, standing), ended: how };
}

/**
 * A cap for the voucher's whole life ends it; one that comes again leaves it waiting for the next period,
 * and free hours for their opening.
 */
function dataUsedUp(terms: Terms, standing: PolicyInput): Decision {
  const until = soonest([standing.periodEndsAt, nextFreeHours(terms, standing)]);
  const decision = until
    ? { ...closed('data used up', standing), reviewAt: soonest([until, standing.expiresAt]) }
    : ended('data used up', 'exhausted', standing);
  const limitBytes = allowance(terms, standing);
  return { ...decision, because: { usedBytes: standing.bytes, limitBytes, until } };
}
