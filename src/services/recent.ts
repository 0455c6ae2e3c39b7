import type { Clock } from '../clock';

/** How long a value may lag behind another process's change. */
const FRESH_MS = 2_000;

/** What is asked for many times a second, and read again when it is old. */
export class Recent<T> {
  private last: { value: Promise<T>; readAtMs: number } | undefined;

  constructor(private readonly read: () => Promise<T>) {}

  value(clock: Clock): Promise<T> {
    const nowMs = clock.elapsedMs();
    if (!this.last || nowMs - this.last.readAtMs >= FRESH_MS) {
      const value = this.read();
      this.last = { value, readAtMs: nowMs };
      value.catch(() => this.forget());
    }
    return this.last.value;
  }

  forget(): void {
    this.last = undefined;
  }
}
