import type { Knex } from 'knex';
import { laterSteps, migrationSource, withoutFormerSteps } from '../../../migrations';
import { connect } from './database';
import { stepsDone } from './migrate';

/** All that a schema can hold. */
const KINDS = ['trigger', 'view', 'table', 'index'];
/** What SQLite itself keeps beside the tables of a program. */
const OF_SQLITE = new Set(['sqlite_sequence', 'sqlite_stat1', 'sqlite_stat4']);

interface SchemaRow {
  type: string;
  name: string;
  tbl_name: string;
  sql: string | null;
}

/**
 * What in a database is not as this program makes it at the same step of its schema, or is missing: a file from
 * outside may hold a trigger that acts as soon as books are written, or a view in place of a table.
 * @param db as it is, opened but not migrated
 * @returns such as `trigger make_me_owner`, what acts first; nothing of a later version, which opening them refuses
 */
export async function schemaDifferences(db: Knex): Promise<string[]> {
  const steps = await stepsDone(db);
  if (laterSteps(steps).length > 0) return [];
  const [found, expected] = [await schemaOf(db), await freshSchema(steps)];
  const keys = new Set([...found.keys(), ...expected.keys()]);
  const different = [...keys].filter((key) => found.get(key) !== expected.get(key)).sort();
  return KINDS.flatMap((kind) => different.filter((key) => key.startsWith(`${kind} `)));
}

/** The text that made each table, index, trigger and view, by its kind and name. */
async function schemaOf(db: Knex): Promise<Map<string, string>> {
  const rows = await db<SchemaRow>('sqlite_master').select('type', 'name', 'tbl_name', 'sql');
  return new Map(
    rows
      .filter(({ name, type }) => type !== 'table' || !OF_SQLITE.has(name))
      .map(({ type, name, tbl_name: of, sql }) => [`${type} ${name}`, `${of} ${sql ?? ''}`]),
  );
}

async function freshSchema(steps: readonly string[]): Promise<Map<string, string>> {
  const wanted = withoutFormerSteps(steps);
  const db = connect(':memory:');
  try {
    const all = await migrationSource.getMigrations([]);
    const getMigrations = () => Promise.resolve(all.filter((name) => wanted.includes(name)));
    await db.migrate.latest({ migrationSource: { ...migrationSource, getMigrations } });
    return await schemaOf(db);
  } finally {
    await db.destroy();
  }
}
