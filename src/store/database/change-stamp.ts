import type { Knex } from 'knex';
import { isPostgres, rowsIn } from './dialect';

/**
 * Tells whether anything was written since it was taken. The loop keeps its state in memory for as long as
 * the stamp stays the same. On SQLite every write counts: by another process, and by this one (rows), but
 * for what is declared to be none of the loop's business: see `Stores.outsideLoopState`, and
 * `Bookkeeper.otherRowsWritten` for what the loop writes itself. A write that nobody declared makes the
 * loop read its state anew, which is slow, never wrong. On PostgreSQL the database itself counts the writes
 * to the tables the loop works from, and no others: see `migrations/postgres-parts.ts`.
 */
export interface ChangeStamp {
  elsewhere: number;
  /** `null` where the database counts everybody's writes together. */
  here: number | null;
}

export async function takeChangeStamp(db: Knex): Promise<ChangeStamp> {
  if (isPostgres(db)) {
    const answer: unknown = await db.raw('select revision from books_revision');
    return { elsewhere: rowsIn<{ revision: number }>(db, answer)[0]!.revision, here: null };
  }
  const [row]: { elsewhere: number; here: number }[] = await db.raw(
    'select data_version as elsewhere, total_changes() as here from pragma_data_version',
  );
  return { elsewhere: row!.elsewhere, here: row!.here };
}

/** The stamp after this many rows of this process that do not concern the loop; negative: before them. */
export function withOtherRows({ elsewhere, here }: ChangeStamp, rows: number): ChangeStamp {
  return { elsewhere, here: here === null ? null : here + rows };
}

/** On PostgreSQL: what this transaction goes on to write does not concern the loop, or does again. */
export async function declareOutsideLoop(trx: Knex, isOutside = true): Promise<void> {
  await trx.raw(`select set_config('pisonet.outside_loop', ?, true)`, [isOutside ? 'on' : 'off']);
}

/** How many rows this process wrote between two stamps. */
export function rowsBetween(before: ChangeStamp, after: ChangeStamp): number {
  return (after.here ?? 0) - (before.here ?? 0);
}

/**
 * Waits until nobody else is in a transaction that writes; first of all in every transaction. On SQLite
 * `BooksClient` has done so.
 */
export async function takeTurnToWrite(trx: Knex): Promise<void> {
  if (isPostgres(trx)) await trx('books_revision').forUpdate().select('id');
}
