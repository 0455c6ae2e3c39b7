import type { Clock } from '../../clock';

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
    return Math.max(60_000, this.pollMs * 3);
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
