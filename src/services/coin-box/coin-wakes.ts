import type { Clock } from '../../clock';

/** Boxes that wait for new orders, and who wakes them. */
export class CoinWakes {
  private readonly waiting = new Map<number, Set<() => void>>();

  constructor(private readonly clock: Pick<Clock, 'wait'>) {}

  /** The orders of this box may have changed. */
  wake(boxId: number): void {
    for (const wake of this.waiting.get(boxId) ?? []) wake();
  }

  /** Until somebody wakes it, the time is over, or the signal aborts. */
  async wait(boxId: number, ms: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const wake = () => over.abort();
    const others = this.waiting.get(boxId) ?? new Set();
    this.waiting.set(boxId, others.add(wake));
    await this.clock.wait(ms, AbortSignal.any([signal, over.signal]));
    others.delete(wake);
    if (others.size === 0) this.waiting.delete(boxId);
  }
}
