import type { PresentSpeed, SpeedChange } from './speeds';
import type { Mac, Rates } from '../units';
import type { Session, Voucher } from '../vouchers/voucher';

/**
 * The part of the shop's books that the loop of one router works from, and its changes to them. Limits are
 * the whole shop's, all else is of this router.
 */
export interface LoopState {
  /** Sessions that are not over, or may still have rows on the router; oldest first. */
  sessions: Session[];
  /** The vouchers of those sessions; where our clock was set, also of those at other routers. */
  vouchers: Map<string, Voucher>;
  readings: Map<Mac, Reading>;
  /** For devices that are online under one of our codes, or whose queues do not count. */
  sessionCounters: ReadonlyMap<Mac, SessionCounter>;
  limits: Map<Mac, ManualLimit>;
  /** The speed last recorded for each device. */
  speeds: Map<Mac, PresentSpeed>;
  /** Devices that are not let in; none if not set. */
  blocked?: ReadonlySet<Mac>;
  /**
   * Of codes that are in use here and at other routers: how many devices those let in under each. None if not
   * set.
   */
  elsewhere?: ReadonlyMap<string, number>;
}

/** What one queue's counters showed at one round. */
export interface Counter {
  /** The router's id of the queue; a queue that is recreated gets another. */
  queueId: string;
  /** How many router boots we have seen; every counter restarts after each. */
  boot: number;
  bytes: Rates;
}

export type Loss = 'router restarted' | 'queue made anew' | 'counters reset';

/** A device's counters when they were last accounted, and the session that gets the bytes. */
export interface Reading {
  mac: Mac;
  sessionId: number;
  code: string;
  counter: Counter;
  /** The hotspot session last seen, if the voucher has an online-time budget. */
  activeId: string | null;
  uptimeMs: number;
  /**
   * What its hotspot session had counted when the queue last moved, or last stood still beside it; `null` where
   * that is not known. See `weigh`.
   */
  heard: Rates | null;
}

/** The byte counters of a device's hotspot session when they were last accounted. */
export interface SessionCounter {
  mac: Mac;
  /** The router's id of the session; empty where it ended, and only `still` is kept. */
  activeId: string;
  boot: number;
  /** How much of it is in the books; `null` while the device's queue counts it. */
  bytes: Rates | null;
  /** In how many rounds running it moved while the device's queue stood still: see `weigh`. Not set: none. */
  still?: number;
}

/** So often a queue has to stand still beside a session that moves before it is believed not to count. */
const STILL_ENOUGH = 2;

/** Whether the usage is taken from the session, although the device has its queue. */
export function isCountedBySession({ still = 0 }: SessionCounter): boolean {
  return still >= STILL_ENOUGH;
}

/** A speed set by staff for one device; holds until it is removed or expires. */
export interface ManualLimit {
  mac: Mac;
  rate: Rates;
  until: Date | null;
}

/** When, and in which boot of the router, the counters were read. */
export interface ObservationTimes {
  at: Date;
  /** The previous round, from which a gap is measured; `null` for the very first. */
  previousAt: Date | null;
  boot: number;
}

/** Bytes to add to the books. */
export interface UsageEntry {
  code: string;
  mac: Mac;
  bytes: Rates;
  /** Of these, bytes in free hours. */
  freeBytes: number;
}

/** Counters were lost: bytes between the two rounds are missing and cannot be known. */
export interface UsageGap {
  mac: Mac;
  code: string;
  reason: Loss;
  from: Date;
  to: Date;
}

/** How a session changed. */
export interface SessionChange {
  id: number;
  state: Session['state'];
  endReason: string | null;
  onRouter: boolean;
}

export interface StateChanges {
  readings?: readonly Reading[];
  vouchers?: readonly Voucher[];
  sessions?: readonly SessionChange[];
  /** Devices whose queues are gone. */
  forgotten?: readonly Mac[];
  speeds?: { changes: readonly SpeedChange[]; over: readonly Mac[] };
}

/** The state after these changes; the same as rereading the books once they are stored. */
export function withChanges(state: LoopState, changes: StateChanges): LoopState {
  const { readings = [], vouchers = [], sessions = [], forgotten = [] } = changes;
  const { changes: sped = [], over = [] } = changes.speeds ?? {};
  const last = sped.filter(({ isLast }) => isLast).map(({ mac }) => mac);
  return {
    ...state,
    readings: changed(state.readings, readings, ({ mac }) => mac, forgotten),
    vouchers: changed(state.vouchers, vouchers, ({ code }) => code),
    speeds: changed(state.speeds, sped, ({ mac }) => mac, [...over, ...last]),
    sessions: sessions.length === 0 ? state.sessions : changedSessions(state.sessions, sessions),
  };
}

function changed<K, V>(
  map: Map<K, V>,
  added: readonly V[],
  keyOf: (value: V) => K,
  removed: readonly K[] = [],
): Map<K, V> {
  if (added.length === 0 && removed.length === 0) return map;
  const next = new Map(map);
  for (const value of added) next.set(keyOf(value), value);
  for (const key of removed) next.delete(key);
  return next;
}

function changedSessions(
  sessions: readonly Session[],
  changes: readonly SessionChange[],
): Session[] {
  const byId = new Map(changes.map((change) => [change.id, change]));
  return sessions
    .map((session) => {
      const change = byId.get(session.id);
      return change ? { ...session, state: change.state, onRouter: change.onRouter } : session;
    })
    .filter(({ state, onRouter }) => state !== 'ended' || onRouter);
}
