import type { Clock } from '../../../clock';
import type { Lease, RouterRecord } from '../../../store/router/router-store';

interface Sighting {
  lease: string;
  sinceMs: number;
}

/**
 * Since when the leases in the books are as they are, by our own monotonic clock: whether a holder still
 * renews its lease does not depend on how the clocks of two computers are set.
 */
export class LeaseSightings {
  private seen = new Map<number, Sighting>();
  private notedMs = -Infinity;

  /** @param staleMs a lease that nobody renewed for this long is nobody's any more */
  constructor(
    private readonly clock: Clock,
    private readonly staleMs: number,
  ) {}

  note(records: readonly RouterRecord[]): void {
    const now = this.clock.elapsedMs();
    // While we, or the books, were away nobody could be seen renewing a lease.
    const isKnown = now - this.notedMs < this.staleMs / 2;
    const before = this.seen;
    this.seen = new Map();
    for (const { id, lease } of records) {
      const last = before.get(id);
      const sinceMs = isKnown && last?.lease === nameOf(lease) ? last.sinceMs : now;
      this.seen.set(id, { lease: nameOf(lease), sinceMs });
    }
    this.notedMs = now;
  }

  /** Whether the lease, as just read, has not been renewed for too long. */
  isStale(routerId: number, lease: Lease): boolean {
    return this.sameMs(routerId, lease) >= this.staleMs;
  }

  /** How long the lease has been as it is, in ms; 0 if it was not seen like this. */
  sameMs(routerId: number, lease: Lease | null): number {
    const last = this.seen.get(routerId);
    if (last?.lease !== nameOf(lease)) return 0;
    return this.clock.elapsedMs() - last.sinceMs;
  }
}

function nameOf(lease: Lease | null): string {
  return lease ? `${lease.holder} ${lease.until.toISOString()}` : '';
}
