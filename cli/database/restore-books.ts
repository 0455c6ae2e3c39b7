import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  booksInUse,
  finishRestore,
  prepareRestore,
  releaseBooks,
} from '../../src/services/shop/restore-books';
import { runningServer } from '../server/server-process';

/**
 * Replaces the database with a backup. The backup is checked and migrated as a copy before anything is
 * touched, and the old database is kept as `.before-restore`.
 * @throws Conflict while the database is in use, InvalidInput for a file that is not a backup
 */
export async function restoreBooks(backup: string, books: string): Promise<void> {
  refuseServer('restore');
  await prepareRestore(backup, books);
  await finishRestore(books);
}

/**
 * For what must not happen while another program uses the database.
 * @param then what was wanted, for the message
 * @throws Conflict
 */
export async function refuseWhileInUse(books: string, then: string): Promise<void> {
  refuseServer(then);
  if (books !== ':memory:' && existsSync(resolve(books))) await releaseBooks(resolve(books), then);
}

/** @throws Conflict */
export function refuseServer(then: string): void {
  const pid = runningServer();
  if (pid !== undefined) throw booksInUse(`the server, process ${pid}`, then);
}
