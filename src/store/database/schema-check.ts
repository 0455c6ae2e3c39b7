import type { Knex } from 'knex';
import { migrationSource } from '../../../migrations';
import { connect } from './database';
import { stepsDone, strangeSteps } from './migrate';

/** All that a schema can hold. */
const KINDS = ['trigger', 'view', 'table', 'index'];
/** What SQLite itself keeps beside the tables of a program, as it makes them. */
const OF_SQLITE = new Set([
  'CREATE TABLE sqlite_sequence(name,seq)',
  'CREATE TABLE sqlite_stat1(tbl,idx,stat)',
  'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)',
]);

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
 * @returns such as `trigger make_me_owner`, what acts first; nothing of a version whose books are refused when they are opened
 */
export async function schemaDifferences(db: Knex): Promise<string[]> {
  const steps = await stepsDone(db);
  if (strangeSteps(steps).length > 0) return [];
  const [found, expected] = [await schemaOf(db), await freshSchema(steps)];
  const keys = new Set([...found.keys(), ...expected.keys()]);
  const different = [...keys].filter((key) => found.get(key) !== expected.get(key)).sort();
  const isOf = (kind: string) => (key: string) => key.startsWith(`${kind} `);
  // SQLite reads a kind in any capitals, and so does not everybody: what is none of ours comes first.
  const strange = different.filter((key) => !KINDS.some((kind) => isOf(kind)(key)));
  return [...strange, ...KINDS.flatMap((kind) => different.filter(isOf(kind)))];
}

/** The texts that made each table, index, trigger and view, by its kind and name: of a forged one there may be two. */
async function schemaOf(db: Knex): Promise<Map<string, string>> {
  const rows = await db<SchemaRow>('sqlite_master')
    .select('type', 'name', 'tbl_name', 'sql')
    .orderBy(['type', 'name', 'sql']);
  const found = new Map<string, string>();
  for (const { type, name, tbl_name: of, sql } of rows) {
    if (type === 'table' && name === of && OF_SQLITE.has(sql ?? '')) continue;
    const key = `${type} ${name}`;
    found.set(key, `${found.get(key) ?? ''}${of} ${sql ?? ''}\n`);
  }
  return found;
}

async function freshSchema(steps: readonly string[]): Promise<Map<string, string>> {
  const db = connect(':memory:');
  try {
    const all = await migrationSource.getMigrations([]);
    const getMigrations = () => Promise.resolve(all.filter((name) => steps.includes(name)));
    await db.migrate.latest({ migrationSource: { ...migrationSource, getMigrations } });
    return await schemaOf(db);
  } finally {
    await db.destroy();
  }
}
