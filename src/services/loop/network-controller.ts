import type { Clock } from '../../clock';
import { account, post, type ObservationTimes } from '../../domain/loop/accounting';
import type { Books, Reading } from '../../domain/loop/books';
import { difference, isEmpty, type Difference } from '../../domain/network/diff';
import type { Entitlement } from '../../domain/loop/entitlement';
import { ROUTER_AWAY } from '../../domain/notices/event';
import {
  isOurs,
  isPool,
  queueOwner,
  type ActiveSession,
  type ActualNetwork,
  type DesiredDevice,
  type HotspotHost,
  type SimpleQueue,
} from '../../domain/network/network';
import { RowPasswords } from '../../domain/network/row-passwords';
import { PLAIN } from '../../domain/policy/shaping';
import { strangers } from '../../domain/network/strangers';
import { uplinkState, routerAwayMessage } from '../../domain/notices/shop-alert';
import { total } from '../../domain/usage/usage';
import type { Mac, Rates } from '../../domain/units';
import type { Session } from '../../domain/vouchers/voucher';
import {
  BooksUnavailable,
  Conflict,
  RouterRefused,
  RouterUnreachable,
  type AppError,
} from '../../errors';
import { logFailure, type Log } from '../../log';
import type { RouterClient } from '../../routeros/client';
import type { RouterRecord } from '../../store/router/router-store';
import type { Stores } from '../../store/stores';
import { Bookkeeper } from './bookkeeper';
import { ControllerLease, endedWithComputer, LeaseLost } from './controller-lease';
import { Decider } from './decider';
import { DeviceFinder, type Onlooker } from './device-finder';
import { AnotherRouter, KnownElsewhere, KnownRouter } from './known-router';
import { LoopStatus } from './loop-status';
import {
  emptyReport,
  inTheWay,
  NOT_SHARED,
  ReconcileAlerts,
  type ReconcileReport,
} from './reconcile-report';
import { silence } from './look-gap';
import type { OutageWatch } from './time/outage-watch';
import type { ShopSettings } from '../shop/shop-settings';
import { RouterLink } from './router-link';
import { RefusedLogins, type RefusalsSeen } from './refused-logins';
import { RouterWriter, takeOut, type Applied } from './router-writer';
import type { ShopWatch } from './shop-watch';

export interface ControllerOptions {
  /** Hotspot server to serve; all of them when not given. */
  hotspotServer?: string | undefined;
  /** Host and port: what a router is known by until it says its serial number. */
  address: string;
  pollMs: number;
  /** For the shop's time zone, which its owner may change while the loop runs. */
  shop: Pick<ShopSettings, 'calendar' | 'refresh'>;
  /** Speed of the line that all devices share, bit/s; `undefined` when it is not known. */
  uplinkRate?: Rates | undefined;
  /** The least time between two questions to the router for pages that grant nothing. */
  pageQuestionMs: number;
}

/** Of one device while somebody waits: a row made anew, another voucher, and a code that waits behind it. */
const MOST_LOOKS = 4;

/**
 * The one loop: read, account, decide, compare, write, note. It works from the whole state each time, so
 * a missed round, a reboot or a hand edit heals itself, and a second round right after writes nothing. Nothing
 * else in the product writes customers' access on the router.
 */
export class Controller {
  private readonly bookkeeper: Bookkeeper;
  private readonly decider: Decider;
  /** What the pages tell of this loop. */
  readonly status: LoopStatus;
  private lease: ControllerLease | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private onNudge: () => void = () => undefined;
  private staysInCharge = false;
  private link: RouterLink | undefined;
  private rowPasswords: RowPasswords | undefined;
  /** This computer went down since the last round that is in the books, and came up again. */
  private cameBack = false;
  private readonly known: KnownRouter;
  private readonly finder: DeviceFinder;
  private readonly alerts: ReconcileAlerts;
  private readonly refused = new RefusedLogins();

  constructor(
    private readonly client: RouterClient,
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly watch: ShopWatch,
    private readonly outages: OutageWatch,
    private readonly options: ControllerOptions,
  ) {
    this.status = new LoopStatus(clock);
    this.alerts = new ReconcileAlerts(stores, clock, log);
    this.bookkeeper = new Bookkeeper(stores, async (inside) => {
      await (await this.ownLease()).keep(inside.routers);
    });
    this.decider = new Decider(this.bookkeeper, options.shop);
    this.known = new KnownRouter(stores, clock, options.address);
    this.finder = new DeviceFinder(
      {
        work: async (addresses) => (await this.linked()).router.hostsAt(addresses),
        page: async (addresses) => (await this.linked()).router.hostsAt(addresses, 'page'),
      },
      clock,
      options,
    );
  }

  /** Looks at what changes slowly, such as address pools, on a router that answers; every few minutes at most. */
  async checkUp(): Promise<void> {
    await this.inTurn(async () => {
      const { link } = this;
      if (link?.identified && link.connection.isOpen) await this.watch.checkUp(link.connection);
    });
  }

  /** Resolves when no pass and no device is under way. */
  async idle(): Promise<void> {
    await this.turn;
  }

  /** Asks the running loop for a round soon; for whoever does not wait for the outcome. */
  nudge(): void {
    this.onNudge();
  }

  /** From now on this process stays the controller between rounds. @param onNudge a round is wanted soon */
  takeCharge(onNudge: () => void): void {
    this.staysInCharge = true;
    this.onNudge = onNudge;
  }

  /** Another program may have the router now. */
  async leave(): Promise<void> {
    this.staysInCharge = false;
    this.onNudge = () => undefined;
    await this.lease?.drop();
  }

  /**
   * One round, here or, when a server is running beside this process, there.
   * @param confirm goes on past the safety catch
   */
  async reconcileAnywhere(confirm = false): Promise<ReconcileReport> {
    const lease = await this.ownLease();
    for (;;) {
      while (await lease.isElsewhere()) {
        const report = await lease.ask(confirm);
        if (report !== undefined) return JSON.parse(report) as ReconcileReport;
      }
      try {
        const report = await this.reconcileIfOurs(confirm);
        if (report) return report; // otherwise another command was quicker
      } finally {
        // A command gives the right back at once; a server keeps it.
        if (!this.staysInCharge) await lease.drop();
      }
    }
  }

  /** Whether another process, a running server mostly, is the controller now. */
  async isControlledElsewhere(): Promise<boolean> {
    return (await this.ownLease()).isElsewhere();
  }

  /** One round of the loop. A router that is away or refuses is reported, not thrown. */
  async reconcile(confirm = false): Promise<ReconcileReport> {
    const report = await this.reconcileIfOurs(confirm);
    if (report) return report;
    const messages = ['Another process is the controller of this router'];
    return { ...emptyReport(this.clock.now()), messages };
  }

  /** One round; `undefined` where another process is the controller. */
  reconcileIfOurs(confirm: boolean): Promise<ReconcileReport | undefined> {
    return this.inTurn(async () => {
      const lease = await this.ownLease();
      const record = await this.stores.routers.get(lease.routerId);
      if (!(await lease.take(record))) {
        this.status.elsewhere();
        return undefined;
      }
      this.bookkeeper.otherRowsWritten(1);
      this.cameBack ||= endedWithComputer(record);
      if (!lease.isOwn(record)) this.outages.forget();
      const report = emptyReport(this.clock.now());
      const sentencesBefore = this.client.sentences;
      const asked = record.asked > record.served;
      try {
        await this.reconcileAll(
          record,
          report,
          confirm || (asked && record.confirmed > record.served),
        );
        await this.stores.journal.clear(ROUTER_AWAY, '', this.clock.now());
        this.status.reconciled(report);
      } catch (error) {
        if (!(error instanceof RouterUnreachable || error instanceof RouterRefused)) throw error;
        this.outages.forget();
        await this.failed(error, report, record);
      }
      report.sentences = this.client.sentences - sentencesBefore;
      if (asked) await this.stores.routers.serve(record.id, record.asked, JSON.stringify(report));
      return report;
    });
  }

  /** Who has this address, by the router's own host table. @throws RouterUnreachable, RouterRefused */
  async whoIsAt(address: string): Promise<HotspotHost | undefined> {
    return this.finder.now(address);
  }

  /**
   * The same for pages that grant nothing: by the router's table of the last round, where the router cannot
   * be asked at once.
   * @throws RouterUnreachable, RouterRefused
   */
  async whoWasAt(address: string): Promise<Onlooker | undefined> {
    return this.finder.lately(address);
  }

  /** Sessions, by `holdName`, under which the router lets nobody in just now. */
  get refusedHolds(): ReadonlySet<string> {
    return this.refused.holds;
  }

  /**
   * The loop for one device, now: for a customer who waits at the portal. Returns once the device is in at
   * this address, or nothing in the books lets it in; a new voucher then stands in line behind the running one.
   * @throws RouterUnreachable or RouterRefused when it could not be let in
   */
  async reconcileDevice(host: HotspotHost): Promise<void> {
    // The first look at a router is a whole one: who it is and what stands on it matters to everyone.
    const { identified, foreignQueues } = await this.linked();
    const first = identified && foreignQueues ? undefined : await this.reconcile();
    await this.inTurn(async () => {
      for (let looksLeft = MOST_LOOKS - 1; ; looksLeft -= 1) {
        if (await this.reconcileOne(host, first, looksLeft > 0)) return;
      }
    });
  }

  /** @returns false when another round is worth it; never where none `mayFollow` */
  private async reconcileOne(
    host: HotspotHost,
    first: ReconcileReport | undefined,
    mayFollow: boolean,
  ): Promise<boolean> {
    this.finder.forget(host.queueAddress);
    const link = await this.linked();
    if (!link.identified || !link.foreignQueues) {
      throw new RouterUnreachable(first?.messages[0] ?? 'The router cannot be reached');
    }
    const lease = await this.ownLease();
    const record = await this.stores.routers.get(lease.routerId);
    if (!(await lease.take(record))) {
      throw new RouterUnreachable('Another program is in charge of the router just now');
    }
    this.bookkeeper.otherRowsWritten(1);
    const { sessions } = await this.bookkeeper.open();
    const codes = new Set(sessions.filter(({ mac }) => mac === host.mac).map(({ code }) => code));
    const actual = await link.router.observeDevice(host, [...codes]);
    refuseStrangers(host, actual, codes);
    // Everyone else's queues are known from the last whole round; ours come first, their order is the round's.
    actual.queues = [...actual.queues.filter(isOfDevice), ...link.foreignQueues];
    const now = this.clock.now();
    const look = { at: now, previousAt: record.observedAt, boot: record.boot };
    const { recorded, entitlement, accounts } = await this.decider.decide(actual, look, {
      only: host.mac,
      askedFrom: host.address,
      refused: this.refused.holds,
      mayGetTime: await this.outages.mayGiveBack(record.id),
    });
    this.status.counted(accounts.usage);
    const desired = { ...entitlement.desired, pool: link.uplink.pool };
    const diff = withoutPool(
      difference(desired, actual, entitlement.departures, await this.passwords(), host.address),
    );
    const { applied, seen } = await this.apply(link, diff, actual, recorded, entitlement, look);
    this.nudge();
    if (mayFollow && seen.isWorthAnother) return false;
    const refusal = applied.refusals[0];
    if (refusal) throw refusal.error;
    if (diff.conflicts.length > 0) throw new RouterRefused(inTheWay(diff.conflicts));
    const wanted = desired.devices.find(({ mac }) => mac === host.mac);
    this.finder.saw(host.queueAddress, { ...host, authorized: wanted !== undefined });
    if (!wanted) return true;
    if (!isIn(wanted, actual, diff, applied)) {
      throw new RouterUnreachable('The router did not let the device in');
    }
    // A code that was typed while nothing served gets its place behind what serves now.
    const isTyped = ({ mac, code, state }: Session) =>
      mac === host.mac && code !== wanted.code && state === 'pending';
    return !(mayFollow && recorded.sessions.some(isTyped));
  }

  private async reconcileAll(
    found: RouterRecord,
    report: ReconcileReport,
    confirm: boolean,
  ): Promise<void> {
    await this.options.shop.refresh();
    const link = await this.linked();
    const record = await this.identify(link, found, report, confirm);
    await link.uplink.refresh();
    const [actual, wan] = await Promise.all([
      link.router.observe(link.isShapingDue(this.clock.elapsedMs())),
      this.watch.readWan(link.connection),
    ]);
    this.finder.sawAll(actual.hosts);
    link.foreignQueues = actual.queues.filter((queue) => queue.dynamic || !isOfDevice(queue));
    const now = this.clock.now();
    const { uptimeMs } = actual;
    const { boot, jumpMs, elapsedMs } = this.known.compareWithLast(record, uptimeMs, now);
    await this.watch.noteWan(wan);
    const isNews = { restarted: boot !== record.boot, isFirst: record.uptimeMs === null };
    const looks = { elapsedMs, uptimeMs, at: now, ...isNews, watched: this.cameBack };
    const outages = await this.outages.find(record.id, looks, uplinkState(wan), jumpMs);
    const look = { at: now, previousAt: moved(record.observedAt, jumpMs), boot };
    const { recorded, entitlement, accounts, before } = await this.decider.decide(actual, look, {
      refused: this.refused.holds,
      jumpMs,
      outages,
      record: {
        routerId: record.id,
        boot,
        uptimeMs,
        at: now,
        ...silence(look.previousAt, now, this.options.pollMs),
      },
    });
    this.status.counted(accounts.usage);
    this.refused.keepOnly(recorded.sessions);
    this.known.observed(now);
    this.cameBack = false;
    if (jumpMs !== 0) await this.alerts.noteJump(report, jumpMs);

    report.devices = entitlement.desired.devices.length;
    report.accountedBytes = accounts.usage.reduce((sum, { bytes }) => sum + total(bytes), 0);
    report.reviewAt = entitlement.reviewAt?.toISOString() ?? null;
    const desired = { ...entitlement.desired, pool: link.uplink.pool };
    link.isShapingUsed =
      desired.pool !== null || desired.devices.some(({ shaping }) => shaping !== PLAIN);
    const diff = difference(desired, actual, entitlement.departures, await this.passwords());
    if (!confirm && (await this.alerts.isHeldBack(report, diff, actual, entitlement))) return;
    await this.alerts.noteConflicts(report, diff);
    await this.alerts.noteStrangers(
      report,
      strangers(diff.removeActive, desired.users, before.sessions),
    );
    const { uplinkRate } = this.options;
    if (uplinkRate) await this.alerts.noteOversold(report, desired, actual, uplinkRate);
    else await this.alerts.forgetUplink();
    if (desired.pool) await this.stores.journal.clear(NOT_SHARED, '', now);
    await this.alerts.noteRestored(report, diff, before);
    if (isEmpty(diff) && entitlement.departures.length === 0) {
      return this.alerts.noteRefused(report, this.refused.held);
    }
    const { applied, seen } = await this.apply(link, diff, actual, recorded, entitlement, look);
    await this.alerts.noteRefused(report, this.refused.held, seen);
    await this.noteSharing(link, applied, report);
    report.changed = new Set(applied.writes.map(({ subject }) => subject)).size;
    report.writes = applied.writes.length;
    report.errors += applied.refusals.length;
    report.messages.push(...applied.refusals.map(({ error }) => error.message));
  }

  private async apply(
    link: RouterLink,
    diff: Difference,
    actual: ActualNetwork,
    books: Books,
    { departures, candidates }: Entitlement,
    look: ObservationTimes,
  ): Promise<{ applied: Applied; seen: RefusalsSeen }> {
    let known = books;
    const readCounters = async (queues: readonly SimpleQueue[]) => {
      // Only the queue whose reading we keep counts; a double somebody made of it does not.
      const seen = (await link.router.counters(queues)).filter(
        (queue) => readingOf(known, queue)?.counter.queueId === queue.id,
      );
      const accounts = account(known, seen, [], look, this.options.shop.calendar());
      known = await this.bookkeeper.record(post(known, accounts), accounts, look.at);
      this.status.counted(accounts.usage);
    };
    const writer = new RouterWriter(link.router, link.profiles);
    let isComplete = false;
    let seen: RefusalsSeen;
    try {
      await writer.apply(diff, readCounters);
      const elapsedMs = this.clock.elapsedMs();
      seen = this.refused.note(writer.applied, actual.users, candidates, elapsedMs);
      await writer.removeUsers(seen.renewed);
      isComplete = true;
    } finally {
      // What was done before a connection was lost was done all the same.
      const gone = isComplete ? departures : [];
      try {
        await this.bookkeeper.recordApplied(known, gone, writer.applied, this.clock.now());
      } catch (error) {
        if (error instanceof BooksUnavailable) await takeOut(link.router, letInAnew(known, writer));
        throw error;
      }
    }
    if (seen.renewed.length > 0) link.profiles.clear(); // their profile may be what is wrong
    if (seen.isWorthAnother) this.nudge();
    return { applied: writer.applied, seen };
  }

  /** Who answers? Another router on the same address must not be filled with this one's customers. */
  private async identify(
    link: RouterLink,
    record: RouterRecord,
    report: ReconcileReport,
    confirm: boolean,
  ): Promise<RouterRecord> {
    if (link.identified) return record;
    try {
      const known = await this.known.identify(link.router, record, confirm);
      await this.stores.journal.clear('another router', '', this.clock.now());
      for (const name of known.profiles) link.profiles.add(name);
      link.identified = true;
      return known.record;
    } catch (error) {
      if (error instanceof AnotherRouter) {
        report.skipped += 1;
        await this.alerts.alert(report, 'another router', '', error.message);
      }
      // Its history is in another record: the next round takes that one's lease and goes on there.
      if (error instanceof KnownElsewhere) {
        this.lease = undefined;
        this.nudge();
      }
      throw error;
    }
  }

  /** Customers must get in, shared line or not. */
  private async noteSharing(
    { uplink }: RouterLink,
    applied: Applied,
    report: ReconcileReport,
  ): Promise<void> {
    const refused = applied.refusals.find(({ what }) => what.startsWith('shared queue'));
    if (!refused) return;
    uplink.giveUp();
    this.nudge();
    const message = `The router does not take the queue of the line (LINE_RATE), so nobody shares for a while: ${refused.error.message}`;
    await this.alerts.alert(report, NOT_SHARED, '', message);
  }

  private async failed(
    error: AppError,
    report: ReconcileReport,
    { id, observedAt }: RouterRecord,
  ): Promise<void> {
    report.errors += 1;
    if (error instanceof LeaseLost) this.status.elsewhere();
    else this.status.reconciled(report, error instanceof RouterRefused ? 'refused' : 'silent');
    if (!report.messages.includes(error.message)) report.messages.push(error.message);
    if (error instanceof LeaseLost || error instanceof AnotherRouter) return;
    if (error instanceof RouterUnreachable) {
      await this.outages.unreachable(id, observedAt, this.clock.now());
    } else this.outages.answered(this.clock.now());
    const message = routerAwayMessage(error.message, error instanceof RouterRefused);
    const isNew = await this.stores.journal.raise(ROUTER_AWAY, '', message, this.clock.now());
    if (isNew)
      this.log.warn({ reason: error.message }, 'the router is away; customers stay as they are');
  }

  /** Whether another process asks for a round. */
  async isAsked(): Promise<boolean> {
    try {
      const { asked, served } = await this.stores.routers.get((await this.ownLease()).routerId);
      return asked > served;
    } catch (error) {
      logFailure(this.log, error, 'the database did not answer');
      return false;
    }
  }

  private async passwords(): Promise<RowPasswords> {
    this.rowPasswords ??= new RowPasswords(await this.stores.settings.secret('router passwords'));
    return this.rowPasswords;
  }

  private async ownLease(): Promise<ControllerLease> {
    if (this.lease) return this.lease;
    const record = await this.stores.routers.at(this.options.address);
    const leaseMs = Math.max(60_000, this.options.pollMs * 3);
    this.lease = new ControllerLease(this.stores.routers, record.id, this.clock, leaseMs);
    return this.lease;
  }

  private async linked(): Promise<RouterLink> {
    const connection = await this.client.connected();
    if (this.link?.connection !== connection) {
      this.link = new RouterLink(connection, this.clock, this.options);
    }
    return this.link;
  }

  /** One at a time: passes and single devices never overlap. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }
}

/** Whether a device is in by what was seen and what was done since. */
function isIn(
  { mac, code }: DesiredDevice,
  { active }: ActualNetwork,
  { removeActive }: Difference,
  { letIn }: Applied,
): boolean {
  const isOwn = (session: ActiveSession) => session.mac === mac && session.user === code;
  return (
    letIn.some((one) => one.mac === mac) ||
    active.some((session) => isOwn(session) && !removeActive.includes(session))
  );
}

/** What a round showed before the clock was set, as it reads now. */
function moved(at: Date | null, jumpMs: number): Date | null {
  return at && new Date(at.getTime() + jumpMs);
}

/** Devices that are on the router now, and not in the books: vouchers that were only held for them. */
function letInAnew({ sessions }: Books, { applied }: RouterWriter): { mac: Mac; code: string }[] {
  const touched = new Set<string>(applied.writes.map(({ subject }) => subject));
  const isIn = ({ code, mac }: Session) => touched.has(code) || touched.has(mac);
  const open = sessions.filter(({ state }) => state === 'open');
  const inUse = new Set<string>(open.flatMap(({ code, mac }) => [code, mac]));
  return sessions.filter(
    (session) =>
      session.state === 'pending' &&
      isIn(session) &&
      !inUse.has(session.code) &&
      !inUse.has(session.mac),
  );
}

function isOfDevice(queue: SimpleQueue): boolean {
  return isOurs(queue) && !isPool(queue);
}

/** The queue of the line is the round's business: of one device's look it is only what stands above. */
function withoutPool(diff: Difference): Difference {
  const ofDevices = ({ queue }: Difference['moveQueues'][number]) => isOfDevice(queue);
  const moveQueues = diff.moveQueues.filter(ofDevices);
  return { ...diff, addPool: [], setPool: [], removePools: [], moveQueues };
}

function readingOf(books: Books, queue: SimpleQueue): Reading | undefined {
  const mac = queueOwner(queue);
  return mac && books.readings.get(mac);
}

/**
 * A device that is let through by an ip-binding, or is in as somebody else's hotspot user, needs no voucher
 * and would not run one: better told than sold.
 */
function refuseStrangers(
  host: HotspotHost,
  { active, users }: ActualNetwork,
  codes: ReadonlySet<string>,
): void {
  const ours = new Set([...codes, ...users.filter(isOurs).map(({ name }) => name)]);
  const isOther = active.some(({ user, mac }) => mac === host.mac && !ours.has(user));
  if (!host.bypassed && !isOther) return;
  throw new Conflict('This device is online already, without a voucher');
}
