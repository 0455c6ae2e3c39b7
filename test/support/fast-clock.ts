import { systemClock, type Clock } from '../../src/clock';

/** A clock on which a second passes in a fraction of one, for waits that others' work comes between. */
export class FastClock implements Clock {
  private readonly begun = systemClock.elapsedMs();

  /** @param speed seconds of this clock in a real one */
  constructor(
    private readonly speed: number,
    private readonly start = new Date('2026-11-21T08:00:00Z'),
  ) {}

  now(): Date {
    return new Date(this.start.getTime() + this.elapsedMs());
  }

  elapsedMs(): number {
    return (systemClock.elapsedMs() - this.begun) * this.speed;
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.wait(ms / this.speed, signal);
  }
}
