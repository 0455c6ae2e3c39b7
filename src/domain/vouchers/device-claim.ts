import type { Mac } from '../units';
import { isLive, type Session, type Voucher } from './voucher';

/** A code belongs to one customer; it is not a pass to hand around. */
const MOVES_A_DAY = 3;
/** Two people who type one code at the same moment must not throw each other out. */
const MOVABLE_AFTER_MS = 60_000;

/**
 * What a device that enters a code gets: a new slot, the slot of another device (a phone that comes back
 * with a new hardware address), or the slot it already has.
 */
export type SlotClaim =
  { kind: 'slot' } | { kind: 'move'; from: Session } | { kind: 'own'; session: Session };

/** What is known of a code when it is typed. */
export interface SlotUse {
  voucher: Voucher | undefined;
  /** Its taken slots, the first to be given up first: logged out or long silent. */
  slots: readonly Session[];
  /** How often a slot of it was moved in the last day. */
  moves: number;
}

/** @returns `undefined` when the code cannot be used on this device, for any reason */
export function claimSlot(
  { voucher, slots, moves }: SlotUse,
  mac: Mac,
  now: Date,
): SlotClaim | undefined {
  if (!voucher || !isLive(voucher)) return undefined;
  const own = slots.find((session) => session.mac === mac);
  if (own) return own.state === 'open' ? { kind: 'own', session: own } : undefined;
  if (slots.length < voucher.terms.devices) return { kind: 'slot' };
  if (!voucher.terms.movable || moves >= MOVES_A_DAY) return undefined;
  const from = slots.find((session) => session.state === 'open' && isSettled(session, now));
  return from && { kind: 'move', from };
}

/** A session from the future was begun under a wrong clock; it is old enough. */
function isSettled({ createdAt }: Session, now: Date): boolean {
  const ageMs = now.getTime() - createdAt.getTime();
  return ageMs < 0 || ageMs >= MOVABLE_AFTER_MS;
}
