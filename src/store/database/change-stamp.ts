import type { Knex } from 'knex';
import { isPostgres } from './database';

/**
 * Tells whether anything was written since it was taken: by another process, and by this one (rows). The
 * loop keeps its state in memory for as long as the stamp stays the same. What is declared to be none of its
 * business does not count: see `Stores.outsideLoopState`, and `Bookkeeper.otherRowsWritten` for what the loop
 * writes itself. A write that nobody declared makes the loop read its state anew, which is slow, never wrong.
 */
export interface ChangeStamp {
  elsewhere: number;
  here: number;
}

/** `undefined` where the database cannot tell. */
export async function takeChangeStamp(db: Knex): Promise<ChangeStamp | undefined> {
  if (isPostgres(db)) return undefined;
  const [row]: { elsewhere: number; here: number }[] = await db.raw(
    'select data_version as elsewhere, total_changes() as here from pragma_data_version',
  );
  return { elsewhere: row!.elsewhere, here: row!.here };
}
