import type { Config } from '../../src/config';
import { InvalidInput } from '../../src/errors';
import { say } from '../../src/text';

/**
 * The file with the books, for commands that work on the file itself.
 * @param instead what does the same on PostgreSQL
 * @throws InvalidInput when PostgreSQL has the books
 */
export function booksFile({ database }: Pick<Config, 'database'>, instead: string): string {
  if (database.kind === 'sqlite') return database.file;
  throw new InvalidInput(say`The books are on PostgreSQL, not in a file: ${instead}`);
}
