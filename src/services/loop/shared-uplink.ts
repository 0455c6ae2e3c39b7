import type { Clock } from '../../clock';
import type { DesiredPool } from '../../domain/network/network';
import type { Rates } from '../../domain/units';
import type { Router } from '../../routeros/router';

/** Hotspots seldom move to other interfaces. */
const SEEN_MS = 5 * 60_000;
/** After a refusal nobody shares for this long: customers must get in. */
const GIVEN_UP_MS = 10 * 60_000;

/** The internet line that all customers share, as far as one connection to the router knows. */
export class SharedUplink {
  private interfaces: string[] = [];
  private seenAtMs = -Infinity;
  private refusedAtMs = -Infinity;

  /**
   * @param rate of the line, bit/s; `undefined` where nobody told it, and then nothing is shared
   * @param server the hotspot server to serve; all of them when not given
   */
  constructor(
    private readonly router: Router,
    private readonly clock: Clock,
    private readonly rate: Rates | undefined,
    private readonly server: string | undefined,
  ) {}

  /** Looks where the customers come in, when that was not looked at for a while. */
  async refresh(): Promise<void> {
    const now = this.clock.elapsedMs();
    if (!this.rate || now - this.seenAtMs < SEEN_MS) return;
    const servers = await this.router.hotspotServers();
    const names = servers
      .filter(({ name, disabled }) => !disabled && (!this.server || name === this.server))
      .map((server) => server.interface)
      // An interface that is gone is printed by its id, or not at all.
      .filter((name) => name !== '' && !name.startsWith('*'));
    this.interfaces = [...new Set(names)].sort();
    this.seenAtMs = now;
  }

  /** The router does not take the queue of the line: for a while it goes without. */
  giveUp(): void {
    this.refusedAtMs = this.clock.elapsedMs();
    this.seenAtMs = -Infinity;
  }

  /** `null`: each customer's queue stands by itself. */
  get pool(): DesiredPool | null {
    if (!this.rate || this.interfaces.length === 0) return null;
    if (this.clock.elapsedMs() - this.refusedAtMs < GIVEN_UP_MS) return null;
    return { interfaces: this.interfaces, rate: this.rate };
  }
}
