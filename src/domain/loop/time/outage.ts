/**
 * Lost time and wrong clocks. Two rounds of the loop, and a router that was off in between:
 *
 *       last round            off ....... on            this round (at)
 *   ----|-----------------------x         |---------------|---->
 *       |<-------------------- elapsedMs ---------------->|       by our monotonic clock
 *                                         |<- uptimeMs -->|       by the router, since its start
 *       |<------------ outage ----------->|                       when exactly the router stopped is unknown
 *           |<- started     stopped ->|                           one voucher's clock may run for part of it
 *           |<---------- lost ------->|                           credit = lost - covered - paused
 *
 * An outage of the uplink lies between the rounds that found it down and up again. Its credit moves
 * `expiresAt`; the credit of time online moves `givenUptimeMs`. "Covered" lay in an earlier outage that
 * was credited, "paused" is when the voucher's own clock was stopped: neither is given twice.
 *
 *   our clock   10:00 ---- 10:05 ---- 14:10        jump = 4:05 - 0:05 = 4 h, found at the last round:
 *   uptime       0:00 ----  0:05 ----  0:10        the uptime shows it, and all clocks are shifted by it
 *
 * See `shop-clock.ts` for jumps (also over a restart, judged by elapsedMs), `clock-trust.ts` for
 * whether old rows may be deleted by this clock, and `online-time-credit.ts` for time online.
 */
import type { LoopState } from '../loop-state';
import { parseDuration } from '../../units';
import { isLive, type Voucher } from '../../vouchers/voucher';

/** Whether customers get back paid time that the shop could not provide. */
export interface CreditRule {
  isOn: boolean;
  /** The most to give back for one outage; `null` is no limit. */
  ceilingMs: number | null;
  /** Shorter outages do not count. */
  leastMs: number;
}

const USUAL_LEAST_SECONDS = 60;

/**
 * @param typed `off`, `on`, or the limit for one outage, such as `2h`
 * @param least a duration; a minute by default
 * @throws InvalidInput
 */
export function creditRule(typed: string, least: string | null): CreditRule {
  const credit = typed.trim().toLowerCase(); // phone keyboards capitalize the first letter
  const isSwitch = credit === 'on' || credit === 'off';
  return {
    isOn: credit !== 'off',
    ceilingMs: isSwitch ? null : parseDuration(credit) * 1000,
    leastMs: (least === null ? USUAL_LEAST_SECONDS : parseDuration(least)) * 1000,
  };
}

/** A time span in which nobody could be online, by the present clock. */
export interface Span {
  from: Date;
  to: Date;
}

/** What one outage has already done to one voucher. */
export interface Credited {
  /** Given back so far. */
  creditedMs: number;
  /** How long the voucher's clock was stopped during it. */
  pausedMs: number;
}

/** The last round and the present one. */
export interface ObservationInterval {
  /** Between them, by the monotonic clock if there is one. */
  elapsedMs: number;
  uptimeMs: number;
  at: Date;
  restarted: boolean;
  /**
   * The loop kept trying, or this computer lost power together with the router. Otherwise nobody knows when
   * the router stopped: this program was simply off.
   */
  watched: boolean;
  /** This router is new to us: newly set up, or a replacement for another. */
  isFirst: boolean;
}

/**
 * When the router was down before this round. A router that was only unreachable from here kept running, and
 * so did its customers: that is no outage.
 */
export function routerOutage({
  elapsedMs,
  uptimeMs,
  at,
  restarted,
  watched,
}: Omit<ObservationInterval, 'isFirst'>): Span | undefined {
  if (!restarted || !watched || uptimeMs >= elapsedMs) return undefined;
  return { from: new Date(at.getTime() - elapsedMs), to: new Date(at.getTime() - uptimeMs) };
}

/** Whether an outage that is over gives time back. */
export function isGivenBack(outage: Span, { isOn, leastMs }: CreditRule): boolean {
  return isOn && lengthOf(outage) >= leastMs;
}

export interface Credit {
  code: string;
  /** Negative where time given too early is taken back. */
  ms: number;
}

/** What to do during an outage, while nobody knows how long it will last. */
export interface Meanwhile {
  /** Vouchers that could end within this time get credit now, however short the outage was so far. */
  dueWithinMs: number;
  /**
   * And this much extra, so that vouchers are not rewritten, and their devices not logged out and in, every
   * round. The excess is taken back at the end.
   */
  aheadMs: number;
  /** This early it may be a lost ping or two: only vouchers that would end first get anything. */
  sureAfterMs: number;
  at: Date;
}

/** Picks between two ways to see what ends soon, by how long the outage has lasted; ms. */
export function dueSoonMs(outage: Span, { dueWithinMs, sureAfterMs }: Meanwhile): number {
  return lengthOf(outage) >= sureAfterMs ? dueWithinMs : Math.min(dueWithinMs, sureAfterMs);
}

/**
 * Gives running vouchers back what an outage took of their wall clock. Clocks that had not started or were
 * stopped lost nothing. Earlier credit is subtracted, so asking again for the same outage gives only what is
 * new.
 * @param covered earlier outages already credited; overlapping time counts once
 * @param meanwhile not set when the outage is over. While it lasts: only vouchers that would otherwise end
 * get time, and they give back any excess
 */
export function creditOutage(
  state: LoopState,
  outage: Span,
  rule: CreditRule,
  covered: readonly Span[] = [],
  settled: ReadonlyMap<string, Credited> = new Map(),
  meanwhile?: Meanwhile,
): { state: LoopState; vouchers: Voucher[]; credits: Credit[] } {
  const nothing = { state, vouchers: [], credits: [] };
  // Two different settings of a clock: nobody knows how long it was, so nothing is taken back.
  if (!rule.isOn || outage.to < outage.from) return nothing;
  const counts = meanwhile !== undefined || isGivenBack(outage, rule);
  const dueBefore = meanwhile && meanwhile.at.getTime() + dueSoonMs(outage, meanwhile);
  if (!counts && settled.size === 0) return nothing;
  const vouchers: Voucher[] = [];
  const credits: Credit[] = [];
  for (const voucher of state.vouchers.values()) {
    const { code, startedAt, stoppedAt, expiresAt } = voucher;
    if (!startedAt || !expiresAt || voucher.endedAt || !isLive(voucher)) continue;
    if (dueBefore !== undefined && expiresAt.getTime() > dueBefore) continue;
    const lost = { from: later(outage.from, startedAt), to: earlier(outage.to, stoppedAt) };
    const { creditedMs, pausedMs } = settled.get(code) ?? { creditedMs: 0, pausedMs: 0 };
    const lostMs = lengthOf(lost) - coveredMs(lost, covered) - pausedMs;
    const dueMs = creditNow(lostMs, creditedMs, rule.ceilingMs, meanwhile?.aheadMs);
    const ms = (counts ? dueMs : 0) - creditedMs;
    if (ms === 0) continue;
    credits.push({ code, ms });
    vouchers.push({ ...voucher, expiresAt: new Date(expiresAt.getTime() + ms) });
  }
  if (credits.length === 0) return nothing;
  const changed = vouchers.map((voucher) => [voucher.code, voucher] as const);
  return {
    state: { ...state, vouchers: new Map([...state.vouchers, ...changed]) },
    vouchers,
    credits,
  };
}

/**
 * What one voucher should have been given by now.
 * @param aheadMs given in advance during the outage: then nothing is taken back yet
 */
export function creditNow(
  lostMs: number,
  creditedMs: number,
  ceilingMs: number | null,
  aheadMs: number | undefined,
): number {
  const most = Math.max(0, Math.min(lostMs + (aheadMs ?? 0), ceilingMs ?? Infinity));
  return aheadMs === undefined ? most : Math.max(creditedMs, most);
}

/**
 * How long a clock that runs again was stopped during this outage.
 * @param covered earlier outages within it that were credited: this one gives nothing for them, so stopped
 * time in them reduces nothing
 */
export function pausedDuring(
  outage: Span,
  before: Voucher | undefined,
  after: Voucher,
  covered: readonly Span[] = [],
): number {
  if (!before?.stoppedAt || after.stoppedAt) return 0;
  const stood = { from: later(outage.from, before.stoppedAt), to: outage.to };
  return lengthOf(stood) - coveredMs(stood, covered);
}

/** How much of an interval lies in any of these, each moment counted once. */
function coveredMs({ from, to }: Span, covered: readonly Span[]): number {
  const inOrder = [...covered].sort((a, b) => a.from.getTime() - b.from.getTime());
  let sum = 0;
  let reached = from;
  for (const span of inOrder) {
    const part = { from: later(reached, span.from), to: earlier(to, span.to) };
    sum += lengthOf(part);
    reached = later(reached, part.to);
  }
  return sum;
}

/** In ms; an interval that ends before it begins has none. */
export function lengthOf({ from, to }: Span): number {
  return Math.max(0, to.getTime() - from.getTime());
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}

function earlier(a: Date, b: Date | null): Date {
  return b && b < a ? b : a;
}
