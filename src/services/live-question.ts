import type { Clock } from '../clock';
import { RouterUnreachable } from '../errors';
import { SECOND_MS, soon } from './soon';

/** An answer of this age is as good as a new one to somebody who looks at a router that takes its time. */
const FRESH_MS = 15_000;

/** The router has not answered yet. It may be silent, or a small one that is busy. */
export class RouterTakesTime extends RouterUnreachable {
  constructor() {
    super('The router has not answered yet.');
  }
}

/**
 * A question to the router for people who look at pages. All of them share one, and wait a second for the
 * answer, counted from when it was asked: who comes later does not wait once more, and what is answered later is
 * there for the next who looks.
 */
export class LiveQuestion<T> {
  /** What was answered last, for while the router is away. */
  last: { value: T; at: Date; atMs: number } | undefined;
  private underWay: Promise<T> | undefined;
  private askedAtMs = 0;

  constructor(
    private readonly ask: () => Promise<T>,
    private readonly clock: Clock,
  ) {}

  /**
   * The answer, or the last one where that is a few seconds old and the router takes its time.
   * @throws RouterTakesTime where there is no such answer; what the question throws
   */
  async read(): Promise<T> {
    this.underWay ??= this.askNow().finally(() => (this.underWay = undefined));
    const leftMs = this.askedAtMs + SECOND_MS - this.clock.elapsedMs();
    return soon(this.clock, leftMs, this.underWay, () => this.recent());
  }

  private async askNow(): Promise<T> {
    this.askedAtMs = this.clock.elapsedMs();
    const value = await this.ask();
    this.last = { value, at: this.clock.now(), atMs: this.clock.elapsedMs() };
    return value;
  }

  /** @throws RouterTakesTime */
  private recent(): T {
    const { last } = this;
    if (last && this.clock.elapsedMs() - last.atMs < FRESH_MS) return last.value;
    throw new RouterTakesTime();
  }
}
