import type { Knex } from 'knex';
import { down, up } from './001-first-books';

// Listed by hand and named without an ending: knex stores the names, and a file is .ts in development
// but .js in the build.
const STEPS: Record<string, Knex.Migration> = {
  '001-first-books': { up, down },
};

export const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: () => Promise.resolve(Object.keys(STEPS)),
  getMigrationName: (name) => name,
  getMigration: (name) => Promise.resolve(STEPS[name]!),
};
