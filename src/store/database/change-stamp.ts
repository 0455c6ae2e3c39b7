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
  const [version]: { data_version: number }[] = await db.raw('pragma data_version');
  const [changes]: { total: number }[] = await db.raw('select total_changes() as total');
  return { elsewhere: version!.data_version, here: changes!.total };
}
