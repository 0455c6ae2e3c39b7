import type { Knex } from 'knex';
import * as firstRelease from './001-first-release';

/** The step that made the tables of every shop. Trial versions began with another one. */
export const FIRST_STEP = '001-first-release';

// Listed by hand and without file extension: knex stores the names, and a file is .ts in development but .js
// in the build.
export const STEPS: Record<string, Knex.Migration> = {
  [FIRST_STEP]: { up: firstRelease.up },
};

export const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: () => Promise.resolve(Object.keys(STEPS)),
  getMigrationName: (name) => name,
  getMigration: (name) => Promise.resolve({ down: noWayBack, ...STEPS[name]! }),
};

/** Knex wants one of each step. Who goes back to an earlier version restores a backup from before the step. */
function noWayBack(): Promise<void> {
  return Promise.reject(new Error('a step is not undone'));
}
