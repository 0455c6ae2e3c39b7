/** Where time comes from. Everything that reads the time is given a clock, so that tests control it. */
export interface Clock {
  now(): Date;
  /** Milliseconds that only ever increase; for measuring how long something took. */
  elapsedMs(): number;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Something that will be done later. */
export interface Timer {
  cancel(): void;
}

/** A clock that calls back: for the deadlines of a line, and for what is looked at again and again. */
export interface Timers extends Pick<Clock, 'elapsedMs'> {
  /** Calls `then` once, after `ms`. */
  after(ms: number, then: () => void): Timer;
  /** Calls `then` every `ms`; the program does not go on for its sake. */
  every(ms: number, then: () => void): Timer;
}

export const systemClock: Clock & Timers = {
  now: () => new Date(),
  elapsedMs: () => performance.now(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done, { once: true });
    }),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return { cancel: () => clearTimeout(timer) };
  },
  every: (ms, then) => {
    const timer = setInterval(then, ms);
    timer.unref();
    return { cancel: () => clearInterval(timer) };
  },
};

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A time as the database and JSON hold it: ISO 8601 UTC. */
export function isoTime(date: Date): string;
export function isoTime(date: Date | null): string | null;
export function isoTime(date: Date | null): string | null {
  return date && date.toISOString();
}
