import type { Clock } from '../../../clock';
import type { GiveTime } from '../../../domain/loop/assess';
import { withChanges, type LoopState } from '../../../domain/loop/loop-state';
import { creditOnlineTime, onlineTimeBefore } from '../../../domain/loop/time/online-time-credit';
import type { uplinkState } from '../../../domain/notices/alert-messages';
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
import { keepCase, type Case, type Given, type TimeKept } from './outage-books';

type UplinkState = ReturnType<typeof uplinkState>;

/**
 * Knows when the router or the uplink was down, between rounds and over restarts. An outage is recorded when
 * first seen, and ends in the transaction of the round that finds it over: its time is given back once.
 */
export class OutageWatch {
  /** Open outages, as in the books; `undefined` when they have to be read. */
  private open: OpenOutage[] | undefined;
  /** Refusals by the router since the last good round: the latest interval, and the length of earlier ones. */
  private refused: Span | undefined;
  private refusedBeforeMs = 0;
  /** When this process saw an outage before its first good round, by the monotonic clock. */
  private metAtMs: number | undefined;
  private hasObserved = false;
  /** Since when the uplink was found down while our clock was held, by the monotonic clock. */
  private downSinceMs: number | undefined;

  constructor(
    private readonly stores: Stores,
    private readonly settings: NoticeSettings,
    private readonly pollMs: number,
    private readonly clock: Pick<Clock, 'elapsedMs'>,
  ) {}

  /** Someone else may have written in between. */
  forget(): void {
    this.open = undefined;
  }

  /** Rounds further apart than this say nothing of the time between them. */
  get slackMs(): number {
    return this.pollMs * 2 + 120_000;
  }

  /** Whether vouchers that seem to be over may get time back at the next round. */
  async mayGiveBack(routerId: number): Promise<boolean> {
    if ((await this.read(routerId)).length === 0) return false;
    return (await this.settings.rules()).credit.isOn;
  }

  /** The router could not be reached: whether it was down shows once it is back. */
  async unreachable(routerId: number, lastAt: Date | null, now: Date): Promise<void> {
    if (this.refused) this.refusedBeforeMs += lengthOf(this.refused);
    this.refused = undefined;
    const open = await this.read(routerId);
    if (!lastAt || open.some(({ kind }) => kind === 'router')) return;
    this.forget();
    if (!this.hasObserved) this.metAtMs = this.clock.elapsedMs();
    await this.stores.outages.begin(routerId, 'router', lastAt, now);
  }

  /**
   * It answered, if only to refuse us: it is up now. Whether it was down before shows at the next good round,
   * so what is known of that is kept.
   */
  answered(now: Date): void {
    this.refused = { from: this.refused?.from ?? now, to: now };
  }

  /** A round while our clock is held: it has no time yet, but shows how long the uplink is down. */
  heldRound(uplink: UplinkState, uptimeMs: number): void {
    if (uplink !== 'down') this.downSinceMs = undefined;
    else this.downSinceMs ??= this.clock.elapsedMs() - (uptimeMs <= this.slackMs ? uptimeMs : 0);
  }

  /**
   * @param interval `watched` as far as the caller knows; whether the loop kept trying shows here
   * @param uplink the uplink now; `undefined` if it is not checked or unclear
   * @param jumpMs how far our clock was set since the last round
   * @returns `undefined` when nothing is or was down, which costs nothing
   */
  async find(
    routerId: number,
    interval: ObservationInterval,
    uplink: UplinkState,
    jumpMs: number,
  ): Promise<GiveTime<TimeKept> | undefined> {
    const open = await this.read(routerId);
    const { upMs, noticedAt, downMs } = this.forgetBefore(interval);
    if (open.length === 0 && !interval.restarted && uplink !== 'down') return undefined;
    this.forget(); // reread whatever happens
    const found = open.map((one) => movedBy(one, jumpMs));
    const met = found.find(({ kind }) => kind === 'router');
    const router = met && { ...met, noticedAt: noticedAt ?? met.noticedAt };
    const wan = found.find(({ kind }) => kind === 'wan');
    const span = this.routerSpan(interval, router, upMs);
    const cases = [
      ...(span ? [await this.routerCase(span, router)] : []),
      ...(await this.wanCases(wan, { ...interval, downMs }, uplink)),
    ];
    const past = await this.within(routerId, open, jumpMs);
    const mistaken = span ? undefined : router?.id;
    const { credit } = await this.settings.rules();
    const meanwhile = this.meanwhile(interval.at);
    return (state, addedMs) => {
      const given = giveBack(ofThisRouter(state), cases, credit, past, { meanwhile, addedMs });
      return {
        state: withChanges(state, { vouchers: given.vouchers }),
        vouchers: given.vouchers,
        keep: async (stores) => {
          if (jumpMs !== 0) for (const { id, span } of past) await stores.outages.end(id, span);
          if (mistaken !== undefined) await stores.outages.drop(mistaken);
          for (const [index, one] of cases.entries()) {
            await keepCase(stores, routerId, one, given.cases[index]!, interval.at);
          }
        },
      };
    };
  }

  /** A round succeeded. @returns what was remembered of the time before it */
  private forgetBefore({ at, uptimeMs }: ObservationInterval): {
    /** How long the router refused us before it booted. */
    upMs: number;
    /** Our own date of an outage seen right after our start, recorded by a clock that was set since. */
    noticedAt: Date | undefined;
    /** How long the uplink is known to be down, by rounds while our clock was held. */
    downMs: number | undefined;
  } {
    const startedAt = new Date(at.getTime() - uptimeMs);
    const { refused, refusedBeforeMs, metAtMs } = this;
    const lastMs = refused
      ? lengthOf({ from: refused.from, to: soonest([refused.to, startedAt]) })
      : 0;
    this.refused = undefined;
    this.refusedBeforeMs = 0;
    this.metAtMs = undefined;
    this.hasObserved = true;
    const noticedAt =
      metAtMs === undefined
        ? undefined
        : new Date(at.getTime() - (this.clock.elapsedMs() - metAtMs));
    const { downSinceMs } = this;
    this.downSinceMs = undefined;
    const downMs = downSinceMs === undefined ? undefined : this.clock.elapsedMs() - downSinceMs;
    return { upMs: refusedBeforeMs + lastMs, noticedAt, downMs };
  }

  private meanwhile(at: Date): Meanwhile {
    const dueWithinMs = Math.max(60_000, this.pollMs * 2);
    const sureAfterMs = Math.max(SURE_AFTER_MS, this.pollMs * 1.5);
    return { dueWithinMs, aheadMs: dueWithinMs * AHEAD, sureAfterMs, at };
  }

  /**
   * Outages that came, gave time back and ended during the present one: only an uplink outage can contain
   * others, since every other kind begins where the last round ended.
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
    interval: ObservationInterval,
    met: OpenOutage | undefined,
    upMs: number,
  ): Span | undefined {
    const watched = this.wasWatched(interval, met);
    const span = interval.isFirst
      ? met && replacedSpan(met, watched, interval.at)
      : routerOutage({ ...interval, watched });
    if (!span) return undefined;
    // It was up for long, refusing us, before it booted again: nobody knows when it stopped.
    return upMs > this.slackMs ? undefined : span;
  }

  private async routerCase(span: Span, met: OpenOutage | undefined): Promise<Case> {
    const settled = met ? await this.stores.outages.credited(met.id) : NONE;
    return { kind: 'router', span, isOver: true, id: met?.id, settled };
  }

  /** The uplink's recorded outage, and one that begins now. */
  private async wanCases(
    wan: OpenOutage | undefined,
    interval: ObservationInterval & { downMs: number | undefined },
    uplink: UplinkState,
  ): Promise<Case[]> {
    const isContinuous = interval.elapsedMs <= this.slackMs;
    const known = wan ? [await this.wanCase(wan, interval, uplink, isContinuous)] : [];
    if (uplink !== 'down' || (wan && isContinuous)) return known;
    const span = { from: this.lastSeen(interval), to: interval.at };
    return [...known, { kind: 'wan', span, isOver: false, id: undefined, settled: NONE }];
  }

  /** State of the uplink's outage: it goes on, it is over, or the rounds are too far apart to tell. */
  private async wanCase(
    wan: OpenOutage,
    { elapsedMs, at }: ObservationInterval,
    uplink: UplinkState,
    isContinuous: boolean,
  ): Promise<Case> {
    const lastAt = new Date(at.getTime() - elapsedMs);
    const isKnown = isContinuous && uplink !== undefined;
    const to = isKnown || lastAt < wan.from ? at : lastAt;
    return {
      kind: 'wan',
      span: { from: wan.from, to },
      isOver: !isKnown || uplink === 'up',
      id: wan.id,
      settled: await this.stores.outages.credited(wan.id),
      online: await this.stores.outages.online(wan.id),
    };
  }

  /** Whether the loop, or a computer that lost its power too, knows when the router was last up. */
  private wasWatched(
    { watched, elapsedMs, at }: ObservationInterval,
    met: OpenOutage | undefined,
  ): boolean {
    if (watched || elapsedMs <= this.slackMs) return true;
    const lastAtMs = at.getTime() - elapsedMs;
    return met !== undefined && Math.abs(met.noticedAt.getTime() - lastAtMs) <= this.slackMs;
  }

  /** The earliest time an uplink that is found down may have gone down. */
  private lastSeen(interval: ObservationInterval & { downMs: number | undefined }): Date {
    const { elapsedMs, uptimeMs, at, restarted, downMs } = interval;
    if (elapsedMs <= this.slackMs) return new Date(at.getTime() - elapsedMs);
    if (downMs !== undefined) return new Date(at.getTime() - downMs);
    if (restarted && uptimeMs <= this.slackMs) return new Date(at.getTime() - uptimeMs);
    return at;
  }

  private async read(routerId: number): Promise<OpenOutage[]> {
    this.open ??= await this.stores.outages.open(routerId);
    return this.open;
  }
}

/** Customers of other routers lost nothing. */
function ofThisRouter(state: LoopState): LoopState {
  if (!state.elsewhere) return state;
  const codes = new Set(state.sessions.map(({ code }) => code));
  return { ...state, vouchers: new Map([...state.vouchers].filter(([code]) => codes.has(code))) };
}

function movedBy(outage: OpenOutage, jumpMs: number): OpenOutage {
  const { from, noticedAt } = outage;
  return { ...outage, from: moveBy(from, jumpMs), noticedAt: moveBy(noticedAt, jumpMs) };
}

const NONE: ReadonlyMap<string, Credited> = new Map();
const NOTHING: ReadonlyMap<string, number> = new Map();

/** A voucher that would end soon gets time for this many such intervals in advance. */
const AHEAD = 10;
/** A working uplink can lose a ping or two. */
const SURE_AFTER_MS = 20_000;

interface Giving {
  meanwhile: Meanwhile;
  addedMs: ReadonlyMap<string, number>;
}

/** Outages one after another: what the first gives back, the next does not give again. */
function giveBack(
  opened: LoopState,
  cases: readonly Case[],
  rule: CreditRule,
  past: readonly PastOutage[],
  giving: Giving,
) {
  const vouchers = new Map<string, Voucher>();
  const given: Given[] = [];
  const covered = past.map(({ span }) => span);
  let state = opened;
  const take = (changed: { state: LoopState; vouchers: Voucher[] }) => {
    for (const voucher of changed.vouchers) vouchers.set(voucher.code, voucher);
    state = changed.state;
  };
  for (const one of cases) {
    const { span, isOver, settled } = one;
    // While the uplink is down, only vouchers that would otherwise end get their time: writing everyone's,
    // here and on the router, every round would be too much.
    const meanwhile = isOver ? undefined : giving.meanwhile;
    const wall = creditOutage(state, span, rule, covered, settled, meanwhile);
    take(wall);
    if (isGivenBack(span, rule)) covered.push(span);
    const online = creditOnline(state, one, rule, giving);
    take(online);
    given.push({ credits: wall.credits, online: online.credits, startedMs: online.startedMs });
  }
  return { state, vouchers: [...vouchers.values()], cases: given };
}

/** Only a dead uplink lets online time be counted that nobody could use. */
function creditOnline(
  state: LoopState,
  { kind, span, isOver, online }: Case,
  rule: CreditRule,
  { meanwhile, addedMs }: Giving,
) {
  if (kind === 'router') return { state, vouchers: [], credits: [], startedMs: NOTHING };
  const startedMs = online?.startedMs ?? onlineTimeBefore(state, span, addedMs);
  const creditedMs = online?.creditedMs ?? NOTHING;
  // If it was over at the last round, as far as is known, the time since then is not part of it.
  const afterMs = span.to < meanwhile.at ? addedMs : NOTHING;
  const meter = { startedMs, afterMs, creditedMs };
  const given = creditOnlineTime(state, span, rule, meter, isOver ? undefined : meanwhile);
  return { ...given, startedMs };
}

/**
 * A broken router, until its replacement is accepted: before that it lets nobody in. If no round ran, it may
 * well have worked until we found it broken.
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
