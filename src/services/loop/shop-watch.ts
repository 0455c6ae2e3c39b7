import type { Clock } from '../../clock';
import { isBesieged } from '../../domain/guessing';
import {
  failureAlert,
  guessingAlert,
  lateAlert,
  poolAlerts,
  routerClockAlert,
  wanAlerts,
  type AlertLevel,
} from '../../domain/notices/shop-alert';
import { RouterRefused } from '../../errors';
import type { Log } from '../../log';
import { readLinkState, readRouterStores, type LinkState } from '../../routeros/router-health';
import type { Line } from '../../routeros/sentences';
import type { Stores } from '../../store/stores';
import { SUSPICION } from '../guess-limiter';

/** Full pools and wrong clocks come slowly. */
const CHECK_UP_MS = 5 * 60_000;

/** What is wrong with the shop, as long as it is: alerts that come and go with their causes. */
export class ShopWatch {
  private checkedAt = -Infinity;
  /** Kinds of alert known to be down: looked up again at the next check-up only. */
  private readonly calm = new Set<string>();

  /** @param wanInterface the interface to the internet; its state is asked for only where one is given */
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly wanInterface: string | undefined,
  ) {}

  /** How the internet line stands: one sentence, or none. */
  async readWan(line: Line): Promise<LinkState | undefined> {
    return this.wanInterface === undefined ? undefined : readLinkState(line, this.wanInterface);
  }

  async noteWan(link: LinkState | undefined): Promise<void> {
    if (link === undefined || this.wanInterface === undefined) return;
    for (const level of wanAlerts(link, this.wanInterface)) await this.level(level);
  }

  /** What changes slowly; asks the router every few minutes only. @throws RouterUnreachable */
  async checkUp(line: Line): Promise<void> {
    if (this.clock.elapsedMs() - this.checkedAt < CHECK_UP_MS) return;
    this.checkedAt = this.clock.elapsedMs();
    this.calm.clear();
    try {
      const { pools, leased, hosts, clock } = await readRouterStores(line);
      await this.level(poolAlerts(pools, [...leased, ...hosts]));
      await this.level(routerClockAlert(clock, this.clock.now()));
    } catch (error) {
      if (!(error instanceof RouterRefused)) throw error;
      // A group without the right to read this: the doctor says so, and the loop does not need it.
      this.log.debug({ reason: error.message }, 'the router does not show its pools');
    }
  }

  /** @param lateMs see `lateAlert` */
  async noteLateness(lateMs: number, pollMs: number): Promise<void> {
    await this.level(lateAlert(lateMs, pollMs));
  }

  /** @param failed see `failureAlert` */
  async noteFailures(failed: number, reason: string): Promise<void> {
    await this.level(failureAlert(failed, reason));
  }

  /** Whether somebody guesses codes at the portal, by the wrong ones that came lately. */
  async noteGuessing(): Promise<void> {
    const tallies = await this.stores.guesses.of([SUSPICION]);
    await this.level(guessingAlert(isBesieged(tallies.get(SUSPICION), this.clock.now())));
  }

  private async level({ kind, raised, kept = [] }: AlertLevel): Promise<void> {
    if (raised.size === 0 && this.calm.has(kind)) return;
    const now = this.clock.now();
    for (const [subject, message] of raised) {
      const isNew = await this.stores.journal.raise(kind, subject, message, now);
      if (isNew) this.log.warn({ kind }, message);
    }
    await this.stores.journal.clearOthers(kind, [...raised.keys(), ...kept], now);
    if (raised.size === 0 && kept.length === 0) this.calm.add(kind);
    else this.calm.delete(kind);
  }
}
