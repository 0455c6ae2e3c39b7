import type { Knex } from 'knex';
import { isPostgres, rowsIn } from './dialect';

/** Column names and types; their order is that of the values in each row. */
export type Columns = Record<string, 'text' | 'bigint'>;
export type Cell = string | number | null;

/**
 * Many rows in one statement with one parameter: the rows are passed as JSON, which the database unpacks.
 * Row by row, or with a parameter per cell, a round with 5,000 devices costs many times as much.
 */
export function rowsAsTable(db: Knex, columns: Columns, constants: readonly string[] = []): string {
  const source = isPostgres(db) ? 'json_array_elements(?::json) as j(value)' : 'json_each(?)';
  const cells = Object.entries(columns).map(
    ([name, type], index) => `cast(value->>${index} as ${type}) as ${name}`,
  );
  const same = constants.map((name) => `cast(? as text) as ${name}`);
  return `select ${[...same, ...cells].join(', ')} from ${source}`;
}

/**
 * Many rows of one query as one JSON text: otherwise the driver makes an object with a property per cell,
 * which for thousands of rows costs several times the query itself.
 * @returns the cells of each row in the order of `columns`; the order of rows is not guaranteed
 */
export async function bulkSelect<T extends readonly Cell[]>(
  db: Knex,
  columns: readonly string[],
  from: string,
  values: readonly Cell[] = [],
): Promise<T[]> {
  const cells = columns.join(', ');
  const rows = isPostgres(db)
    ? `coalesce(json_agg(json_build_array(${cells})), '[]')::text`
    : `json_group_array(json_array(${cells}))`;
  const answer: unknown = await db.raw(
    `select ${rows} as rows from ${from}`,
    values as Knex.Value[],
  );
  const [row] = rowsIn<{ rows: string }>(db, answer);
  return JSON.parse(row!.rows) as T[];
}

/** For `in (…)`: one parameter, a JSON list of texts, instead of one for each. */
export function listParameter(db: Knex): string {
  return isPostgres(db)
    ? 'select * from json_array_elements_text(?::json)'
    : 'select value from json_each(?)';
}

/**
 * Inserts rows, or merges them into rows with the same key.
 * @param merge SQL for each column to change; `excluded.name` is the new value, `table.name` the old
 * @param constants columns with the same text in every row: each cell in the JSON has to be parsed
 */
export async function bulkUpsert(
  db: Knex,
  table: string,
  columns: Columns,
  key: readonly string[],
  merge: Record<string, string>,
  rows: readonly (readonly Cell[])[],
  constants: Record<string, string> = {},
): Promise<void> {
  if (rows.length === 0) return;
  const set = Object.entries(merge).map(([name, sql]) => `${name} = ${sql}`);
  const same = Object.keys(constants);
  await db.raw(
    // `where true` keeps SQLite from reading `on conflict` as part of a join.
    `insert into ${table} (${[...same, ...Object.keys(columns)].join(', ')})
     select * from (${rowsAsTable(db, columns, same)}) as t where true
     on conflict (${key.join(', ')}) do update set ${set.join(', ')}`,
    [...Object.values(constants), JSON.stringify(rows)],
  );
}

export async function bulkInsert(
  db: Knex,
  table: string,
  columns: Columns,
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  if (rows.length === 0) return;
  await db.raw(
    `insert into ${table} (${Object.keys(columns).join(', ')}) ${rowsAsTable(db, columns)}`,
    [JSON.stringify(rows)],
  );
}

/** For `deleteSome`, if nobody waits. */
export const ALL_ROWS = Number.MAX_SAFE_INTEGER;

/**
 * Deletes rows found by their key, at most this many, so that others wait for the database only some
 * milliseconds. @returns whether there may be more
 */
export async function deleteSome(
  db: Knex,
  table: string,
  key: readonly string[],
  most: number,
  old: (query: Knex.QueryBuilder) => void,
): Promise<boolean> {
  const found = db(table)
    .select([...key])
    .limit(most)
    .modify(old);
  const [first, ...others] = key;
  const isOld =
    others.length > 0 ? db(table).whereIn([...key], found) : db(table).whereIn(first!, found);
  return (await isOld.delete()) === most;
}

/**
 * Updates rows found by the first column, or by those of `key`.
 * @param set SQL for each column to change; `v.name` is the new value, `table.name` the old
 */
export async function bulkUpdate(
  db: Knex,
  table: string,
  columns: Columns,
  set: Record<string, string>,
  rows: readonly (readonly Cell[])[],
  constants: Record<string, string> = {},
  key: readonly string[] = Object.keys(columns).slice(0, 1),
): Promise<void> {
  if (rows.length === 0) return;
  const assignments = Object.entries(set).map(([name, sql]) => `${name} = ${sql}`);
  const source = rowsAsTable(db, columns, Object.keys(constants));
  await db.raw(
    `update ${table} set ${assignments.join(', ')}
     from (${source}) as v where ${key.map((name) => `${table}.${name} = v.${name}`).join(' and ')}`,
    [...Object.values(constants), JSON.stringify(rows)],
  );
}
