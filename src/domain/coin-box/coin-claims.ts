import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../clock';
import type { Mac } from '../units';

/** A box is somebody's for so long after they asked for it, and after each coin. */
export const CLAIM_MS = MINUTE_MS;
/** A box that was not heard of for so long is away: its customers are sent to another one. */
export const BOX_SILENT_MS = 90_000;
/** A coin that falls as the slot closes is reported a little later. */
const LATE_COIN_MS = 10_000;
/** So long coins without a customer wait in the box for the next one; then they are the owner's to look at. */
export const STRAY_MS = 5 * MINUTE_MS;

/** In a row, without a single coin. */
const FREE_EMPTY_CLAIMS = 3;
const FIRST_BAN_MS = MINUTE_MS;
const LONGEST_BAN_MS = HOUR_MS;
/** Empty claims from before are forgotten. */
export const EMPTY_CLAIM_MEMORY_MS = DAY_MS;

/** One customer's time at the slot of a box. */
export interface CoinClaim {
  id: number;
  boxId: number;
  mac: Mac;
  /** Where the phone is; 0 is the first router. */
  routerId: number;
  openedAt: Date;
  /** Unless another coin falls. */
  closesAt: Date;
  /** `null` while nobody ended it; it may be over by its time all the same. */
  endedAt: Date | null;
  /** What fell, minor units. */
  amount: number;
}

export function isClaimOpen({ endedAt, closesAt }: CoinClaim, now: Date): boolean {
  return endedAt === null && closesAt > now;
}

/** When it ended; `undefined` while it is open. */
function claimEnd(claim: CoinClaim, now: Date): Date | undefined {
  if (isClaimOpen(claim, now)) return undefined;
  return claim.endedAt ?? claim.closesAt;
}

/** When the slot closes if nothing more falls, after a coin or at the beginning. */
export function closesAfter(now: Date): Date {
  return new Date(now.getTime() + CLAIM_MS);
}

/**
 * Whether coins that are reported now are of this claim, the last one of its box: it is open, or was when they may have
 * fallen. A box is nobody else's before it reported what fell in a claim that ended.
 * @param reportedAt when the box reported before; `null` if it never did
 */
export function isCoinOf(claim: CoinClaim, reportedAt: Date | null, now: Date): boolean {
  const end = claimEnd(claim, now);
  if (!end || now.getTime() - end.getTime() <= LATE_COIN_MS) return true;
  return reportedAt === null || reportedAt <= end;
}

/** Whether the box reported after its last claim ended, so that all that fell in it is in the books. */
export function isSettled(claim: CoinClaim, reportedAt: Date | null, now: Date): boolean {
  const end = claimEnd(claim, now);
  return end !== undefined && reportedAt !== null && reportedAt > end;
}

/**
 * Until when a device that opens the slot and puts nothing in has to wait.
 * @param ends of its claims without a coin since the last one with, the newest first, none older than a day
 */
export function bannedUntil(ends: readonly Date[]): Date | undefined {
  const [last] = ends;
  const over = ends.length - FREE_EMPTY_CLAIMS;
  if (!last || over < 0) return undefined;
  const banMs = Math.min(LONGEST_BAN_MS, FIRST_BAN_MS * 2 ** over);
  return new Date(last.getTime() + banMs);
}
