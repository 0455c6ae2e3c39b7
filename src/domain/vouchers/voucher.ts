import type { Access } from '../billing/access';
import type { Terms } from '../plans/plan';
import type { Decision } from '../policy/policy';
import type { Mac, Rates } from '../units';

/** What people see. A voucher whose redemption is under way is still `unused`. */
export const VOUCHER_STATUSES = [
  'unused',
  'active',
  'paused',
  'expired',
  'exhausted',
  'revoked',
] as const;
export type VoucherStatus = (typeof VOUCHER_STATUSES)[number];

/** Terms that stand in each voucher itself, whether it has a plan or not. */
export type SoldTerms = Pick<
  Terms,
  'price' | 'rate' | 'validitySeconds' | 'uptimeSeconds' | 'capBytes' | 'devices'
>;

/** A code that was sold, and its terms, which never change afterwards. */
export interface Voucher {
  code: string;
  batchId: number | null;
  planName: string;
  terms: Terms;
  developer: boolean;
  status: VoucherStatus;
  createdAt: Date;
  createdBy: string;
  /** Who sells it; fixed once it is used. `null` is the account that made it. */
  seller: string | null;
  /** When a device first used the code. */
  activatedAt: Date | null;
  /** When the wall clock started; later than `activatedAt` while another voucher of the device ran first. */
  startedAt: Date | null;
  expiresAt: Date | null;
  /** Since when the wall clock is stopped; see `PolicyInput.stoppedAt`. */
  stoppedAt: Date | null;
  endedAt: Date | null;
  /** What it was when staff ended it; `null` for any other. */
  endedFrom: VoucherStatus | null;
  used: Rates;
  usedUptimeMs: number;
  /** Of `usedUptimeMs`, what was given back: it does not count against the online time that was sold. */
  givenUptimeMs: number;
  /** Of `used`, bytes of free hours: they count against neither cap nor fair use. */
  freeBytes: number;
  /** For caps that come again: when the present period began, and what was counted before it. */
  periodStartedAt: Date | null;
  usedBeforePeriod: number;
  /** What the previous period left over, if the plan carries that over. */
  carriedBytes: number;
  /** Set for what a subscriber has in place of a code that was sold; its code is the login. */
  access?: Access;
  /** Ids of sites whose routers do not take it, as its plan was not sold there when it was made; none if not set. */
  notAt?: readonly number[];
  /** When it was sold by a tap at the counter: its money came in before its first use. */
  paidAt?: Date;
}

/**
 * A device's hold on a voucher: its slot. A device may hold several vouchers; they run one after the
 * other, so that time and data add up.
 */
export interface Session {
  id: number;
  code: string;
  mac: Mac;
  /** `pending` until the router let the device in for the first time. */
  state: 'pending' | 'open' | 'ended';
  /** Until when a pending session may become open; after that the code is unused again. */
  pendingUntil: Date | null;
  createdAt: Date;
  /** The customer or staff logged the device out; it comes back by the portal only. */
  signedOut: boolean;
  /** Our rows for it are on the router, or not all seen gone yet. */
  onRouter: boolean;
}

/** Statuses of vouchers that can still grant something. */
export const LIVE: readonly VoucherStatus[] = ['unused', 'active', 'paused'];

export function isLive(voucher: Pick<Voucher, 'status'>): boolean {
  return LIVE.includes(voucher.status);
}

/** Time online, ms, that counts against what was sold. */
export function spentUptime(voucher: Pick<Voucher, 'usedUptimeMs' | 'givenUptimeMs'>): number {
  return Math.max(0, voucher.usedUptimeMs - voucher.givenUptimeMs);
}

/** Redeemed by a device that runs another voucher first: its own time has not begun, or is stopped. */
export function isWaiting(voucher: Pick<Voucher, 'status' | 'startedAt' | 'stoppedAt'>): boolean {
  return voucher.status === 'active' && (!voucher.startedAt || voucher.stoppedAt !== null);
}

/** The voucher with its clock started; the same object when it already was. */
export function startClock(voucher: Voucher, now: Date): Voucher {
  if (voucher.startedAt) return voucher;
  const { validitySeconds } = voucher.terms;
  const never = voucher.developer || validitySeconds === null;
  return {
    ...voucher,
    status: voucher.status === 'unused' ? 'active' : voucher.status,
    activatedAt: voucher.activatedAt ?? now,
    startedAt: now,
    expiresAt: never ? null : new Date(now.getTime() + validitySeconds * 1000),
  };
}

/** Which of a voucher's times can run out, and so be extended; `null` if none can. */
export function timeKind({
  developer,
  terms,
}: Pick<Voucher, 'developer' | 'terms'>): string | null {
  const kinds = [
    ...(terms.validitySeconds === null ? [] : ['validity']),
    ...(terms.uptimeSeconds === null ? [] : ['time online']),
  ];
  return developer || kinds.length === 0 ? null : kinds.join(' and ');
}

/** The voucher with more time, by the wall clock and online, whichever would end it first. */
export function extended(voucher: Voucher, seconds: number): Voucher {
  const { terms, expiresAt } = voucher;
  const more = (had: number | null) => (had === null ? null : had + seconds);
  return {
    ...voucher,
    terms: {
      ...terms,
      validitySeconds: more(terms.validitySeconds),
      uptimeSeconds: more(terms.uptimeSeconds),
    },
    expiresAt: expiresAt && new Date(expiresAt.getTime() + seconds * 1000),
  };
}

/**
 * Which of a device's vouchers runs now: the first that gives full speed, else the first that gives
 * anything at all, in the order they were redeemed. So a customer who adds a voucher when slowed down is
 * fast at once, and gets the slow rest of the earlier one afterwards.
 */
export function chooseCurrent<T extends { decision: Pick<Decision, 'rate' | 'throttled'> }>(
  stack: readonly T[],
): T | undefined {
  return (
    stack.find(({ decision }) => decision.rate && !decision.throttled) ??
    stack.find(({ decision }) => decision.rate)
  );
}

/** Whether nothing that happens on the device makes room for another voucher: neither time, nor data, nor speed end. */
export function runsForEver({ status, developer, terms, access }: Voucher): boolean {
  if (status !== 'active' || access?.suspended) return false;
  const { validitySeconds, uptimeSeconds, capBytes, capPolicy, fairUseBytes } = terms;
  const isCapped = capBytes !== null && capPolicy !== 'none';
  const hasEnd = validitySeconds !== null || uptimeSeconds !== null;
  return developer || !(hasEnd || isCapped || fairUseBytes !== null);
}

/**
 * When the device's time ends if its vouchers run one after the other from now on; `null` if one of
 * them has no end.
 */
export function stackEndsAt(
  stack: readonly Pick<Voucher, 'startedAt' | 'expiresAt' | 'stoppedAt' | 'terms' | 'developer'>[],
  now: Date,
): Date | null {
  let ends = now.getTime();
  for (const voucher of stack) {
    if (voucher.developer || voucher.terms.validitySeconds === null) return null;
    if (!voucher.startedAt || !voucher.expiresAt) ends += voucher.terms.validitySeconds * 1000;
    else ends += Math.max(0, voucher.expiresAt.getTime() - (voucher.stoppedAt ?? now).getTime());
  }
  return new Date(ends);
}
