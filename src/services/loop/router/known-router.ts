import { PISONET } from '../../../command-line';
import { profileName } from '../../../domain/network/network';
import {
  clockJump,
  JUMP_MS,
  jumpOverRestart,
  PROGRAM_WRITTEN,
} from '../../../domain/loop/time/shop-clock';
import { leastElapsed } from '../../../domain/loop/time/clock-proof';
import { hasRestarted } from '../../../domain/loop/time/router-restart';
import { RouterRefused } from '../../../errors';
import type { Router, RouterIdentity } from '../../../routeros/router';
import type { RouterRecord } from '../../../store/router/router-store';
import type { Stores } from '../../../store/stores';
import { endedWithComputer } from '../controller-lease';
import type { HeldClock } from '../time/held-clock';
import { ensureProfile } from './router-writer';
import { say } from '../../../text';

/** The router that answers has a different serial number than the one in the books. */
export class AnotherRouter extends RouterRefused {}

/** The router that answers is in the books under another address, with its whole history. */
export class KnownElsewhere extends RouterRefused {}

/** What we remember of the router between rounds: its identity, when it booted, what the clocks showed. */
export class KnownRouter {
  /** Our own last round, by the monotonic clock. */
  private lastObservation: { at: Date; elapsedMs: number } | undefined;
  /** Our clock was behind when we started, as after a power cut, and nobody has set it since. */
  private isBehind = false;
  /** The router was found restarted while the clock was held: a clock that is put right does not undo that. */
  private restartedWhileHeld = false;
  /** That is not judged by a clock that may be ahead: its uptime was shorter than before. */
  private surelyRestarted = false;
  /** The last round while the clock was held. */
  private heldAt: Date | undefined;
  /** This computer rebooted since the last round that is in the books. */
  cameBack = false;

  constructor(
    private readonly stores: Stores,
    private readonly clock: HeldClock,
    private readonly address: string,
  ) {}

  /**
   * Checks that the router is the one in the books, and that our profiles exist. With `confirm`, a
   * replacement is accepted: its counters and uptime are new to us.
   * @returns the current record, and the names of profiles known to exist
   * @throws AnotherRouter, KnownElsewhere
   */
  async identify(
    router: Router,
    record: RouterRecord,
    confirm: boolean,
  ): Promise<{ record: RouterRecord; profiles: string[]; identity: RouterIdentity }> {
    const identity = await router.identity();
    const { serial } = identity;
    const isAnother = record.serial !== null && serial !== undefined && record.serial !== serial;
    if (isAnother && !confirm) {
      throw new AnotherRouter(
        say`Another router answers at ${this.address}: serial number ${serial}, the books are of ${record.serial}. If it was replaced, say so with: ${PISONET} reconcile --once --confirm`,
      );
    }
    if (serial !== undefined && record.serial === null) {
      if (await this.stores.routers.moveHere(serial, record.id, this.address)) {
        throw new KnownElsewhere(
          say`The router with serial number ${serial} has moved to ${this.address}`,
        );
      }
    }
    if (isAnother) await this.stores.routers.startAnew(record.id);
    await this.stores.routers.identify(record.id, identity);
    const plans = await this.stores.plans.list();
    const profiles = [...new Set([1, ...plans.map(({ terms }) => terms.devices)])].map(profileName);
    for (const name of profiles) await ensureProfile(router, name);
    return { record: await this.stores.routers.get(record.id), profiles, identity };
  }

  /**
   * Whether the router rebooted, whether our clock was set, and how long ago the last round was.
   * @param countersWentOn see `wentOn`; asked where the last round was another process's
   */
  compareWithLast(
    record: RouterRecord,
    uptimeMs: number,
    now: Date,
    countersWentOn: () => boolean,
  ): { boot: number; jumpMs: number; elapsedMs: number } {
    const found = this.compare(record, uptimeMs, now, countersWentOn);
    if (found.jumpMs !== 0) this.isBehind = found.jumpMs < 0;
    return found;
  }

  /**
   * The same while the clock is held: nothing is recorded of the round, so that the first one by a believed
   * clock compares with the books as any first one.
   * @param at by the held clock
   */
  compareHeld(
    { boot, observedAt, uptimeMs: last }: RouterRecord,
    uptimeMs: number,
    at: Date,
    countersWentOn: () => boolean,
  ): { boot: number; previousAt: Date | null } {
    if (observedAt && last !== null) {
      const shownMs = shownSince(observedAt, this.clock.wall.now());
      this.restartedWhileHeld ||= hasRestarted(last, uptimeMs, shownMs, countersWentOn);
      this.surelyRestarted ||= uptimeMs < last;
    }
    const previousAt = this.heldAt ?? observedAt;
    this.heldAt = at;
    return { boot: boot + (this.restartedWhileHeld ? 1 : 0), previousAt };
  }

  private compare(
    { boot, observedAt, uptimeMs: lastUptimeMs }: RouterRecord,
    uptimeMs: number,
    now: Date,
    countersWentOn: () => boolean,
  ): { boot: number; jumpMs: number; elapsedMs: number } {
    if (!observedAt) return { boot, jumpMs: 0, elapsedMs: 0 };
    const ownMs = this.ownElapsed(observedAt);
    const own = ownMs === undefined ? undefined : { elapsedMs: ownMs, isBehind: this.isBehind };
    const { isUnproved } = this.clock;
    // A replacement: it may have run for a long time before that.
    if (lastUptimeMs === null) {
      return { boot, ...jumpOverRestart(observedAt, { at: now, uptimeMs: 0, isUnproved }, own) };
    }
    const elapsedMs = ownMs ?? shownSince(observedAt, now);
    const asked = ownMs === undefined ? countersWentOn : undefined;
    if (hasRestarted(lastUptimeMs, uptimeMs, elapsedMs, asked)) {
      // By a clock that may be ahead, a router that ran on looks as if it had restarted.
      const mayHaveRunOn = isUnproved && !this.surelyRestarted;
      const least = mayHaveRunOn ? leastElapsed(lastUptimeMs, uptimeMs) : uptimeMs;
      const seen = { at: now, uptimeMs: least, isUnproved };
      return { boot: boot + 1, ...jumpOverRestart(observedAt, seen, own) };
    }
    const last = { at: observedAt, uptimeMs: lastUptimeMs };
    const jumpMs = clockJump(last, { at: now, uptimeMs });
    const starts = this.restartedWhileHeld ? 1 : 0;
    // If our clock jumped, the router's uptime is more reliable.
    return {
      boot: boot + starts,
      jumpMs,
      elapsedMs: jumpMs === 0 ? elapsedMs : uptimeMs - lastUptimeMs,
    };
  }

  /** @param record as it was before we took the lease: its holder may have crashed with us */
  tookCharge(record: RouterRecord): void {
    this.cameBack ||= endedWithComputer(record);
  }

  /** This round is in the books. */
  observed(at: Date): void {
    this.cameBack = false;
    this.restartedWhileHeld = false;
    this.surelyRestarted = false;
    this.heldAt = undefined;
    this.lastObservation = { at, elapsedMs: this.clock.elapsedMs() };
  }

  /**
   * The time by the clock as the last round found it. What one device gets is by this: were the clock set in
   * the middle of it, and set back before the next whole round, nobody would ever know.
   */
  now(): Date {
    if (!this.lastObservation) return this.clock.now();
    const { at, elapsedMs } = this.lastObservation;
    return new Date(at.getTime() + this.clock.elapsedMs() - elapsedMs);
  }

  /** Somebody set our clock since our last round, or the computer slept: the books are by another time. */
  get isClockSet(): boolean {
    if (!this.lastObservation) return this.heldAt !== undefined && !this.clock.isHeld;
    const { at, elapsedMs } = this.lastObservation;
    const shownMs = this.clock.now().getTime() - at.getTime();
    return Math.abs(shownMs - (this.clock.elapsedMs() - elapsedMs)) > JUMP_MS;
  }

  /** The monotonic clock is more reliable, but only for rounds this process made itself. */
  private ownElapsed(lastAt: Date): number | undefined {
    if (this.lastObservation?.at.getTime() !== lastAt.getTime()) return undefined;
    return this.clock.elapsedMs() - this.lastObservation.elapsedMs;
  }
}

function shownSince(lastAt: Date, now: Date): number {
  return lastAt.getTime() > PROGRAM_WRITTEN ? now.getTime() - lastAt.getTime() : 0;
}
