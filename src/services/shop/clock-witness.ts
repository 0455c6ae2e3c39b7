import type { Clock } from '../../clock';
import { isClockTrusted } from '../../domain/loop/time/clock-trust';
import type { UsageRollup } from '../../store/usage/usage-rollup';

/** A clock that moved this much more or less than the time passed was set. */
const UNEVEN_MS = 60_000;

/** Whether anything may be deleted by this computer's clock. */
export class ClockWitness {
  private evenSince: { at: Date; elapsedMs: number } | undefined;

  constructor(
    private readonly rollup: Pick<UsageRollup, 'believedAt'>,
    private readonly clock: Clock,
  ) {}

  /** Whether to trust the present time; called regularly, it notices a clock that is set. */
  async isTrusted(now: Date): Promise<boolean> {
    return isClockTrusted(now, await this.rollup.believedAt(), this.evenFor(now));
  }

  /** How long the clock has kept pace with the time that passed, as far as we have watched. */
  private evenFor(now: Date): number {
    const elapsedMs = this.clock.elapsedMs();
    const since = this.evenSince;
    const passedMs = since ? elapsedMs - since.elapsedMs : 0;
    const driftMs = since ? now.getTime() - since.at.getTime() - passedMs : Infinity;
    if (Math.abs(driftMs) <= UNEVEN_MS) return passedMs;
    this.evenSince = { at: now, elapsedMs };
    return 0;
  }
}
