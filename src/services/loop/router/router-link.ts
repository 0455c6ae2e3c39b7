import type { Clock } from '../../../clock';
import type { SimpleQueue } from '../../../domain/network/network';
import type { Rates } from '../../../domain/units';
import { LineReplaced, type ApiConnection } from '../../../routeros/api/connection';
import type { RouterClient } from '../../../routeros/api/client';
import { Router } from '../../../routeros/router';
import { SharedUplink } from './shared-uplink';

export interface LinkOptions {
  /** Hotspot server to serve; all of them if not set. */
  hotspotServer?: string | undefined;
  /** Speed of the uplink that all devices share, bit/s; `undefined` when unknown. */
  uplinkRate?: Rates | undefined;
}

/** How often to check our plain queues for bursts or priorities someone added, to remove them. */
const SHAPING_SEEN_MS = 60_000;

/**
 * What we know of the router at the other end of one connection. Another connection may reach another router,
 * or one that was reset, so nothing here outlives it, and a round never changes connection.
 */
export class RouterLink {
  readonly router: Router;
  /** Names of profiles known to exist. */
  readonly profiles = new Set<string>();
  /** It is the router in the books. */
  identified = false;
  /** Other people's queues at the last whole round: a new queue may have to be placed above them. */
  foreignQueues: SimpleQueue[] | undefined;
  readonly uplink: SharedUplink;
  /** Whether queues were more than plain at the last round. */
  isShapingUsed = true;
  private shapingSeenAtMs = 0;

  constructor(
    readonly connection: ApiConnection,
    clock: Clock,
    options: LinkOptions,
  ) {
    this.router = new Router(connection, options.hotspotServer);
    this.uplink = new SharedUplink(this.router, clock, options.uplinkRate, options.hotspotServer);
  }

  /** Whether a whole round ran on this connection, so that a round for one device can do without. */
  get isKnown(): boolean {
    return this.identified && this.foreignQueues !== undefined;
  }

  /**
   * Whether to ask for bursts and priorities in this round too. If no plan shapes more than the speed, other
   * people's changes to our queues are checked only occasionally.
   * @param nowMs of the monotonic clock
   */
  isShapingDue(nowMs: number): boolean {
    const isDue = this.isShapingUsed || nowMs - this.shapingSeenAtMs >= SHAPING_SEEN_MS;
    if (isDue) this.shapingSeenAtMs = nowMs;
    return isDue;
  }
}

/** The link in use; a new one for every connection. */
export class RouterLinks {
  private link: RouterLink | undefined;

  constructor(
    private readonly client: RouterClient,
    private readonly clock: Clock,
    private readonly options: LinkOptions,
  ) {}

  /** @throws RouterUnreachable, RouterRefused */
  async current(): Promise<RouterLink> {
    const connection = await this.client.connected();
    if (this.link?.connection !== connection) {
      this.link = new RouterLink(connection, this.clock, this.options);
    }
    return this.link;
  }

  /**
   * For what only reads: it is done once more where the line was dead and another one took its place.
   * @throws RouterUnreachable, RouterRefused
   */
  async reading<T>(read: (link: RouterLink) => Promise<T>): Promise<T> {
    try {
      return await read(await this.current());
    } catch (error) {
      if (!(error instanceof LineReplaced)) throw error;
      return read(await this.current());
    }
  }

  /** `undefined` while its connection is lost, or the router is not known to be the one in the books. */
  get inUse(): RouterLink | undefined {
    return this.link?.identified && this.link.connection.isOpen ? this.link : undefined;
  }
}
