import type { Clock } from '../../clock';
import type { SimpleQueue } from '../../domain/network/network';
import type { Rates } from '../../domain/units';
import type { ApiConnection } from '../../routeros/connection';
import { Router } from '../../routeros/router';
import { SharedUplink } from './shared-uplink';

/** How soon a burst or a priority somebody gave to a plain queue of ours is seen, and taken away. */
const SHAPING_SEEN_MS = 60_000;

/**
 * What we know of the router at the other end of one connection. Another connection may reach another
 * router, or one that was reset, so nothing of this outlives it, and a round never changes connection.
 */
export class RouterLink {
  readonly router: Router;
  /** Names of profiles known to be there. */
  readonly profiles = new Set<string>();
  /** It is the router the books are of. */
  identified = false;
  /** Somebody else's queues at the last whole round: what a new queue may have to stand above. */
  foreignQueues: SimpleQueue[] | undefined;
  readonly uplink: SharedUplink;
  /** Whether queues were more than plain at the last round. */
  isShapingUsed = true;
  private shapingSeenAtMs = 0;

  constructor(
    readonly connection: ApiConnection,
    clock: Clock,
    options: { hotspotServer?: string | undefined; uplinkRate?: Rates | undefined },
  ) {
    this.router = new Router(connection, options.hotspotServer);
    this.uplink = new SharedUplink(this.router, clock, options.uplinkRate, options.hotspotServer);
  }

  /**
   * Whether to ask for bursts and priorities in this round too. Where no plan shapes more than the speed, what
   * others did to our queues is looked at now and then.
   * @param nowMs of the clock that only grows
   */
  isShapingDue(nowMs: number): boolean {
    const isDue = this.isShapingUsed || nowMs - this.shapingSeenAtMs >= SHAPING_SEEN_MS;
    if (isDue) this.shapingSeenAtMs = nowMs;
    return isDue;
  }
}
