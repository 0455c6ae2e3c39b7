import type { Clock } from '../clock';
import { account, catchUpUptime, post, type Accounts, type Look } from '../domain/accounting';
import type { Books, Reading } from '../domain/books';
import { difference, isEmpty, type Difference } from '../domain/diff';
import { entitle, type Entitlement } from '../domain/entitlement';
import { ROUTER_AWAY } from '../domain/event';
import {
  isOurs,
  isPool,
  type DesiredNetwork,
  type DesiredPool,
  presences,
  queueOwner,
  type ActualNetwork,
  type HotspotHost,
  type SimpleQueue,
} from '../domain/network';
import { massRemoval } from '../domain/safety-catch';
import { shiftClocks } from '../domain/shop-clock';
import { PLAIN, promisedRates } from '../domain/shaping';
import { total } from '../domain/usage';
import { formatRates, type Mac, type Rates } from '../domain/units';
import type { Session } from '../domain/voucher';
import { Conflict, RouterRefused, RouterUnreachable, type AppError } from '../errors';
import type { Log } from '../log';
import type { RouterClient } from '../routeros/client';
import type { ApiConnection } from '../routeros/connection';
import { Router } from '../routeros/router';
import type { RouterRecord } from '../store/router-store';
import type { Stores } from '../store/stores';
import { Bookkeeper, StaleBooks, type LookRecord } from './bookkeeper';
import { ControllerLease, endedWithComputer, LeaseLost } from './controller-lease';
import { AnotherRouter, KnownElsewhere, KnownRouter } from './known-router';
import { silence } from './look-gap';
import { LoopTimer } from './loop-timer';
import type { OutageFindings, OutageWatch } from './outage-watch';
import type { ShopSettings } from './shop-settings';
import { RouterWriter, stuckAtCeiling, type Applied } from './router-writer';
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
  lineRate?: Rates | undefined;
}

/** What one pass did; the shape of `reconcile --once --json`. */
export interface PassReport {
  at: string;
  /** Devices that may be online now. */
  devices: number;
  accountedBytes: number;
  /** Rows on the router that were made, changed or taken away. */
  changed: number;
  writes: number;
  sentences: number;
  /** Writes held back by the safety catch. */
  skipped: number;
  errors: number;
  /** What an operator should read, in plain words. */
  messages: string[];
  /** When the next look is due for the sake of what changes by itself. */
  reviewAt: string | null;
}

/**
 * What we know of the router at the other end of one connection. Another connection may reach another
 * router, or one that was reset, so nothing of this outlives it, and a pass never changes connection.
 */
interface Link {
  connection: ApiConnection;
  router: Router;
  /** Names of profiles known to be there. */
  profiles: Set<string>;
  /** It is the router the books are of. */
  identified: boolean;
  /** Somebody else's queues at the last whole look: what a new queue may have to stand above. */
  foreignQueues: SimpleQueue[] | undefined;
  /** Where the customers come in; asked for when they share a line. */
  interfaces: string[];
  /** Whether queues were more than plain at the last look, and when that was last looked at. */
  shaped: { isUsed: boolean; seenAtMs: number };
}

/** Never sooner than this after a pass: what a device can use in it is how far it can overshoot a cap. */
const SHORTEST_REST_MS = 1_000;
/** How often a decision is made anew because the books changed under it. */
const MOST_ATTEMPTS = 5;
/** How soon a burst or a priority somebody gave to a plain queue of ours is seen, and taken away. */
const SHAPING_SEEN_MS = 60_000;
/** How often the loop looks whether another process asks for a pass. */
const ASKED_MS = 500;

/**
 * The one loop: read, account, decide, compare, write, note. It works from the whole state each time, so
 * a missed pass, a reboot or a hand edit heals itself, and a pass after a pass writes nothing. Nothing
 * else in the product writes customers' access on the router.
 */
export class NetworkController {
  private readonly bookkeeper: Bookkeeper;
  private lease: ControllerLease | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private wake: () => void = () => undefined;
  private isNudged = false;
  private isRunning = false;
  private isElsewhere: boolean | undefined;
  private link: Link | undefined;
  private readonly known: KnownRouter;
  private readonly timer: LoopTimer;

  constructor(
    private readonly client: RouterClient,
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly watch: ShopWatch,
    private readonly outages: OutageWatch,
    private readonly options: ControllerOptions,
  ) {
    this.timer = new LoopTimer(clock, options.pollMs);
    this.bookkeeper = new Bookkeeper(stores, async (inside) => {
      await (await this.ownLease()).keep(inside.routers);
    });
    this.known = new KnownRouter(stores, clock, options.address);
  }

  /** Passes until the signal; stops between passes and leaves customers online. */
  async run(signal: AbortSignal): Promise<void> {
    this.isRunning = true;
    this.timer.mark();
    const watchingTime = this.watchTime(signal);
    try {
      while (!signal.aborted) {
        const began = this.timer.mark();
        const report = await this.passIfOurs(false).catch((error: unknown) => {
          this.log.error({ err: error }, 'a pass failed');
          return null;
        });
        await this.lookAround(report, Math.max(began, this.timer.mark()));
        this.noteOther(report === undefined);
        await this.rest(report?.reviewAt ?? null, signal);
      }
    } finally {
      this.isRunning = false;
      await watchingTime;
      await this.lease?.drop();
    }
  }

  /** Beside the passes: what changes slowly, and whether they come in time. */
  private async lookAround(report: PassReport | null | undefined, lateMs: number): Promise<void> {
    try {
      await this.watch.noteLateness(lateMs, this.options.pollMs);
      if (report?.errors === 0) await this.checkUp();
    } catch (error) {
      if (error instanceof RouterUnreachable) return; // the next pass says so
      this.log.error({ err: error }, 'the loop could not look around');
    }
  }

  /** Looks at what changes slowly, such as address pools; every few minutes at most. */
  async checkUp(): Promise<void> {
    await this.inTurn(async () => this.watch.checkUp((await this.linked()).connection));
  }

  /** A pass that hangs cannot say so itself. */
  private async watchTime(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.clock.wait(this.timer.patienceMs / 2, signal);
      const lateMs = this.timer.lateMs();
      if (lateMs === 0 || signal.aborted) continue;
      await this.watch.noteLateness(lateMs, this.options.pollMs).catch((error: unknown) => {
        this.log.error({ err: error }, 'the loop is late, and that could not be noted');
      });
    }
  }

  /** Says once that another program does the work, and once that it is ours again. */
  private noteOther(isElsewhere: boolean): void {
    if (isElsewhere === this.isElsewhere) return;
    this.isElsewhere = isElsewhere;
    if (isElsewhere) this.log.warn('another program is in charge of the router; this one waits');
    else this.log.info('this program is in charge of the router');
  }

  /** Resolves when no pass and no device is under way. */
  async idle(): Promise<void> {
    await this.turn;
  }

  /** Asks the running loop for a pass soon; for whoever does not wait for the outcome. */
  nudge(): void {
    this.isNudged = true;
    this.wake();
  }

  /**
   * One pass, here or, when a server is running beside this process, there.
   * @param confirm goes on past the safety catch
   */
  async passAnywhere(confirm = false): Promise<PassReport> {
    const lease = await this.ownLease();
    for (;;) {
      while (await lease.isElsewhere()) {
        const report = await lease.ask(confirm);
        if (report !== undefined) return JSON.parse(report) as PassReport;
      }
      try {
        const report = await this.passIfOurs(confirm);
        if (report) return report; // otherwise another command was quicker
      } finally {
        // A command gives the right back at once; a server keeps it.
        if (!this.isRunning) await lease.drop();
      }
    }
  }

  /** Whether another process, a running server mostly, is the controller now. */
  async isControlledElsewhere(): Promise<boolean> {
    return (await this.ownLease()).isElsewhere();
  }

  /** One pass of the loop. A router that is away or refuses is reported, not thrown. */
  async pass(confirm = false): Promise<PassReport> {
    const report = await this.passIfOurs(confirm);
    if (report) return report;
    const messages = ['Another process is the controller of this router'];
    return { ...emptyReport(this.clock.now()), messages };
  }

  private passIfOurs(confirm: boolean): Promise<PassReport | undefined> {
    return this.inTurn(async () => {
      const lease = await this.ownLease();
      const record = await this.stores.routers.get(lease.routerId);
      if (!(await lease.take(record))) return undefined;
      this.bookkeeper.otherRowsWritten(1);
      if (!lease.isOwn(record)) this.outages.forget();
      const report = emptyReport(this.clock.now());
      const sentencesBefore = this.client.sentences;
      const asked = record.asked > record.served;
      try {
        await this.look(record, report, confirm || (asked && record.confirmed > record.served));
        await this.stores.journal.clear(ROUTER_AWAY, '', this.clock.now());
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
    return (await this.linked()).router.hostAt(address);
  }

  /**
   * The loop for one device, now: for a customer who waits at the portal. Returns once the device is in,
   * or its new voucher stands in line behind the running one.
   * @throws RouterUnreachable or RouterRefused when it could not be let in
   */
  async settle(host: HotspotHost): Promise<void> {
    // The first look at a router is a whole one: who it is and what stands on it matters to everyone.
    const { identified, foreignQueues } = await this.linked();
    const first = identified && foreignQueues ? undefined : await this.pass();
    await this.inTurn(() => this.settleDevice(host, first));
  }

  private async settleDevice(host: HotspotHost, first: PassReport | undefined): Promise<void> {
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
    // Everyone else's queues are known from the last whole look; ours come first, their order is the pass's.
    actual.queues = [...actual.queues.filter(isOfDevice), ...link.foreignQueues];
    const now = this.clock.now();
    const look = { at: now, previousAt: record.lookedAt, boot: record.boot };
    const { recorded, entitlement } = await this.decide(actual, look, { only: host.mac });
    const desired = { ...entitlement.desired, pool: this.pool(link) };
    const diff = difference(desired, actual, entitlement.departures);
    const applied = await this.apply(link, diff, recorded, entitlement.departures, look);
    this.nudge();
    const refusal = applied.refusals[0];
    if (refusal) throw refusal.error;
    if (diff.conflicts.length > 0) throw new RouterRefused(inTheWay(diff.conflicts));
  }

  /**
   * From what was seen to what should be: counters are accounted, everyone's right is decided, and both
   * are in the books. When somebody changed the books meanwhile, all of it is done again on the new ones.
   */
  private async decide(
    actual: ActualNetwork,
    look: Look,
    scope: {
      only?: Mac;
      jumpMs?: number;
      record?: LookRecord;
      outages?: OutageFindings | undefined;
    },
  ): Promise<{ recorded: Books; entitlement: Entitlement; accounts: Accounts; before: Books }> {
    for (let attempt = 1; ; attempt += 1) {
      const opened = await this.bookkeeper.open();
      const shifted = scope.jumpMs ? shiftClocks(opened, scope.jumpMs) : undefined;
      const given = scope.outages?.giveBack(shifted?.books ?? opened);
      const before = given?.books ?? shifted?.books ?? opened;
      const accounts = account(
        before,
        actual.queues,
        actual.active,
        look,
        this.options.shop.calendar(),
      );
      catchUpUptime(before, accounts, actual.users);
      const posted = post(before, accounts);
      const entitlement = this.entitle(posted, actual, look.at, scope.only);
      try {
        const recorded = await this.bookkeeper.record(posted, accounts, look.at, {
          entitlement,
          ...(scope.record && { look: scope.record }),
          ...(shifted && { shifted: { ...shifted, jumpMs: scope.jumpMs! } }),
          ...(given && { given }),
        });
        return { recorded, entitlement, accounts, before };
      } catch (error) {
        if (!(error instanceof StaleBooks) || attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }

  private entitle(books: Books, actual: ActualNetwork, now: Date, only?: Mac): Entitlement {
    const sessions = only ? connectedSessions(books.sessions, only) : books.sessions;
    const whole = entitle(
      { ...books, sessions },
      presences(actual),
      now,
      this.options.shop.calendar(),
    );
    if (!only) return whole;
    // Other devices of these vouchers were not looked at: what happens to them is the pass's to say.
    const own = new Set(sessions.filter(({ mac }) => mac === only).map(({ id }) => id));
    return {
      ...whole,
      departures: whole.departures.filter(({ mac }) => mac === only),
      sessions: whole.sessions.filter(({ id }) => own.has(id)),
      readings: whole.readings.filter(({ mac }) => mac === only),
      speeds: {
        changes: whole.speeds.changes.filter(({ mac }) => mac === only),
        over: whole.speeds.over.filter((mac) => mac === only),
      },
    };
  }

  private async look(found: RouterRecord, report: PassReport, confirm: boolean): Promise<void> {
    await this.options.shop.refresh();
    const link = await this.linked();
    const record = await this.identify(link, found, report, confirm);
    const [actual, wan] = await Promise.all([
      link.router.observe(this.isShapingDue(link)),
      this.watch.readWan(link.connection),
    ]);
    link.foreignQueues = actual.queues.filter((queue) => queue.dynamic || !isOfDevice(queue));
    const now = this.clock.now();
    const { uptimeMs } = actual;
    const { boot, jumpMs, elapsedMs } = this.known.compareWithLast(record, uptimeMs, now);
    if (jumpMs !== 0) await this.noteJump(jumpMs, report);
    await this.watch.noteWan(wan);
    const looks = { elapsedMs, uptimeMs, at: now, restarted: boot !== record.boot };
    const watched = endedWithComputer(found);
    const outages = await this.outages.find(record.id, { ...looks, watched }, wan, jumpMs);
    const look = { at: now, previousAt: moved(record.lookedAt, jumpMs), boot };
    const { recorded, entitlement, accounts, before } = await this.decide(actual, look, {
      jumpMs,
      outages,
      record: {
        routerId: record.id,
        boot,
        uptimeMs,
        at: now,
        ...silence(record, now, this.options),
      },
    });
    this.known.looked(now);

    report.devices = entitlement.desired.devices.length;
    report.accountedBytes = accounts.usage.reduce((sum, { bytes }) => sum + total(bytes), 0);
    report.reviewAt = entitlement.reviewAt?.toISOString() ?? null;
    const desired = { ...entitlement.desired, pool: this.pool(link) };
    link.shaped.isUsed =
      desired.pool !== null || desired.devices.some(({ shaping }) => shaping !== PLAIN);
    const diff = difference(desired, actual, entitlement.departures);
    if (!confirm && (await this.isHeldBack(diff, actual, entitlement, report))) return;
    await this.noteConflicts(diff, report);
    await this.noteOversold(entitlement.desired, actual, report);
    await this.noteRestored(diff, before, report);
    if (isEmpty(diff) && entitlement.departures.length === 0) return;
    const applied = await this.apply(link, diff, recorded, entitlement.departures, look);
    report.changed = new Set(applied.writes.map(({ subject }) => subject)).size;
    report.writes = applied.writes.length;
    report.errors += applied.refusals.length;
    report.messages.push(...applied.refusals.map(({ error }) => error.message));
  }

  private async noteJump(jumpMs: number, report: PassReport): Promise<void> {
    const minutes = Math.round(jumpMs / 60_000);
    const message = `This computer's clock was set by ${minutes} minutes. Running vouchers were moved along, so nobody lost time; check the date.`;
    await this.alert(report, 'clock was set', this.clock.now().toISOString(), message);
  }

  private async apply(
    link: Link,
    diff: Difference,
    books: Books,
    departures: Entitlement['departures'],
    look: Look,
  ): Promise<Applied> {
    let known = books;
    const readCounters = async (queues: readonly SimpleQueue[]) => {
      // Only the queue whose reading we keep counts; a double somebody made of it does not.
      const seen = (await link.router.counters(queues)).filter(
        (queue) => readingOf(known, queue)?.counter.queueId === queue.id,
      );
      const accounts = account(known, seen, [], look, this.options.shop.calendar());
      known = await this.bookkeeper.record(post(known, accounts), accounts, look.at);
    };
    const writer = new RouterWriter(link.router, link.profiles);
    let isComplete = false;
    try {
      await writer.apply(diff, readCounters);
      isComplete = true;
    } finally {
      // What was done before a connection was lost was done all the same.
      const gone = isComplete ? departures : [];
      await this.bookkeeper.recordApplied(known, gone, writer.applied, this.clock.now());
    }
    for (const code of stuckAtCeiling(writer.applied)) await this.loosen(link.router, code);
    return writer.applied;
  }

  /**
   * The router counts differently from the queue and refuses a voucher whose books still grant
   * something: its user row is made anew, counted from now, in the next pass.
   */
  private async loosen(router: Router, code: string): Promise<void> {
    const user = (await router.observe()).users.find(({ name }) => name === code);
    if (user && isOurs(user)) await router.removeUser(user.id);
    this.nudge();
  }

  /** Who answers? Another router on the same address must not be filled with this one's customers. */
  private async identify(
    link: Link,
    record: RouterRecord,
    report: PassReport,
    confirm: boolean,
  ): Promise<RouterRecord> {
    if (link.identified) return record;
    try {
      const known = await this.known.identify(link.router, record, confirm);
      await this.stores.journal.clear('another router', '', this.clock.now());
      for (const name of known.profiles) link.profiles.add(name);
      if (this.options.lineRate) link.interfaces = await this.customerInterfaces(link.router);
      link.identified = true;
      return known.record;
    } catch (error) {
      if (error instanceof AnotherRouter) {
        report.skipped += 1;
        await this.alert(report, 'another router', '', error.message);
      }
      // Its history is in another record: the next pass takes that one's lease and goes on there.
      if (error instanceof KnownElsewhere) {
        this.lease = undefined;
        this.nudge();
      }
      throw error;
    }
  }

  private async customerInterfaces(router: Router): Promise<string[]> {
    const { hotspotServer } = this.options;
    const servers = await router.hotspotServers();
    const ours = servers.filter(
      ({ name, disabled }) => !disabled && (!hotspotServer || name === hotspotServer),
    );
    return [...new Set(ours.map((server) => server.interface))].sort();
  }

  /** Where no plan shapes more than the speed, what others did to our queues is looked at now and then. */
  private isShapingDue({ shaped }: Link): boolean {
    const now = this.clock.elapsedMs();
    const isDue = shaped.isUsed || now - shaped.seenAtMs >= SHAPING_SEEN_MS;
    if (isDue) shaped.seenAtMs = now;
    return isDue;
  }

  private pool({ interfaces }: Link): DesiredPool | null {
    const { lineRate } = this.options;
    return lineRate && interfaces.length > 0 ? { interfaces, rate: lineRate } : null;
  }

  private async isHeldBack(
    diff: Difference,
    actual: ActualNetwork,
    entitlement: Entitlement,
    report: PassReport,
  ): Promise<boolean> {
    const question = massRemoval(diff, actual, entitlement);
    if (!question) {
      await this.stores.journal.clear('mass removal', '', this.clock.now());
      return false;
    }
    report.skipped += diff.removeUsers.length + diff.removeQueues.length;
    await this.alert(report, 'mass removal', '', question);
    return true;
  }

  /** More was promised than the line has: then nobody gets what contention promises. */
  private async noteOversold(
    { devices }: DesiredNetwork,
    { active }: ActualNetwork,
    report: PassReport,
  ): Promise<void> {
    const { lineRate } = this.options;
    if (!lineRate) return;
    const online = new Set(active.map(({ mac }) => mac));
    const shapings = devices.filter(({ mac }) => online.has(mac)).map(({ shaping }) => shaping);
    const promised = promisedRates(shapings);
    if (promised.up <= lineRate.up && promised.down <= lineRate.down) {
      await this.stores.journal.clear('oversold', '', this.clock.now());
      return;
    }
    const message = `Customers online now were promised ${formatRates(promised)} together, and the line has ${formatRates(lineRate)}: sell fewer at once, or plans with a higher contention.`;
    await this.alert(report, 'oversold', '', message);
  }

  private async noteConflicts(diff: Difference, report: PassReport): Promise<void> {
    for (const conflict of diff.conflicts) {
      report.errors += 1;
      await this.alert(report, 'name taken', conflict, inTheWay([conflict]));
    }
    await this.stores.journal.clearOthers('name taken', diff.conflicts, this.clock.now());
  }

  /** Rows of devices that were in already, and are missing: somebody or something took them away. */
  private async noteRestored(diff: Difference, books: Books, report: PassReport): Promise<void> {
    const were = new Set<Mac>(books.sessions.filter((one) => one.onRouter).map(({ mac }) => mac));
    const restored = diff.addQueues.filter(({ mac }) => were.has(mac)).length;
    if (restored < 10 || restored * 2 < were.size) return;
    const subject = this.clock.now().toISOString();
    const message = `${restored} queues were missing on the router and are put back. Was it reset, or did somebody delete them?`;
    await this.alert(report, 'rows put back', subject, message);
  }

  private async failed(
    error: AppError,
    report: PassReport,
    { id, lookedAt }: RouterRecord,
  ): Promise<void> {
    report.errors += 1;
    if (!report.messages.includes(error.message)) report.messages.push(error.message);
    if (error instanceof LeaseLost || error instanceof AnotherRouter) return;
    if (error instanceof RouterUnreachable) {
      await this.outages.unreachable(id, lookedAt, this.clock.now());
    } else await this.outages.answered(id);
    const isNew = await this.stores.journal.raise(ROUTER_AWAY, '', error.message, this.clock.now());
    if (isNew)
      this.log.warn({ reason: error.message }, 'the router is away; customers stay as they are');
  }

  private async alert(
    report: PassReport,
    kind: string,
    subject: string,
    message: string,
  ): Promise<void> {
    report.messages.push(message);
    const isNew = await this.stores.journal.raise(kind, subject, message, this.clock.now());
    if (isNew) this.log.warn({ kind }, message);
  }

  private async rest(reviewAt: string | null, signal: AbortSignal): Promise<void> {
    const waking = new AbortController();
    this.wake = () => waking.abort();
    signal.addEventListener('abort', this.wake);
    const restMs = restAfter(reviewAt, this.options.pollMs, this.clock.now());
    const until = this.clock.elapsedMs() + restMs;
    while (!signal.aborted && !this.isNudged) {
      const left = until - this.clock.elapsedMs();
      if (left <= 0) break;
      await this.clock.wait(Math.min(left, ASKED_MS), waking.signal);
      if (await this.isAsked()) break;
    }
    signal.removeEventListener('abort', this.wake);
    this.isNudged = false;
  }

  private async isAsked(): Promise<boolean> {
    try {
      const { asked, served } = await this.stores.routers.get((await this.ownLease()).routerId);
      return asked > served;
    } catch (error) {
      this.log.error({ err: error }, 'the database did not answer');
      return false;
    }
  }

  private async ownLease(): Promise<ControllerLease> {
    if (this.lease) return this.lease;
    const record = await this.stores.routers.at(this.options.address);
    const leaseMs = Math.max(60_000, this.options.pollMs * 3);
    this.lease = new ControllerLease(this.stores.routers, record.id, this.clock, leaseMs);
    return this.lease;
  }

  private async linked(): Promise<Link> {
    const connection = await this.client.connected();
    if (this.link?.connection !== connection) {
      this.link = {
        connection,
        router: new Router(connection, this.options.hotspotServer),
        profiles: new Set(),
        identified: false,
        foreignQueues: undefined,
        interfaces: [],
        shaped: { isUsed: true, seenAtMs: 0 },
      };
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

/**
 * How long to rest after a pass, in ms: the poll interval, or less when a device could reach a threshold
 * or an end sooner. So no cap is passed by more than (speed x time to the next look), and that time
 * shrinks to one second as the cap comes near.
 * @param reviewAt when the decisions could next change, from the pass's report
 */
export function restAfter(reviewAt: string | null, pollMs: number, now: Date): number {
  if (reviewAt === null) return pollMs;
  const dueMs = new Date(reviewAt).getTime() - now.getTime();
  return Math.min(pollMs, Math.max(dueMs, SHORTEST_REST_MS));
}

/** What a look showed before the clock was set, as it reads now. */
function moved(at: Date | null, jumpMs: number): Date | null {
  return at && new Date(at.getTime() + jumpMs);
}

function isOfDevice(queue: SimpleQueue): boolean {
  return isOurs(queue) && !isPool(queue);
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

/** Sessions that may bear on one device's: its own, those of its vouchers' other devices, and so on. */
function connectedSessions(sessions: readonly Session[], mac: Mac): Session[] {
  const macs = new Set([mac]);
  const codes = new Set<string>();
  for (let size = 0; size !== macs.size + codes.size;) {
    size = macs.size + codes.size;
    for (const session of sessions) {
      if (!macs.has(session.mac) && !codes.has(session.code)) continue;
      macs.add(session.mac);
      codes.add(session.code);
    }
  }
  return sessions.filter((session) => codes.has(session.code));
}

function inTheWay(conflicts: readonly string[]): string {
  return `On the router ${conflicts.join(', ')} has a name we need but is not ours: rename or remove it there`;
}

function emptyReport(now: Date): PassReport {
  return {
    at: now.toISOString(),
    devices: 0,
    accountedBytes: 0,
    changed: 0,
    writes: 0,
    sentences: 0,
    skipped: 0,
    errors: 0,
    messages: [],
    reviewAt: null,
  };
}
