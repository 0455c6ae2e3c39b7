import type { LoopState, ManualLimit } from '../loop-state';
import type { Voucher } from '../../vouchers/voucher';

/** Times before this were told by a clock that was wrong: they are no witness of anything. */
export const PROGRAM_WRITTEN = Date.parse('2026-01-01');

/** Less than this is drift, network delay and whole seconds, not somebody setting the clock. */
const JUMP_MS = 60_000;

/** Uptime comes in whole seconds and answers take a moment, so it may lag this much behind our clock. */
export const UPTIME_TOLERANCE_MS = 5_000;

/**
 * Whether the router restarted between two rounds.
 * @param elapsedMs time between the rounds by our own clock, monotonic if both were made by one process
 */
export function hasRestarted(
  lastUptimeMs: number,
  seenUptimeMs: number,
  elapsedMs: number,
): boolean {
  if (seenUptimeMs < lastUptimeMs) return true;
  const lagsBehind = seenUptimeMs < lastUptimeMs + elapsedMs - UPTIME_TOLERANCE_MS;
  // A router that started between the rounds cannot be older than the time between them. Without this,
  // setting our clock forward would look like a restart and count everything twice.
  return lagsBehind && seenUptimeMs <= elapsedMs + UPTIME_TOLERANCE_MS;
}

/**
 * By how far our clock was set between two rounds, by the router's uptime as witness; 0 when it was not.
 * The router's count of seconds goes on through a suspended PC and a wrong clock alike.
 */
export function clockJump(
  last: { at: Date; uptimeMs: number },
  seen: { at: Date; uptimeMs: number },
): number {
  const jump = seen.at.getTime() - last.at.getTime() - (seen.uptimeMs - last.uptimeMs);
  return Math.abs(jump) > JUMP_MS ? jump : 0;
}

/**
 * The same where the router started again in between, or another one is in its place: it is a witness only
 * of the time since its start. Where the clock cannot be right the least that can have passed counts, so
 * that vouchers stand still for the rest: when the clock is set right later, they have lost nothing.
 * @param uptimeMs how long it is up at least since the round before; 0 when that cannot be told
 * @param own of rounds that one process made: the time between them by a clock that cannot be set, though it
 *   stands still while the computer sleeps; and whether we know that the clock was behind
 */
export function jumpOverRestart(
  lastAt: Date,
  seen: { at: Date; uptimeMs: number },
  own?: { elapsedMs: number; isBehind: boolean },
): { jumpMs: number; elapsedMs: number } {
  const shownMs = seen.at.getTime() - lastAt.getTime();
  const isLastWrong = lastAt.getTime() < PROGRAM_WRITTEN;
  if (!own) {
    const isWrong = isLastWrong || shownMs < seen.uptimeMs - JUMP_MS;
    if (!isWrong) return { jumpMs: 0, elapsedMs: Math.max(0, shownMs) };
    return { jumpMs: shownMs - seen.uptimeMs, elapsedMs: seen.uptimeMs };
  }
  const { elapsedMs, isBehind } = own;
  const jumpMs = shownMs - elapsedMs;
  // Forward it looks the same as a computer that slept, of which vouchers run on.
  const wasSet = jumpMs < -JUMP_MS || (jumpMs > JUMP_MS && (isBehind || isLastWrong));
  return { jumpMs: wasSet ? jumpMs : 0, elapsedMs };
}

/** Clocks that were moved along with ours. */
export interface Shifted {
  jumpMs: number;
  state: LoopState;
  vouchers: Voucher[];
  limits: ManualLimit[];
}

/** Every running clock is moved along, so that nobody gains or loses a minute by the jump. */
export function shiftClocks(state: LoopState, jumpMs: number): Shifted {
  const shift = (date: Date | null) => date && new Date(date.getTime() + jumpMs);
  const vouchers = [...state.vouchers.values()]
    .filter((voucher) => voucher.startedAt && !voucher.endedAt)
    .map((voucher) => ({
      ...voucher,
      startedAt: shift(voucher.startedAt),
      expiresAt: shift(voucher.expiresAt),
      stoppedAt: shift(voucher.stoppedAt),
      // The calendar's periods are where the new date is; those that began with the voucher go along.
      ...(voucher.terms.capAnchor === 'start' && {
        periodStartedAt: shift(voucher.periodStartedAt),
      }),
    }));
  const limits = [...state.limits.values()]
    .filter((limit) => limit.until)
    .map((limit) => ({ ...limit, until: shift(limit.until) }));
  return {
    jumpMs,
    vouchers,
    limits,
    state: {
      ...state,
      vouchers: new Map([...state.vouchers, ...vouchers.map((one) => [one.code, one] as const)]),
      limits: new Map([...state.limits, ...limits.map((one) => [one.mac, one] as const)]),
    },
  };
}
