import { createHash } from 'node:crypto';
import { DAY_MS, type Clock } from '../../clock';
import { AppError, Conflict, InvalidInput } from '../../errors';
import type { RequestKey } from '../../store/staff/answer-store';
import type { Stores } from '../../store/stores';

/** How long a repeated request gets the answer of the first one. */
export const KEEP_ANSWERS_MS = DAY_MS;

/** The same key was sent with another request. */
export class KeyReused extends InvalidInput {}

interface Answer {
  status: number;
  body: string;
}

/** Requests that a program sends again, because it did not hear the answer, are done once. */
export class KeptAnswers {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
  ) {}

  /**
   * Does the work, or returns what it answered the first time. Work that is refused has changed nothing, and
   * may be tried again with the same key.
   * @param request all that was asked for
   * @throws KeyReused; Conflict while the first one is being worked on, or if its end is not known
   */
  async once(key: RequestKey, request: string, work: () => Promise<Answer>): Promise<Answer> {
    const hash = createHash('sha256').update(request).digest('hex');
    const earlier = await this.begin(key, hash);
    if (earlier) return earlier;
    let answer: Answer;
    try {
      answer = await work();
    } catch (error) {
      // After a bug it is not known how far the work went: then the key stays taken.
      if (error instanceof AppError) {
        await this.stores.outsideLoopState(({ answers }) => answers.drop(key));
      }
      throw error;
    }
    await this.stores.outsideLoopState(({ answers }) => answers.finish(key, answer));
    return answer;
  }

  private async begin(key: RequestKey, hash: string): Promise<Answer | undefined> {
    const now = this.clock.now();
    const known = await this.stores.outsideLoopState(async ({ answers }) => {
      const found = await answers.find(key);
      if (found && now.getTime() - found.at.getTime() < KEEP_ANSWERS_MS) return found;
      if (found) await answers.drop(key);
      await answers.begin(key, hash, now);
      return undefined;
    });
    if (!known) return undefined;
    if (known.requestHash !== hash) {
      throw new KeyReused('That Idempotency-Key was used for another request');
    }
    if (known.answer) return known.answer;
    throw new Conflict(
      'The first request with that Idempotency-Key is being worked on. If this goes on, the server was ' +
        'stopped in the middle: find out what was done, and send what is missing with a new key',
    );
  }
}
