import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { Conflict } from '../../src/errors';
import { CLEARED, KEPT } from '../../migrations/own-tables';
import { copyBooks } from '../../src/store/copy-books';
import { openDatabase, openForCopy } from '../../src/store/database/database';
import { makeFilledBooks } from '../support/filled-books';
import { giveBack, takeBooks } from '../support/postgres/books';
import { CliShop } from '../support/program/cli-shop';
import { refuseInserts } from '../support/refuse-inserts';
import { temporaryFolder } from '../support/temporary-folder';

/** Books that move from one database to another, to PostgreSQL and back. */

const TABLES = [...KEPT, ...CLEARED];

let file: string;
let url: string;
let source: Knex;
let opened: Knex[];

beforeEach(async () => {
  file = join(temporaryFolder(), 'shop.db');
  await makeFilledBooks(file);
  url = await takeBooks();
  source = await openDatabase(file);
  opened = [source];
});

afterEach(async () => {
  for (const db of opened) await db.destroy();
  await giveBack(url);
});

async function target(address: string): Promise<Knex> {
  const db = await openForCopy(address);
  opened.push(db);
  return db;
}

async function contentsOf(db: Knex): Promise<Record<string, unknown[]>> {
  const contents: Record<string, unknown[]> = {};
  for (const table of TABLES) {
    const rows = (await db(table).select('*')) as unknown[];
    contents[table] = rows.map((row) => JSON.stringify(row)).sort();
  }
  return contents;
}

const hashOf = () => createHash('sha256').update(readFileSync(file)).digest('hex');

test('to PostgreSQL and back every row of every table is as it was', async () => {
  const before = await contentsOf(source);
  const middle = await target(url);
  const there = await copyBooks(source, middle, 'shop.db');
  expect(there.filter(({ from, to, same }) => !same || from !== to || from === 0)).toEqual([]);
  expect(there.map(({ table }) => table)).toEqual(TABLES);

  const back = await target(join(temporaryFolder(), 'back.db'));
  const here = await copyBooks(middle, back, 'postgres');
  expect(here.filter(({ same }) => !same)).toEqual([]);
  expect(await contentsOf(back)).toEqual(before);
});

test('new rows get numbers that were never given, even where the last ones are deleted', async () => {
  await source('events').insert({ uid: 'last', name: 'x', at: '2026-11-22T00:00:00.000Z' });
  const [last] = await source('events').max<{ id: number }[]>('id as id');
  await source('events').where({ id: last!.id }).delete();
  const copy = await target(url);
  await copyBooks(source, copy, 'shop.db');
  const [added] = await copy('events')
    .insert({ uid: 'new', name: 'x', at: '2026-11-22T00:00:00.000Z' })
    .returning<{ id: number }[]>('id');
  expect(added!.id).toBe(last!.id + 1);
});

test('a copy that was cut short is no shop yet, and continues where it was', async () => {
  await source.destroy(); // one file again, with all that is in it
  const untouched = hashOf();
  source = await openDatabase(file);
  opened.push(source);
  const cut = await target(url);
  const takeAway = await refuseInserts(cut, 'usage_days', 'no room');
  await expect(copyBooks(source, cut, 'shop.db')).rejects.toThrow('no room');
  const [vouchers] = await cut('vouchers').count<{ n: number }[]>({ n: '*' });
  expect(vouchers!.n).toBeGreaterThan(0);
  await expect(openDatabase(url)).rejects.toThrow(/unfinished copy of shop\.db/);
  await expect(copyBooks(source, cut, 'another.db')).rejects.toThrow(Conflict);

  await takeAway();
  const again = await target(url);
  const compared = await copyBooks(source, again, 'shop.db');
  expect(compared.filter(({ same }) => !same)).toEqual([]);
  const shop = await openDatabase(url);
  opened.push(shop);
  expect(await contentsOf(shop)).toMatchObject({ plans: expect.any(Array) as unknown[] });
  await source.destroy();
  expect(hashOf()).toBe(untouched);
});

test('a row that differs is found, and nothing is copied over books that are there', async () => {
  const copy = await target(url);
  const takeAway = await refuseInserts(copy, 'imported_vouchers', 'no room');
  await expect(copyBooks(source, copy, 'shop.db')).rejects.toThrow('no room');
  await takeAway();
  await copy('vouchers').limit(1).update({ used_down: 1 });
  const compared = await copyBooks(source, copy, 'shop.db');
  expect(compared.filter(({ same }) => !same)).toMatchObject([{ table: 'vouchers' }]);
  await expect(openDatabase(url)).rejects.toThrow('unfinished copy');

  const [other, full] = [join(temporaryFolder(), 'other.db'), await openDatabase(file)];
  opened.push(full);
  await makeFilledBooks(other);
  const from = await openDatabase(other);
  opened.push(from);
  await expect(copyBooks(from, full, 'other.db')).rejects.toThrow(/books in that database already/);
});

describe('as a command', () => {
  let shop: CliShop;

  beforeEach(() => (shop = CliShop.open()));
  afterEach(() => shop.close());

  test('it prints the rows of both sides, and refuses while somebody is in charge', async () => {
    await shop.json('vouchers generate --plan P5 --count 3');
    const { agree, tables } = await shop.json<{
      agree: boolean;
      tables: { table: string; from: number; to: number; same: boolean }[];
    }>(`database copy --to ${url}`);
    expect(agree).toBe(true);
    expect(tables).toContainEqual({ table: 'vouchers', from: 3, to: 3, same: true });
    const onPostgres = await shop.run('vouchers list --json', { env: { DATABASE_URL: url } });
    expect(JSON.parse(onPostgres.out)).toEqual(await shop.json('vouchers list'));

    const again = await shop.run(`database copy --to ${url}`);
    expect(again).toMatchObject({ code: 1, out: '' });
    expect(again.err).toContain('copy into an empty one');
    const wrong = await shop.run('database copy --to mysql:shop');
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain('--to is not a database we know');

    await shop.look(({ stores }) => stores.routers.at('192.168.88.1:8728'));
    const until = new Date(Date.now() + 60_000).toISOString();
    await shop.look(({ db }) =>
      db('routers').update({
        ...{ lease_holder: 'x', lease_host: 'elsewhere', lease_pid: 7, lease_until: until },
      }),
    );
    const refused = await shop.run('database copy --to sqlite:copy.db');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('Stop the server first');
  });
});
