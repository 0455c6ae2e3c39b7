import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Knex } from 'knex';
import { connect } from '../../src/store/database/database';
import { AppError } from '../../src/errors';
import { driverError } from '../../src/store/database/driver-error';
import { temporaryFolder } from '../support/temporary-folder';

/** The connection to an SQLite file, which works in a thread of its own. */

let db: Knex;
let file: string;

beforeEach(async () => {
  file = join(temporaryFolder(), 'shop.db');
  db = connect(file);
  await db.raw('create table things (id integer primary key, name text unique)');
});

afterEach(() => db.destroy());

test('the program goes on while another one has the books locked', async () => {
  const other = connect(file);
  await other.raw('begin immediate');
  let isDone = false;
  const write = db('things')
    .insert({ name: 'one' })
    .then(() => (isDone = true));
  await after(100);
  expect(isDone).toBe(false);
  await other.raw('rollback');
  await write;
  expect(await other('things').pluck('name')).toEqual(['one']);
  await other.destroy();
});

test('whole numbers stay whole, however large', async () => {
  const large = [2 ** 31, -(2 ** 40), 1_764_000_000_000, Number.MAX_SAFE_INTEGER];
  for (const number of [0, 1, -1, ...large]) {
    const [row] = await db.raw<object[]>('select typeof(?) as type, ? as same', [number, number]);
    expect(row).toEqual({ type: 'integer', same: number });
  }
  expect(await db.raw('select typeof(?) as type, ? as same', [0.5, 1e300])).toEqual([
    { type: 'real', same: 1e300 },
  ]);
});

test("a refusal has the code of its kind, and SQLite's own words", async () => {
  await db('things').insert({ name: 'one' });
  const refused = db('things').insert({ name: 'one' });
  await expect(refused).rejects.toMatchObject({
    code: 'SQLITE_CONSTRAINT',
    message: expect.stringContaining(
      'SQLITE_CONSTRAINT_UNIQUE: UNIQUE constraint failed',
    ) as string,
  });
});

test('a statement that was run before finds what has become of its table', async () => {
  const read = () => db('things').select('*');
  await db('things').insert({ name: 'one' });
  expect(await read()).toEqual([{ id: 1, name: 'one' }]);
  const other = connect(file);
  await other.raw(`alter table things add column color text default 'red'`);
  await other.destroy();
  expect(await read()).toEqual([{ id: 1, name: 'one', color: 'red' }]);
  await db.raw('alter table things rename column name to title');
  expect(await read()).toEqual([{ id: 1, title: 'one', color: 'red' }]);
});

test('a thread that died costs the statement under way, and is replaced', async () => {
  const posts = jest.spyOn(Worker.prototype, 'postMessage');
  await db('things').insert({ name: 'one' });
  const thread = posts.mock.contexts[0] as Worker;
  posts.mockRestore();
  const cut = db.raw(
    'with recursive n(i) as (select 1 union all select i + 1 from n where i < 3e6) select max(i) from n',
  );
  const refused = expect(cut).rejects.toThrow('thread');
  await after(50);
  await thread.terminate();
  await refused;
  expect(await db('things').pluck('name')).toEqual(['one']);
});

test('a driver that is not there for this computer is said in words, not by the places where it was looked for', () => {
  const message =
    'Could not locate the bindings file. Tried:\n → /srv/pisonet/build/better_sqlite3.node';
  const said = driverError({ message });
  expect(said).toBeInstanceOf(AppError);
  expect(said.message).toMatch(/^SQLite is not there.*npm rebuild better-sqlite3/);
  expect(said.message).not.toContain('.node');
});
