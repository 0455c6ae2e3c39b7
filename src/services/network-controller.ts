import type { Clock } from '../clock';
import { account, catchUpUptime, post, type Look } from '../domain/accounting';
import type { Books, Reading } from '../domain/books';
import { difference, isEmpty, type Difference } from '../domain/diff';
import { entitle, type Entitlement } from '../domain/entitlement';
import {
  isOurs,
  presences,
  profileName,
  queueOwner,
  type ActualNetwork,
  type HotspotHost,
  type SimpleQueue,
} from '../domain/network';
import { massRemoval } from '../domain/safety-catch';
import { clockJump, shiftClocks } from '../domain/shop-clock';
import { hasRestarted, total } from '../domain/usage';
import type { Mac } from '../domain/units';
import { RouterRefused, RouterUnreachable, type AppError } from '../errors';
import type { Log } from '../log';
import type { RouterClient } from '../routeros/client';
import type { ApiConnection } from '../routeros/connection';
import { Router } from '../routeros/router';
import type { RouterRecord } from '../store/router-store';
import type { Stores } from '../store/stores';
import { Bookkeeper, type Shifted } from './bookkeeper';
import { ControllerLease } from './controller-lease';
import { ensureProfile, RouterWriter, stuckAtCeiling, type Applied } from './router-writer';

export interface ControllerOptions {
  /** Hotspot server to serve; all of them when not given. */
  hotspotServer?: string | undefined;
  /** Host and port: what a router is known by until it says its serial number. */
  address: string;
  pollMs: number;
  /** The shop's IANA time zone. */
  timeZone: string;
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
}

/** Never sooner than this after a pass: what a device can use in it is how far it can overshoot a cap. */
const SHORTEST_REST_MS = 1_000;
const PROGRAM_WRITTEN = Date.parse('2026-01-01');
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
  private nudged = new AbortController();
  private link: Link | undefined;
  /** Our own last look, by the clock that cannot be set. */
  private lastLook: { at: Date; elapsedMs: number } | undefined;

  constructor(
    private readonly client: RouterClient,
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly options: ControllerOptions,
  ) {
    this.bookkeeper = new Bookkeeper(stores);
  }

  /** Passes until the signal; stops between passes and leaves customers online. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const report = await this.pass().catch((error: unknown) => {
        this.log.error({ err: error }, 'a pass failed');
        return undefined;
      });
      await this.rest(report?.reviewAt ?? null, signal);
    }
    await this.lease?.drop();
  }

  /** Asks the running loop for a pass soon; for whoever does not wait for the outcome. */
  nudge(): void {
    this.nudged.abort();
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
      const report = await this.passIfOurs(confirm);
      if (!report) continue; // another command was quicker
      await lease.drop();
      return report;
    }
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
      const report = emptyReport(this.clock.now());
      const sentencesBefore = this.client.sentences;
      const asked = record.asked > record.served;
      try {
        await this.look(record, report, confirm || (asked && record.confirmed > record.served));
        await this.stores.journal.clear('router away', '', this.clock.now());
      } catch (error) {
        if (!(error instanceof RouterUnreachable || error instanceof RouterRefused)) throw error;
        await this.away(error, report);
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
    const books = await this.bookkeeper.open();
    const mine = books.sessions.filter(({ mac }) => mac === host.mac);
    const codes = new Set(mine.map(({ code }) => code));
    const actual = await link.router.observeDevice(host, [...codes]);
    // Everyone else's queues are known from the last whole look; ours come first, their order is the pass's.
    actual.queues = [...actual.queues.filter(isOurs), ...link.foreignQueues];
    const now = this.clock.now();
    const look = { at: now, previousAt: record.lookedAt, boot: record.boot };
    const accounts = account(books, actual.queues, actual.active, look);
    const posted = post(books, accounts);
    const whole = entitle(
      { ...posted, sessions: books.sessions.filter(({ code }) => codes.has(code)) },
      presences(actual),
      now,
      this.options.timeZone,
    );
    // Other devices of these vouchers were not looked at: what they leave behind is the pass's to clear.
    const departures = whole.departures.filter(({ mac }) => mac === host.mac);
    const entitlement = { ...whole, departures };
    const recorded = await this.bookkeeper.record(posted, accounts, now, { entitlement });
    const diff = difference(entitlement.desired, actual, departures);
    const applied = await this.apply(link, diff, recorded, departures, look);
    this.nudge();
    const refusal = applied.refusals[0];
    if (refusal) throw refusal.error;
    if (diff.conflicts.length > 0) throw new RouterRefused(inTheWay(diff.conflicts));
  }

  private async look(record: RouterRecord, report: PassReport, confirm: boolean): Promise<void> {
    const link = await this.linked();
    await this.identify(link, record, report, confirm);
    const actual = await link.router.observe();
    link.foreignQueues = actual.queues.filter((queue) => queue.dynamic || !isOurs(queue));
    const now = this.clock.now();
    const { boot, jumpMs } = this.compareWithLast(record, actual.uptimeMs, now);
    const look = { at: now, previousAt: record.lookedAt, boot };

    const { books, shifted } = await this.loadBooks(jumpMs, report);
    const accounts = account(books, actual.queues, actual.active, look);
    catchUpUptime(books, accounts, actual.users);
    const posted = post(books, accounts);
    const entitlement = entitle(posted, presences(actual), now, this.options.timeZone);
    const recorded = await this.bookkeeper.record(posted, accounts, now, {
      entitlement,
      look: { routerId: record.id, boot, uptimeMs: actual.uptimeMs, at: now },
      ...(shifted ? { shifted } : {}),
    });
    this.lastLook = { at: now, elapsedMs: this.clock.elapsedMs() };

    report.devices = entitlement.desired.devices.length;
    report.accountedBytes = accounts.usage.reduce((sum, { bytes }) => sum + total(bytes), 0);
    report.reviewAt = entitlement.reviewAt?.toISOString() ?? null;
    const diff = difference(entitlement.desired, actual, entitlement.departures);
    if (!confirm && (await this.isHeldBack(diff, actual, entitlement, report))) return;
    await this.noteConflicts(diff, report);
    await this.noteRestored(diff, posted, report);
    if (isEmpty(diff) && entitlement.departures.length === 0) return;
    const applied = await this.apply(link, diff, recorded, entitlement.departures, look);
    report.changed = new Set(applied.writes.map(({ subject }) => subject)).size;
    report.writes = applied.writes.length;
    report.errors += applied.refusals.length;
    report.messages.push(...applied.refusals.map(({ error }) => error.message));
  }

  /** Whether the router started again, and whether our clock was set, since the last look. */
  private compareWithLast(record: RouterRecord, uptimeMs: number, now: Date) {
    const { boot, lookedAt } = record;
    if (record.uptimeMs === null || !lookedAt) return { boot, jumpMs: 0 };
    // The monotonic clock is the better witness, but only of looks this process made itself.
    const mine = this.lastLook?.at.getTime() === lookedAt.getTime() ? this.lastLook : undefined;
    // A look dated before this program was written was dated by a clock that was wrong: no witness at all.
    const isDated = lookedAt.getTime() > PROGRAM_WRITTEN;
    const elapsedMs = mine
      ? this.clock.elapsedMs() - mine.elapsedMs
      : isDated
        ? now.getTime() - lookedAt.getTime()
        : 0;
    if (hasRestarted(record.uptimeMs, uptimeMs, elapsedMs)) return { boot: boot + 1, jumpMs: 0 };
    const last = { at: lookedAt, uptimeMs: record.uptimeMs };
    return { boot, jumpMs: clockJump(last, { at: now, uptimeMs }) };
  }

  private async loadBooks(
    jumpMs: number,
    report: PassReport,
  ): Promise<{ books: Books; shifted?: Shifted }> {
    const books = await this.bookkeeper.open();
    if (jumpMs === 0) return { books };
    const minutes = Math.round(jumpMs / 60_000);
    await this.alert(
      report,
      'clock was set',
      this.clock.now().toISOString(),
      `This computer's clock was set by ${minutes} minutes. Running vouchers were moved along, so nobody lost time; check the date.`,
    );
    const { books: moved, vouchers, limits } = shiftClocks(books, jumpMs);
    return { books: moved, shifted: { vouchers, limits } };
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
      const accounts = account(known, seen, [], look);
      known = await this.bookkeeper.record(post(known, accounts), accounts, look.at);
    };
    const applied = await RouterWriter.apply(link.router, diff, link.profiles, readCounters);
    await this.bookkeeper.recordApplied(known, departures, applied, this.clock.now());
    for (const code of stuckAtCeiling(applied)) await this.loosen(link.router, code);
    return applied;
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
  ): Promise<void> {
    if (link.identified) return;
    const identity = await link.router.identity();
    const { serial } = identity;
    if (record.serial && serial && record.serial !== serial && !confirm) {
      report.skipped += 1;
      const message =
        `Another router answers at ${this.options.address}: serial number ${serial}, the books are of ` +
        `${record.serial}. If it was replaced, say so with: pisonet reconcile --once --confirm`;
      await this.alert(report, 'another router', '', message);
      throw new RouterRefused(message);
    }
    await this.stores.routers.identify(record.id, identity);
    await this.stores.journal.clear('another router', '', this.clock.now());
    const plans = await this.stores.plans.list();
    for (const devices of new Set([1, ...plans.map(({ terms }) => terms.devices)])) {
      const name = profileName(devices);
      await ensureProfile(link.router, name);
      link.profiles.add(name);
    }
    link.identified = true;
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

  private async noteConflicts(diff: Difference, report: PassReport): Promise<void> {
    if (diff.conflicts.length > 0) {
      report.errors += diff.conflicts.length;
      await this.alert(report, 'name taken', diff.conflicts.join(', '), inTheWay(diff.conflicts));
    }
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

  private async away(error: AppError, report: PassReport): Promise<void> {
    report.errors += 1;
    if (!report.messages.includes(error.message)) report.messages.push(error.message);
    const isNew = await this.stores.journal.raise(
      'router away',
      '',
      error.message,
      this.clock.now(),
    );
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
    const restMs = restAfter(reviewAt, this.options.pollMs, this.clock.now());
    const until = this.clock.elapsedMs() + restMs;
    while (!signal.aborted && !this.nudged.signal.aborted) {
      const left = until - this.clock.elapsedMs();
      if (left <= 0) break;
      await this.clock.wait(
        Math.min(left, ASKED_MS),
        AbortSignal.any([signal, this.nudged.signal]),
      );
      if (await this.isAsked()) break;
    }
    this.nudged = new AbortController();
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

function readingOf(books: Books, queue: SimpleQueue): Reading | undefined {
  const mac = queueOwner(queue);
  return mac && books.readings.get(mac);
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
