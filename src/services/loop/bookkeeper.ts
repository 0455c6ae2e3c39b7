import type { Accounts } from '../../domain/loop/accounting';
import {
  withChanges,
  type AuditEntry,
  type Books,
  type ManualLimit,
  type SessionChange,
} from '../../domain/loop/books';
import type { Entitlement } from '../../domain/loop/entitlement';
import type { QuotaMark } from '../../domain/notices/quota';
import type { Mac } from '../../domain/units';
import { isLive, startClock, type Voucher } from '../../domain/vouchers/voucher';
import type { ChangeStamp } from '../../store/database/change-stamp';
import type { Stores } from '../../store/stores';
import { NoticeBook } from '../notices/notice-book';
import { keepPaused } from './time/outage-books';
import type { Applied, WriteNote } from './router-writer';

export interface ObservationRecord {
  routerId: number;
  boot: number;
  uptimeMs: number;
  at: Date;
  /** Nobody looked between these times. */
  gap?: { from: Date; to: Date };
}

/** Devices come and go; refusals of those that are gone need not be remembered. */
const MOST_REFUSED = 10_000;

/** What follows from a round, beside the usage it brought. */
export interface Follows {
  entitlement?: Entitlement;
  observation?: ObservationRecord;
  shifted?: Shifted;
  /** Vouchers that got time back, and what else belongs to that. */
  given?: { vouchers: readonly Voucher[]; keep(stores: Stores): Promise<void> };
}

/** What is to be recorded; the books hold the accounts already. */
interface Decided {
  books: Books;
  accounts: Accounts;
  follows: Follows;
}

interface Stored {
  next: Books;
  passed: QuotaMark[];
}

/**
 * Puts what the loop found into the books: what belongs together in one transaction, a statement a table.
 * It keeps the books in memory from round to round, and reads them anew whenever anybody else, here or in
 * another process, wrote to the database. One caller at a time.
 */
export class Bookkeeper {
  private kept: { books: Books; stamp: ChangeStamp } | undefined;
  /** Writes that were refused when they were last tried, and why. */
  private readonly refused = new Map<string, string>();
  private readonly notices = new NoticeBook();

  /** @param guard runs first in every writing transaction; throws when we may not write any more */
  constructor(
    private readonly stores: Stores,
    private readonly guard: (stores: Stores) => Promise<void>,
  ) {}

  /** The books as they stand now. */
  async open(): Promise<Books> {
    return this.stores.transaction(async (stores) => {
      const stamp = await stores.stamp();
      if (this.kept && isSame(this.kept.stamp, stamp)) return this.kept.books;
      const books = await readBooks(stores);
      this.kept = stamp && { books, stamp };
      return books;
    });
  }

  /** The loop itself wrote this many rows that are not part of the books. */
  otherRowsWritten(rows: number): void {
    if (this.kept) this.kept.stamp.here += rows;
  }

  /**
   * Readings, the usage they add, and what follows from it for vouchers and sessions: all or nothing.
   * @param books with the accounts posted
   * @returns the books after what follows
   * @throws StaleBooks when somebody changed the books since they were opened and something follows from
   *   them: a voucher revoked meanwhile must not be written back as it was. Open them again and decide anew
   */
  async record(books: Books, accounts: Accounts, now: Date, follows: Follows = {}): Promise<Books> {
    let stored: Stored | undefined;
    await this.write(async (stores, isUntouched) => {
      if (follows.entitlement && !isUntouched) throw new StaleBooks();
      stored = await this.store(stores, { books, accounts, follows }, now);
      return stored.next;
    });
    return this.finished(stored!);
  }

  /**
   * The same with the books as they stand in this very moment, while nobody else can write: for when
   * others are always quicker. Everybody waits meanwhile.
   * @param decide what to record, from these books
   */
  async recordAtOnce<T extends Decided>(
    now: Date,
    decide: (books: Books) => T,
  ): Promise<T & { recorded: Books }> {
    let stored: (Stored & { decided: T }) | undefined;
    await this.write(async (stores) => {
      const decided = decide(await readBooks(stores));
      stored = { ...(await this.store(stores, decided, now)), decided };
      return stored.next;
    });
    return { ...stored!.decided, recorded: this.finished(stored!) };
  }

  private finished({ next, passed }: Stored): Books {
    this.notices.remember(passed, next.vouchers);
    return next;
  }

  private async store(
    stores: Stores,
    { books, accounts, follows }: Decided,
    now: Date,
  ): Promise<Stored> {
    const { entitlement, observation, shifted, given } = follows;
    const readings = new Map(accounts.readings.map((reading) => [reading.mac, reading]));
    for (const reading of entitlement?.readings ?? []) readings.set(reading.mac, reading);
    const lives = new Map<string, Voucher>();
    for (const voucher of shifted?.vouchers ?? []) lives.set(voucher.code, voucher);
    for (const voucher of given?.vouchers ?? []) lives.set(voucher.code, voucher);
    for (const voucher of entitlement?.vouchers ?? []) lives.set(voucher.code, voucher);
    const sessionChanges = entitlement?.sessions ?? [];
    const next = withChanges(books, {
      readings: entitlement?.readings ?? [],
      vouchers: entitlement?.vouchers ?? [],
      sessions: sessionChanges,
      ...(entitlement && { speeds: entitlement.speeds }),
    });
    const { usage, vouchers, sessions, speeds, journal, routers } = stores;
    const moved = accounts.moved.filter(({ mac }) => !readings.has(mac));
    await usage.add({ ...accounts, readings: [...readings.values()], moved }, now);
    await vouchers.addUsage(totalsByCode(accounts));
    await vouchers.save([...lives.values()]);
    if (shifted) await sessions.shiftLimits(shifted.limits);
    if (shifted) await stores.quotas.shift(shifted.vouchers, shifted.jumpMs);
    if (entitlement) await stores.quotas.redate(entitlement.redated);
    await sessions.save(sessionChanges, now);
    if (entitlement) await speeds.save(entitlement.speeds, now);
    await journal.audit(entitlement?.audit ?? []);
    if (observation)
      await routers.saveObservation(
        observation.routerId,
        observation.boot,
        observation.uptimeMs,
        observation.at,
      );
    if (observation?.gap) await usage.addGap(observation.gap);
    await given?.keep(stores);
    let passed: QuotaMark[] = [];
    if (entitlement) {
      await keepPaused(stores, books.vouchers, entitlement.vouchers, now);
      const { vouchers: changed } = entitlement;
      await this.notices.noteLives(stores, books.vouchers, changed, books.sessions, now);
      passed = await this.notices.noteQuotas(stores, next.vouchers, now);
    }
    return { next, passed };
  }

  /**
   * What was written on the router, and what follows: clocks start for devices that were let in.
   * @param departures sessions of which nothing should be left on the router
   */
  async recordApplied(
    books: Books,
    departures: Entitlement['departures'],
    applied: Applied,
    now: Date,
  ): Promise<void> {
    const entered = new Set(applied.letIn.map(({ mac, code }) => `${mac} ${code}`));
    const opened = books.sessions.filter(({ mac, code }) => entered.has(`${mac} ${code}`));
    const sessionChanges = [
      ...opened.map(({ id, onRouter }) => ({
        id,
        state: 'open' as const,
        endReason: null,
        onRouter,
      })),
      ...departed(books, departures, applied),
    ];
    // Of two queues for one device the other one's reading goes on: forgetting it would count it again.
    const forgotten = applied.removedQueues
      .filter(({ mac, queueId }) => books.readings.get(mac)?.counter.queueId === queueId)
      .map(({ mac }) => mac);
    await this.write(async (stores) => {
      const { vouchers, sessions, usage, journal } = stores;
      // As they are now, not as they were before the router was asked: somebody may have revoked one.
      const fresh = await vouchers.findAll([...new Set(opened.map(({ code }) => code))]);
      const started = fresh
        .filter((voucher) => isLive(voucher) && !voucher.startedAt)
        .map((voucher) => startClock(voucher, now));
      await vouchers.save(started);
      const were = new Map(fresh.map((voucher) => [voucher.code, voucher]));
      await this.notices.noteLives(stores, were, started, opened, now);
      await sessions.save(sessionChanges, now);
      await usage.forgetReadings(forgotten);
      await sessions.seeDevices(newAddresses(applied), now);
      await journal.audit([
        ...applied.writes.map((note) => entry(note, now)),
        ...this.newRefusals(applied).map((refusal) => refusedEntry(refusal, now)),
      ]);
      return withChanges(books, { vouchers: started, sessions: sessionChanges, forgotten });
    });
  }

  /** What is refused round after round is written down once, until it is taken or refused for another reason. */
  private newRefusals({ writes, refusals }: Applied): Applied['refusals'] {
    const nameOf = ({ what, subject }: WriteNote) => `${what} ${subject}`;
    for (const note of writes) this.refused.delete(nameOf(note));
    const fresh = refusals.filter((one) => this.refused.get(nameOf(one)) !== one.error.message);
    if (this.refused.size > MOST_REFUSED) this.refused.clear();
    for (const one of fresh) this.refused.set(nameOf(one), one.error.message);
    return fresh;
  }

  /** Writes in one transaction, and keeps the books that come out of it if nobody else wrote meanwhile. */
  private async write(
    work: (stores: Stores, isUntouched: boolean) => Promise<Books>,
  ): Promise<void> {
    const { kept } = this;
    this.kept = undefined;
    this.kept = await this.stores.transaction(async (stores) => {
      const before = await stores.stamp();
      // A database that cannot tell is trusted: there the transaction itself must keep writers apart.
      const isUntouched =
        before === undefined || (kept !== undefined && isSame(kept.stamp, before));
      await this.guard(stores);
      const books = await work(stores, isUntouched);
      const stamp = await stores.stamp();
      return isUntouched && stamp ? { books, stamp } : undefined;
    });
  }
}

/** The books were changed by somebody else while a decision was made from them. */
export class StaleBooks extends Error {}

async function readBooks(stores: Stores): Promise<Books> {
  const { sessions, vouchers, usage, speeds, blocks } = stores;
  const readings = await usage.readings();
  const limits = await sessions.limits();
  return {
    sessions: await sessions.ofInterest(),
    vouchers: await vouchers.ofInterest(),
    readings: new Map(readings.map((reading) => [reading.mac, reading])),
    sessionCounters: new Map((await usage.sessionCounters()).map((one) => [one.mac, one])),
    limits: new Map(limits.map((limit) => [limit.mac, limit])),
    speeds: new Map((await speeds.present()).map((speed) => [speed.mac, speed])),
    blocked: await blocks.macs(),
  };
}

function isSame(a: ChangeStamp, b: ChangeStamp | undefined): boolean {
  return a.here === b?.here && a.elsewhere === b.elsewhere;
}

/** Departures of which nothing is left on the router: none of their writes was refused. */
function departed(
  books: Books,
  departures: Entitlement['departures'],
  applied: Applied,
): SessionChange[] {
  const failed = new Set(applied.refusals.flatMap(({ subject, detail }) => [subject, detail.code]));
  const states = new Map(books.sessions.map(({ id, state }) => [id, state]));
  return departures
    .filter(({ mac, code }) => !failed.has(mac) && !failed.has(code))
    .map(({ sessionId: id }) => ({
      id,
      state: states.get(id) ?? 'ended',
      endReason: null,
      onRouter: false,
    }));
}

export interface Shifted {
  jumpMs: number;
  vouchers: Voucher[];
  limits: ManualLimit[];
}

function entry(
  note: { what: string; subject: string; detail: Record<string, unknown> },
  at: Date,
): AuditEntry {
  return { at, who: 'loop', ...note };
}

function totalsByCode(accounts: Accounts) {
  const nothing = { up: 0, down: 0, freeBytes: 0, uptimeMs: 0 };
  const totals = new Map<string, typeof nothing & { code: string }>();
  const totalOf = (code: string) => {
    const sum = totals.get(code) ?? { code, ...nothing };
    totals.set(code, sum);
    return sum;
  };
  for (const { code, bytes, freeBytes } of accounts.usage) {
    const sum = totalOf(code);
    sum.up += bytes.up;
    sum.down += bytes.down;
    sum.freeBytes += freeBytes;
  }
  for (const [code, ms] of accounts.uptime) totalOf(code).uptimeMs += ms;
  return [...totals.values()];
}

function refusedEntry({ error, ...note }: Applied['refusals'][number], at: Date): AuditEntry {
  const detail = { ...note.detail, error: error.message };
  return entry({ ...note, what: `refused: ${note.what}`, detail }, at);
}

/** Addresses that queues were just given; where a device was last seen. */
function newAddresses(applied: Applied): { mac: Mac; address: string }[] {
  return applied.writes.flatMap(({ subject, detail }) =>
    typeof detail.target === 'string' && detail.target.endsWith('/32')
      ? [{ mac: subject as Mac, address: detail.target.slice(0, -3) }]
      : [],
  );
}
