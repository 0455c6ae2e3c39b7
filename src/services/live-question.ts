import type { Clock } from '../clock';
import { RouterUnreachable } from '../errors';

/** How long somebody who looks at a page waits for a router. */
const SECOND_MS = 1_000;
/** An answer of this age is as good as a new one to somebody who looks at a router that takes its time. */
const FRESH_MS = 15_000;

/** The router has not answered yet. It may be silent, or a small one that is busy. */
class RouterTakesTime extends RouterUnreachable {
  constructor() {
    super('The router has not answered yet.');
  }
}

/**
 * A question to the router for people who look at pages. All of them share one, and wait a second for the
 * answer: what comes later is there for the next who looks.
 */
export class LiveQuestion<T> {
  /** What was answered last, for while the router is away. */
  last: { value: T; at: Date; atMs: number } | undefined;
  private underWay: Promise<T> | undefined;

  constructor(
    private readonly ask: () => Promise<T>,
    private readonly clock: Clock,
    /** Longer for what asks much at once. */
    private readonly waitMs = SECOND_MS,
  ) {}

  /**
   * The answer, or the last one where that is a few seconds old and the router takes its time.
   * @throws RouterTakesTime where there is no such answer; what the question throws
   */
  async read(): Promise<T> {
    this.underWay ??= this.askNow().finally(() => (this.underWay = undefined));
    const enough = new AbortController();
    const late = this.clock.wait(this.waitMs, enough.signal).then(() => this.recent());
    return Promise.race([this.underWay, late]).finally(() => enough.abort());
  }

  private async askNow(): Promise<T> {
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
