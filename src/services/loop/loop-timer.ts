import type { Clock } from '../../clock';

/** This many polls without a round are a gap: one or two are a slow router. */
const POLLS = 3;
/** However short the polls: a slow round is no gap. */
const SHORTEST_GAP_MS = 60_000;

/** How long it may be silent between two rounds, at this poll interval, until that is a gap. */
export function gapAfterMs(pollMs: number): number {
  return Math.max(SHORTEST_GAP_MS, POLLS * pollMs);
}

/**
 * The gap that a round ends, if it comes later than it should; nothing before the very first round.
 * @param previousAt the round before, by the same setting of our clock
 */
export function silence(
  previousAt: Date | null,
  now: Date,
  pollMs: number,
): { gap?: { from: Date; to: Date } } {
  if (!previousAt || now.getTime() - previousAt.getTime() <= gapAfterMs(pollMs)) return {};
  return { gap: { from: previousAt, to: now } };
}

/**
 * Whether the loop keeps its time, by the clock that cannot be set: how long ago a round began or ended,
 * against what the poll interval promises.
 */
export class LoopTimer {
  private since: number;

  constructor(
    private readonly clock: Clock,
    private readonly pollMs: number,
  ) {
    this.since = clock.elapsedMs();
  }

  /** How long more than the poll interval nothing may be heard of the loop. */
  get lateAfterMs(): number {
    return gapAfterMs(this.pollMs);
  }

  /** A round begins or ends. @returns by how much that came late; 0 in time */
  mark(): number {
    const lateMs = this.lateMs();
    this.since = this.clock.elapsedMs();
    return lateMs;
  }

  /** By how much the loop is late right now; 0 in time. */
  lateMs(): number {
    const overdueMs = this.clock.elapsedMs() - this.since - this.pollMs;
    return overdueMs > this.lateAfterMs ? overdueMs : 0;
  }
}
