import { rmSync } from 'node:fs';

/**
 * Removes an SQLite database with what belongs to it. The mark of the shop is one of them: beside it a missing
 * database would be taken for a lost one, and the shop would stay closed.
 */
export function removeBooks(file: string): void {
  for (const ending of ['', '-wal', '-shm', '.shop']) rmSync(file + ending, { force: true });
}
