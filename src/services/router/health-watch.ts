import { MINUTE_MS, type Clock } from '../../clock';
import { RouterRefused, RouterUnreachable } from '../../errors';
import { logFailure, type Log } from '../../log';
import type { RouterSide } from './router-side';

/** The check reads most of a router's settings. */
const EVERY_MS = 15 * MINUTE_MS;
/** How often to see whether one is due: a router may come back, or be added, at any time. */
const TURN_MS = MINUTE_MS;

/**
 * Asks for the health of each router now and then: one that was reset, or changed by hand, is not well until
 * somebody happens to look.
 */
export class HealthWatch {
  /** By router, by the monotonic clock. */
  private readonly lookedAtMs = new Map<number, number>();

  /** @param isOpen whether this shop has begun: before that the first steps say what is missing */
  constructor(
    private readonly routers: () => readonly Pick<RouterSide, 'id' | 'doctor' | 'controller'>[],
    private readonly isOpen: () => Promise<boolean>,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Runs until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.clock.wait(TURN_MS, signal);
      if (signal.aborted) return;
      await this.look().catch((error: unknown) => {
        logFailure(
          this.log,
          error,
          'the health of the routers was not looked at; it is tried again',
        );
      });
    }
  }

  /** Looks at those that are due, and that this program works on. */
  async look(): Promise<void> {
    if (!(await this.isOpen())) return;
    const nowMs = this.clock.elapsedMs();
    for (const { id, doctor, controller } of this.routers()) {
      const { last } = controller.status;
      const isOurs = typeof last === 'object' && last.failure === undefined;
      if (!isOurs || nowMs - (this.lookedAtMs.get(id) ?? -Infinity) < EVERY_MS) continue;
      this.lookedAtMs.set(id, nowMs);
      try {
        await doctor.warn();
      } catch (error) {
        if (!(error instanceof RouterUnreachable || error instanceof RouterRefused)) throw error;
        this.log.debug({ reason: error.message }, 'the health check was not finished');
      }
    }
  }
}
