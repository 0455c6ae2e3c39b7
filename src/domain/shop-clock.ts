import type { Books, ManualLimit } from './books';
import type { Voucher } from './voucher';

/** Times before this were told by a clock that was wrong: they are no witness of anything. */
export const PROGRAM_WRITTEN = Date.parse('2026-01-01');

/** Less than this is drift, network delay and whole seconds, not somebody setting the clock. */
const JUMP_MS = 60_000;

/**
 * By how far our clock was set between two looks, by the router's uptime as witness; 0 when it was not.
 * The router's count of seconds goes on through a suspended PC and a wrong clock alike.
 */
export function clockJump(
  last: { at: Date; uptimeMs: number },
  seen: { at: Date; uptimeMs: number },
): number {
  const jump = seen.at.getTime() - last.at.getTime() - (seen.uptimeMs - last.uptimeMs);
  return Math.abs(jump) > JUMP_MS ? jump : 0;
}

/** The books with every running clock moved along, so that nobody gains or loses a minute by the jump. */
export function shiftClocks(
  books: Books,
  jumpMs: number,
): { books: Books; vouchers: Voucher[]; limits: ManualLimit[] } {
  const shift = (date: Date | null) => date && new Date(date.getTime() + jumpMs);
  const vouchers = [...books.vouchers.values()]
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
  const limits = [...books.limits.values()]
    .filter((limit) => limit.until)
    .map((limit) => ({ ...limit, until: shift(limit.until) }));
  return {
    vouchers,
    limits,
    books: {
      ...books,
      vouchers: new Map([...books.vouchers, ...vouchers.map((one) => [one.code, one] as const)]),
      limits: new Map([...books.limits, ...limits.map((one) => [one.mac, one] as const)]),
    },
  };
}
