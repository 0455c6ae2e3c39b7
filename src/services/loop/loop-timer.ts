import type { Clock } from '../../clock';

/** This many polls without a round are a gap; one or two are a slow router. */
const POLLS = 3;
/** However short the polls are, a slow round is no gap. */
const SHORTEST_GAP_MS = 60_000;

/** How long the time between two rounds may be, at this poll interval, before it is a gap. */
export function gapAfterMs(pollMs: number): number {
  return Math.max(SHORTEST_GAP_MS, POLLS * pollMs);
}

/**
 * The gap that a round ends, if it comes late; none before the very first round.
 * @param previousAt the previous round, by the same setting of our clock
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
 * Whether the loop is on time, by the monotonic clock: how long ago a round began or ended, compared with the
 * poll interval.
 */
export class LoopTimer {
  private since: number;

  constructor(
    private readonly clock: Clock,
    private readonly pollMs: number,
  ) {
    this.since = clock.elapsedMs();
  }

  /** How much longer than the poll interval the loop may be silent. */
  get lateAfterMs(): number {
    return gapAfterMs(this.pollMs);
  }

  /** A round begins or ends. @returns how late it was; 0 if on time */
  mark(): number {
    const lateMs = this.lateMs();
    this.since = this.clock.elapsedMs();
    return lateMs;
  }

  /** How late the loop is right now; 0 if on time. */
  lateMs(): number {
    const overdueMs = this.clock.elapsedMs() - this.since - this.pollMs;
    return overdueMs > this.lateAfterMs ? overdueMs : 0;
  }
}
