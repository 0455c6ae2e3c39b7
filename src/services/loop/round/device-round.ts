import type { Difference } from '../../../domain/network/diff';
import {
  isAt,
  isOurs,
  isPool,
  type ActualNetwork,
  type DesiredDevice,
  type HotspotHost,
  type SimpleQueue,
} from '../../../domain/network/network';
import type { Mac } from '../../../domain/units';
import type { Session } from '../../../domain/vouchers/voucher';
import {
  NeedsStaff,
  OnlineAlready,
  OnlineAsOther,
  RouterUnreachable,
  type RouterRefused,
} from '../../../errors';
import { isTrap } from '../../../routeros/api/trap';
import { blockedText } from './kept-out';
import { inTheWay } from './reconcile-report';
import type { Round } from './round-types';

/** What is special about a round for devices whose customers wait at the portal. */

/**
 * A device let through by an ip-binding, or logged in as another hotspot user, needs no voucher and would not
 * use one: better to say so than to sell one.
 * @param codes of the device, by the books
 * @param leaves its customer gives up what it is online as
 * @throws OnlineAlready
 */
export function refuseStranger(
  host: HotspotHost,
  { active, users }: ActualNetwork,
  codes: readonly string[],
  leaves = false,
): void {
  const ours = new Set([...codes, ...users.filter(isOurs).map(({ name }) => name)]);
  // One at another address, as of another hotspot server, lets nobody in here.
  const here = active.filter(({ mac, address }) => mac === host.mac && isAt(host, address));
  const isOther = here.some(({ user }) => !ours.has(user));
  if (host.bypassed) throw new OnlineAlready('This device is online already, without a voucher');
  if (!isOther || leaves) return;
  throw new OnlineAsOther("This device is online already, as another program's hotspot user");
}

export function isOfDevice(queue: SimpleQueue): boolean {
  return isOurs(queue) && !isPool(queue);
}

/** The shared queue is left to the next whole round; here it is only the parent. */
export function withoutPool(changes: Difference): Difference {
  const moveQueues = changes.moveQueues.filter(({ queue }) => isOfDevice(queue));
  return { ...changes, addPool: [], setPool: [], removePools: [], moveQueues };
}

/**
 * Whether the customer can stop waiting: the device is in, or nothing in the books lets it in.
 * @param mayFollow another round may run if it helps
 * @throws RouterUnreachable, RouterRefused when the device should be in and is not; NeedsStaff where no other try
 *   will help
 */
export function isLetIn(round: Round, mac: Mac, mayFollow: boolean): boolean {
  const { desired, changes, applied, refusals, outcome } = round;
  if (mayFollow && refusals.isWorthAnother) return false;
  if (refusals.blocked.some((one) => one.mac === mac)) throw new NeedsStaff(blockedText(mac));
  const refusal = applied.refusals[0];
  if (refusal && mayFollow && isFromMeanwhile(refusal.error)) return false;
  if (refusal) throw refusal.error;
  if (changes.conflicts.length > 0) throw new NeedsStaff(inTheWay(changes.conflicts));
  const wanted = desired.devices.find((device) => device.mac === mac);
  if (!wanted) return true;
  if (!isOnline(round, mac)) throw new RouterUnreachable('The router did not let the device in');
  return !(mayFollow && hasCodeToPlace(outcome.recorded.sessions, wanted));
}

/**
 * Whether a round that several shared leaves nothing to be done or said for this one. Who is not plainly in
 * gets a round of their own, and hears from that one what is wrong.
 */
export function isPlainlyIn(round: Round, mac: Mac): boolean {
  const { desired, changes, applied, outcome } = round;
  const wanted = desired.devices.find((device) => device.mac === mac);
  if (wanted && hasCodeToPlace(outcome.recorded.sessions, wanted)) return false;
  // Nobody is logged in whose user or queue was refused.
  if (applied.letIn.some((one) => one.mac === mac)) return true;
  if (applied.refusals.length > 0 || changes.conflicts.length > 0) return false;
  return !wanted || isOnline(round, mac);
}

/** A code typed while no voucher worked is placed behind the one that works now. */
function hasCodeToPlace(sessions: readonly Session[], { mac, code }: DesiredDevice): boolean {
  return sessions.some((one) => one.mac === mac && one.code !== code && one.state === 'pending');
}

/** Others use the router too: a row we read may be gone, or the device be logged in, when we write. */
function isFromMeanwhile(error: RouterRefused): boolean {
  if (isTrap(error, 'not-found')) return true;
  return isTrap(error, 'busy') && /already authoriz/i.test(error.routerSaid);
}

/** Whether the device is in under its voucher, by what was observed and what was done since. */
export function isOnline({ desired, sight, changes, applied }: Round, mac: Mac): boolean {
  const code = desired.devices.find((device) => device.mac === mac)?.code;
  if (code === undefined) return false;
  if (applied.letIn.some((one) => one.mac === mac)) return true;
  return sight.network.active.some(
    (session) =>
      session.mac === mac && session.user === code && !changes.removeActive.includes(session),
  );
}

/** The hosts that a whole round let in or logged out, as they are now. */
export function hostsAfter({ sight, changes, applied, question }: Round): HotspotHost[] {
  if (question !== undefined) return [];
  const letIn = new Set(applied.letIn.map(({ mac }) => mac));
  const out = new Set(changes.removeActive.map(({ mac }) => mac));
  return sight.network.hosts
    .filter(({ mac }) => letIn.has(mac) || out.has(mac))
    .map((host) => ({ ...host, authorized: letIn.has(host.mac) }));
}
