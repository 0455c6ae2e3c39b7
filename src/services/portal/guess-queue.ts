import type { Clock } from '../../clock';
import { LONGEST_WAIT_IN_QUEUE_MS } from '../../domain/vouchers/guessing';
import { QueueTooLong, ShuttingDown } from '../../errors';
import { MOST_TOGETHER } from '../loop/waiting-devices';

/** Each is an open request; more devices than a shop has. */
const MOST_IN_QUEUE = 1_000;
/** What is told those who waited in vain; who comes new then may well be the next. */
const RETRY_SECONDS = 5;

interface Waiting {
  rank: number;
  sinceMs: number;
  look: () => Promise<void>;
  refuse: (error: Error) => void;
}

/**
 * Codes that wait to be looked at, one after the other, the lowest rank first; after wrong ones the queue
 * rests. Equals have it by turns, the one that waits longest and the one that came last: neither a crowd
 * that pressed all at once keeps out who comes behind it, nor does one that always comes just before the
 * rest is over. The turn passes with a wrong code; right ones go in one after the other. Somebody with a
 * new hardware address for each code is every newcomer's equal: up to one address every four seconds all
 * get in, beyond that some are asked to try again.
 */
export class GuessQueue {
  private readonly waiting = new Set<Waiting>(); // in the order they came
  private isServing = false;
  private restsUntilMs = -Infinity;
  private isTurnOfLast = false;
  private readonly closing = new AbortController();
  /** Those who had their turn and let the others have theirs. */
  private pausing: (() => void)[] = [];

  constructor(private readonly clock: Clock) {}

  /**
   * Does the work when it is its turn; nothing else of the queue is done meanwhile.
   * @param gone leaves the queue; what is being looked at is looked at to the end
   * @throws what the work does, QueueTooLong when its turn did not come, ShuttingDown
   */
  inTurn<T>(work: () => Promise<T>, rank: number, gone?: AbortSignal): Promise<T> {
    let leave = () => {};
    const turn = new Promise<T>((resolve, reject) => {
      const mine: Waiting = {
        rank,
        sinceMs: this.clock.elapsedMs(),
        look: () => work().then(resolve, reject),
        refuse: (error) => this.waiting.delete(mine) && reject(error),
      };
      this.waiting.add(mine);
      if (this.closing.signal.aborted) return mine.refuse(new ShuttingDown());
      // A queue that does not rest has looked at it before anybody can change their mind.
      leave = () => {
        if (this.restMs > 0) mine.refuse(new QueueTooLong(1));
      };
      gone?.addEventListener('abort', leave, { once: true });
      if (gone?.aborted) leave();
      if (this.waiting.size > MOST_IN_QUEUE) {
        const [worst] = [...this.waiting].sort((a, b) => b.rank - a.rank);
        worst!.refuse(new QueueTooLong(RETRY_SECONDS));
      }
      void this.serve();
    });
    // Node keeps a signal made of others for as long as somebody listens to it.
    return turn.finally(() => gone?.removeEventListener('abort', leave));
  }

  /** Nothing is looked at for so long, in ms, since a code was wrong. */
  rest(ms: number): void {
    this.restsUntilMs = this.clock.elapsedMs() + ms;
    this.isTurnOfLast = !this.isTurnOfLast;
  }

  /**
   * Resolves when nobody can be looked at just now, or many wait for that: in a crowd what comes after the
   * look is then done for several at once, and not in between the looks of the others.
   */
  async untilPause(): Promise<void> {
    if (!this.isServing || this.restMs > 0) return;
    await new Promise<void>((resolve) => {
      this.pausing.push(resolve);
      if (this.pausing.length >= MOST_TOGETHER) this.pause();
    });
  }

  /** Who waits, or comes later, is told that the program ends. */
  close(): void {
    this.closing.abort();
    for (const one of this.waiting) one.refuse(new ShuttingDown());
  }

  private get restMs(): number {
    return this.restsUntilMs - this.clock.elapsedMs();
  }

  private pause(): void {
    for (const resolve of this.pausing.splice(0)) resolve();
  }

  private async serve(): Promise<void> {
    if (this.isServing) return;
    this.isServing = true;
    while (this.waiting.size > 0) {
      if (this.restMs > 0) this.pause();
      if (this.restMs > 0) await this.clock.wait(this.restMs, this.closing.signal);
      const latest = this.clock.elapsedMs() - LONGEST_WAIT_IN_QUEUE_MS;
      for (const one of this.waiting) {
        if (one.sinceMs < latest) one.refuse(new QueueTooLong(RETRY_SECONDS));
      }
      const lowest = Math.min(...[...this.waiting].map(({ rank }) => rank));
      const equals = [...this.waiting].filter(({ rank }) => rank === lowest);
      const next = equals.at(this.isTurnOfLast ? -1 : 0);
      if (next && this.waiting.delete(next)) await next.look();
    }
    this.isServing = false;
    this.pause();
  }
}
