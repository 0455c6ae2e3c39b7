import type { Knex } from 'knex';
import { migrationSource } from '../../../migrations';

const nothing = () => undefined;

/** Errors are thrown; knex would also print them, into the output of a command. */
export const SILENT: Knex.Logger = {
  warn: nothing,
  error: nothing,
  debug: nothing,
  deprecate: nothing,
};

/** Knex would write even if there is nothing to do, and wait for other writers. */
export async function isUpToDate(db: Knex): Promise<boolean> {
  const known = (await migrationSource.getMigrations([])).map((one) =>
    migrationSource.getMigrationName(one),
  );
  return [...known].sort().join() === (await stepsDone(db)).sort().join();
}

/** Names of the steps these books went through; none where they are not begun. */
export async function stepsDone(db: Knex): Promise<string[]> {
  return db<{ name: string }>('knex_migrations')
    .pluck('name')
    .catch(() => []);
}
