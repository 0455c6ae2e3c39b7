import {
  closeSync,
  existsSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { acceptBooks } from '../../src/services/shop/accept-books';
import { noteDamage, readDamage } from '../../src/store/database/books-damage';
import { writeMark } from '../../src/store/database/books-mark';
import { connect, openDatabase } from '../../src/store/database/database';
import { BooksUnavailable } from '../../src/errors';
import { AdminShop } from '../support/admin-shop';
import { Receiver } from '../support/peers/receiver';
import { ShopServer, type Answer } from '../support/program/shop-server';
import { temporaryFolder } from '../support/temporary-folder';

/** Books with a page that cannot be read, as a power cut or a dying disk leaves them: said in words, to everybody. */

let server: ShopServer | undefined;
let office: AdminShop | undefined;
let hook: Receiver | undefined;

afterEach(async () => {
  await server?.close();
  await office?.close();
  await hook?.stop();
  server = office = hook = undefined;
});

const NOBODY = { address: '127.0.0.1' };
const wordsOf = ({ text }: Answer) => /role="alert">([^<]*)</.exec(text)?.[1];

interface SchemaRow {
  rootpage: number;
}

/** Overwrites the first page of a table and of its keys, in the file, under the open connection. */
async function damage(db: Knex, file: string, table: string): Promise<void> {
  await db.raw('pragma wal_checkpoint(truncate)');
  const [{ page_size: size }] = (await db.raw('pragma page_size')) as [{ page_size: number }];
  const roots = await db('sqlite_master')
    .select<SchemaRow[]>('rootpage')
    .where({ tbl_name: table })
    .where('rootpage', '>', 0);
  const descriptor = openSync(file, 'r+');
  for (const { rootpage } of roots) {
    writeSync(descriptor, Buffer.alloc(size, 0xa5), 0, size, (rootpage - 1) * size);
  }
  closeSync(descriptor);
  await db.raw('pragma shrink_memory'); // what was read before is forgotten
}

const ready = async (shop: ShopServer) => {
  const { status, text } = await shop.ask('/readyz', NOBODY);
  return { status, said: JSON.parse(text) as Record<string, unknown> };
};

test('a damaged page is told to customers, to /readyz and to programs, and nobody is logged out', async () => {
  const file = join(temporaryFolder(), 'shop.db');
  server = await ShopServer.start({ database: file });
  const { shop } = server;
  const { db } = shop.app;
  const { phone } = await shop.online();
  const code = await shop.code();
  await shop.reconcile();
  const before = Object.keys(shop.simulator.exported());
  await damage(db, file, 'vouchers');

  const english = await server.redeem(server.phone(20), code);
  const filipino = await server.redeem(server.phone(21), code, {
    headers: { 'accept-language': 'fil' },
  });
  expect([english.status, filipino.status]).toEqual([503, 503]);
  expect(wordsOf(english)).toContain(
    'cannot read all of its records right now, so your code was not used',
  );
  expect(wordsOf(filipino)).toContain('Hindi mabasa ngayon');
  for (const { text } of [english, filipino]) expect(text).not.toMatch(/disk|in a minute/);
  // A write elsewhere in the file succeeds, and takes nothing back.
  await shop.app.services.books.look();
  expect(await ready(server)).toMatchObject({
    status: 503,
    said: {
      status: 'not ready',
      books: 'damaged',
      reason: 'damaged',
      message: expect.stringContaining('Restore the newest backup'),
    },
  });
  shop.clock.advance(10_000);
  await shop.reconcile().catch(() => undefined); // what it has in memory is good still
  expect(Object.keys(shop.simulator.exported())).toEqual(before);
  expect(phone.online).toBe(true);
});

test('the owner is told of a damaged page that nobody has read yet, on the pages and past the books', async () => {
  const file = join(temporaryFolder(), 'shop.db');
  hook = await Receiver.start();
  office = await AdminShop.open({
    database: file,
    env: { WEBHOOK_URL: hook.url, WEBHOOK_SECRET: 'a secret of the shop' },
  });
  const { app, clock } = office.shop;
  const owner = await office.signedIn('owner');
  await app.services.notices.deliver(); // the line begins
  await damage(app.db, file, 'payments');
  const stopping = new AbortController();
  const running = app.services.books.run(stopping.signal);
  while (!app.services.books.error) await new Promise((look) => setTimeout(look, 5));
  while (!hook.taken.some(({ body }) => body.includes('books unavailable'))) {
    clock.advance(1_000);
    await new Promise((look) => setTimeout(look, 5));
  }
  stopping.abort();
  await running;
  for (const path of ['/admin', '/admin/alerts']) {
    expect((await owner.get(path)).text).toContain('books are damaged');
  }
});

test('damage that was found is asked about at the next start, whatever else can still be read', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'shop.db');
  const backups = join(folder, 'backups');
  office = await AdminShop.open({ database: file, env: { BACKUP_FOLDER: backups } });
  const { app } = office.shop;
  await damage(app.db, file, 'payments');
  const stopping = new AbortController();
  const running = app.services.books.run(stopping.signal);
  while (!app.services.books.error) await new Promise((look) => setTimeout(look, 5));
  stopping.abort();
  await running;
  await office.close();
  office = undefined;

  // Commands, too, say so instead of that all is well.
  const opened = openDatabase(file, backups);
  await expect(opened).rejects.toBeInstanceOf(BooksUnavailable);
  await expect(opened).rejects.toThrow(/damaged.*The server's log has a link/);
  // By the owner's own choice they are used as they are, and it stays said.
  expect(await acceptBooks(file, backups, new Date())).toEqual({
    books: 'as they are',
    kept: null,
  });
  office = await AdminShop.open({ database: file, env: { BACKUP_FOLDER: backups } });
  const [alert] = await office.shop.app.services.alerts.open();
  expect(alert).toMatchObject({
    kind: 'books unavailable',
    message: expect.stringContaining('damaged'),
  });
});

test('a damaged list of free pages is found and stays noted, though every table can be read', async () => {
  const file = join(temporaryFolder(), 'shop.db');
  const db = await openDatabase(file);
  await db.raw('create table passing (bytes blob)');
  for (let n = 0; n < 50; n += 1) await db.raw('insert into passing values (zeroblob(3000))');
  await db.raw('drop table passing');
  await db.raw('pragma wal_checkpoint(truncate)');
  await db.destroy();
  const descriptor = openSync(file, 'r+');
  const head = Buffer.alloc(100);
  readSync(descriptor, head, 0, 100, 0);
  // As SQLite's file format has it: the size of a page, and the first page of the list.
  const [size, first] = [head.readUInt16BE(16), head.readUInt32BE(32)];
  expect(first).toBeGreaterThan(0);
  writeSync(descriptor, Buffer.alloc(size, 0xa5), 0, size, (first - 1) * size);
  closeSync(descriptor);

  noteDamage(file, 'freelist leaf count too big on page 9', new Date());
  await expect(openDatabase(file)).rejects.toBeInstanceOf(BooksUnavailable);
  expect(readDamage(file)).toBeDefined();
});

test('books put in the place of damaged ones by hand are used', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'shop.db');
  const db = await openDatabase(file);
  await db.destroy();
  noteDamage(file, 'Tree 5 page 5: btreeInitPage() returns error code 11', new Date());
  await (await openDatabase(file)).destroy();
  expect(readDamage(file)).toBeUndefined();
});

test('a nightly backup of damaged books is not made, and pushes out none of the good ones', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'shop.db');
  office = await AdminShop.open({
    database: file,
    env: { BACKUP_FOLDER: join(folder, 'backups'), BACKUP_KEEP: '1' },
  });
  const { app, clock } = office.shop;
  // A clock is trusted when it has run evenly for a while.
  const night = async () => {
    await app.services.backups.backUpIfDue();
    clock.advance(10 * 60_000);
    await app.services.backups.backUpIfDue();
  };
  await night();
  const good = app.services.backups.status!.all.map(({ name }) => name);
  expect(good).toHaveLength(1);
  await damage(app.db, file, 'payments');
  clock.advance(86_400_000);
  await night();
  expect(app.services.backups.status!.all.map(({ name }) => name)).toEqual(good);
  const alerts = await app.stores.journal.openAlerts();
  expect(alerts.map(({ message }) => message).join()).toContain('books are damaged');
  expect(alerts.map(({ message }) => message).join()).not.toContain('disk full');
});

const UNREADABLE: readonly (readonly [string, (file: string) => void])[] = [
  [
    'garbage',
    (file) => writeFileSync(file, 'no database, but long enough to be looked at. '.repeat(400)),
  ],
  ['half of the file', (file) => truncateSync(file, Math.floor(statSync(file).size / 8192) * 4096)],
];

test.each(UNREADABLE)('%s is told as damage, and stays as it is', async (_name, spoil) => {
  const file = join(temporaryFolder(), 'shop.db');
  const db = await openDatabase(file);
  await db.destroy();
  spoil(file);
  const { size } = statSync(file);
  const refused = await openDatabase(file).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(BooksUnavailable);
  expect(refused).toMatchObject({ trouble: 'damaged' });
  expect(statSync(file).size).toBe(size);
});

test('a file that was only opened, with no table in it, is told as lost where there was a shop; new books are made when told to', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'shop.db');
  const before = await openDatabase(file);
  const mark = { shop: 'a', steps: 1, revision: 5, at: '2026-01-01T00:00:00.000Z' };
  await before.destroy();
  await writeMark(file, mark);
  for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true });
  const opened = connect(file);
  await opened.raw('pragma user_version = 1');
  await opened.destroy();
  expect(statSync(file).size).toBe(4096);
  await expect(openDatabase(file)).rejects.toMatchObject({ trouble: 'lost' });
  expect(await acceptBooks(file, undefined, new Date('2026-01-02T00:00:00Z'))).toEqual({
    books: 'new',
    kept: expect.stringContaining('unreadable'),
  });
  const fresh = await openDatabase(file);
  expect(await fresh('vouchers')).toEqual([]);
  await fresh.destroy();
});

test('books that were taken away while the shop runs are not made anew, empty, by looking after them', async () => {
  const file = join(temporaryFolder(), 'shop.db');
  office = await AdminShop.open({ database: file });
  for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true });
  const stopping = new AbortController();
  const running = office.shop.app.services.booksKeeper.run(stopping.signal);
  stopping.abort();
  await running;
  expect(existsSync(file)).toBe(false);
});
