import { type Clock, DAY_MS } from '../../clock';
import { opensWith } from '../../domain/billing/access';
import { isGoodAt } from '../../domain/shop/site';
import { claimSlot, type SlotClaim } from '../../domain/vouchers/device-claim';
import type { HotspotHost } from '../../domain/network/network';
import type { Code } from '../../domain/vouchers/voucher-code';
import {
  isLive,
  runsForEver,
  stackEndsAt,
  type Session,
  type Voucher,
} from '../../domain/vouchers/voucher';
import type { Mac } from '../../domain/units';
import { deed } from '../../domain/shop/audit-entry';
import {
  AlreadyYours,
  MovedTooOften,
  NeedsNoVoucher,
  TimeOver,
  beforeCodeTaken,
  BooksUnavailable,
  CodeNotTaken,
  Conflict,
  DeviceBlocked,
  OtherSite,
  RouterUnreachable,
} from '../../errors';
import type { Stores } from '../../store/stores';
import { outcomeOf, type RedemptionOutcome } from '../metrics';
import type { LoopAccess } from '../loop/no-router';
import type { GuessLimiter } from './guess-limiter';
import { OwedWrites } from './owed-writes';
import { say } from '../../text';

/** A hold that nobody renewed for this long is of a program that has ended; the code is free again. */
const HOLD_MS = 60_000;
/** In real time: a small router may take minutes until it comes to the last one of a crowd. */
const RENEW_MS = 20_000;
/** Same words for a wrong, a used and a held code: an answer must not help to guess. */
const NOT_USABLE =
  'That code cannot be used: it is mistyped, or its time is over. Check it, or ask at the shop.';

export interface Redeemed {
  /** When the device's time ends, all its vouchers counted; `null` never. */
  expiresAt: Date | null;
}

/** What a redemption took, and how to give it back. */
interface Taken {
  code: Code;
  kind: SlotClaim['kind'];
  sessionId: number;
  movedFrom: number | undefined;
  wasPaused: boolean;
}

/** Somebody who waits for a code they typed. */
export interface Waiting {
  /** Aborts when nobody waits for the answer any more. */
  gone?: AbortSignal;
  /** The code is theirs, and the router is asked to let them in. */
  onHeld?: () => void;
  /** Of a subscriber, whose login stands in place of a code. */
  password?: string;
  /** Who does it for the customer. */
  by?: string;
  /** The device gives up what it is online as, as another program's user. */
  leaves?: boolean;
}

/** A code, or a subscriber's login with its password. */
interface Typed {
  code: Code;
  password: string | undefined;
  by: string | undefined;
  leaves: boolean | undefined;
}

/** A code a device typed that is not answered yet. */
interface Attempt {
  code: Code;
  /** The code is held for the device. */
  isHeld: boolean;
  /** Leaves the line, if it stands in one. */
  giveUp: () => void;
  answer: Promise<Redeemed>;
  ended: Promise<unknown>;
}

/** Turns a typed code into a device that is online. */
export class RedemptionService {
  private readonly attempts = new Map<Mac, Attempt>();
  /** Holds that ended while the books could not be written. */
  private readonly owed = new OwedWrites();

  constructor(
    private readonly stores: Stores,
    private readonly loop: LoopAccess,
    private readonly limiter: GuessLimiter,
    private readonly clock: Clock,
    private readonly renewMs = RENEW_MS,
    private readonly onOutcome: (outcome: RedemptionOutcome) => void = () => undefined,
  ) {}

  /**
   * Gives a device the voucher a customer typed, unless too many wrong codes came before; while somebody
   * guesses it waits for its turn. The code is held, the router is asked, and time starts once the device
   * is in; if the router is away or refuses, the code is as good as new. A code whose slots are taken moves
   * to this device where the plan allows it, and one of this device's own goes on.
   * @param host the device, by the router's own table
   * @throws TooManyGuesses, DeviceBlocked, AlreadyYours, NeedsNoVoucher, TimeOver, MovedTooOften, Conflict for a code that cannot be used,
   *   CodeNotTaken while the shop's books seem to be lost, RouterUnreachable or RouterRefused when the device could not be let in
   */
  async redeem(code: Code, host: HotspotHost, waiting: Waiting = {}): Promise<Redeemed> {
    const { lost } = this.loop;
    // A code of the books that were lost would be told to be wrong, and guessed.
    if (lost !== undefined) throw new CodeNotTaken(new BooksUnavailable('lost', undefined, lost));
    // One code of a device at a time: who presses the button again need not wait twice for the same, nor
    // be told that they have just tried.
    const before = this.attempts.get(host.mac);
    if (before?.isHeld && before.code === code && waiting.password === undefined) {
      waiting.onHeld?.();
      return before.answer;
    }
    before?.giveUp();
    const attempt = this.begin(code, host, waiting, before?.ended);
    this.attempts.set(host.mac, attempt);
    try {
      const redeemed = await attempt.answer;
      this.onOutcome('online');
      return redeemed;
    } catch (error) {
      this.onOutcome(outcomeOf(error));
      throw error;
    } finally {
      if (this.attempts.get(host.mac) === attempt) this.attempts.delete(host.mac);
    }
  }

  /** The program ends: codes that wait for their turn are answered so, and none is looked at any more. */
  stop(): void {
    this.limiter.close();
  }

  /** Until every code that was typed has its answer, before the books are closed. */
  async idle(): Promise<void> {
    await Promise.all([...this.attempts.values()].map(({ ended }) => ended));
  }

  private begin(
    code: Code,
    host: HotspotHost,
    { gone, onHeld, password, by, leaves }: Waiting,
    before: Promise<unknown> = Promise.resolve(),
  ): Attempt {
    const leaving = new AbortController();
    const signal = AbortSignal.any(gone ? [gone, leaving.signal] : [leaving.signal]);
    const held = () => {
      attempt.isHeld = true;
      onHeld?.();
    };
    const typed = { code, password, by, leaves };
    const answer = before.then(() => this.tryCode(typed, host, signal, held));
    const ended = answer.catch(() => undefined);
    const giveUp = () => leaving.abort();
    const attempt: Attempt = { code, isHeld: false, giveUp, answer, ended };
    return attempt;
  }

  private async tryCode(
    typed: Typed,
    host: HotspotHost,
    gone: AbortSignal,
    onHeld: () => void,
  ): Promise<Redeemed> {
    const take = () => this.take(typed, host);
    const taken = await this.limiter.look(host, take, gone).catch((error: unknown) => {
      throw beforeCodeTaken(error);
    });
    onHeld();
    const renewing = setInterval(() => void this.renew(taken, host.mac), this.renewMs);
    // In a crowd many are let in together: the router is asked about all of them at once.
    await this.limiter.untilPause();
    const redeemed = await this.letIn(taken, host, typed.leaves).finally(() =>
      clearInterval(renewing),
    );
    // A code typed again is not fresh, nor one that moves from phone to phone: with it one could wipe the
    // slate clean for ever.
    if (taken.kind === 'slot') await this.forgive(host.mac);
    return redeemed;
  }

  /** The router works on it, or others are before it: nobody else may have the code meanwhile. */
  private async renew({ code, sessionId }: Taken, mac: Mac): Promise<void> {
    const until = new Date(this.clock.now().getTime() + HOLD_MS);
    try {
      await this.stores.transaction(async ({ vouchers, sessions }) => {
        await vouchers.renewHold(code, mac, until);
        await sessions.renewPending(sessionId, until);
      });
    } catch {
      // The next one is soon; whatever is wrong with the books, the redemption meets it too and says so.
    }
  }

  /** What the books say of a code, and the hold on it; the router is not asked, so it takes milliseconds. */
  private async take(typed: Typed, host: HotspotHost): Promise<Taken> {
    const blocked = await this.stores.blocks.macs({ mac: host.mac });
    if (blocked.size > 0) throw new DeviceBlocked(say`${host.mac} is blocked by the shop`);
    await this.owed.flush();
    return this.hold(typed, host);
  }

  /** The router lets the device in, or the code is given back. */
  private async letIn(taken: Taken, host: HotspotHost, leaves?: boolean): Promise<Redeemed> {
    const { code } = taken;
    try {
      // The router lets a new device in once the former one is out, and that is the whole loop's work.
      if (taken.kind === 'move') await this.loop.reconcile(false, host);
      await this.loop.reconcileDevice(host, () => this.wasLetIn(taken), leaves);
    } catch (error) {
      // Not known as long as the books cannot tell: the device may be in by now.
      let nobodyGotIn: boolean | undefined;
      await this.owed.make(async () => {
        nobodyGotIn = await this.letGo(taken, host.mac);
      });
      if (nobodyGotIn === undefined) throw error;
      if (nobodyGotIn) throw beforeCodeTaken(error);
    }
    await this.owed.make(() => this.stores.vouchers.release(code, host.mac));
    const sessions = await this.stores.sessions.ofDevice(host.mac);
    const isIn = sessions.some(({ id, state }) => id === taken.sessionId && state === 'open');
    if (!isIn) {
      await this.owed.make(() => this.letGo(taken, host.mac));
      throw new RouterUnreachable('The router did not let the device in; the code was not used');
    }
    const line = await this.stores.vouchers.findAll(sessions.map((session) => session.code));
    return { expiresAt: stackEndsAt(line, this.clock.now()) };
  }

  /** A whole round may have been quicker; where the books cannot tell, the router is asked. */
  private async wasLetIn({ kind, sessionId }: Taken): Promise<boolean> {
    return kind !== 'own' && this.stores.sessions.isOpen(sessionId).catch(() => false);
  }

  /** Who is online hears so, even if the books cannot take this just now: time forgives as well. */
  private async forgive(mac: Mac): Promise<void> {
    try {
      await this.limiter.forgive(mac);
    } catch (error) {
      if (!(error instanceof BooksUnavailable)) throw error;
    }
  }

  private async hold({ code, password, by }: Typed, host: HotspotHost): Promise<Taken> {
    const now = this.clock.now();
    const until = new Date(now.getTime() + HOLD_MS);
    return this.stores.transaction(async (stores) => {
      const router = host.router ?? 0;
      const { vouchers, sessions, journal, sites } = stores.ofRouter({ id: router });
      // The same questions whatever the code is, so that the time of the answer tells nothing either.
      const isHeld = await vouchers.hold(code, host.mac, now, until);
      const voucher = await vouchers.find(code);
      const site = await sites.ofRouter(router);
      if (host.router !== undefined) await sessions.bringHere(host.mac, now, site);
      const slots = await sessions.slots(code);
      const moves = await sessions.countMoves(code, new Date(now.getTime() - DAY_MS));
      const claimed = isHeld ? claimSlot({ voucher, slots, moves }, host.mac, now) : undefined;
      const hasHad = !claimed && (await sessions.hasHeld(host.mac, code));
      if (voucher && hasHad) tellHolder(voucher, slots, host.mac);
      if (!voucher || !claimed || !opensWith(voucher, password)) throw new Conflict(NOT_USABLE);
      // It costs a wrong try as well: who guesses learns no more than the code itself would tell.
      if (!isGoodAt(voucher, site)) {
        throw new OtherSite(say`${code} is good at other sites of the shop only`);
      }
      if (claimed.kind === 'own' && isOnline(voucher, claimed, host)) {
        throw new AlreadyYours('This device has that voucher already');
      }
      if (claimed.kind !== 'own') {
        const others = await sessions.ofDevice(host.mac);
        const line = await vouchers.findAll(others.map((session) => session.code));
        if (line.some(runsForEver)) throw new NeedsNoVoucher('This device has no end of its time');
      }
      await sessions.seeDevices([{ mac: host.mac, address: host.queueAddress }], now);
      const wasPaused = voucher.status === 'paused';
      if (wasPaused) await vouchers.save([{ ...voucher, status: 'active' }]);
      await sessions.signIn(host.mac);
      const movedFrom = claimed.kind === 'move' ? claimed.from : undefined;
      if (movedFrom) await sessions.moveAway(movedFrom.id, now);
      const sessionId =
        claimed.kind === 'own'
          ? claimed.session.id
          : await sessions.addPending(code, host.mac, now, until, movedFrom?.mac);
      const typed = claimed.kind === 'own' ? 'voucher typed again' : 'voucher redeemed';
      const done = movedFrom
        ? deed('voucher moved', code, { from: movedFrom.mac, by })
        : deed(typed, code, { by });
      await journal.audit([{ at: now, who: host.mac, ...done }]);
      return { code, kind: claimed.kind, sessionId, movedFrom: movedFrom?.id, wasPaused };
    });
  }

  /** Undoes a hold. False when the device was let in all the same, so that there is nothing to undo. */
  private async letGo({ code, ...hold }: Taken, mac: Mac): Promise<boolean> {
    const now = this.clock.now();
    const isDone = await this.stores.transaction(async ({ vouchers, sessions, journal }) => {
      await vouchers.release(code, mac);
      // Who goes on with a voucher of theirs wants to be in; the loop sees to it when the router is back.
      if (hold.kind === 'own') return true;
      if (!(await sessions.dropPending(hold.sessionId, now))) return false;
      if (hold.movedFrom !== undefined) await sessions.moveBack(hold.movedFrom);
      const voucher = await vouchers.find(code);
      if (hold.wasPaused && voucher?.status === 'active') {
        await vouchers.save([{ ...voucher, status: 'paused' }]);
      }
      await journal.audit([
        { at: now, who: 'loop', what: 'redemption undone', subject: code, detail: { mac } },
      ]);
      return true;
    });
    this.loop.knownBooks.doubt(mac);
    return isDone;
  }
}

function isOnline(voucher: Voucher, { session }: SlotClaim & { kind: 'own' }, host: HotspotHost) {
  return host.authorized && !session.signedOut && voucher.status !== 'paused';
}

/**
 * Why a code cannot be used is said to nobody who might have guessed it, but to a device that had it.
 * @param slots of the voucher that are taken
 * @throws TimeOver, MovedTooOften
 */
function tellHolder(voucher: Voucher, slots: readonly Session[], mac: Mac): void {
  const isComing = slots.some((session) => session.mac === mac);
  if (voucher.access || isComing) return;
  if (!isLive(voucher)) throw new TimeOver('The time of that voucher is over');
  throw new MovedTooOften('That voucher moved to another device too often, or a moment ago');
}
