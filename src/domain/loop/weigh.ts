import type { ActiveSession } from '../network/network';
import { total, type Rates } from '../units';
import { isCountedBySession, type ObservationTimes, type SessionCounter } from './loop-state';
import { beganSinceLastObservation, isWithQueue } from './session-count';

/**
 * A session that moved by less tells nothing: what the router itself sends a device, its pages and its probes, need
 * not pass the queue. It is not lost: it adds up until the queue moves.
 */
const TELLING_BYTES = 100_000;

/** What is known of a device whose own queue is on the router. */
export interface Witnesses {
  /** Its session's counter at the last round, and now; `undefined` where it has no session, or under no code of ours. */
  was: SessionCounter | undefined;
  now: SessionCounter | undefined;
  /** See `Reading`. */
  heard: Rates | null;
  /** What its queue counted since the last round. */
  queued: Rates;
  /** The queue's counter began again since then. */
  isLost: boolean;
  /** Unset where only the queue was read. */
  online: ActiveSession | undefined;
  times: ObservationTimes;
}

export interface Weighed {
  /** What is its usage since the last round. */
  bytes: Rates;
  /** Whose figure that is. */
  by: 'queue' | 'session';
  /** Nothing is missing from it, even where the queue's counter was lost. */
  isWhole: boolean;
  /** Of the next reading. */
  heard: Rates | null;
  /** Its session's counter after this round; `now` where nothing changed. */
  counter: SessionCounter | undefined;
  /** Usage is from now on taken from this one. */
  switchedTo?: 'session' | 'queue';
}

/**
 * Never one witness for money. Some routers shape by a queue that counts nothing. A device's usage is what its
 * queue counts; where that stands still while the session moves, in two rounds running, it is what the session
 * counts, from the last time on that the queue moved, until the queue moves along again. In between, what the
 * queue shows is read and not billed: it may be the same bytes. One round alone proves nothing, and where the queue moves
 * after it, only what the queue counted is billed.
 */
export function weigh(seen: Witnesses): Weighed {
  const { now, online, queued, isLost } = seen;
  if (!online || online.id !== now?.activeId || !isWithQueue(now)) return withoutSession(seen);
  if (isCountedBySession(now)) return bySession(seen, now, online);
  const shown = online.bytes;
  if (total(queued) > 0) return { ...byQueue(queued), heard: shown, counter: trusted(now) };
  // It stands at zero because it began again, which is no proof against it.
  if (isLost) return { ...byQueue(queued), heard: shown, counter: now };
  const from = sinceWhen(seen, now, online);
  if (total(grown(from, shown)) < TELLING_BYTES) {
    return { ...byQueue(queued), heard: from, counter: now };
  }
  // A session that began in doubt has its part of the books in `now`.
  const inBooks = now.still ? now.bytes! : from;
  const doubted = { ...now, bytes: inBooks, still: (now.still ?? 0) + 1 };
  if (!isCountedBySession(doubted)) return { ...byQueue(queued), heard: shown, counter: doubted };
  return {
    bytes: grown(inBooks, shown),
    by: 'session',
    isWhole: false,
    heard: shown,
    counter: { ...doubted, bytes: shown },
    switchedTo: 'session',
  };
}

/** Its queue was believed not to count. It counts again once it shows at least half of what the session does. */
function bySession(
  { was, queued, heard }: Witnesses,
  now: SessionCounter,
  { bytes: shown }: ActiveSession,
): Weighed {
  const bytes = grown(now.bytes!, shown);
  const weighed = { bytes, by: 'session', isWhole: isSame(was, now) } as const;
  const isBack = total(queued) > 0 && 2 * total(queued) >= total(bytes);
  if (!isBack) return { ...weighed, heard, counter: { ...now, bytes: shown } };
  return { ...weighed, heard: shown, counter: trusted(now), switchedTo: 'queue' };
}

/** Where only the queue was read, the session has counted what the queue has. */
function withoutSession({ was, now, heard, queued, online }: Witnesses): Weighed {
  // What it moved may be in the books already, as the session's.
  if (was && isCountedBySession(was)) {
    const isWhole = now !== undefined && isSame(was, now);
    return { ...byQueue({ up: 0, down: 0 }), isWhole, heard, counter: now };
  }
  if (total(queued) === 0) return { ...byQueue(queued), heard, counter: now };
  const before = now?.still === undefined ? heard : now.bytes;
  const counter = now && trusted(now);
  // A session that was counted without its queue until the queue was put in its way has counted these bytes as well,
  // but where it was looked at in this round: then they are older than it.
  const bytes = counter?.bytes && !online ? sum(counter.bytes, queued) : (counter?.bytes ?? null);
  return {
    ...byQueue(queued),
    heard: before && sum(before, queued),
    counter: counter && { ...counter, bytes },
  };
}

function byQueue(queued: Rates) {
  return { bytes: queued, by: 'queue', isWhole: false } as const;
}

function trusted(counter: SessionCounter): SessionCounter {
  if (counter.still === undefined) return counter;
  const { mac, activeId, boot } = counter;
  return { mac, activeId, boot, bytes: null };
}

/** From where on the session's counter tells something of this round. */
function sinceWhen(
  { was, heard, times }: Witnesses,
  now: SessionCounter,
  online: ActiveSession,
): Rates {
  if (!isSame(was, now)) {
    return beganSinceLastObservation(online, times) ? { up: 0, down: 0 } : online.bytes;
  }
  // Until now it was counted without its queue.
  if (was?.bytes && was.still === undefined) return was.bytes;
  return heard ?? online.bytes;
}

function isSame(a: SessionCounter | undefined, b: SessionCounter): boolean {
  return a?.activeId === b.activeId && a.boot === b.boot;
}

function sum(a: Rates, b: Rates): Rates {
  return { up: a.up + b.up, down: a.down + b.down };
}

/** A counter that fell began again at zero. */
function grown(last: Rates, shown: Rates): Rates {
  if (shown.up < last.up || shown.down < last.down) return shown;
  return { up: shown.up - last.up, down: shown.down - last.down };
}
