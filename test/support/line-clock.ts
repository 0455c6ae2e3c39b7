import type { Timer, Timers } from '../../src/clock';

/** A line is quiet that nothing came over for so long, and for so many turns of the event loop after that. */
const QUIET_MS = 3;
const QUIET_TURNS = 5;

interface Waiting {
  dueMs: number;
  then: () => void;
  /** Of what comes again and again: until when. */
  everyMs: number | undefined;
}

/**
 * The time on the line between the program and a simulated router of the same process: it stands still while
 * anything comes and goes there, and when all is quiet, the next deadline is there. Who reads it is at work. What
 * is looked at again and again comes when its time does, and lets none pass.
 */
export class LineClock implements Timers {
  private nowMs = 1_000_000;
  /** Counts what was asked for; where it stays, nothing happens. */
  private uses = 0;
  private isWatching = false;
  private readonly waiting = new Set<Waiting>();

  elapsedMs(): number {
    this.uses += 1;
    return this.nowMs;
  }

  after(ms: number, then: () => void): Timer {
    return this.add({ dueMs: this.nowMs + Math.max(0, ms), then, everyMs: undefined });
  }

  every(ms: number, then: () => void): Timer {
    return this.add({ dueMs: this.nowMs + ms, then, everyMs: ms });
  }

  /** Time passes, whether the line is quiet or not. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let next = this.next(); next && next.dueMs <= untilMs; next = this.next()) this.call(next);
    this.nowMs = untilMs;
  }

  private add(one: Waiting): Timer {
    this.uses += 1;
    this.waiting.add(one);
    if (one.everyMs === undefined) this.watch();
    return {
      cancel: () => {
        this.uses += 1;
        this.waiting.delete(one);
      },
    };
  }

  private next(): Waiting | undefined {
    let next: Waiting | undefined;
    for (const one of this.waiting) if (!next || one.dueMs < next.dueMs) next = one;
    return next;
  }

  private call(one: Waiting): void {
    this.nowMs = Math.max(this.nowMs, one.dueMs);
    if (one.everyMs === undefined) this.waiting.delete(one);
    else one.dueMs += one.everyMs;
    one.then();
  }

  private get isAwaited(): boolean {
    for (const { everyMs } of this.waiting) if (everyMs === undefined) return true;
    return false;
  }

  /** Looks for quiet as long as there is a deadline. */
  private watch(): void {
    if (this.isWatching) return;
    this.isWatching = true;
    this.look();
  }

  private look(): void {
    const { uses } = this;
    setTimeout(() => this.turn(uses, QUIET_TURNS), QUIET_MS).unref();
  }

  private turn(uses: number, turns: number): void {
    if (!this.isAwaited) this.isWatching = false;
    else if (uses !== this.uses) this.look();
    else if (turns > 0) setImmediate(() => this.turn(uses, turns - 1));
    else {
      this.call(this.next()!);
      this.look();
    }
  }
}
