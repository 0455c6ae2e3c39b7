import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { migrationSource, replaceFormerSteps } from '../../migrations';
import { JournalCheck } from '../../src/domain/money/money-journal';
import { connectAsIs, openDatabase } from '../../src/store/database/database';
import {
  checkReferencesLast,
  giveNumbersAfter,
  numbersGiven,
} from '../../src/store/database/dialect';
import { stepsDone } from '../../src/store/database/migrate';
import { connectPostgres } from '../../src/store/database/postgres';
import { Stores } from '../../src/store/stores';
import { makeOldBooks } from '../support/old-books';
import { takeBooks, giveBack } from '../support/postgres/books';
import { ask } from '../support/postgres/server';
import { some } from '../support/program/run-counts';
import { temporaryFolder } from '../support/temporary-folder';

/** Books of every version before this one can be opened, on PostgreSQL too. */

jest.setTimeout(180_000);

const server = () => process.env.TEST_POSTGRES_SERVER!;
const made: string[] = [];

afterEach(async () => {
  for (const name of made.splice(0)) await ask(server(), `drop database ${name} with (force)`);
});

/** @param template books to begin with; an empty database without @returns its address */
async function newDatabase(template = 'template1'): Promise<string> {
  const run = process.env.TEST_POSTGRES_TEMPLATE!.replace(/empty$/, '');
  const name = `${run}versions_${randomBytes(4).toString('hex')}`;
  await ask(server(), `create database ${name} template ${template}`);
  made.push(name);
  const address = new URL(server());
  address.pathname = `/${name}`;
  return address.toString();
}

const nameOf = (address: string) => new URL(address).pathname.slice(1);

async function migrateTo(db: Knex, steps: readonly string[]): Promise<void> {
  const getMigrations = () => Promise.resolve([...steps]);
  await db.migrate.latest({ migrationSource: { ...migrationSource, getMigrations } });
}

async function tablesOf(db: Knex): Promise<string[]> {
  const names = await db('pg_tables').where('schemaname', db.raw('current_schema()')).orderBy('tablename').pluck<string[]>('tablename'); // prettier-ignore
  return names.filter((name) => !name.startsWith('knex') && name !== 'books_revision');
}

async function contentsOf(db: Knex): Promise<Record<string, object[]>> {
  const names = await tablesOf(db);
  const rows = await Promise.all(names.map((name) => db<object>(name).select('*')));
  return Object.fromEntries(names.map((name, index) => [name, rows[index]!]));
}

/** Columns, constraints, indexes and triggers; not the order in which they were made. */
async function schemaOf(db: Knex): Promise<string[]> {
  const answer: { rows: { made: string }[] } = await db.raw(
    `select concat_ws(' ', table_name, column_name, data_type, collation_name, is_nullable, column_default)
       as made from information_schema.columns where table_schema = current_schema()
     union all select concat_ws(' ', conrelid::regclass, pg_get_constraintdef(oid))
       from pg_constraint where connamespace = current_schema()::regnamespace
     union all select indexdef from pg_indexes where schemaname = current_schema()
     union all select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal`,
  );
  return answer.rows.map(({ made: one }) => one).toSorted();
}

/** The same rows under the same numbers. */
async function fill(to: Knex, from: Knex): Promise<void> {
  const tables = await tablesOf(to);
  await to.transaction(async (trx) => {
    await checkReferencesLast(trx);
    for (const table of tables) {
      await trx(table).delete();
      for (const row of await from<object>(table).select('*')) await trx(table).insert(row);
    }
  });
  for (const [table, last] of await numbersGiven(from)) {
    if (tables.includes(table)) await giveNumbersAfter(to, table, last);
  }
}

/** Of a shop from before the first release, after the first step of today. */
async function oldestBooks(): Promise<string> {
  const file = join(temporaryFolder(), 'old.db');
  makeOldBooks(file);
  const from = connectAsIs(file);
  await replaceFormerSteps(from, await stepsDone(from));
  const address = await newDatabase();
  const to = connectPostgres(address);
  await migrateTo(to, (await migrationSource.getMigrations([])).slice(0, 1));
  await fill(to, from);
  await Promise.all([from.destroy(), to.destroy()]);
  return address;
}

test('books that went through the first steps alone, however many, get the others and lose nothing', async () => {
  const todays = await takeBooks();
  const fresh = await openDatabase(todays);
  const today = await schemaOf(fresh);
  await fresh.destroy();
  await giveBack(todays);
  const grown = await oldestBooks();
  const steps = await migrationSource.getMigrations([]);
  const tried = new Set(some(steps, 4));
  for (const [index, step] of steps.entries()) {
    if (!tried.has(step)) continue;
    const before = connectPostgres(grown);
    await migrateTo(before, steps.slice(0, index + 1));
    const rows = await contentsOf(before);
    await before.destroy();
    expect(rows.vouchers!.length).toBeGreaterThan(0);

    const db = await openDatabase(await newDatabase(nameOf(grown)));
    const now = await contentsOf(db);
    for (const [table, found] of Object.entries(rows)) {
      const kept = found.map((row) => expect.objectContaining(row) as unknown);
      expect([step, table, now[table]]).toEqual([step, table, expect.arrayContaining(kept)]);
      expect([step, table, now[table]!.length]).toEqual([step, table, found.length]);
    }
    expect([step, await schemaOf(db)]).toEqual([step, today]);
    const journal = await new Stores(db).money.list();
    const check = new JournalCheck();
    expect(journal.length).toBeGreaterThan(0);
    expect(journal.every((row) => check.add(row))).toBe(true);
    await db.destroy();
  }
});
