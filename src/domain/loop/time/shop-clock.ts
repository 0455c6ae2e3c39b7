import type { LoopState, ManualLimit, ObservationTimes } from '../loop-state';
import type { Voucher } from '../../vouchers/voucher';

/** Times before this came from a wrong clock: they are evidence of nothing. */
export const PROGRAM_WRITTEN = Date.parse('2026-01-01');

/** Less than this is drift, network delay and whole seconds, not someone setting the clock. */
export const JUMP_MS = 60_000;

/**
 * How far our clock was set between two rounds, judged by the router's uptime; 0 when it was not. The
 * router's uptime keeps counting through a suspended PC and a wrong clock.
 */
export function clockJump(
  last: { at: Date; uptimeMs: number },
  seen: { at: Date; uptimeMs: number },
): number {
  const jump = seen.at.getTime() - last.at.getTime() - (seen.uptimeMs - last.uptimeMs);
  return Math.abs(jump) > JUMP_MS ? jump : 0;
}

/**
 * The same after a router reboot or replacement: its uptime then covers only the time since it started. Where
 * the clock cannot be right, the least time that can have passed counts and vouchers stop for the rest: when
 * the clock is corrected later, they have lost nothing.
 * @param seen `uptimeMs` is the least it can have been up since the previous round, 0 when unknown; `isUnproved`
 * where the clock may be ahead, and nobody could tell
 * @param own for rounds made by one process: the time between them by the monotonic clock, though that stops
 * while the computer sleeps; and whether we know that the clock was behind
 */
export function jumpOverRestart(
  lastAt: Date,
  seen: { at: Date; uptimeMs: number; isUnproved?: boolean },
  own?: { elapsedMs: number; isBehind: boolean },
): { jumpMs: number; elapsedMs: number } {
  const shownMs = seen.at.getTime() - lastAt.getTime();
  const isLastWrong = lastAt.getTime() < PROGRAM_WRITTEN;
  if (!own) {
    const isWrong = isLastWrong || shownMs < seen.uptimeMs - JUMP_MS || seen.isUnproved;
    if (!isWrong) return { jumpMs: 0, elapsedMs: Math.max(0, shownMs) };
    return { jumpMs: shownMs - seen.uptimeMs, elapsedMs: seen.uptimeMs };
  }
  const { elapsedMs, isBehind } = own;
  const jumpMs = shownMs - elapsedMs;
  // A forward jump looks the same as a computer that slept, and then vouchers keep running.
  const wasSet = jumpMs < -JUMP_MS || (jumpMs > JUMP_MS && (isBehind || isLastWrong));
  return { jumpMs: wasSet ? jumpMs : 0, elapsedMs };
}

/** What began while the clock was held at a start, and how far it leapt when it no longer was. */
export interface HeldTime {
  /** Since when it was held, and until when, by the held clock. */
  from: Date;
  until: Date;
  ms: number;
  /** Vouchers whose clock had stood, and went on then. */
  wentOn: ReadonlySet<string>;
}

/** Nobody who came while the clock was held pays for the time before: what began then moves with it. */
export function moveHeld(state: LoopState, { from, until, ms, wentOn }: HeldTime): Shifted {
  const move = (date: Date | null) => date && new Date(date.getTime() + ms);
  // What began at another router since then goes by the right clock already.
  const since = (date: Date | null) => date !== null && date >= from && date <= until;
  const vouchers = [...state.vouchers.values()]
    .filter((voucher) => !voucher.endedAt && !voucher.access)
    .flatMap((voucher): Voucher[] => {
      const stoppedAt = since(voucher.stoppedAt) ? move(voucher.stoppedAt) : voucher.stoppedAt;
      if (since(voucher.startedAt)) {
        const [startedAt, expiresAt] = [move(voucher.startedAt), move(voucher.expiresAt)];
        const begins = voucher.terms.capAnchor === 'start' && since(voucher.periodStartedAt);
        const period = begins && { periodStartedAt: move(voucher.periodStartedAt) };
        return [{ ...voucher, startedAt, expiresAt, stoppedAt, ...period }];
      }
      if (wentOn.has(voucher.code)) {
        return [{ ...voucher, expiresAt: move(voucher.expiresAt), stoppedAt }];
      }
      return since(voucher.stoppedAt) ? [{ ...voucher, stoppedAt }] : [];
    });
  return { jumpMs: ms, vouchers, limits: [], state: withVouchers(state, vouchers) };
}

/** Clocks that were shifted along with ours. */
export interface Shifted {
  jumpMs: number;
  state: LoopState;
  vouchers: Voucher[];
  limits: ManualLimit[];
}

/**
 * Every running clock is shifted too, so that nobody gains or loses a minute by the jump. A voucher that
 * started since the last round, by the clock as it is now, was started after the jump and stays as it is.
 * A subscriber's cycles stay: they are dates, and paid as such.
 * @param times of this round, and of the one before as the clock would have shown it
 */
export function shiftClocks(
  state: LoopState,
  jumpMs: number,
  { previousAt, at }: Pick<ObservationTimes, 'previousAt' | 'at'>,
): Shifted {
  const shift = (date: Date | null) => date && new Date(date.getTime() + jumpMs);
  // After a longer silence the first round is a whole one: no code was typed before it.
  const wasWatched = previousAt !== null && at.getTime() - previousAt.getTime() <= JUMP_MS;
  const isOnNewClock = (start: Date) =>
    wasWatched && start > previousAt && start.getTime() < at.getTime() + JUMP_MS;
  const vouchers = [...state.vouchers.values()]
    .filter((voucher) => voucher.startedAt && !voucher.endedAt && !voucher.access)
    .filter(({ startedAt }) => !isOnNewClock(startedAt!))
    .map((voucher) => ({
      ...voucher,
      startedAt: shift(voucher.startedAt),
      expiresAt: shift(voucher.expiresAt),
      stoppedAt: shift(voucher.stoppedAt),
      // The calendar's periods are where the new date is; those that began with the voucher shift with it.
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
      ...withVouchers(state, vouchers),
      limits: new Map([...state.limits, ...limits.map((one) => [one.mac, one] as const)]),
    },
  };
}

function withVouchers(state: LoopState, changed: readonly Voucher[]): LoopState {
  const vouchers = new Map([...state.vouchers, ...changed.map((one) => [one.code, one] as const)]);
  return { ...state, vouchers };
}
