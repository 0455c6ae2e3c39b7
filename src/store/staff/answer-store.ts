import type { Knex } from 'knex';
import { deleteSome } from '../database/bulk';

/** A request that a program may send again, by the key it chose. */
export interface RequestKey {
  tokenId: number;
  key: string;
}

export interface KeptAnswer {
  requestHash: string;
  /** `null` while the request is being worked on. */
  answer: { status: number; body: string } | null;
  at: Date;
}

interface AnswerRow {
  request_hash: string;
  status: number | null;
  body: string | null;
  at: string;
}

/** What programs were answered, for when they ask the same again. */
export class AnswerStore {
  constructor(private readonly db: Knex) {}

  /** True for one caller, who does the work. */
  async begin({ tokenId, key }: RequestKey, requestHash: string, now: Date): Promise<boolean> {
    const added: unknown[] = await this.db('api_answers')
      .insert({ token_id: tokenId, key, request_hash: requestHash, at: now.toISOString() })
      .onConflict(['token_id', 'key'])
      .ignore()
      .returning('key');
    return added.length === 1;
  }

  async find(request: RequestKey): Promise<KeptAnswer | undefined> {
    const row: AnswerRow | undefined = await this.db('api_answers').where(cellsOf(request)).first();
    return (
      row && {
        requestHash: row.request_hash,
        answer: row.status === null ? null : { status: row.status, body: row.body ?? '' },
        at: new Date(row.at),
      }
    );
  }

  async finish(
    request: RequestKey,
    { status, body }: NonNullable<KeptAnswer['answer']>,
  ): Promise<void> {
    await this.db('api_answers').where(cellsOf(request)).update({ status, body });
  }

  async drop(request: RequestKey): Promise<void> {
    await this.db('api_answers').where(cellsOf(request)).delete();
  }

  /** @returns whether there may be more */
  forget(before: Date, most: number): Promise<boolean> {
    return deleteSome(this.db, 'api_answers', ['token_id', 'key'], most, (old) => {
      void old.where('at', '<', before.toISOString());
    });
  }
}

function cellsOf({ tokenId, key }: RequestKey) {
  return { token_id: tokenId, key };
}
