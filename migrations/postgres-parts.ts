import type { Knex } from 'knex';
import { OWN_TABLES } from './own-tables';

/** What the books need on PostgreSQL to be what they are on SQLite by themselves. */

export function isPostgres(knex: Knex): boolean {
  return (knex.client as { dialect: string }).dialect === 'postgresql';
}

/** What the loop keeps in memory was read from these: see `Bookkeeper`. */
const LOOP_TABLES = [
  ...['vouchers', 'plan_versions', 'sessions', 'manual_limits', 'blocked_devices'],
  ...['counter_readings', 'session_counters', 'speed_changes'],
];

export async function makePostgresParts(knex: Knex): Promise<void> {
  await compareByBytes(knex);
  await letReferencesWait(knex);
  // The package that keeps staff's sessions writes JSON here.
  await knex.raw('alter table web_sessions alter column sess type json using sess::json');
  await makeRevision(knex);
}

/** Texts of our tables sort and compare by their bytes, whatever language the database was made for. */
export async function compareByBytes(knex: Knex): Promise<void> {
  const columns = await rows<{ of: string; name: string }>(
    knex,
    `select table_name as of, column_name as name from information_schema.columns
     join information_schema.tables using (table_schema, table_name)
     where table_schema = current_schema() and table_type = 'BASE TABLE'
       and table_name = any(?) and data_type in ('text', 'character varying')`,
  );
  for (const { of, name } of columns) {
    await knex.raw('alter table ?? alter column ?? type text collate "C"', [of, name]);
  }
}

/** Foreign keys of our tables can be checked at the end of a transaction. */
export async function letReferencesWait(knex: Knex): Promise<void> {
  const keys = await rows<{ of: string; name: string }>(
    knex,
    `select table_name as of, constraint_name as name from information_schema.table_constraints
     where table_schema = current_schema() and table_name = any(?)
       and constraint_type = 'FOREIGN KEY'`,
  );
  for (const { of, name } of keys) {
    await knex.raw('alter table ?? alter constraint ?? deferrable initially immediate', [of, name]);
  }
}

/**
 * One row that every transaction locks first, so that one writes at a time, as on SQLite. Each statement
 * that changes what the loop works from raises its number, before it locks a row of its own: two writers
 * that wait for each other are not possible. What is declared to be none of the loop's business does not
 * raise it: see `Stores.outsideLoopState`.
 */
async function makeRevision(knex: Knex): Promise<void> {
  await knex.schema.createTable('books_revision', (table) => {
    table.integer('id').primary();
    table.bigInteger('revision').notNullable();
  });
  await knex('books_revision').insert({ id: 1, revision: 0 });
  await knex.raw(
    `create function raise_books_revision() returns trigger language plpgsql as $$
     begin
       if current_setting('pisonet.outside_loop', true) is distinct from 'on' then
         update books_revision set revision = revision + 1 where id = 1;
       end if;
       return null;
     end $$`,
  );
  for (const table of LOOP_TABLES) {
    await knex.raw(
      `create trigger raise_books_revision before insert or update or delete or truncate on ??
       for each statement execute function raise_books_revision()`,
      [table],
    );
  }
}

/** @param sql with the names of our tables as its one value */
async function rows<T>(knex: Knex, sql: string): Promise<T[]> {
  const answer: { rows: T[] } = await knex.raw(sql, [[...OWN_TABLES]]);
  return answer.rows;
}
