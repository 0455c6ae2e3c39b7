import type { Rates } from '../units';

/** What one queue's counters showed at one round. */
export interface Counter {
  /** The router's id of the queue; a queue that is made again has another. */
  queueId: string;
  /** How many starts of the router we have seen; after each, every counter begins again. */
  boot: number;
  bytes: Rates;
}

export type Loss = 'router restarted' | 'queue made anew' | 'counters reset';

export interface Counted {
  /** Bytes to add to the usage; never negative. */
  bytes: Rates;
  /** Set when bytes between the last round and the loss cannot be known. */
  loss: Loss | undefined;
}

/** Uptime comes in whole seconds and answers take a moment, so it may lag this much behind our clock. */
export const UPTIME_TOLERANCE_MS = 5_000;

/**
 * Whether the router restarted between two rounds.
 * @param elapsedMs time between the rounds by our own clock, monotonic if both were made by one process
 */
export function hasRestarted(
  lastUptimeMs: number,
  seenUptimeMs: number,
  elapsedMs: number,
): boolean {
  if (seenUptimeMs < lastUptimeMs) return true;
  const lagsBehind = seenUptimeMs < lastUptimeMs + elapsedMs - UPTIME_TOLERANCE_MS;
  // A router that started between the rounds cannot be older than the time between them. Without this,
  // setting our clock forward would look like a restart and count everything twice.
  return lagsBehind && seenUptimeMs <= elapsedMs + UPTIME_TOLERANCE_MS;
}

/**
 * Bytes between two rounds. A counter that fell, or whose queue or router start is new, has begun again
 * at zero: its value is what came since. Both directions begin again together.
 */
export function countSince(last: Counter | undefined, seen: Counter): Counted {
  if (!last) return { bytes: seen.bytes, loss: undefined };
  const loss = lossBetween(last, seen);
  if (loss) return { bytes: seen.bytes, loss };
  return {
    bytes: { up: seen.bytes.up - last.bytes.up, down: seen.bytes.down - last.bytes.down },
    loss: undefined,
  };
}

function lossBetween(last: Counter, seen: Counter): Loss | undefined {
  if (seen.boot !== last.boot) return 'router restarted';
  if (seen.queueId !== last.queueId) return 'queue made anew';
  if (seen.bytes.up < last.bytes.up || seen.bytes.down < last.bytes.down) return 'counters reset';
  return undefined;
}

/** What one hotspot session's uptime showed at one round; sessions begin at zero. */
export interface UptimeReading {
  activeId: string;
  uptimeMs: number;
}

/** Online milliseconds between two rounds, by the same rule as bytes. */
export function uptimeSince(last: UptimeReading | undefined, seen: UptimeReading): number {
  const runsOn = last && last.activeId === seen.activeId && seen.uptimeMs >= last.uptimeMs;
  return runsOn ? seen.uptimeMs - last.uptimeMs : seen.uptimeMs;
}

export function total(bytes: Rates): number {
  return bytes.up + bytes.down;
}
