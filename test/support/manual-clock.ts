import type { Clock } from '../../src/clock';

interface Sleeper {
  dueMs: number;
  wake: () => void;
}

/** A clock that stands still until the test moves it. */
export class ManualClock implements Clock {
  private elapsed = 1_000_000;
  private wall: number;
  private sleepers: Sleeper[] = [];

  constructor(start = '2026-11-21T08:00:00Z') {
    this.wall = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.wall);
  }

  elapsedMs(): number {
    return this.elapsed;
  }

  /** How many wait for time to pass. */
  get waiting(): number {
    return this.sleepers.length;
  }

  /** Time passes. */
  advance(ms: number): void {
    this.wall += ms;
    this.elapsed += ms;
    const due = this.sleepers.filter(({ dueMs }) => dueMs <= this.elapsed);
    this.sleepers = this.sleepers.filter(({ dueMs }) => dueMs > this.elapsed);
    for (const { wake } of due) wake();
  }

  /** Somebody sets the wall clock; no time passes. */
  set(to: string): void {
    this.wall = new Date(to).getTime();
  }

  /**
   * Time passes by itself, wait for wait, until the work is done. However long the work takes in between
   * (the database under load), no time passes for that.
   * @param waiting how many have to wait before time passes, where some wait while others work
   */
  async passingFor<T>(work: Promise<T>, waiting = 1): Promise<T> {
    let isOver = false;
    const over = () => void (isOver = true);
    work.then(over, over);
    while (!isOver) {
      if (this.sleepers.length >= waiting) {
        const next = Math.min(...this.sleepers.map(({ dueMs }) => dueMs));
        this.advance(Math.max(0, next - this.elapsed));
      }
      await new Promise(setImmediate);
    }
    return work;
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (ms <= 0 || signal?.aborted) return resolve();
      const wake = () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const sleeper = { dueMs: this.elapsed + ms, wake };
      this.sleepers.push(sleeper);
      const stop = () => {
        this.sleepers = this.sleepers.filter((one) => one !== sleeper);
        resolve();
      };
      signal?.addEventListener('abort', stop, { once: true });
    });
  }
}
