import { overageLine } from '../../../domain/billing/invoice-lines';
import { post, type Accounts, type CounterSwitch } from '../../../domain/loop/accounting';
import type { Assessment } from '../../../domain/loop/assess';
import { withChanges, type LoopState, type SessionChange } from '../../../domain/loop/loop-state';
import { refusedDeed, type AuditEntry, type Deed } from '../../../domain/shop/audit-entry';
import type { Entitlement } from '../../../domain/loop/entitlement';
import type { QuotaMark } from '../../../domain/notices/quota';
import { isLive, startClock } from '../../../domain/vouchers/voucher';
import { withOtherRows, type ChangeStamp } from '../../../store/database/change-stamp';
import type { Stores } from '../../../store/stores';
import { NoticeBook } from '../../notices/notice-book';
import type { KnownBooks } from '../known-books';
import { keepPaused, type TimeKept } from '../time/outage-books';
import type { Applied, WriteNote } from '../router/router-writer';

/** A whole round, for the router's record. */
export interface ObservationRecord {
  routerId: number;
  boot: number;
  uptimeMs: number;
  at: Date;
  /** How far our clock was set since the previous round, ms. */
  jumpMs: number;
  /** When the router had been looked at before, by what this round took for it. */
  lastAt: Date | null;
  /** Vouchers at other routers are moved by it as well. */
  isOfWholeShop: boolean;
  /** No round ran between these times. */
  gap?: { from: Date; to: Date };
}

/** What is recorded of a round besides its usage. */
type Found = Omit<Assessment<TimeKept>, 'before'>;

/** A round on its way into the books. */
interface Step {
  now: Date;
  /** Pure; may be called several times. */
  assess: (state: LoopState) => Assessment<TimeKept>;
  /** Of a whole round. */
  observation?: ObservationRecord | undefined;
  /** In the transaction that writes it: throws where it was made by a clock that is no more. */
  claim: (inside: Stores) => Promise<void>;
}

/** How often a round is assessed again after the books changed under it, before other writers must wait. */
const MOST_ATTEMPTS = 4;
/** Devices come and go; refusals for devices that left need not be kept. */
const MOST_REFUSED = 10_000;

interface Stored {
  next: LoopState;
  passed: QuotaMark[];
}

/**
 * Writes what the loop found to the books: related changes in one transaction, one statement per table. It
 * keeps the state in memory between rounds and rereads it whenever anyone else, in this process or another,
 * wrote to the database; but for the loops of other routers, as long as they write what concerns no voucher
 * in use here. One caller at a time.
 */
export class Bookkeeper {
  private kept: { state: LoopState; stamp: ChangeStamp } | undefined;
  /** Writes that were refused when last tried, and why. */
  private readonly refused = new Map<string, string>();
  private readonly notices = new NoticeBook();

  /**
   * @param guard runs first in every writing transaction; throws when we may no longer write
   * @param known is told each state, for pages
   */
  constructor(
    private readonly stores: Stores,
    private readonly guard: (stores: Stores) => Promise<void>,
    private readonly known?: KnownBooks,
  ) {}

  /** Nothing is known of the books any more: another program wrote them, and may have done so unseen. */
  forget(): void {
    this.kept = undefined;
  }

  /** The books as they are now. @param isWhole with the vouchers at other routers, read anew */
  async open(isWhole = false): Promise<LoopState> {
    const stamp = await this.stores.stamp();
    if (!isWhole && this.kept && isSame(this.kept.stamp, stamp)) {
      this.known?.keep(this.kept.state);
      return this.kept.state;
    }
    return this.stores.transaction(async (stores) => {
      const state = await readState(stores, isWhole);
      this.kept = { state, stamp: await stores.stamp() };
      this.known?.keepReread(state);
      return state;
    });
  }

  /** The loop itself wrote this many rows that are not part of the state. */
  otherRowsWritten(rows: number): void {
    if (this.kept) this.kept.stamp = withOtherRows(this.kept.stamp, rows);
  }

  /**
   * Assesses a round on the current books, and records readings, the usage they add, and what follows for
   * vouchers and sessions: all or nothing. If someone changed the books in between, the round is assessed
   * again: a voucher revoked in that time must not be written back as it was.
   * @returns the assessment that holds, and the state after it
   */
  async advance(step: Step): Promise<Assessment<TimeKept> & { recorded: LoopState }> {
    // Our clock was set: the clocks of all vouchers move along, once for the whole shop.
    const isWhole = step.observation?.isOfWholeShop ?? false;
    // The books were opened before the router was asked; mostly nobody wrote since.
    const known = isWhole ? undefined : this.kept?.state;
    try {
      return await this.attempt(step, isWhole, known);
    } finally {
      if (isWhole) this.forget(); // what other routers do from now on with theirs is not followed
    }
  }

  private async attempt(
    step: Step,
    isWhole: boolean,
    known: LoopState | undefined,
  ): Promise<Assessment<TimeKept> & { recorded: LoopState }> {
    let opened = known;
    for (let attempt = 1; attempt < MOST_ATTEMPTS; attempt += 1) {
      const assessment = step.assess(opened ?? (await this.open(isWhole)));
      opened = undefined;
      const recorded = await this.record(assessment, step);
      if (recorded) return { ...assessment, recorded };
    }
    // Others were always faster: assess the state of this moment, while everyone else waits.
    let stored: (Stored & { assessment: Assessment<TimeKept> }) | undefined;
    await this.write('all', async (stores) => {
      const assessment = step.assess(await readState(stores, isWhole));
      stored = { ...(await this.store(stores, assessment, step)), assessment };
      return stored.next;
    });
    return { ...stored!.assessment, recorded: this.finished(stored!) };
  }

  /** Usage read between two writes; nothing else follows from it. @returns the state after it */
  async addUsage(state: LoopState, accounts: Accounts, now: Date): Promise<LoopState> {
    const counted = post(state, accounts);
    await this.write(codesOf(accounts), async (stores) => {
      await this.storeUsage(stores, accounts, now);
      return counted;
    });
    return counted;
  }

  /** @returns `undefined` if someone changed the books since they were opened */
  private async record(found: Found, step: Step): Promise<LoopState | undefined> {
    let stored: Stored | undefined;
    try {
      await this.write(codesIn(found), async (stores, isUntouched) => {
        if (!isUntouched) throw new StaleState();
        stored = await this.store(stores, found, step);
        return stored.next;
      });
    } catch (error) {
      if (error instanceof StaleState) return undefined;
      throw error;
    }
    return this.finished(stored!);
  }

  private finished({ next, passed }: Stored): LoopState {
    this.known?.keep(next);
    this.notices.remember(passed, next.vouchers);
    return next;
  }

  private async store(
    stores: Stores,
    { state, accounts, entitlement, shifted, given }: Found,
    { now, observation, claim }: Step,
  ): Promise<Stored> {
    await claim(stores);
    // The last one holds: each step built on the one before.
    const changed = [shifted, given, entitlement].flatMap((step) => step?.vouchers ?? []);
    const latest = new Map(changed.map((voucher) => [voucher.code, voucher]));
    const next = withChanges(state, entitlement);
    const { vouchers, sessions, speeds, journal, quotas } = stores;
    await this.storeUsage(stores, accounts, now, entitlement.readings);
    await vouchers.save([...latest.values()]);
    if (shifted) await sessions.shiftLimits(shifted.limits);
    if (shifted) await quotas.shift(shifted.vouchers, shifted.jumpMs);
    await quotas.redate(entitlement.redated);
    await chargeOverages(stores, entitlement.overages, now);
    await sessions.save(entitlement.sessions, now);
    await speeds.save(entitlement.speeds, now);
    await journal.audit(entitlement.audit);
    if (observation) await storeObservation(stores, observation);
    await given?.keep(stores);
    await keepPaused(stores, state.vouchers, entitlement.vouchers, now);
    await this.notices.noteLives(stores, state.vouchers, entitlement.vouchers, state.sessions, now);
    return { next, passed: await this.notices.noteQuotas(stores, next.vouchers, now) };
  }

  /** @param reassigned readings whose bytes now go to another session */
  private async storeUsage(
    { usage, vouchers, journal }: Stores,
    accounts: Accounts,
    now: Date,
    reassigned: Entitlement['readings'] = [],
  ): Promise<void> {
    const readings = new Map(
      [...accounts.readings, ...reassigned].map((reading) => [reading.mac, reading]),
    );
    const moved = accounts.moved.filter(({ mac }) => !readings.has(mac));
    await usage.add({ ...accounts, readings: [...readings.values()], moved }, now);
    await vouchers.addUsage(totalsByCode(accounts));
    await journal.audit((accounts.switches ?? []).map((one) => switchEntry(one, now)));
  }

  /**
   * What was written to the router, and what follows: clocks start for devices that were let in.
   * @param departures sessions that should have nothing left on the router
   */
  async recordApplied(
    state: LoopState,
    departures: Entitlement['departures'],
    applied: Applied,
    now: Date,
  ): Promise<void> {
    const entered = new Set(applied.letIn.map(({ mac, code }) => `${mac} ${code}`));
    const opened = state.sessions.filter(({ mac, code }) => entered.has(`${mac} ${code}`));
    const sessionChanges = [
      ...opened.map(({ id, onRouter }) => ({
        id,
        state: 'open' as const,
        endReason: null,
        onRouter,
      })),
      ...departed(state, departures, applied),
    ];
    // If a device had two queues, the other one's reading continues: forgetting it would count it again.
    const forgotten = applied.removedQueues
      .filter(({ mac, queueId }) => state.readings.get(mac)?.counter.queueId === queueId)
      .map(({ mac }) => mac);
    const codes = [...opened, ...departures].map(({ code }) => code);
    await this.write(codes, async (stores) => {
      const { vouchers, sessions, usage, journal } = stores;
      // As they are now, not as they were before asking the router: someone may have revoked one.
      const fresh = await vouchers.findAll([...new Set(opened.map(({ code }) => code))]);
      const started = fresh
        .filter((voucher) => isLive(voucher) && !voucher.startedAt)
        .map((voucher) => startClock(voucher, now));
      await vouchers.save(started);
      const were = new Map(fresh.map((voucher) => [voucher.code, voucher]));
      await this.notices.noteLives(stores, were, started, opened, now);
      await sessions.save(sessionChanges, now);
      await usage.forgetReadings(forgotten);
      await sessions.seeDevices(applied.placed, now);
      await journal.audit([
        ...applied.writes.map((note) => entry(note, now)),
        ...this.newRefusals(applied).map((refusal) => refusedEntry(refusal, now)),
      ]);
      return withChanges(state, { vouchers: started, sessions: sessionChanges, forgotten });
    });
    // Where others wrote in between, the state is not known any more; of these devices it matters.
    if (this.kept) this.known?.keep(this.kept.state);
    else for (const { mac } of [...opened, ...departures]) this.known?.doubt(mac);
  }

  /** A refusal repeated every round is recorded once, until the write is accepted or the reason changes. */
  private newRefusals({ writes, refusals }: Applied): Applied['refusals'] {
    const nameOf = ({ what, subject }: WriteNote) => `${what} ${subject}`;
    for (const note of writes) this.refused.delete(nameOf(note));
    const fresh = refusals.filter((one) => this.refused.get(nameOf(one)) !== one.error.message);
    if (this.refused.size > MOST_REFUSED) this.refused.clear();
    for (const one of fresh) this.refused.set(nameOf(one), one.error.message);
    return fresh;
  }

  /**
   * Writes in one transaction, and keeps the resulting state if nobody else wrote in between.
   * @param codes of the vouchers that this concerns
   */
  private async write(
    codes: readonly string[] | 'all',
    work: (stores: Stores, isUntouched: boolean) => Promise<LoopState>,
  ): Promise<void> {
    const { kept } = this;
    this.kept = undefined;
    this.kept = await this.stores.transaction(async (stores) => {
      const before = await stores.stamp();
      const isUntouched = kept !== undefined && isSame(kept.stamp, before);
      let state: LoopState | undefined;
      const all = async () => {
        await this.guard(stores);
        state = await work(stores, isUntouched);
      };
      // Which vouchers are in use at other routers is known only of the books as they are now.
      if (isUntouched && isOfOneRouter(kept.state, codes)) {
        const stamp = await stores.ofThisLoopAlone(before, all);
        return { state: state!, stamp };
      }
      await all();
      return isUntouched ? { state: state!, stamp: await stores.stamp() } : undefined;
    });
  }
}

/** Whether none of these vouchers is in use at another router as well. */
function isOfOneRouter({ elsewhere }: LoopState, codes: readonly string[] | 'all'): boolean {
  return codes !== 'all' && codes.every((code) => !elsewhere?.has(code));
}

function codesOf({ usage, uptime }: Accounts): string[] {
  return [...usage.map(({ code }) => code), ...uptime.keys()];
}

/** The vouchers that a round changes, or whose sessions it changes. */
function codesIn({ state, accounts, entitlement, shifted, given }: Found): string[] | 'all' {
  if (shifted) return 'all';
  const changed = new Set(entitlement.sessions.map(({ id }) => id));
  return [
    ...codesOf(accounts),
    ...[...entitlement.vouchers, ...(given?.vouchers ?? [])].map(({ code }) => code),
    ...entitlement.redated.map(({ code }) => code),
    ...state.sessions.filter(({ id }) => changed.has(id)).map(({ code }) => code),
  ];
}

/** Someone else changed the books while a round was assessed. */
class StaleState extends Error {}

/** They come on the subscribers' next invoices. */
async function chargeOverages(
  { invoices }: Stores,
  overages: Entitlement['overages'],
  at: Date,
): Promise<void> {
  for (const { subscriberId, ...due } of overages) {
    await invoices.addCharge({ subscriberId, ...overageLine(due), at, by: 'loop' });
  }
}

async function storeObservation(
  { routers, usage }: Stores,
  { routerId, boot, uptimeMs, at, jumpMs, gap }: ObservationRecord,
): Promise<void> {
  // This round corrected the whole shop's clocks: the others must not do it again.
  if (jumpMs !== 0) await routers.moveOthers(routerId, jumpMs);
  await routers.saveObservation(routerId, boot, uptimeMs, at);
  if (gap) await usage.addGap(gap);
}

/** @param isWhole with the vouchers at other routers */
async function readState(stores: Stores, isWhole = false): Promise<LoopState> {
  const { sessions, vouchers, usage, speeds, blocks, routerId } = stores;
  const readings = await usage.readings();
  const limits = await sessions.limits();
  return {
    sessions: await sessions.ofInterest(),
    vouchers: await vouchers.ofInterest(isWhole ? undefined : routerId),
    readings: new Map(readings.map((reading) => [reading.mac, reading])),
    sessionCounters: new Map((await usage.sessionCounters()).map((one) => [one.mac, one])),
    limits: new Map(limits.map((limit) => [limit.mac, limit])),
    speeds: new Map((await speeds.present()).map((speed) => [speed.mac, speed])),
    blocked: await blocks.macs(),
    elsewhere: await sessions.elsewhere(),
  };
}

function isSame(a: ChangeStamp, b: ChangeStamp): boolean {
  return a.here === b.here && a.elsewhere === b.elsewhere;
}

/** Departures with nothing left on the router: none of their writes was refused. */
function departed(
  state: LoopState,
  departures: Entitlement['departures'],
  applied: Applied,
): SessionChange[] {
  const failed = new Set(
    applied.refusals.flatMap(({ subject, detail }) => [
      'code' in detail ? detail.code : subject,
      subject,
    ]),
  );
  const states = new Map(state.sessions.map(({ id, state }) => [id, state]));
  return departures
    .filter(({ mac, code }) => !failed.has(mac) && !failed.has(code))
    .map(({ sessionId: id }) => ({
      id,
      state: states.get(id) ?? 'ended',
      endReason: null,
      onRouter: false,
    }));
}

function entry(note: Deed, at: Date): AuditEntry {
  return { at, who: 'loop', ...note };
}

function switchEntry({ mac, code, to, bytes }: CounterSwitch, at: Date): AuditEntry {
  const what = to === 'session' ? 'usage counted by session' : 'usage counted by queue';
  return entry({ what, subject: mac, detail: { code, usedBytes: bytes } }, at);
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
  return entry(refusedDeed(note, error.message), at);
}
