import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { systemClock } from '../../src/clock';
import { connectAsIs, openDatabase } from '../../src/store/database/database';
import { migrationSource, STEPS } from '../../migrations';
import { built } from '../support/program/built';
import { addNextStep } from '../support/next-step';
import { temporaryFolder } from '../support/temporary-folder';

/** Books that several programs meet when their tables are not made yet, or half made. */

let file: string;

beforeEach(() => {
  file = join(temporaryFolder(), 'shop.db');
});

afterEach(() => jest.restoreAllMocks());

/** Waits take a fraction of their time, and by the clock they took all of it. */
function hurry(times: number): void {
  const real = { ...systemClock };
  jest.spyOn(systemClock, 'elapsedMs').mockImplementation(() => real.elapsedMs() * times);
  jest.spyOn(systemClock, 'wait').mockImplementation((ms, signal) => real.wait(ms / times, signal));
}

async function steps(db: Knex): Promise<string[]> {
  const rows: { name: string }[] = await db('knex_migrations').orderBy('id');
  return rows.map(({ name }) => name);
}

test.each([
  [
    'a power cut in the middle of an update',
    (cut: Knex) => cut('knex_migrations_lock').update({ is_locked: 1 }),
  ],
  [
    'two programs that made the lock at once',
    (cut: Knex) => cut('knex_migrations_lock').insert({ is_locked: 0 }),
  ],
])('%s: the shop is not locked out of its books', async (_, cause) => {
  hurry(20);
  await (await openDatabase(file)).destroy();
  addNextStep();
  const cut = connectAsIs(file);
  await cause(cut);
  await cut.destroy();
  const db = await openDatabase(file);
  expect(await steps(db)).toEqual(Object.keys(STEPS));
  expect(await db('knex_migrations_lock').select('is_locked')).toEqual([{ is_locked: 0 }]);
  await db.destroy();
});

test('however long another program makes the tables, the others wait for it', async () => {
  const slow = connectAsIs(file);
  await slow.migrate.currentVersion({ migrationSource }); // makes the tables that note the steps
  await slow('knex_migrations_lock').update({ is_locked: 1 });
  // Longer than a lock may stand that nobody holds.
  await slow.raw('begin immediate');
  let opened = false;
  const opening = openDatabase(file).then((db) => {
    opened = true;
    return db;
  });
  await new Promise((resolve) => setTimeout(resolve, 7_000));
  expect(opened).toBe(false);
  await slow.raw('rollback');
  await slow.migrate.forceFreeMigrationsLock({ migrationSource });
  const db = await opening;
  expect(await steps(db)).toEqual(Object.keys(STEPS));
  await db.destroy();
  await slow.destroy();
});

test('many programs that start at once make the tables once', async () => {
  const program = `require(${JSON.stringify(built('src/store/database/database.js'))})
    .openDatabase(${JSON.stringify(file)}).then((db) => db.destroy())`;
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['-e', program], { stdio: 'inherit' }),
  );
  const codes = await Promise.all(
    children.map((child) => new Promise((resolve) => child.once('exit', resolve))),
  );
  expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
  const db = await openDatabase(file);
  expect(await steps(db)).toEqual(Object.keys(STEPS));
  await db.destroy();
});
