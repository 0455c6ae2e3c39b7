import { readFileSync, writeFileSync } from 'node:fs';
import { FIRST_STEP } from '../../migrations';
import { connectAsIs } from '../../src/store/database/database';
import { addNextStep, NEXT_STEP } from '../support/next-step';
import { CliShop } from '../support/program/cli-shop';

/** What server, commands and restore say of books of another version. */

let shop: CliShop;
beforeEach(async () => {
  shop = CliShop.open();
  await shop.json('vouchers generate --plan P5 --count 3');
});
afterEach(() => shop.close());

const LATER =
  `a later version of this program made it (${NEXT_STEP}). Install that version again, or ` +
  'restore a backup from before it. Nothing was changed';
const TRIAL =
  'a trial version from before the first release made it, and this version cannot read it. ' +
  'Go on with that version, or set DATABASE_URL to a new database. Nothing was changed';

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ');

async function step(name: string, isDone: boolean): Promise<void> {
  const db = connectAsIs(shop.path('shop.db'));
  const steps = db('knex_migrations');
  await (isDone ? steps.insert({ name, batch: 9, migration_time: new Date() }) : steps.where({ name }).delete()); // prettier-ignore
  await db.raw('pragma wal_checkpoint(truncate)');
  await db.destroy();
}

test.each([
  ['a later', LATER, () => step(NEXT_STEP, true), () => step(NEXT_STEP, false)],
  [
    'a trial',
    TRIAL,
    async () => {
      await step('001-books', true);
      await step(FIRST_STEP, false);
    },
    async () => {
      await step(FIRST_STEP, true);
      await step('001-books', false);
    },
  ],
])('%s version: no command opens them, and no good books give way to them', async (_, words, begin, end) => {
  await begin();
  const bytes = readFileSync(shop.path('shop.db'));
  const { code, err } = await shop.run('stats');
  expect([code === 0, oneLine(err)]).toEqual([false, expect.stringContaining(words)]);
  expect(readFileSync(shop.path('shop.db')).equals(bytes)).toBe(true);

  writeFileSync(shop.path('theirs.db'), bytes);
  await end();
  const restored = await shop.run('restore theirs.db --yes');
  expect([restored.code === 0, oneLine(restored.err)]).toEqual([false, expect.stringContaining(words)]);
  expect(await shop.json('vouchers list')).toHaveLength(3);
}); // prettier-ignore

test('a backup from before a step is restored, and gets it', async () => {
  await shop.run('backup before.db');
  addNextStep(async (db) => db.schema.createTable('shelves', (table) => table.increments()));
  await shop.json('vouchers generate --plan P5 --count 1');
  expect((await shop.run('restore before.db --yes')).code).toBe(0);
  expect(await shop.json('vouchers list')).toHaveLength(3);
  expect(await shop.look(({ db }) => db('shelves'))).toEqual([]);
});
