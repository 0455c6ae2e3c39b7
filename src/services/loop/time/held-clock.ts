import type { Clock } from '../../../clock';
import { LONGEST_HOLD_MS, mayBeAhead } from '../../../domain/loop/time/clock-proof';
import { JUMP_MS, type HeldTime } from '../../../domain/loop/time/shop-clock';

/** The shop's time while this computer's clock is not believed. */
interface Hold {
  /** What it showed at a moment of the monotonic clock, ms. */
  atMs: number;
  elapsedMs: number;
  /** By the monotonic clock: then it has to do as it is. */
  untilMs: number;
}

/**
 * The time of the shop, which everything that cannot be undone goes by. It is this computer's, except after a
 * start with a clock that is further from where the shop was last seen than anybody can confirm: then it goes
 * on from there, so that no voucher, bill or day is over because of a clock that is ahead.
 */
export class HeldClock implements Clock {
  private hold: Hold | undefined;
  private bornFrom: Date | undefined;
  private wentOn = new Set<string>();
  private left: HeldTime | undefined;
  private isWithoutProof = false;
  private changes = 0;
  private hasBegun = false;

  /** @param wall this computer's own, for what other computers know the time of, such as one-time codes */
  constructor(readonly wall: Clock) {}

  now(): Date {
    const hold = this.current();
    return hold ? new Date(this.heldMs(hold)) : this.wall.now();
  }

  elapsedMs(): number {
    return this.wall.elapsedMs();
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return this.wall.wait(ms, signal);
  }

  /** Whether it goes by what the books know, rather than by this computer. */
  get isHeld(): boolean {
    return this.current() !== undefined;
  }

  /**
   * The shop opens, or a command works on a router of it. One that only looks at the books goes by its computer.
   * Only the first call counts: later the shop is open.
   * @param lastSeen when a router of the shop was last looked at; `null` in new books
   */
  begin(lastSeen: Date | null): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    if (!lastSeen || !mayBeAhead(lastSeen, this.wall.now())) return;
    const elapsedMs = this.wall.elapsedMs();
    const untilMs = elapsedMs + LONGEST_HOLD_MS;
    this.hold = { atMs: lastSeen.getTime(), elapsedMs, untilMs };
    this.changes += 1;
  }

  /**
   * Another number each time it begins or ends to be held, and when what began meanwhile was moved. A round that
   * sees two of them was made by two clocks.
   */
  get turn(): number {
    this.current();
    return this.changes;
  }

  /** A router shows that it is at least as late as this. */
  atLeast(at: Date): void {
    if (!this.hold) return;
    const atMs = Math.max(this.heldMs(this.hold), at.getTime());
    this.hold = { ...this.hold, atMs, elapsedMs: this.wall.elapsedMs() };
    if (this.current()) this.bornFrom ??= new Date(atMs);
  }

  /** A voucher's clock that had stood goes on while this one is held. */
  goesOn(code: string): void {
    if (this.hold) this.wentOn.add(code);
  }

  /** A router's clock confirms this computer's. */
  confirm(): void {
    this.isWithoutProof = false;
    this.letGo();
  }

  /** What began while it was held has to be moved by this, once; see `take`. */
  get toMove(): HeldTime | undefined {
    return this.left;
  }

  /** Nobody confirmed it: until `settle`, what it shows of the time before the start is no evidence. */
  get isUnproved(): boolean {
    return this.isWithoutProof;
  }

  /** A round writes it into the books, and no other one may. */
  take(): HeldTime | undefined {
    const { left } = this;
    if (left) this.changes += 1;
    this.left = undefined;
    return left;
  }

  /** It did not get there. */
  giveBack(left: HeldTime | undefined): void {
    if (!left) return;
    this.left = left;
    this.changes += 1;
  }

  /** A round that went by it is in the books. */
  settle(): void {
    if (this.isWithoutProof) this.changes += 1;
    this.isWithoutProof = false;
  }

  private current(): Hold | undefined {
    if (this.hold && this.wall.now().getTime() - this.heldMs(this.hold) <= JUMP_MS) this.letGo();
    else if (this.hold && this.wall.elapsedMs() >= this.hold.untilMs) {
      this.isWithoutProof = true;
      this.letGo();
    }
    return this.hold;
  }

  private letGo(): void {
    if (this.hold && this.bornFrom) {
      const until = new Date(this.heldMs(this.hold));
      const ms = this.wall.now().getTime() - until.getTime();
      if (ms > JUMP_MS) this.left = { from: this.bornFrom, until, ms, wentOn: this.wentOn };
    }
    if (this.hold) this.changes += 1;
    this.hold = undefined;
  }

  private heldMs({ atMs, elapsedMs }: Hold): number {
    return atMs + this.wall.elapsedMs() - elapsedMs;
  }
}
