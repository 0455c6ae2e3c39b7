import {
  failureAlert,
  guessingAlert,
  hiddenAlert,
  lateAlert,
  poolAlerts,
  routerClockAlert,
  wanAlerts,
  type AlertLevel,
  type UplinkSight,
} from '../../domain/notices/alert-messages';
import { RouterRefused } from '../../errors';
import type { Log } from '../../log';
import {
  readUplinkHost,
  readLinkState,
  readRouterStores,
  type UplinkHost,
} from '../../routeros/router-health';
import type { ApiSender } from '../../routeros/api/sentences';
import type { Stores } from '../../store/stores';
import { isBesieged, SUSPICION } from '../../domain/vouchers/guessing';
import type { HeldClock } from './time/held-clock';

/** Full pools and wrong clocks develop slowly. */
const CHECK_UP_MS = 5 * 60_000;
/** A working uplink can lose a ping or two. */
const SILENT_MS = 20_000;
/** So long nobody has to have been hidden, for a phone that is seen to prove anything. */
const HIDDEN_MS = 15 * 60_000;
/** The setting that stores the address beyond the modem that answered last; others add their id. */
const UPLINK_ANSWERED = 'lineAnswered';

/** Tracks what is wrong with the shop: alerts that start and end with their causes. */
export class ShopWatch {
  private checkedAt = -Infinity;
  /** Kinds of alert known to be down: looked up again only at the next check-up. */
  private readonly calm = new Set<string>();

  /** Whether our row for an address beyond the modem existed when the router was last asked, and when. */
  private hasUplinkHost = false;
  private uplinkHostAskedAt = -Infinity;
  /** Since when that address has not answered. */
  private silentSince: number | undefined;
  /** The last address that answered, as far as this process knows. */
  private answered: string | undefined;

  /** Of the router, as last read. */
  private ownAddresses: ReadonlySet<string> = new Set();
  /** How the last customer's request came; nobody asked yet if not set. */
  private customers: { hiddenBehind: string | undefined } | undefined;
  /** By the monotonic clock. */
  private hiddenAtMs = -Infinity;

  /** @param settings what to check: the interface to the internet, an address beyond it */
  constructor(
    private readonly stores: Stores,
    private readonly clock: HeldClock,
    private readonly log: Log,
    private readonly settings: {
      wanInterface: string | undefined;
      uplinkHost: string | undefined;
    },
    /** Routers but the first, which is 0, leave to it what concerns the whole shop. */
    private readonly routerId = 0,
  ) {}

  /** The state of the uplink: a sentence for each check. A lost ping or two mean nothing. */
  async readWan(line: ApiSender): Promise<UplinkSight> {
    const { wanInterface } = this.settings;
    const [link, host] = await Promise.all([
      wanInterface === undefined ? undefined : readLinkState(line, wanInterface),
      this.isHostDue() ? readUplinkHost(line) : undefined,
    ]);
    this.hasUplinkHost = host !== undefined;
    return { link, host: host && (await this.believed(host)) };
  }

  /** Some providers block pings: an address is trusted only once it has answered, also after restarts. */
  private async believed(host: UplinkHost): Promise<UplinkSight['host']> {
    const { settings } = this.stores;
    const setting = UPLINK_ANSWERED + (this.routerId === 0 ? '' : ` ${this.routerId}`);
    if (this.answered !== host.address) this.answered = (await settings.all())[setting];
    const isKnown = this.answered === host.address;
    if (host.status === 'down' && !isKnown) return { ...host, status: 'never' };
    if (host.status === 'up' && !isKnown) {
      await settings.set(setting, host.address);
      this.answered = host.address;
    }
    return host;
  }

  /** If the router has no such row, it is asked occasionally whether a set-up added one. */
  private isHostDue(): boolean {
    if (this.settings.uplinkHost === undefined) return false;
    const now = this.clock.elapsedMs();
    if (!this.hasUplinkHost && now - this.uplinkHostAskedAt < CHECK_UP_MS) return false;
    this.uplinkHostAskedAt = now;
    return true;
  }

  /** When nothing is checked any more, its alerts end. */
  async noteWan(sight: UplinkSight): Promise<void> {
    const now = this.clock.elapsedMs();
    const isQuiet = sight.host?.status === 'down' || sight.host?.status === 'never';
    this.silentSince = isQuiet ? (this.silentSince ?? now) : undefined;
    const isSilent = this.silentSince !== undefined && now - this.silentSince >= SILENT_MS;
    const { wanInterface = '' } = this.settings;
    for (const level of wanAlerts(sight, wanInterface, isSilent)) await this.level(level);
  }

  /** What changes slowly; asks the router only every few minutes. @throws RouterUnreachable */
  async checkUp(line: ApiSender): Promise<void> {
    await this.noteHidden();
    if (this.clock.elapsedMs() - this.checkedAt < CHECK_UP_MS) return;
    this.checkedAt = this.clock.elapsedMs();
    this.calm.clear();
    try {
      const { pools, leased, hosts, clock, addresses } = await readRouterStores(line);
      this.ownAddresses = new Set(addresses);
      await this.level(poolAlerts(pools, [...leased, ...hosts]));
      await this.level(routerClockAlert(clock, this.clock.wall.now()));
    } catch (error) {
      if (!(error instanceof RouterRefused)) throw error;
      // A group without the right to read this: the doctor reports it, and the loop does not need it.
      this.log.debug({ reason: error.message }, 'the router does not show its pools');
    }
  }

  /** Whether a customer's request came from one of the router's own addresses: it hides the phones from us. */
  hidesPhones(address: string): boolean {
    if (!this.ownAddresses.has(address)) return false;
    this.customers = { hiddenBehind: address };
    this.hiddenAtMs = this.clock.elapsedMs();
    return true;
  }

  /** A customer's request came from a phone. Some may still be hidden, as those of another port of the router. */
  sawPhone(): void {
    if (this.clock.elapsedMs() - this.hiddenAtMs < HIDDEN_MS) return;
    this.customers = { hiddenBehind: undefined };
  }

  private async noteHidden(): Promise<void> {
    if (this.customers) await this.level(hiddenAlert(this.customers.hiddenBehind));
  }

  /** @param lateMs see `lateAlert` */
  async noteLateness(lateMs: number, pollMs: number): Promise<void> {
    await this.level(lateAlert(lateMs, pollMs));
  }

  /** @param failed see `failureAlert` */
  async noteFailures(failed: number, reason: string): Promise<void> {
    await this.level(failureAlert(failed, reason));
  }

  /** Whether someone is guessing codes at the portal, by the recent wrong ones. */
  async noteGuessing(): Promise<void> {
    if (this.routerId !== 0) return;
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
