import type { Clock } from '../../../clock';
import type { Books } from '../../../domain/loop/books';
import { creditOnlineTime, onlineTimeBefore } from '../../../domain/loop/time/online-time-credit';
import type { uplinkState } from '../../../domain/notices/shop-alert';
import {
  creditOutage,
  isGivenBack,
  lengthOf,
  routerOutage,
  type CreditRule,
  type Meanwhile,
  type ObservationInterval,
  type Credited,
  type Span,
} from '../../../domain/loop/time/outage';
import type { Voucher } from '../../../domain/vouchers/voucher';
import type { OpenOutage, PastOutage } from '../../../store/router/outage-store';
import type { Stores } from '../../../store/stores';
import type { NoticeSettings } from '../../notices/notice-settings';
import { keepCase, type Case, type Given } from './outage-books';

type UplinkState = ReturnType<typeof uplinkState>;

/** What a round found out about outages, and what follows from it for the books. */
export interface OutageFindings {
  /**
   * Gives time back; `keep` belongs into the transaction that stores the vouchers.
   * @param books with the usage of this round
   * @param addedMs time online that this round added, by code
   */
  giveBack(
    books: Books,
    addedMs: ReadonlyMap<string, number>,
  ): {
    books: Books;
    vouchers: Voucher[];
    keep(stores: Stores): Promise<void>;
  };
}

/**
 * Knows when the router or the internet line was down, from round to round and over restarts. An outage is
 * noted when it is met, and ends in the transaction of the round that finds it over: its time is given back
 * once.
 */
export class OutageWatch {
  /** Outages that go on, as they stand in the books; `undefined` when they have to be read. */
  private open: OpenOutage[] | undefined;
  /** Since the last good look the router refused us: the latest stretch, and how long others were. */
  private refused: Span | undefined;
  private refusedBeforeMs = 0;
  /** When this process met an outage before its first good look, by the clock that cannot be set. */
  private metAtMs: number | undefined;
  private hasObserved = false;

  constructor(
    private readonly stores: Stores,
    private readonly settings: NoticeSettings,
    private readonly pollMs: number,
    private readonly clock: Pick<Clock, 'elapsedMs'>,
  ) {}

  /** Somebody else may have written meanwhile. */
  forget(): void {
    this.open = undefined;
  }

  /** Looks that are further apart say nothing of the time between them. */
  get slackMs(): number {
    return this.pollMs * 2 + 120_000;
  }

  /** Whether vouchers that seem to be over may get time back at the next round. */
  async mayGiveBack(routerId: number): Promise<boolean> {
    if ((await this.read(routerId)).length === 0) return false;
    return (await this.settings.rules()).credit.isOn;
  }

  /** The router could not be reached: whether it is down shows once it is back. */
  async unreachable(routerId: number, lookedAt: Date | null, now: Date): Promise<void> {
    if (this.refused) this.refusedBeforeMs += lengthOf(this.refused);
    this.refused = undefined;
    const open = await this.read(routerId);
    if (!lookedAt || open.some(({ kind }) => kind === 'router')) return;
    this.forget();
    if (!this.hasObserved) this.metAtMs = this.clock.elapsedMs();
    await this.stores.outages.begin(routerId, 'router', lookedAt, now);
  }

  /**
   * It answered, if only to refuse us: it is up now. Whether it was down before shows at the next good
   * look, so what is known of that stays.
   */
  answered(now: Date): void {
    this.refused = { from: this.refused?.from ?? now, to: now };
  }

  /**
   * @param looks `watched` as far as the caller knows of it; that the loop tried all the time shows here
   * @param link the internet line now; `undefined` where nobody asked or can tell
   * @param jumpMs by how much our clock was set since the last round
   * @returns `undefined` when nothing is or was down, which costs nothing
   */
  async find(
    routerId: number,
    looks: ObservationInterval,
    link: UplinkState,
    jumpMs: number,
  ): Promise<OutageFindings | undefined> {
    const open = await this.read(routerId);
    const upMs = this.refusedMs(new Date(looks.at.getTime() - looks.uptimeMs));
    const metMs = this.metAtMs === undefined ? undefined : this.clock.elapsedMs() - this.metAtMs;
    this.refused = undefined;
    this.refusedBeforeMs = 0;
    this.metAtMs = undefined;
    this.hasObserved = true;
    if (open.length === 0 && !looks.restarted && link !== 'down') return undefined;
    this.forget(); // whatever comes of it is read anew
    const moved = open.map((one) => ({
      ...one,
      from: moveBy(one.from, jumpMs),
      noticedAt: moveBy(one.noticedAt, jumpMs),
    }));
    const found = moved.find(({ kind }) => kind === 'router');
    // What a process met right after its start it may have dated by a clock that was set since.
    const router =
      found && metMs !== undefined
        ? { ...found, noticedAt: new Date(looks.at.getTime() - metMs) }
        : found;
    const wan = moved.find(({ kind }) => kind === 'wan');
    const cases: Case[] = [];
    const span = this.routerSpan(looks, router, upMs);
    if (span) {
      const settled = router ? await this.stores.outages.credited(router.id) : NONE;
      cases.push({ kind: 'router', span, isOver: true, id: router?.id, settled });
    }
    const isContinuous = looks.elapsedMs <= this.slackMs;
    if (wan) cases.push(await this.wanCase(wan, looks, link, isContinuous));
    if (link === 'down' && (!wan || !isContinuous)) {
      const found = { from: this.lastSeen(looks), to: looks.at };
      cases.push({ kind: 'wan', span: found, isOver: false, id: undefined, settled: NONE });
    }
    const { credit } = await this.settings.rules();
    const past = await this.within(routerId, open, jumpMs);
    const mistaken = span ? undefined : router?.id;
    const dueWithinMs = Math.max(60_000, this.pollMs * 2);
    const meanwhile = {
      dueWithinMs,
      aheadMs: dueWithinMs * AHEAD,
      sureAfterMs: Math.max(SURE_AFTER_MS, this.pollMs * 1.5),
      at: looks.at,
    };
    return {
      giveBack: (books, addedMs) => {
        const given = giveBack(books, cases, credit, past, { meanwhile, addedMs });
        return {
          books: given.books,
          vouchers: given.vouchers,
          keep: async (stores) => {
            if (jumpMs !== 0) for (const { id, span } of past) await stores.outages.end(id, span);
            if (mistaken !== undefined) await stores.outages.drop(mistaken);
            for (const [index, one] of cases.entries()) {
              await keepCase(stores, routerId, one, given.cases[index]!, looks.at);
            }
          },
        };
      },
    };
  }

  /**
   * Outages that came and went, and gave time back, while the present one goes on: only the line's can hold
   * others, since every other one begins where the last round ended.
   */
  private async within(
    routerId: number,
    open: readonly OpenOutage[],
    jumpMs: number,
  ): Promise<PastOutage[]> {
    const wan = open.find(({ kind }) => kind === 'wan');
    if (!wan) return [];
    const past = await this.stores.outages.past(routerId, wan.from);
    return past.map(({ id, span: { from, to } }) => {
      return { id, span: { from: moveBy(from, jumpMs), to: moveBy(to, jumpMs) } };
    });
  }

  private routerSpan(
    looks: ObservationInterval,
    met: OpenOutage | undefined,
    upMs: number,
  ): Span | undefined {
    const watched = this.wasWatched(looks, met);
    const span = looks.isFirst
      ? met && replacedSpan(met, watched, looks.at)
      : routerOutage({ ...looks, watched });
    if (!span) return undefined;
    // It was up for long, refusing us, before it started again: nobody knows when it stopped.
    return upMs > this.slackMs ? undefined : span;
  }

  /** For how long it refused us before it started. */
  private refusedMs(startedAt: Date): number {
    const { refused } = this;
    const lastMs = refused
      ? lengthOf({ from: refused.from, to: soonest([refused.to, startedAt]) })
      : 0;
    return this.refusedBeforeMs + lastMs;
  }

  /** How the outage of the line stands: it goes on, it is over, or nobody looked long enough to say. */
  private async wanCase(
    wan: OpenOutage,
    { elapsedMs, at }: ObservationInterval,
    link: UplinkState,
    isContinuous: boolean,
  ): Promise<Case> {
    const lastLook = new Date(at.getTime() - elapsedMs);
    const isKnown = isContinuous && link !== undefined;
    const to = isKnown || lastLook < wan.from ? at : lastLook;
    return {
      kind: 'wan',
      span: { from: wan.from, to },
      isOver: !isKnown || link === 'up',
      id: wan.id,
      settled: await this.stores.outages.credited(wan.id),
      online: await this.stores.outages.online(wan.id),
    };
  }

  /** Whether the loop, or a computer that lost its power too, knows when the router was last there. */
  private wasWatched(
    { watched, elapsedMs, at }: ObservationInterval,
    met: OpenOutage | undefined,
  ): boolean {
    if (watched || elapsedMs <= this.slackMs) return true;
    const lookedAt = at.getTime() - elapsedMs;
    return met !== undefined && Math.abs(met.noticedAt.getTime() - lookedAt) <= this.slackMs;
  }

  /** Since when a line that is found down may have been down. */
  private lastSeen({ elapsedMs, uptimeMs, at, restarted }: ObservationInterval): Date {
    if (elapsedMs <= this.slackMs) return new Date(at.getTime() - elapsedMs);
    if (restarted && uptimeMs <= this.slackMs) return new Date(at.getTime() - uptimeMs);
    return at;
  }

  private async read(routerId: number): Promise<OpenOutage[]> {
    this.open ??= await this.stores.outages.open(routerId);
    return this.open;
  }
}

const NONE: ReadonlyMap<string, Credited> = new Map();
const NOTHING: ReadonlyMap<string, number> = new Map();

/** Whoever could be over soon gets time for that many such stretches. */
const AHEAD = 10;
/** A ping or two are lost on a line that works. */
const SURE_AFTER_MS = 20_000;

interface Giving {
  meanwhile: Meanwhile;
  addedMs: ReadonlyMap<string, number>;
}

/** Outages one after the other: what the first gives back, the next does not give again. */
function giveBack(
  opened: Books,
  cases: readonly Case[],
  rule: CreditRule,
  past: readonly PastOutage[],
  giving: Giving,
) {
  const vouchers = new Map<string, Voucher>();
  const given: Given[] = [];
  const covered = past.map(({ span }) => span);
  let books = opened;
  const take = (changed: { books: Books; vouchers: Voucher[] }) => {
    for (const voucher of changed.vouchers) vouchers.set(voucher.code, voucher);
    books = changed.books;
  };
  for (const one of cases) {
    const { span, isOver, settled } = one;
    // While the line is still down only those get their time whose voucher would end otherwise: writing
    // everybody's, here and on the router, at each round would be too much.
    const meanwhile = isOver ? undefined : giving.meanwhile;
    const wall = creditOutage(books, span, rule, covered, settled, meanwhile);
    take(wall);
    if (isGivenBack(span, rule)) covered.push(span);
    const online = creditOnline(books, one, rule, giving);
    take(online);
    given.push({ credits: wall.credits, online: online.credits, startedMs: online.startedMs });
  }
  return { books, vouchers: [...vouchers.values()], cases: given };
}

/** Only a dead line lets time online be counted that nobody could use. */
function creditOnline(
  books: Books,
  { kind, span, isOver, online }: Case,
  rule: CreditRule,
  { meanwhile, addedMs }: Giving,
) {
  if (kind === 'router') return { books, vouchers: [], credits: [], startedMs: NOTHING };
  const startedMs = online?.startedMs ?? onlineTimeBefore(books, span, addedMs);
  const creditedMs = online?.creditedMs ?? NOTHING;
  // When it was over at the last round, as far as anybody knows, what came since is not part of it.
  const afterMs = span.to < meanwhile.at ? addedMs : NOTHING;
  const meter = { startedMs, afterMs, creditedMs };
  const given = creditOnlineTime(books, span, rule, meter, isOver ? undefined : meanwhile);
  return { ...given, startedMs };
}

/**
 * A router that broke, until the one in its place is taken on: before that it lets nobody in. Where nobody
 * looked, it may well have run until we met it broken.
 */
function replacedSpan({ from, noticedAt }: OpenOutage, watched: boolean, at: Date): Span {
  return { from: watched || noticedAt < from ? from : noticedAt, to: at };
}

function moveBy(date: Date, ms: number): Date {
  return ms === 0 ? date : new Date(date.getTime() + ms);
}

function soonest(dates: readonly Date[]): Date {
  return dates.reduce((first, date) => (date < first ? date : first));
}
