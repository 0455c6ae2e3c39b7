import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { migrationSource, replaceFormerSteps } from '../../migrations';
import { JournalCheck } from '../../src/domain/money/money-journal';
import { connectAsIs, openDatabase } from '../../src/store/database/database';
import { stepsDone } from '../../src/store/database/migrate';
import { Stores } from '../../src/store/stores';
import { makeOldBooks } from '../support/old-books';
import { CliShop } from '../support/program/cli-shop';
import { some } from '../support/program/run-counts';
import { temporaryFolder } from '../support/temporary-folder';

/** Books of every version before this one can be opened, and those of a later one are left alone. */

jest.setTimeout(120_000);

let folder: string;
beforeEach(() => (folder = temporaryFolder()));

type Rows = Record<string, unknown>[];

interface Made {
  type: string;
  name: string;
  sql: string;
}

/** Without what knex and SQLite keep for themselves. */
async function made(db: Knex): Promise<Made[]> {
  const rows = await db<Made>('sqlite_master').whereNotNull('sql').orderBy('name');
  return rows.filter(({ name }) => !/^(knex|sqlite)_/.test(name));
}

async function tablesOf(db: Knex): Promise<string[]> {
  return (await made(db)).filter(({ type }) => type === 'table').map(({ name }) => name);
}

async function contentsOf(db: Knex): Promise<Record<string, Rows>> {
  const names = await tablesOf(db);
  const rows = await Promise.all(names.map((name) => db<Rows[number]>(name).select('*')));
  return Object.fromEntries(names.map((name, index) => [name, rows[index]!]));
}

async function schemaOf(db: Knex): Promise<string[]> {
  const plain = (sql: string) => sql.replaceAll(/[`"]/g, '').replaceAll(/\s+/g, ' ').toLowerCase();
  return (await made(db)).map(({ sql }) => plain(sql)).toSorted();
}

test('books that went through the first steps alone, however many, get the others and lose nothing', async () => {
  const grown = join(folder, 'grown.db');
  makeOldBooks(grown);
  const fresh = await openDatabase(':memory:');
  const today = await schemaOf(fresh);
  await fresh.destroy();
  const steps = await migrationSource.getMigrations([]);
  const tried = new Set(some(steps, 4));
  for (const [index, step] of steps.entries()) {
    if (!tried.has(step)) continue;
    const before = connectAsIs(grown);
    await replaceFormerSteps(before, await stepsDone(before));
    const getMigrations = () => Promise.resolve(steps.slice(0, index + 1));
    await before.migrate.latest({ migrationSource: { ...migrationSource, getMigrations } });
    const rows = await contentsOf(before);
    await before.destroy();
    const file = join(folder, `${step}.db`);
    copyFileSync(grown, file);

    const db = await openDatabase(file);
    const now = await contentsOf(db);
    for (const [table, found] of Object.entries(rows)) {
      const kept = found.map((row) => expect.objectContaining(row) as unknown);
      expect([step, table, now[table]]).toEqual([step, table, kept]);
    }
    expect([step, await schemaOf(db)]).toEqual([step, today]);
    const journal = await new Stores(db).money.list();
    const check = new JournalCheck();
    expect(journal.length).toBeGreaterThan(0);
    expect(journal.every((row) => check.add(row))).toBe(true);
    await db.destroy();
  }
});

test('books of a later version are refused with words by server and commands, and not touched', async () => {
  const shop = CliShop.open();
  await shop.json('vouchers generate --plan P5 --count 1');
  const file = shop.path('shop.db');
  const db = connectAsIs(file);
  await db('knex_migrations').insert({
    name: '901-shared-locks',
    batch: 9,
    migration_time: new Date(),
  });
  await db.raw('pragma wal_checkpoint(truncate)');
  await db.destroy();
  const bytes = readFileSync(file);
  const words =
    'a later version of this program made it (901-shared-locks). Install that version again, or ' +
    'restore a backup from before it. Nothing was changed';

  await expect(openDatabase(file)).rejects.toThrow(words);
  const { code, err } = await shop.run('stats');
  expect(code).not.toBe(0);
  expect(err.replaceAll(/\s+/g, ' ')).toContain(words);
  expect(readFileSync(file).equals(bytes)).toBe(true);

  // Nor does such a backup take the place of books that are good.
  copyFileSync(file, join(folder, 'later.db'));
  const good = connectAsIs(file);
  await good('knex_migrations').where('name', '901-shared-locks').delete();
  await good.destroy();
  const restored = await shop.run(`restore ${join(folder, 'later.db')} --yes`);
  expect([restored.code === 0, restored.err.replaceAll(/\s+/g, ' ')]).toEqual([false, expect.stringContaining(words)]); // prettier-ignore
  expect((await shop.run('stats')).code).toBe(0);
  await shop.close();
});
