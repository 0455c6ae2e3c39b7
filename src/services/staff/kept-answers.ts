import { createHash } from 'node:crypto';
import { DAY_MS, type Clock } from '../../clock';
import { Conflict, InvalidInput } from '../../errors';
import type { KeptAnswer, RequestKey } from '../../store/staff/answer-store';
import type { Stores } from '../../store/stores';

/** How long a repeated request gets the answer of the first one. */
export const KEEP_ANSWERS_MS = DAY_MS;

/** The same key was sent with another request. */
export class KeyReused extends InvalidInput {}

interface Answer {
  status: number;
  body: string;
}

/** Longer than any request is worked on: who began it is gone. */
const ABANDONED_MS = 2 * 60_000;

/** Requests that a program sends again, because it did not hear the answer, are done once. */
export class KeptAnswers {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
  ) {}

  /**
   * Does the work, or returns what it answered the first time. The key, the work and the answer are one transaction:
   * wherever the program dies, all is there or nothing, and the same key does the rest. Work that is refused has
   * changed nothing, and may be tried again.
   * @param request all that was asked for
   * @param work waits for nothing but the books
   * @throws KeyReused
   */
  once(key: RequestKey, request: string, work: () => Promise<Answer>): Promise<Answer> {
    const hash = hashOf(request);
    return this.stores.together(async () => {
      const earlier = await this.begin(key, hash);
      if (earlier?.answer) return earlier.answer;
      if (earlier) throw underWay();
      const answer = await work();
      await this.finish(key, answer);
      return answer;
    });
  }

  /**
   * The same for work that takes its time and may be done again: where its end is not known, it is done again after
   * two minutes.
   * @throws KeyReused, Conflict while the first one is being worked on
   */
  async onceIfItEnds(
    key: RequestKey,
    request: string,
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    const earlier = await this.begin(key, hashOf(request));
    if (earlier?.answer) return earlier.answer;
    if (earlier) throw underWay();
    let answer: Answer;
    try {
      answer = await work();
    } catch (error) {
      await this.stores.outsideLoopState(({ answers }) => answers.drop(key));
      throw error;
    }
    await this.finish(key, answer);
    return answer;
  }

  /** @returns what is known of the first one; `undefined` where this is the first */
  private async begin(key: RequestKey, hash: string): Promise<KeptAnswer | undefined> {
    const now = this.clock.now();
    const known = await this.stores.outsideLoopState(async ({ answers }) => {
      const found = await answers.find(key);
      const keepMs = found?.answer ? KEEP_ANSWERS_MS : ABANDONED_MS;
      if (found && now.getTime() - found.at.getTime() < keepMs) return found;
      if (found) await answers.drop(key);
      await answers.begin(key, hash, now);
      return undefined;
    });
    if (known && known.requestHash !== hash) {
      throw new KeyReused('That Idempotency-Key was used for another request');
    }
    return known;
  }

  private async finish(key: RequestKey, answer: Answer): Promise<void> {
    await this.stores.outsideLoopState(({ answers }) => answers.finish(key, answer));
  }
}

function underWay(): Conflict {
  return new Conflict(
    'The first request with that Idempotency-Key is being worked on: wait for it',
  );
}

function hashOf(request: string): string {
  return createHash('sha256').update(request).digest('hex');
}
