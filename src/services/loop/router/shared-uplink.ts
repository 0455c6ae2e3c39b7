import type { Clock } from '../../../clock';
import type { DesiredPool } from '../../../domain/network/network';
import type { Rates } from '../../../domain/units';
import type { Router } from '../../../routeros/router';

/** Hotspots seldom move to other interfaces. */
const SEEN_MS = 5 * 60_000;
/** After a refusal there is no shared queue for this long: customers must get in. */
const GIVEN_UP_MS = 10 * 60_000;

/** The uplink that all customers share, as far as one connection to the router knows. */
export class SharedUplink {
  private interfaces: string[] = [];
  private seenAtMs = -Infinity;
  private refusedAtMs = -Infinity;

  /**
   * @param rate of the uplink, bit/s; `undefined` if unknown, and then nothing is shared
   * @param server the hotspot server to serve; all of them if not set
   */
  constructor(
    private readonly router: Router,
    private readonly clock: Clock,
    private readonly rate: Rates | undefined,
    private readonly server: string | undefined,
  ) {}

  /** Checks where the customers come in, if the last check was a while ago. */
  async refresh(): Promise<void> {
    const now = this.clock.elapsedMs();
    if (!this.rate || now - this.seenAtMs < SEEN_MS) return;
    const servers = await this.router.hotspotServers();
    const names = servers
      .filter(({ name, disabled }) => !disabled && (!this.server || name === this.server))
      .map((server) => server.interface)
      // A deleted interface is printed by its id, or not at all.
      .filter((name) => name !== '' && !name.startsWith('*'));
    this.interfaces = [...new Set(names)].sort();
    this.seenAtMs = now;
  }

  /** The router refuses the uplink's queue: do without it for a while. */
  giveUp(): void {
    this.refusedAtMs = this.clock.elapsedMs();
    this.seenAtMs = -Infinity;
  }

  /** `null`: each customer's queue has no parent. */
  get pool(): DesiredPool | null {
    if (!this.rate || this.interfaces.length === 0) return null;
    if (this.clock.elapsedMs() - this.refusedAtMs < GIVEN_UP_MS) return null;
    return { interfaces: this.interfaces, rate: this.rate };
  }
}
