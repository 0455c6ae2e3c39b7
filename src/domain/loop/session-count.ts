import {
  isCountedBySession,
  type LoopState,
  type ObservationTimes,
  type SessionCounter,
} from './loop-state';
import {
  asTarget,
  queueOwner,
  type ActiveSession,
  type Presence,
  type SimpleQueue,
} from '../network/network';
import { rivalsIn } from '../network/diff';
import type { Mac, Rates } from '../units';
import { UPTIME_TOLERANCE_MS } from './time/router-restart';

/** What hotspot sessions counted themselves, where no queue did. */
export interface SessionCount {
  /** Counters that are new or grew. */
  seen: SessionCounter[];
  /** Devices whose sessions ended. */
  gone: Mac[];
  usage: { code: string; mac: Mac; bytes: Rates }[];
  /** By queue id: bytes in it that belong to another device, which took over its address. */
  strange: ReadonlyMap<string, Rates>;
}

/** In place of the id of a session that ended, and that the next one is not. */
const NO_SESSION = '';

export const NO_SESSIONS: SessionCount = { seen: [], gone: [], usage: [], strange: new Map() };

/**
 * A device that the router lets in by itself, on another address than its queue has or after a restart that put
 * somebody else's queue above it, bypasses the queue until the round that moves it. What its session counted
 * until then is its usage. A session ever seen with its
 * queue is left to the queue: the two count differently and nothing may be billed twice, so an ambiguous byte
 * is not billed. Where the queue proves not to count, `weigh` takes over. Pure; `account` takes in the result.
 * @param present devices observed
 * @param isLookedAt whether a device missing from them is away, rather than not part of this round
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
  let rivalOf: ReturnType<typeof rivalsIn> | undefined;
  const isBelow = (id: string) => (rivalOf ??= rivalsIn(queues))(id) !== undefined;
  for (const [mac, { active, address }] of present) {
    // A session under a code that is not in our books: there is nobody to bill.
    if (!active || !held.has(`${mac} ${active.user}`)) continue;
    online.add(mac);
    const there = byTarget.get(asTarget(address)) ?? [];
    const known = state.sessionCounters.get(mac);
    const wasQueued =
      known !== undefined && isWithQueue(known) && isSameSession(known, active, times);
    const isQueued = there.some(({ owner, id }) => owner === mac && (wasQueued || !isBelow(id)));
    const { bytes, counter } = countSession(known, active, isQueued, times);
    if (!known || !isSame(known, counter)) count.seen.push(counter);
    if (!bytes || bytes.up + bytes.down === 0) continue;
    count.usage.push({ code: active.user, mac, bytes });
    // It went through the queue of the device that had this address before, if that queue still exists.
    for (const { id } of there) strange.set(id, bytes);
  }
  const left = [...state.sessionCounters.values()].filter(
    ({ mac }) => !online.has(mac) && isLookedAt(mac),
  );
  return { ...count, ...withoutSessions(count.seen, left, queues) };
}

/** That a queue does not count is known of it until it is gone, with its device online or not. */
function withoutSessions(
  seen: readonly SessionCounter[],
  left: readonly SessionCounter[],
  queues: readonly SimpleQueue[],
): Pick<SessionCount, 'seen' | 'gone'> {
  const isStill = left.some(isCountedBySession);
  const owners = new Set(isStill ? queues.map(queueOwner) : []);
  const kept = left.filter((counter) => isCountedBySession(counter) && owners.has(counter.mac));
  const emptied = kept
    .filter(({ activeId }) => activeId !== NO_SESSION)
    .map((counter) => ({ ...counter, activeId: NO_SESSION, bytes: { up: 0, down: 0 } }));
  return {
    seen: [...seen, ...emptied],
    gone: left.filter((counter) => !kept.includes(counter)).map(({ mac }) => mac),
  };
}

/** @returns bytes to add to the books, and where the session's counter is now */
function countSession(
  known: SessionCounter | undefined,
  active: ActiveSession,
  isQueued: boolean,
  times: ObservationTimes,
): { bytes?: Rates; counter: SessionCounter } {
  const { mac, id: activeId, bytes: shown } = active;
  const counter = { mac, activeId, boot: times.boot, bytes: shown };
  if (isQueued) return { counter: withQueue(known, active, times) };
  if (known && isSameSession(known, active, times)) {
    // Its queue counted it until now and is gone: the two counts cannot be separated.
    if (!known.bytes || (known.still && !isCountedBySession(known))) return { counter };
    const { up, down } = known.bytes;
    if (shown.up >= up && shown.down >= down) {
      return { bytes: { up: shown.up - up, down: shown.down - down }, counter };
    }
  }
  return beganSinceLastObservation(active, times) ? { bytes: shown, counter } : { counter };
}

/** Where its queue stands still, that goes for the session after it too. */
function withQueue(
  known: SessionCounter | undefined,
  active: ActiveSession,
  times: ObservationTimes,
): SessionCounter {
  const { mac, id: activeId, bytes: shown } = active;
  const counter = { mac, activeId, boot: times.boot, bytes: null };
  if (!known?.still) return counter;
  if (isSameSession(known, active, times)) return known;
  const bytes = beganSinceLastObservation(active, times) ? { up: 0, down: 0 } : shown;
  return { ...counter, bytes, still: known.still };
}

/** Whether its device's own queue takes its packets, be it that it counts them or not. */
export function isWithQueue({ bytes, still }: SessionCounter): boolean {
  return bytes === null || still !== undefined;
}

function isSameSession(
  { activeId, boot }: SessionCounter,
  { id }: ActiveSession,
  times: ObservationTimes,
): boolean {
  return activeId === id && boot === times.boot;
}

/** A session that existed before but is not in the books was seen by someone who did not record it. */
export function beganSinceLastObservation(
  { uptimeMs }: ActiveSession,
  { at, previousAt }: ObservationTimes,
): boolean {
  if (!previousAt) return false;
  return uptimeMs <= at.getTime() - previousAt.getTime() + UPTIME_TOLERANCE_MS;
}

function queuesByTarget(queues: readonly SimpleQueue[]): Map<string, { id: string; owner: Mac }[]> {
  const byTarget = new Map<string, { id: string; owner: Mac }[]>();
  for (const queue of queues) {
    // A queue that lost its comment still counts, and is read once it has the comment again.
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
    a.still === b.still &&
    a.bytes?.up === b.bytes?.up &&
    a.bytes?.down === b.bytes?.down
  );
}
