import type { Mac, Rates } from '../units';
import type { SoldTerms, Voucher, VoucherStatus } from './voucher';

/** Programs whose vouchers we can take over. */
export type Origin = 'pisonet' | 'mikhmon';

/** Speed of vouchers from a program that stored none. */
export const USUAL_RATE: Rates = { up: 1_000_000, down: 2_000_000 };

/** A voucher of another program, in our words. It has no plan: what it grants stands here. */
export interface ImportedVoucher
  extends
    SoldTerms,
    Pick<
      Voucher,
      | 'code'
      | 'developer'
      | 'status'
      | 'activatedAt'
      | 'expiresAt'
      | 'endedAt'
      | 'used'
      | 'usedUptimeMs'
    > {
  /** `null` where the other program kept it not. */
  createdAt: Date | null;
  /** The device that uses it now. */
  mac: Mac | null;
}

/** One row of the other program: taken over, or why not. */
export interface ReadRow {
  /** How a person finds it there: a row's number, a user's name. */
  where: string;
  voucher?: ImportedVoucher;
  /** Why it cannot be read; a sentence without its end. */
  why?: string;
  /** What is taken over differently from how it was stored. */
  remark?: string;
}

/**
 * What identifies a voucher among those of one code: what was sold, not how much of it is used. Changes
 * between two imports come from the customer.
 */
export function soldTerms(voucher: ImportedVoucher): string {
  const { developer, validitySeconds, uptimeSeconds, capBytes } = voucher;
  return JSON.stringify([developer, validitySeconds, uptimeSeconds, capBytes]);
}

/**
 * Whether this is the voucher that was taken over with these terms. Once it has ended, its online time
 * says nothing: Mikhmon writes one second in its place.
 */
export function isSameSale(voucher: ImportedVoucher, takenOver: string): boolean {
  if (soldTerms(voucher) === takenOver) return true;
  if (voucher.status !== 'expired') return false;
  const [, , uptimeSeconds] = JSON.parse(takenOver) as [boolean, number | null, number | null];
  return soldTerms({ ...voucher, uptimeSeconds }) === takenOver;
}

/** Rows that become the same code once capitals and signs are ignored: the first one keeps it. */
export function withoutDoubles(rows: readonly ReadRow[]): ReadRow[] {
  const first = new Map<string, string>();
  return rows.map((row) => {
    const code = row.voucher?.code;
    if (code === undefined) return row;
    const other = first.get(code);
    if (other === undefined) {
      first.set(code, row.where);
      return row;
    }
    const why = `its code is ${code} once capitals and signs are left aside, as that of ${other}`;
    return { where: row.where, why };
  });
}

/** Ended, running or not yet used, by its dates. */
export function statusByDates(
  activatedAt: Date | null,
  expiresAt: Date | null,
  now: Date,
): { status: VoucherStatus; endedAt: Date | null } {
  if (!activatedAt) return { status: 'unused', endedAt: null };
  if (expiresAt && expiresAt <= now) return { status: 'expired', endedAt: expiresAt };
  return { status: 'active', endedAt: null };
}
