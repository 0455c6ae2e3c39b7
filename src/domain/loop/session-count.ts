import type { LoopState, ObservationTimes, SessionCounter } from './loop-state';
import {
  asTarget,
  queueOwner,
  type ActiveSession,
  type Presence,
  type SimpleQueue,
} from '../network/network';
import type { Mac, Rates } from '../units';
import { UPTIME_TOLERANCE_MS } from './time/shop-clock';

/** What hotspot sessions themselves counted, where no queue did it. */
export interface SessionCount {
  /** Counters that begin or moved on. */
  seen: SessionCounter[];
  /** Devices whose sessions are over. */
  gone: Mac[];
  usage: { code: string; mac: Mac; bytes: Rates }[];
  /** By the id of a queue: bytes in it that belong to another device, which came to its address. */
  strange: ReadonlyMap<string, Rates>;
}

export const NO_SESSIONS: SessionCount = { seen: [], gone: [], usage: [], strange: new Map() };

/**
 * A device that the router lets in by itself, on another address than its queue has, runs past it until
 * the round that brings the queue after it. What its session counted until then is its usage. A session
 * that was ever seen with its queue is left to the queue: the two count differently, and nothing may be
 * paid twice, so where one cannot tell a byte is not billed. Pure; `account` takes the outcome in.
 * @param present devices that were looked at
 * @param isLookedAt whether a device that is not among them is away, and not just left out of this round
 */
export function countSessions(
  state: LoopState,
  queues: readonly SimpleQueue[],
  present: ReadonlyMap<Mac, Presence>,
  times: ObservationTimes,
  isLookedAt: (mac: Mac) => boolean = () => true,
): SessionCount {
  const held = new Set(state.sessions.map(({ mac, code }) => `${mac} ${code}`));
  const byTarget = queuesByTarget(queues);
  const strange = new Map<string, Rates>();
  const count: SessionCount = { seen: [], gone: [], usage: [], strange };
  const online = new Set<Mac>();
  for (const [mac, { active, address }] of present) {
    // Of a session under a code that is nobody's in our books there is nobody to bill.
    if (!active || !held.has(`${mac} ${active.user}`)) continue;
    online.add(mac);
    const there = byTarget.get(asTarget(address)) ?? [];
    const isQueued = there.some(({ owner }) => owner === mac);
    const known = state.sessionCounters.get(mac);
    const { bytes, counter } = countSession(known, active, isQueued, times);
    if (!known || !isSame(known, counter)) count.seen.push(counter);
    if (!bytes || bytes.up + bytes.down === 0) continue;
    count.usage.push({ code: active.user, mac, bytes });
    // It went through the queue of the device that had this address before, if that queue is still there.
    for (const { id } of there) strange.set(id, bytes);
  }
  for (const mac of state.sessionCounters.keys()) {
    if (!online.has(mac) && isLookedAt(mac)) count.gone.push(mac);
  }
  return count;
}

/** @returns bytes to add to the books, and where the session's counter stands now */
function countSession(
  known: SessionCounter | undefined,
  active: ActiveSession,
  isQueued: boolean,
  times: ObservationTimes,
): { bytes?: Rates; counter: SessionCounter } {
  const { mac, id: activeId, bytes: shown } = active;
  const counter = { mac, activeId, boot: times.boot, bytes: shown };
  if (isQueued) return { counter: { ...counter, bytes: null } };
  if (known && known.activeId === activeId && known.boot === times.boot) {
    // Until now its queue counted it, and is gone: what the two of them saw cannot be told apart.
    if (!known.bytes) return { counter };
    const { up, down } = known.bytes;
    if (shown.up >= up && shown.down >= down) {
      return { bytes: { up: shown.up - up, down: shown.down - down }, counter };
    }
  }
  return beganSinceLastObservation(active, times) ? { bytes: shown, counter } : { counter };
}

/** One that was there before, and is not in the books, was seen by somebody who did not write it down. */
function beganSinceLastObservation(
  { uptimeMs }: ActiveSession,
  { at, previousAt }: ObservationTimes,
): boolean {
  if (!previousAt) return false;
  return uptimeMs <= at.getTime() - previousAt.getTime() + UPTIME_TOLERANCE_MS;
}

function queuesByTarget(queues: readonly SimpleQueue[]): Map<string, { id: string; owner: Mac }[]> {
  const byTarget = new Map<string, { id: string; owner: Mac }[]>();
  for (const queue of queues) {
    // One that lost its comment counts all the same, and is read once it has it again.
    const owner = queue.dynamic ? undefined : queueOwner(queue);
    if (!owner) continue;
    const one = { id: queue.id, owner };
    for (const target of queue.targets) {
      const there = byTarget.get(target);
      if (there) there.push(one);
      else byTarget.set(target, [one]);
    }
  }
  return byTarget;
}

function isSame(a: SessionCounter, b: SessionCounter): boolean {
  return (
    a.activeId === b.activeId &&
    a.boot === b.boot &&
    a.bytes?.up === b.bytes?.up &&
    a.bytes?.down === b.bytes?.down
  );
}
