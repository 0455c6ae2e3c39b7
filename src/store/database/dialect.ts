import type { Knex } from 'knex';
import { Conflict } from '../../errors';
import type { Text } from '../../text';

/** What differs between the two databases, and is needed where a statement is written. */

export function isPostgres(db: Knex): boolean {
  return (db.client as { dialect: string }).dialect === 'postgresql';
}

/** The rows of a raw answer, which the two drivers return differently. */
export function rowsIn<T>(db: Knex, answer: unknown): T[] {
  return (isPostgres(db) ? (answer as { rows: T[] }).rows : answer) as T[];
}

/** The function that makes a JSON list of its arguments. */
export function jsonArray(db: Knex): string {
  return isPostgres(db) ? 'json_build_array' : 'json_array';
}

/** Foreign keys are checked when the transaction ends: tables reference each other. */
export async function checkReferencesLast(transaction: Knex): Promise<void> {
  await transaction.raw(
    isPostgres(transaction) ? 'set constraints all deferred' : 'pragma defer_foreign_keys = on',
  );
}

/** Runs `work`; a duplicate row becomes a Conflict that says this. */
export async function orConflict<T>(text: Text, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUniqueViolation(error)) throw new Conflict(text, { cause: error });
    throw error;
  }
}

function isUniqueViolation(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return code === '23505' || (code === 'SQLITE_CONSTRAINT' && /unique/i.test(message ?? ''));
}

/** The columns of a table's primary key, in its order. */
export async function primaryKey(db: Knex, table: string): Promise<string[]> {
  const answer: unknown = await db.raw(
    isPostgres(db)
      ? `select column_name as name from information_schema.key_column_usage
         join information_schema.table_constraints using (constraint_schema, constraint_name)
         where constraint_type = 'PRIMARY KEY' and table_constraints.table_schema = current_schema()
           and table_constraints.table_name = ? order by ordinal_position`
      : 'select name from pragma_table_info(?) where pk > 0 order by pk',
    [table],
  );
  return rowsIn<{ name: string }>(db, answer).map(({ name }) => name);
}

/** The highest number that was ever given in each table that numbers its rows. */
export async function numbersGiven(db: Knex): Promise<Map<string, number>> {
  const answer: unknown = await db.raw(
    isPostgres(db)
      ? `select left(sequencename, -length('_id_seq')) as name, last_value as seq from pg_sequences
         where schemaname = current_schema() and last_value is not null`
      : 'select name, seq from sqlite_sequence',
  );
  const rows = rowsIn<{ name: string; seq: number }>(db, answer);
  return new Map(rows.map(({ name, seq }) => [name, seq]));
}

export async function giveNumbersAfter(db: Knex, table: string, last: number): Promise<void> {
  if (isPostgres(db)) {
    await db.raw(`select setval(pg_get_serial_sequence(?, 'id'), ?)`, [table, last]);
    return;
  }
  await db('sqlite_sequence').where({ name: table }).delete();
  await db('sqlite_sequence').insert({ name: table, seq: last });
}

/**
 * Everything this transaction reads is of one moment, and it cannot write. It may be idle for as long as what it
 * read takes elsewhere: it holds no lock that others wait for, and the server notices a reader that lost power.
 */
export async function freezeForReading(transaction: Knex): Promise<void> {
  if (!isPostgres(transaction)) return; // there it is so by itself
  await transaction.raw('set transaction isolation level repeatable read, read only');
  await transaction.raw('set local idle_in_transaction_session_timeout = 0');
}
