import { join } from 'node:path';
import type { Knex } from 'knex';
import { FIRST_STEP, STEPS } from '../../migrations';
import { CLEARED, KEPT } from '../../migrations/own-tables';
import { compareByBytes, isPostgres, letReferencesWait } from '../../migrations/postgres-parts';
import { copyBooks } from '../../src/store/copy-books';
import { connectAsIs, openDatabase, openForCopy } from '../../src/store/database/database';
import { connectPostgres } from '../../src/store/database/postgres';
import { makeFilledBooks } from '../support/filled-books';
import { addNextStep, NEXT_STEP, removeNextStep } from '../support/next-step';
import { giveBack, onPostgres, takeBooks } from '../support/postgres/books';
import { temporaryFolder } from '../support/temporary-folder';

/** Books that are older or newer than the program, or of a trial version, on both databases. */

let books: string;
let given: string[] = [];

beforeEach(async () => {
  books = join(temporaryFolder(), 'shop.db');
  await makeFilledBooks(books);
  if (onPostgres) books = await copyOf(books);
});

afterEach(async () => {
  for (const address of given) await giveBack(address);
  given = [];
});

/** The same books on PostgreSQL. */
async function copyOf(file: string): Promise<string> {
  const address = await takeBooks();
  given.push(address);
  const [from, to] = [await openDatabase(file), await openForCopy(address)];
  await copyBooks(from, to, file);
  await Promise.all([from.destroy(), to.destroy()]);
  return address;
}

async function inBooks<T>(look: (db: Knex) => Promise<T>, open = openDatabase): Promise<T> {
  const db = await open(books);
  try {
    return await look(db);
  } finally {
    await db.destroy();
  }
}

const asTheyAre = (address: string) =>
  Promise.resolve(onPostgres ? connectPostgres(address) : connectAsIs(address));

type Row = Record<string, unknown>;

/** With the steps, and whether the table of the next one is there. */
async function contentsOf(db: Knex): Promise<Record<string, unknown>> {
  const contents: Record<string, unknown> = { steps: await db('knex_migrations').pluck('name') };
  for (const table of [...KEPT, ...CLEARED]) {
    const rows = await db<Row>(table).select('*');
    contents[table] = rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  contents.shelves = await db.schema.hasTable('shelves');
  return contents;
}

/** As steps do: columns and rows of a table that is there, and a new one. */
async function addShelves(db: Knex): Promise<void> {
  await db.schema.alterTable('vouchers', (table) => table.text('shelf'));
  await db('vouchers').update({ shelf: 'upper' });
  await db.schema.createTable('shelves', (table) => table.text('name').primary());
  if (!isPostgres(db)) return;
  await compareByBytes(db);
  await letReferencesWait(db);
}

test('books in use get the step of a later version, and lose nothing', async () => {
  const before = await inBooks(contentsOf);
  expect(Object.entries(before).filter(([, rows]) => Array.isArray(rows) && rows.length === 0)).toEqual([]); // prettier-ignore
  addNextStep(addShelves);
  expect(await inBooks(contentsOf)).toEqual({
    ...before,
    steps: Object.keys(STEPS),
    vouchers: (before.vouchers as Row[]).map((row) => ({ ...row, shelf: 'upper' })),
    shelves: true,
  });
});

test('a step that is cut short is undone as a whole, and done by the next opening', async () => {
  const before = await inBooks(contentsOf);
  addNextStep(async (db) => {
    await addShelves(db);
    await db.schema.dropTable('audit');
    throw new Error('the power is out');
  });
  await expect(openDatabase(books)).rejects.toThrow('cannot be opened: the power is out');

  removeNextStep();
  expect(await inBooks(contentsOf)).toEqual(before);

  addNextStep(addShelves);
  const after = await inBooks(contentsOf);
  expect([after.steps, after.shelves]).toEqual([Object.keys(STEPS), true]);
});

test.each([
  ['a later version', [], `a later version of this program made it (${NEXT_STEP})`],
  ['a trial version', [FIRST_STEP], 'a trial version from before the first release made it'],
])('books of %s are refused in words, and stay as they are', async (_, missing, words) => {
  addNextStep(addShelves);
  const before = await inBooks(async (db) => {
    await db('knex_migrations').whereIn('name', missing).delete();
    return contentsOf(db);
  });
  expect(before).toMatchObject({
    steps: expect.arrayContaining([NEXT_STEP]) as unknown,
    shelves: true,
  });
  removeNextStep();
  await expect(openDatabase(books)).rejects.toThrow(words);
  await expect(openForCopy(books)).rejects.toThrow(words);
  expect(await inBooks(contentsOf, asTheyAre)).toEqual(before);
});
