import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Knex } from 'knex';
import { AppError, booksTrouble, Conflict, InvalidInput } from '../../errors';
import { isPostgres, rowsIn } from './dialect';
import { say } from '../../text';

/** The size of the database, without its write-ahead log. */
export async function databaseBytes(db: Knex): Promise<number> {
  const answer: unknown = await db.raw(
    isPostgres(db)
      ? 'select pg_database_size(current_database()) as bytes'
      : 'select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()',
  );
  return rowsIn<{ bytes: number }>(db, answer)[0]!.bytes;
}

/**
 * Copies the database as it is at one moment, while others go on writing. The file appears whole or not
 * at all, and only its owner may read it: it holds customers' codes.
 * @throws Conflict when the file exists, InvalidInput when its folder does not, BooksUnavailable when the books
 *   are damaged
 */
export async function copyDatabase(
  db: Knex,
  target: string,
): Promise<{ file: string; bytes: number }> {
  const file = resolve(target);
  if (existsSync(file)) throw new Conflict(say`${file} is there already and is not overwritten`);
  if (!existsSync(dirname(file))) throw new InvalidInput(say`There is no folder ${dirname(file)}`);
  const partial = `${file}.partial`;
  try {
    rmSync(partial, { force: true });
    await db.raw('vacuum into ?', [partial]);
    chmodSync(partial, 0o600);
    flush(partial);
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    const trouble = booksTrouble(error);
    if (trouble?.trouble === 'damaged') throw trouble;
    const { message } = (trouble?.cause ?? error) as Error;
    const reason = message.split(' - ').at(-1);
    throw new AppError(say`The database could not be copied to ${file}: ${reason}`, {
      cause: error,
    });
  }
  return { file, bytes: statSync(file).size };
}

/** To the disk, not only to memory: a USB drive is pulled out as soon as the command says it is done. */
export function flush(file: string): void {
  const descriptor = openSync(file, 'r+');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
