import { rivalsIn, type Difference, type NewQueue } from '../../../domain/network/diff';
import { RouterRefused } from '../../../errors';
import type { Router } from '../../../routeros/router';
import { isTrap } from '../../../routeros/api/trap';

/** How often the order of the queues is read again before it is left to the next round. */
const TRIES = 4;
/** Queues in one sentence, at most. */
const AT_ONCE = 50;

type Moves = Difference['moveQueues'];

/**
 * Puts our queues above those of others that would take their devices' packets. Queues of leases and PPP users
 * come and go between our read and our write: where the one to stand above is gone, the order is read again, and
 * after a few times it is left to the next round: the queue is there, so its device is let in meanwhile.
 */
export class QueueOrder {
  constructor(private readonly router: Router) {}

  async add(queue: NewQueue, beforeId: string | undefined): Promise<void> {
    try {
      await this.router.addQueue(queue, beforeId);
    } catch (error) {
      if (!beforeId || !isTrap(error, 'not-found')) throw error;
      const id = await this.router.addQueue(queue, undefined);
      if (id !== undefined) await this.raiseToTop(id);
    }
  }

  async raise(id: string, beforeId: string): Promise<void> {
    try {
      await this.router.moveQueue(id, beforeId);
    } catch (error) {
      if (!isTrap(error, 'not-found')) throw error;
      await this.raiseToTop(id);
    }
  }

  /**
   * Many in one sentence: after a restart all of them are below the hotspot's own, and a small board takes half
   * a second for each write. That routers take a list here is not certain, so the order is read again.
   * @returns those that are still below
   */
  async raiseTogether(moves: Moves): Promise<Moves> {
    try {
      for (const { ids, beforeId } of batchesOf(moves)) await this.router.moveQueues(ids, beforeId);
    } catch (error) {
      if (!(error instanceof RouterRefused)) throw error;
    }
    const rivalOf = rivalsIn(await this.router.queues());
    return moves.filter(({ queue }) => rivalOf(queue.id) !== undefined);
  }

  private async raiseToTop(id: string): Promise<void> {
    for (let triesLeft = TRIES; triesLeft > 0; triesLeft -= 1) {
      const rival = rivalsIn(await this.router.queues())(id);
      if (!rival) return;
      try {
        return await this.router.moveQueue(id, rival.id);
      } catch (error) {
        if (!isTrap(error, 'not-found')) throw error;
      }
    }
  }
}

/** Queues that go to the same place, a sentence's worth each. */
function batchesOf(moves: Moves): { ids: string[]; beforeId: string }[] {
  const batches: { ids: string[]; beforeId: string }[] = [];
  for (const { queue, beforeId } of moves) {
    const open = batches.find((one) => one.beforeId === beforeId && one.ids.length < AT_ONCE);
    if (open) open.ids.push(queue.id);
    else batches.push({ ids: [queue.id], beforeId });
  }
  return batches;
}
