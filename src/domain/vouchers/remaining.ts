import { allowance, overageCharge, soonest } from '../policy/policy';
import { total, type Money } from '../units';
import { spentUptime, type Voucher } from './voucher';

/** How much of something is there, and how much of it is left. */
export interface Share {
  left: number;
  of: number;
}

/**
 * Seconds a voucher can still be online, and of how many sold: by wall clock or online time, whichever
 * ends first; `null` without an end.
 */
export function timeShare(voucher: Voucher, now: Date): Share | null {
  if (voucher.developer) return null;
  const shares = [wallShare(voucher, now), uptimeShare(voucher)].filter((share) => share !== null);
  return shares.reduce<Share | null>(
    (least, share) => (least && least.left <= share.left ? least : share),
    null,
  );
}

/**
 * When a running voucher ends if everything stays as it is: by the wall clock, or sooner by its online
 * time, which every online device uses up; `null` if neither runs.
 */
export function endsAt(voucher: Voucher, now: Date, onlineDevices: number): Date | null {
  if (voucher.developer || voucher.status !== 'active') return null;
  const wall = voucher.stoppedAt ? null : voucher.expiresAt;
  const online = onlineDevices > 0 ? uptimeShare(voucher) : null;
  const usedUpAt = online && new Date(now.getTime() + (online.left * 1000) / onlineDevices);
  return soonest([wall, usedUpAt]);
}

/** Seconds a voucher has left, as customers and staff read it; `null` without an end. */
export function timeLeft(voucher: Voucher, now: Date): number | null {
  return timeShare(voucher, now)?.left ?? null;
}

function wallShare({ terms, startedAt, expiresAt, stoppedAt }: Voucher, now: Date): Share | null {
  if (terms.validitySeconds === null) return null;
  const of = terms.validitySeconds;
  if (!startedAt || !expiresAt) return { left: of, of };
  return { left: seconds(expiresAt.getTime() - (stoppedAt ?? now).getTime()), of };
}

function uptimeShare(voucher: Voucher): Share | null {
  const { uptimeSeconds } = voucher.terms;
  if (uptimeSeconds === null) return null;
  return { left: seconds(uptimeSeconds * 1000 - spentUptime(voucher)), of: uptimeSeconds };
}

function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1000));
}

/** Bytes that count in the present period of the cap, as the loop last counted them. */
export function usedBytes(voucher: Voucher): number {
  return (
    countedBytes(voucher) - (voucher.terms.capPeriod === 'voucher' ? 0 : voucher.usedBeforePeriod)
  );
}

/** Bytes of the voucher's whole life, without those of free hours. */
export function countedBytes({ used, freeBytes }: Pick<Voucher, 'used' | 'freeBytes'>): number {
  return total(used) - freeBytes;
}

/** Bytes until the cap; `null` where there is none. */
export function dataShare(voucher: Voucher): Share | null {
  const { capPolicy } = voucher.terms;
  const of = allowance(voucher.terms, voucher);
  if (of === null || capPolicy === 'none' || voucher.developer) return null;
  return { left: Math.max(0, of - usedBytes(voucher)), of };
}

/** What was used above the cap in the present period, and its price; `null` if nothing is to be paid. */
export function overageDue(voucher: Voucher): { bytes: number; charge: Money } | null {
  return overageOf(voucher, usedBytes(voucher), voucher.carriedBytes);
}

/** The same for any period with this usage and carry-over. */
export function overageOf(
  voucher: Pick<Voucher, 'terms' | 'developer'>,
  usedInPeriod: number,
  carriedBytes: number,
): { bytes: number; charge: Money } | null {
  const cap = allowance(voucher.terms, { carriedBytes });
  if (cap === null || voucher.developer) return null;
  const bytes = Math.max(0, usedInPeriod - cap);
  const charge = overageCharge(voucher.terms, bytes);
  return charge && bytes > 0 ? { bytes, charge } : null;
}

/** Bytes left at full speed, if fair use slows a device down afterwards. */
export function fullSpeedShare(voucher: Voucher): Share | null {
  const { fairUseBytes } = voucher.terms;
  if (fairUseBytes === null) return null;
  return { left: Math.max(0, fairUseBytes - usedBytes(voucher)), of: fairUseBytes };
}

/** What several vouchers, used one after the other, have left; `null` when one of them has no end. */
export function sumLeft(shares: readonly (Share | null)[]): number | null {
  return shares.reduce<number | null>(
    (sum, share) => (sum === null || share === null ? null : sum + share.left),
    0,
  );
}
