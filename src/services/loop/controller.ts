import type { HotspotHost } from '../../domain/network/network';
import { routerAwayMessage } from '../../domain/notices/alert-messages';
import type { Mac } from '../../domain/units';
import { RouterRefused, RouterUnreachable, type AppError } from '../../errors';
import { logFailure, type Log } from '../../log';
import type { RouterClient } from '../../routeros/api/client';
import { missingPackage } from '../../routeros/api/trap';
import type { RouterRecord } from '../../store/router/router-store';
import type { Stores } from '../../store/stores';
import type { ShopSettings } from '../shop/shop-settings';
import { Charge } from './charge';
import { LeaseLost } from './controller-lease';
import { KnownBooks } from './known-books';
import { DeviceFinder, type Onlooker } from './router/device-finder';
import { AnotherRouter, KnownElsewhere } from './router/known-router';
import { LoopStatus } from './loop-status';
import { ReconcileAlerts } from './round/reconcile-alerts';
import { emptyReport, type ReconcileReport } from './round/reconcile-report';
import { Reconciler } from './round/reconciler';
import { OutdatedRound, type Round } from './round/round-types';
import { RouterLinks, type LinkOptions } from './router/router-link';
import { throughHolder } from './sharing/through-holder';
import type { RouterTallies } from './router/router-tallies';
import type { ShopWatch } from './shop-watch';
import type { HeldClock } from './time/held-clock';
import type { OutageWatch } from './time/outage-watch';
import { Turns } from './turns';
import { MOST_ROUNDS, WaitingDevices } from './waiting-devices';

/** What a controller works with. */
export interface ControllerParts {
  client: RouterClient;
  stores: Stores;
  clock: HeldClock;
  log: Log;
  watch: ShopWatch;
  outages: OutageWatch;
  tallies: RouterTallies;
  /** For the shop's time zone, which its owner may change while the loop runs. */
  shop: Pick<ShopSettings, 'calendar' | 'refresh'>;
}

export interface ControllerOptions extends LinkOptions {
  /** Host and port: how a router is identified until it reports its serial number. */
  address: string;
  pollMs: number;
  /** The least time between two questions to the router for pages that grant nothing. */
  pageQuestionMs: number;
  /** How old what a page tells may be, if it grants nothing and shows no code. */
  pageAgeMs: number;
}

/**
 * Decides who may reconcile, and when: one program at a time, one round at a time, at once for a customer who
 * waits. `Reconciler` holds what a round does. Nothing else writes customers' access to the router.
 */
export class Controller {
  /** The status that pages show for this loop. */
  readonly status: LoopStatus;
  /** The books for pages that grant nothing. */
  readonly knownBooks: KnownBooks;
  /** Whether this program or another one is in charge of the router. */
  readonly charge: Charge;
  private readonly alerts: ReconcileAlerts;
  private readonly links: RouterLinks;
  private readonly finder: DeviceFinder;
  private readonly reconciler: Reconciler;
  private readonly turns = new Turns();
  private readonly waiting = new WaitingDevices(
    this.turns,
    (devices) => this.letIn(devices),
    () => this.links.inUse?.connection.isSlow ?? false,
  );
  /** Devices that wait, and give up what they are online as. */
  private readonly leaving = new Set<Mac>();
  private looking: Promise<void> | undefined;
  /** Why the first round could not find out which router this is. */
  private unknownBecause: string | undefined;
  private onNudge: () => void = () => undefined;
  private staysInCharge = false;
  private lacksPackage = false;

  constructor(
    private readonly parts: ControllerParts,
    private readonly options: ControllerOptions,
  ) {
    const { client, stores, clock, log } = parts;
    this.status = new LoopStatus(clock);
    this.knownBooks = new KnownBooks(clock, options.pageAgeMs);
    this.charge = new Charge(stores, clock.wall, options);
    this.alerts = new ReconcileAlerts(stores, clock, log, options.uplinkRate);
    this.links = new RouterLinks(client, clock, options);
    this.finder = new DeviceFinder(
      {
        work: (addresses) =>
          this.links.reading(({ router }) => router.hostsAt(addresses, 'customer')),
        page: (addresses) => this.links.reading(({ router }) => router.hostsAt(addresses, 'page')),
      },
      clock,
      options,
    );
    const { alerts, links, finder, status, knownBooks } = this;
    const keepLease = async (inside: Stores) => {
      await (await this.charge.lease()).keep(inside.routers);
    };
    const mayWrite = async () => (await this.charge.lease()).mayWrite();
    this.reconciler = new Reconciler(
      { ...parts, alerts, links, finder, status, knownBooks, keepLease, mayWrite },
      options,
    );
  }

  /** Lets another program have the router, once no round is running. */
  async handOver(): Promise<void> {
    await this.turns.take('whole', async () => {
      await this.charge.drop();
      this.status.elsewhere();
    });
  }

  /** Checks what changes slowly, such as address pools, if the router answers; every few minutes at most. */
  async checkUp(): Promise<void> {
    await this.turns.take('whole', async () => {
      const { inUse } = this.links;
      if (inUse) await this.parts.watch.checkUp(inUse.connection);
    });
  }

  /** The router serves nobody until its owner installs something: no need to ask again soon. */
  get isWaitingForOwner(): boolean {
    return this.lacksPackage;
  }

  /** Resolves when no round is running. */
  async idle(): Promise<void> {
    await this.turns.idle();
  }

  /** Asks the running loop for a round soon, for callers that changed the books and do not wait for the result. */
  nudge(): void {
    this.knownBooks.doubt();
    this.onNudge();
    const { peers } = this.charge;
    if (peers && this.status.last === 'elsewhere') {
      const tell = async () => peers.nudge(await this.charge.routerId());
      tell().catch((error: unknown) => logFailure(this.parts.log, error, 'a change was not told'));
    }
  }

  /** Somebody else changed the books. */
  nudgeOwnLoop(): void {
    this.knownBooks.doubt();
    this.onNudge();
  }

  /** From now on this process stays the controller between rounds. @param onNudge a round is wanted soon */
  takeCharge(onNudge: () => void): void {
    this.staysInCharge = true;
    this.onNudge = onNudge;
  }

  /** Lets another program take over the router, once those who are being let in are in the books. */
  async leave(): Promise<void> {
    this.staysInCharge = false;
    this.onNudge = () => undefined;
    await this.turns.idle();
    await this.charge.drop();
  }

  /**
   * One round, here or in the server if one is running beside this process.
   * @param confirm skips the safety catch
   */
  async reconcileAnywhere(confirm = false): Promise<ReconcileReport> {
    const lease = await this.charge.lease();
    for (;;) {
      while (await lease.isElsewhere()) {
        const report = await lease.ask(confirm);
        if (report !== undefined) return JSON.parse(report) as ReconcileReport;
      }
      this.parts.clock.begin(await this.parts.stores.routers.lastLook());
      try {
        const report = await this.reconcileIfOurs(confirm);
        if (report) return report; // otherwise another command was faster
      } finally {
        // A command gives the lease back at once; a server keeps it.
        if (!this.staysInCharge) await lease.drop();
      }
    }
  }

  /** Whether another process, usually a running server, is the controller now. */
  async isControlledElsewhere(): Promise<boolean> {
    return (await this.charge.lease()).isElsewhere();
  }

  /** One round of the loop. An unreachable or refusing router is reported, not thrown. */
  async reconcile(confirm = false): Promise<ReconcileReport> {
    const report = await this.reconcileIfOurs(confirm);
    if (report) return report;
    const messages = ['Another process is the controller of this router'];
    return { ...emptyReport(this.parts.clock.now()), messages };
  }

  /**
   * One round; `undefined` where another process is the controller.
   * @param loop the loop's own round: a free router is taken only if it is for this program
   */
  reconcileIfOurs(
    confirm: boolean,
    /** Its turn has come: customers were before it. */
    loop?: { begins: () => void },
  ): Promise<ReconcileReport | undefined> {
    return this.turns.take('whole', async () => {
      loop?.begins();
      this.status.begins();
      const record = await this.inCharge(loop === undefined);
      if (!record) {
        this.status.elsewhere();
        return undefined;
      }
      const { client, stores, clock } = this.parts;
      const report = emptyReport(clock.now());
      const sentencesBefore = client.sentences;
      const asked = record.asked > record.served;
      const isConfirmed = confirm || (asked && record.confirmed > record.served);
      try {
        const round = await this.wholeRound(record, report, isConfirmed);
        if (round.isWorthAnother) this.onNudge();
        await this.alerts.noteAnswered();
        this.status.reconciled(report);
        this.lacksPackage = false;
      } catch (error) {
        if (!(error instanceof RouterUnreachable || error instanceof RouterRefused)) throw error;
        this.lacksPackage = missingPackage(error) !== undefined;
        await this.failed(error, report, record);
      }
      report.sentences = client.sentences - sentencesBefore;
      if (asked) {
        await stores.routers.serve(record.id, record.asked, JSON.stringify(report));
        this.charge.peers?.tellServed(record.id);
      }
      return report;
    });
  }

  /** Who has this address, by the router's own host table. @throws RouterUnreachable, RouterRefused */
  async whoIsAt(address: string): Promise<HotspotHost | undefined> {
    const host = await this.finder.now(address);
    if (host) this.parts.watch.sawPhone();
    return host;
  }

  /** Whether a customer's request from there came from the router itself, which hides the phones; staff are told. */
  hidesPhones(address: string): boolean {
    return this.parts.watch.hidesPhones(address);
  }

  /**
   * The same for pages that grant nothing: uses the last round's host table if the router cannot be asked at
   * once.
   * @throws RouterUnreachable, RouterRefused
   */
  async whoWasAt(address: string): Promise<Onlooker | undefined> {
    return this.finder.lately(address);
  }

  /**
   * The same for pages that show no code either: asks the router only about addresses it has not seen for a
   * round.
   * @throws RouterUnreachable, RouterRefused
   */
  async whoMayBeAt(address: string): Promise<Onlooker | undefined> {
    return this.finder.roughly(address);
  }

  /** Who was seen there last, for a page that grants nothing while the router is away. */
  whoWasLastAt(address: string): HotspotHost | undefined {
    return this.finder.last(address);
  }

  /** Whether the last round saw a device at this address. */
  hasSeen(address: string): boolean {
    return this.finder.hasSeen(address);
  }

  /** Sessions, by `holdName`, that the router lets nobody in under just now. */
  get refusedHolds(): ReadonlySet<string> {
    return this.reconciler.refusedHolds;
  }

  /**
   * The loop for one device, now: for a customer who waits at the portal. Returns once the device is in at
   * this address, or nothing in the books lets it in; a new voucher then stands in line behind the running one.
   * @param isIn whether a round of everybody let it in while it waited for its turn, by the books
   * @param leaves its customer gives up what it is online as, as another program's user
   * @throws RouterUnreachable or RouterRefused when it could not be let in
   */
  async reconcileDevice(
    device: HotspotHost,
    isIn?: () => Promise<boolean>,
    leaves = false,
  ): Promise<void> {
    // Whoever asked for this changed the books of this device; the round reads them.
    this.knownBooks.doubt(device.mac);
    const { peers } = this.charge;
    if (peers && (await throughHolder(await this.charge.lease(), MOST_ROUNDS, isIn))) return;
    // The first look at a router is a whole one: who it is and what stands on it matters to everyone.
    if (!(await this.links.current()).isKnown) await this.firstLook();
    if (leaves) this.leaving.add(device.mac);
    await this.waiting.letIn(device, isIn).finally(() => this.leaving.delete(device.mac));
  }

  /** One round for these devices, in its turn. */
  private async letIn(devices: readonly HotspotHost[]): Promise<Round> {
    if (!(await this.links.current()).isKnown) {
      throw new RouterUnreachable(this.unknownBecause ?? 'The router cannot be reached');
    }
    const round = await this.deviceRound(devices);
    if (this.waiting.isEmpty) this.onNudge();
    return round;
  }

  /**
   * The router's record, once the books go by our clock: while it was set and vouchers were not moved along,
   * theirs would seem to be over. In the caller's turn.
   */
  private async caughtUp(): Promise<RouterRecord> {
    const record = await this.ownRecord();
    if (!this.reconciler.isClockSet) return record;
    const report = emptyReport(this.parts.clock.now());
    await this.wholeRound(record, report, false);
    return this.ownRecord();
  }

  private async wholeRound(
    record: RouterRecord,
    report: ReconcileReport,
    isConfirmed: boolean,
  ): Promise<Round> {
    try {
      return await this.reconciler.reconcile({ record, report, isConfirmed });
    } catch (error) {
      if (!(error instanceof OutdatedRound)) throw error;
      return this.wholeRound(await this.ownRecord(), report, isConfirmed);
    }
  }

  private async deviceRound(devices: readonly HotspotHost[]): Promise<Round> {
    try {
      const record = await this.caughtUp();
      return await this.reconciler.reconcile({ record, devices, leaving: this.leaving });
    } catch (error) {
      if (!(error instanceof OutdatedRound)) throw error;
      return this.deviceRound(devices);
    }
  }

  private async ownRecord(): Promise<RouterRecord> {
    const record = await this.inCharge();
    if (record) return record;
    throw new RouterUnreachable('Another program is controlling the router right now');
  }

  /** One for all who come by then. */
  private firstLook(): Promise<void> {
    const look = async () => {
      this.unknownBecause = (await this.reconcile()).messages[0];
    };
    this.looking ??= look().finally(() => (this.looking = undefined));
    return this.looking;
  }

  /** The right to write on the router; see `Charge.take`. */
  private inCharge(isUrgent = true): Promise<RouterRecord | undefined> {
    return this.charge.take(isUrgent, (record, hadIt) => this.reconciler.tookCharge(record, hadIt));
  }

  private async failed(
    error: AppError,
    report: ReconcileReport,
    { id, observedAt }: RouterRecord,
  ): Promise<void> {
    const { clock, log, outages } = this.parts;
    outages.forget();
    report.errors += 1;
    if (error instanceof LeaseLost) this.status.elsewhere();
    else this.status.reconciled(report, error instanceof RouterRefused ? 'refused' : 'silent');
    if (error instanceof AnotherRouter) {
      await this.alerts.noteAnotherRouter(report, error.message);
    } else if (!report.messages.includes(error.message)) report.messages.push(error.message);
    if (error instanceof LeaseLost || error instanceof AnotherRouter) return;
    // Its history is in another record: the next round takes that one's lease and continues there.
    if (error instanceof KnownElsewhere) {
      this.charge.startAnew();
      this.onNudge();
    }
    if (error instanceof RouterUnreachable) await outages.unreachable(id, observedAt, clock.now());
    else outages.answered(clock.now());
    const message = this.lacksPackage
      ? `${error.message}.` // nobody is online, and nothing else is wrong
      : routerAwayMessage(error.message, error instanceof RouterRefused);
    if (await this.alerts.noteAway(message))
      log.warn({ reason: error.message }, 'the router is away; customers stay as they are');
  }

  /** Whether another process asks for a round. */
  async isAsked(): Promise<boolean> {
    const { stores, log } = this.parts;
    try {
      const { asked, served } = await stores.routers.get((await this.charge.lease()).routerId);
      return asked > served;
    } catch (error) {
      logFailure(log, error, 'the database did not answer');
      return false;
    }
  }
}
