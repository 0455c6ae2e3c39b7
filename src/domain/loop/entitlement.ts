import type { AuditEntry, Deed } from '../shop/audit-entry';
import type { LoopState, Reading, SessionChange } from './loop-state';
import type { Departure } from '../network/diff';
import type {
  DesiredDevice,
  DesiredLine,
  DesiredNetwork,
  DesiredUser,
  Presence,
} from '../network/network';
import { carriedOver, decide, soonest, type Decision, type PolicyInput } from '../policy/policy';
import { isPeriodOver, NOTHING_RECENT, PeriodUse, type Recent } from './period-use';
import { countedBytes, overageOf, usedBytes } from '../vouchers/remaining';
import { shapingFor } from '../policy/shaping';
import type { ShopCalendar, Span } from '../shop/shop-calendar';
import { newSpeeds } from './speeds';
import { total, type Mac, type Money } from '../units';
import {
  chooseCurrent,
  isLive,
  spentUptime,
  startClock,
  type Session,
  type Voucher,
} from '../vouchers/voucher';

/** What should be true now by the books, and how the books themselves change. */
export interface Entitlement {
  desired: Pick<DesiredNetwork, 'users' | 'devices' | 'lines'>;
  departures: (Departure & { sessionId: number })[];
  /** Why each device has its speed; for people. */
  decisions: Map<Mac, Decision & { code: string }>;
  /** What each session that is not over would give its device alone, running or not. */
  candidates: readonly Candidate[];
  vouchers: Voucher[];
  sessions: SessionChange[];
  readings: Reading[];
  audit: AuditEntry[];
  /** Periods that continue under another date: what is recorded for them belongs to the new date. */
  redated: RedatedPeriod[];
  /** What subscribers used above the caps of periods that ended. */
  overages: Overage[];
  /** Devices whose speed, or the reason for it, changed. */
  speeds: ReturnType<typeof newSpeeds>;
  /** When the next round is due at the latest, because something changes by itself. */
  reviewAt: Date | null;
}

/** To be charged with a subscriber's next invoice. */
export interface Overage {
  subscriberId: number;
  bytes: number;
  charge: Money;
  /** When the period began. */
  from: Date;
}

export interface RedatedPeriod {
  code: string;
  from: Date;
  to: Date;
}

export interface Candidate {
  session: Session;
  voucher: Voucher;
  decision: Decision;
}

/** The device and code of a session; identifies a refused login. */
export function holdName({ mac, code }: Pick<Session, 'mac' | 'code'>): string {
  return `${mac} ${code}`;
}

/** What a decision may need to know beyond the books and who is present. */
export interface DecisionContext {
  /** Nothing ends by the clock or by online time: an outage may still give time back. */
  mayGetTime?: boolean;
  /** What this round added to the books; it may span several periods. */
  recent?: Recent;
  /**
   * By `holdName`: sessions the router refuses to let in whatever we do. If the device has another voucher,
   * that one is used for now.
   */
  refused?: ReadonlySet<string>;
}

/**
 * Who may be online now and how fast: every session is decided, each device runs one of its vouchers, clocks
 * start and stop, and what is over ends. Pure: returns the changed vouchers and sessions.
 * @param state with this round's usage
 * @param calendar the shop's, for recurring caps and for windows
 */
export function entitle(
  state: LoopState,
  present: ReadonlyMap<Mac, Presence>,
  now: Date,
  calendar: ShopCalendar,
  { mayGetTime = false, recent = NOTHING_RECENT, refused = new Set() }: DecisionContext = {},
): Entitlement {
  const work = new Work(state, present, now, calendar, new PeriodUse(recent, now, calendar));
  const current = work.chooseCurrents(refused);
  work.startAndStopClocks(current);
  work.endWhatIsOver(mayGetTime);
  return work.result(current);
}

class Work {
  private readonly vouchers: Map<string, Voucher>;
  private readonly changed = new Set<string>();
  private readonly candidates: Candidate[] = [];
  private readonly stacks = new Map<Mac, Candidate[]>();
  private readonly abandoned = new Set<Session>();
  /** Devices logged in under each code. */
  private readonly online: Map<string, number>;
  private readonly audit: AuditEntry[] = [];
  private readonly redated: RedatedPeriod[] = [];
  private readonly overages: Overage[] = [];
  private readonly reviews: (Date | null)[] = [];

  constructor(
    private readonly state: LoopState,
    private readonly present: ReadonlyMap<Mac, Presence>,
    private readonly now: Date,
    private readonly calendar: ShopCalendar,
    private readonly periodUse: PeriodUse,
  ) {
    this.vouchers = new Map(state.vouchers);
    this.online = new Map(state.elsewhere);
    for (const { active } of present.values()) if (active) this.countOnline(active.user);
    for (const voucher of state.vouchers.values()) this.rollPeriod(voucher);
    for (const session of state.sessions) this.decideSession(session);
  }

  private countOnline(code: string): void {
    this.online.set(code, (this.online.get(code) ?? 0) + 1);
  }

  private period({ terms, startedAt }: Voucher): Span | null {
    return this.calendar.capPeriod(terms, startedAt, this.now);
  }

  /** A recurring cap starts from zero when its period does. */
  private rollPeriod(voucher: Voucher): void {
    if (voucher.terms.capPeriod === 'voucher' || !voucher.activatedAt) return;
    const period = this.period(voucher);
    const before = voucher.periodStartedAt;
    if (!period || before?.getTime() === period.startedAt.getTime()) return;
    if (before && before < period.startedAt) {
      // A period that only just began was begun by another zone's clock, and runs to this zone's next boundary.
      const isOver = isPeriodOver(voucher.terms, before, period.startedAt);
      if (isOver) this.beginPeriod(voucher, before, period);
      return;
    }
    // A period in the future was begun by a wrong clock: it gets a new date, and its usage stays.
    if (before) this.redated.push({ code: voucher.code, from: before, to: period.startedAt });
    this.change({ ...voucher, periodStartedAt: period.startedAt });
  }

  /** Each period that has ended since is charged separately, and carries over what it did not use. */
  private beginPeriod(voucher: Voucher, before: Date, { startedAt }: Span): void {
    const uses = this.periodUse.of(voucher, before, usedBytes(voucher));
    const present = uses.pop()!;
    let { carriedBytes } = voucher;
    for (const { startedAt: from, bytes } of uses) {
      const due = overageOf(voucher, bytes, carriedBytes);
      if (due)
        this.note({ what: 'overage of a period', subject: voucher.code, detail: { ...due, from } });
      const { access } = voucher;
      if (due && access) this.overages.push({ ...due, from, subscriberId: access.subscriberId });
      carriedBytes = carriedOver(voucher.terms, carriedBytes, bytes);
    }
    const usedBeforePeriod = countedBytes(voucher) - present.bytes;
    this.change({ ...voucher, periodStartedAt: startedAt, usedBeforePeriod, carriedBytes });
  }

  private decideSession(session: Session): void {
    const voucher = this.vouchers.get(session.code);
    if (!voucher || session.state === 'ended') return;
    if (this.isAbandoned(session)) {
      this.abandoned.add(session);
      return;
    }
    const decision = decide(voucher.terms, this.policyInput(voucher, session), this.now);
    const candidate = { session, voucher, decision };
    this.candidates.push(candidate);
    // A modem calls by itself: there is no portal by which a line would come back.
    if (session.signedOut && voucher.access?.kind !== 'pppoe') return;
    const stack = this.stacks.get(session.mac);
    if (stack) stack.push(candidate);
    else this.stacks.set(session.mac, [candidate]);
  }

  /** An interrupted redemption: nobody got in, so nothing was bought. */
  private isAbandoned(session: Session): boolean {
    if (session.state !== 'pending' || !session.pendingUntil) return false;
    return this.now >= session.pendingUntil && !this.isOnlineAs(session);
  }

  private isOnlineAs(session: Session): boolean {
    return this.present.get(session.mac)?.active?.user === session.code;
  }

  private policyInput(voucher: Voucher, session: Session): PolicyInput {
    const { window } = voucher.terms;
    const manual = this.state.limits.get(session.mac);
    return {
      startedAt: voucher.startedAt,
      expiresAt: voucher.expiresAt,
      stoppedAt: voucher.stoppedAt,
      bytes: usedBytes(voucher),
      carriedBytes: voucher.carriedBytes,
      periodEndsAt: this.period(voucher)?.endsAt ?? null,
      window: window && this.calendar.window(window, this.now),
      uptimeMs: spentUptime(voucher),
      onlineDevices: this.online.get(voucher.code) ?? 0,
      paused: voucher.status === 'paused',
      revoked: voucher.status === 'revoked',
      developer: voucher.developer,
      suspended: voucher.access?.suspended ?? false,
      blocked: this.state.blocked?.has(session.mac) ?? false,
      manual: manual ? { rate: manual.rate, until: manual.until } : null,
    };
  }

  chooseCurrents(refused: ReadonlySet<string>): Map<Mac, Candidate> {
    const current = new Map<Mac, Candidate>();
    for (const [mac, stack] of this.stacks) {
      const chosen = chooseServing(stack, refused);
      if (chosen) current.set(mac, chosen);
      this.reviews.push(...stack.map(({ decision }) => decision.reviewAt));
    }
    this.reviewNewcomers(current);
    return current;
  }

  /** Devices this round lets in will use their vouchers before the next one: they count as online already. */
  private reviewNewcomers(current: ReadonlyMap<Mac, Candidate>): void {
    const newcomers = [...current.values()].filter(
      ({ session }) => this.present.has(session.mac) && !this.isOnlineAs(session),
    );
    for (const { session } of newcomers) this.countOnline(session.code);
    for (const { session, voucher } of newcomers) {
      const standing = this.policyInput(voucher, session);
      this.reviews.push(decide(voucher.terms, standing, this.now).reviewAt);
    }
  }

  /**
   * A voucher's clock starts when the router lets a device in under it. It stops while each of its devices
   * runs another voucher, so no paid minute is spent twice.
   */
  startAndStopClocks(current: ReadonlyMap<Mac, Candidate>): void {
    const running = new Set(this.state.elsewhere?.keys());
    for (const { voucher } of current.values()) running.add(voucher.code);
    for (const { session } of current.values()) {
      const voucher = this.vouchers.get(session.code)!;
      if (this.isOnlineAs(session)) this.start(voucher);
    }
    for (const { session, voucher, decision } of this.candidates) {
      if (decision.ended) continue;
      const latest = this.vouchers.get(voucher.code)!;
      if (running.has(voucher.code)) this.goOn(latest);
      else if (this.waitsBehind(session, current)) this.wait(latest);
      else if (latest.stoppedAt && !this.runsAnother(session)) this.goOn(latest);
    }
  }

  private start(voucher: Voucher): void {
    const started = startClock(voucher, this.now);
    if (started === voucher) return;
    this.change(started);
    this.reviews.push(started.expiresAt);
  }

  private goOn(voucher: Voucher): void {
    if (!voucher.stoppedAt) return;
    const heldMs = this.now.getTime() - voucher.stoppedAt.getTime();
    const expiresAt = voucher.expiresAt && new Date(voucher.expiresAt.getTime() + heldMs);
    this.change({ ...voucher, stoppedAt: null, expiresAt });
    this.reviews.push(expiresAt);
  }

  /** Added behind the device's other voucher: held, but its time has not started or is stopped. */
  private wait(voucher: Voucher): void {
    if (!isLive(voucher)) return;
    if (!voucher.activatedAt) {
      this.change({ ...voucher, status: 'active', activatedAt: this.now });
    } else if (voucher.startedAt && !voucher.stoppedAt) {
      this.change({ ...voucher, stoppedAt: this.now });
    }
  }

  /** Whether another voucher's clock runs for this device, logged in or not. */
  private runsAnother({ mac, code }: Session): boolean {
    return this.candidates.some(({ session, voucher, decision }) => {
      if (session.mac !== mac || voucher.code === code || decision.ended) return false;
      const { startedAt, stoppedAt } = this.vouchers.get(voucher.code)!;
      return startedAt !== null && stoppedAt === null;
    });
  }

  /** A code typed just now queues behind a working voucher: otherwise typing it would have no effect. */
  private waitsBehind(session: Session, current: ReadonlyMap<Mac, Candidate>): boolean {
    const chosen = current.get(session.mac)?.session;
    if (session.signedOut || !chosen || chosen === session) return false;
    return session.state !== 'pending' || this.isOnlineAs(chosen);
  }

  endWhatIsOver(mayGetTime: boolean): void {
    for (const { voucher, decision } of this.candidates) {
      const latest = this.vouchers.get(voucher.code)!;
      if (!decision.ended || latest.endedAt) continue;
      const isByTime = decision.ended === 'expired' || decision.reason === 'online time used up';
      if (mayGetTime && isByTime) continue;
      this.change({ ...latest, status: decision.ended, endedAt: this.now });
      const detail = { reason: decision.reason };
      this.note({ what: 'voucher ended', subject: voucher.code, detail });
    }
  }

  result(current: ReadonlyMap<Mac, Candidate>): Entitlement {
    const devices: DesiredDevice[] = [];
    const users = new Map<string, DesiredUser>();
    const lines: DesiredLine[] = [];
    const decisions = new Map<Mac, Decision & { code: string }>();
    for (const [mac, { session, decision }] of current) {
      const { terms } = this.vouchers.get(session.code)!;
      const shaping = shapingFor(terms, decision);
      devices.push({ mac, code: session.code, rate: decision.rate!, shaping });
      decisions.set(mac, { ...decision, code: session.code });
      const { access } = this.vouchers.get(session.code)!;
      if (access?.kind === 'pppoe') {
        const { password, address } = access;
        lines.push({ login: session.code, password, address, profile: terms.pppProfile });
      } else if (!users.has(session.code)) {
        users.set(session.code, desiredUser(this.vouchers.get(session.code)!, mac, this.now));
      }
    }
    const granted = new Set([...current.values()].map(({ session }) => session));
    const sessions = this.state.sessions.map((session) =>
      this.nextState(session, granted.has(session), this.waitsBehind(session, current)),
    );
    return {
      desired: { users: [...users.values()], devices, lines },
      departures: this.state.sessions
        .filter((session) => session.onRouter && !granted.has(session))
        .map(({ id, mac, code }) => ({ sessionId: id, mac, code })),
      decisions,
      candidates: this.candidates,
      vouchers: [...this.changed].map((code) => this.vouchers.get(code)!),
      sessions: sessions.filter((change) => change !== undefined),
      readings: this.reassigned(current),
      audit: this.audit,
      redated: this.redated,
      overages: this.overages,
      speeds: newSpeeds(this.state.speeds, this.candidates, current, this.now),
      reviewAt: soonest(this.reviews),
    };
  }

  private nextState(
    session: Session,
    isGranted: boolean,
    waits: boolean,
  ): SessionChange | undefined {
    const voucher = this.vouchers.get(session.code);
    let state = session.state;
    let endReason: string | null = null;
    if (this.abandoned.has(session)) {
      state = 'ended';
      endReason = 'not completed';
    } else if (state !== 'ended' && voucher && !isLive(voucher)) {
      state = 'ended';
      endReason = voucher.status;
    } else if (state === 'pending' && (waits || this.isOnlineAs(session))) state = 'open';
    const onRouter = session.onRouter || isGranted;
    if (state === session.state && onRouter === session.onRouter) return undefined;
    return { id: session.id, state, endReason, onRouter };
  }

  /** From this round on a device's bytes go to the session that runs now. */
  private reassigned(current: ReadonlyMap<Mac, Candidate>): Reading[] {
    const readings: Reading[] = [];
    for (const [mac, { session }] of current) {
      const reading = this.state.readings.get(mac);
      if (!reading || reading.sessionId === session.id) continue;
      readings.push({ ...reading, sessionId: session.id, code: session.code });
    }
    return readings;
  }

  private change(voucher: Voucher): void {
    this.vouchers.set(voucher.code, voucher);
    this.changed.add(voucher.code);
  }

  private note(deed: Deed): void {
    this.audit.push({ at: this.now, who: 'loop', ...deed });
  }
}

/** `chooseCurrent`, skipping sessions the router lets nobody in under if there are others. */
export function chooseServing(
  stack: readonly Candidate[],
  refused: ReadonlySet<string>,
): Candidate | undefined {
  const taken =
    refused.size === 0 ? stack : stack.filter(({ session }) => !refused.has(holdName(session)));
  return chooseCurrent(taken) ?? chooseCurrent(stack);
}

/** @param mac a device that runs it */
function desiredUser(voucher: Voucher, mac: Mac, now: Date): DesiredUser {
  const { terms, developer, startedAt, expiresAt, givenUptimeMs } = voucher;
  // The router does not know free hours: its own limit would stop usage that does not count.
  const isCountable = terms.capBytes !== null && !terms.window?.unlimited;
  const blocks = !developer && terms.capPolicy === 'block' && isCountable;
  const wallMs = startedAt
    ? expiresAt && expiresAt.getTime() - startedAt.getTime()
    : terms.validitySeconds && terms.validitySeconds * 1000;
  return {
    code: voucher.code,
    devices: terms.devices,
    mac: terms.devices === 1 && !voucher.access ? mac : null,
    ...(voucher.access && { password: voucher.access.password }),
    granted: {
      wallMs: developer ? null : wallMs,
      // The router also counts credited time as used.
      uptimeMs:
        developer || terms.uptimeSeconds === null
          ? null
          : terms.uptimeSeconds * 1000 + givenUptimeMs,
      bytes: blocks ? voucher.usedBeforePeriod + terms.capBytes! + voucher.carriedBytes : null,
    },
    used: {
      wallMs: startedAt ? Math.max(0, now.getTime() - startedAt.getTime()) : 0,
      uptimeMs: voucher.usedUptimeMs,
      bytes: total(voucher.used),
    },
  };
}
