import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import pino from 'pino';
import { BooksRecovery } from '../../src/services/shop/books-recovery';
import { acceptBooks } from '../../src/services/shop/accept-books';
import { restoreBooks } from '../../cli/database/restore-books';
import { compose, type App } from '../../src/compose';
import { loadConfig } from '../../src/config';
import { lossOf, type BooksMark } from '../../src/domain/shop/books-mark';
import { copyAside } from '../../src/store/database/backup-folder';
import { markFile, readMark } from '../../src/store/database/books-mark';
import { openDatabase, openForCopy } from '../../src/store/database/database';
import { untilOpen } from '../../src/web/closed-shop';
import { RestartableShop } from '../support/restartable-shop';
import { temporaryFolder } from '../support/temporary-folder';
import { some } from '../support/program/run-counts';

/**
 * Books that are empty, lost, damaged or somebody else's pass neither for a new shop nor for a healthy one: the
 * router stays as it is, and everybody is told.
 */

const PHONES = 3;
const NIGHT = 'pisonet-2026-11-20.db';

let shop: RestartableShop;
let books: string;
let folder: string;
let server: Server | undefined;
let stopping: AbortController;
/** What went to the receivers of notices. */
let told: string[];

beforeEach(async () => {
  shop = await RestartableShop.begin();
  books = shop.database;
  folder = dirname(books);
  stopping = new AbortController();
  told = [];
});

afterEach(async () => {
  stopping.abort();
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await shop.simulator.stop();
});

/** Some customers online, a backup of the night before them, and a mark that is a minute old. */
async function aDayOfWork(): Promise<void> {
  const app = await shop.open();
  const early = await app.online();
  await copyTo(join(folder, 'backups', NIGHT));
  for (let n = 1; n < PHONES; n += 1) await app.online();
  expect(early.phone.online).toBe(true);
  await app.app.services.booksKeeper.mark();
  await shop.stop();
  // A test's books are in no log: see `stop`.
  expect(statSync(books).size).toBeGreaterThan(0);
}

async function copyTo(file: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  await copyAside(books, file);
}

interface Started {
  app: App | undefined;
  recovery: BooksRecovery;
  origin: string;
  /** Once it is open after all. */
  opened: Promise<App | undefined>;
  /** What the pages answer where the shop did not open. */
  ready: { status: number; said: Record<string, string> };
  portal: string;
  code: { status: number; text: string };
  staff: string;
}

/** As `main` starts it: until it is open, or says that it is not. */
async function start(): Promise<Started> {
  const config = loadConfig({
    DATABASE_URL: `sqlite:${books}`,
    MIKROTIK_HOST: '127.0.0.1',
    MIKROTIK_PORT: String(shop.simulator.port),
    PORT: '0',
  });
  server = createServer();
  await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
  const log = pino({ level: 'silent' });
  const { signal } = stopping;
  const open = () => compose(config, { clock: shop.clock, log });
  let app: App | undefined;
  const recovery = new BooksRecovery(books, config.backups?.folder, shop.clock);
  const opening = untilOpen(open, [server], {
    ...{ config, clock: shop.clock, log, signal },
    recovery: { books: recovery, staffAt: 'http://shop' },
    notices: {
      tell: (trouble) => Promise.resolve(void told.push(trouble?.error.trouble ?? 'over')),
    },
  });
  const opened = opening.then((one) => void (app = one));
  while (!app && server.listenerCount('request') === 0) {
    await Promise.race([opened, new Promise((look) => setTimeout(look, 5))]);
  }
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const both = { origin, recovery, opened: opening };
  if (app) {
    const none = { status: 0, said: {} };
    return { ...both, app, ready: none, portal: '', code: { status: 0, text: '' }, staff: '' };
  }
  const ready = await fetch(`${origin}/readyz`);
  const form = { method: 'POST', body: new URLSearchParams({ code: 'ABCDEF' }) };
  const code = await fetch(`${origin}/portal/redeem`, form);
  return {
    ...both,
    app: undefined,
    ready: { status: ready.status, said: (await ready.json()) as Record<string, string> },
    portal: await (await fetch(`${origin}/portal`)).text(),
    code: { status: code.status, text: await code.text() },
    staff: await (await fetch(`${origin}/admin`)).text(),
  };
}

const online = () => shop.simulator.active().length;
/** By name, without the header, in which SQLite notes how the file is to be written. */
const contents = () =>
  readdirSync(folder)
    .filter((name) => name.startsWith('books.db') && !/-(wal|shm)$/.test(name))
    .map((name) => [name, hashOf(readFileSync(join(folder, name)).subarray(100))]);
const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function inOtherShop(): Promise<string> {
  const other = join(temporaryFolder(), 'books.db');
  const its = await compose(loadConfig({ DATABASE_URL: `sqlite:${other}`, PORT: '0' }));
  for (let n = 0; n < 30; n += 1)
    await its.services.batches.generate({ plan: 'P1', count: 1 }, 'test').catch(() => undefined);
  await its.close();
  return other;
}

const SPOILT: readonly (readonly [
  string,
  'lost' | 'damaged',
  string,
  () => void | Promise<void>,
])[] = [
  ['a file of no bytes', 'lost', 'are empty', () => truncateSync(books)],
  ['no file', 'lost', 'are missing', () => rmSync(books)],
  ['half of the file', 'damaged', 'are damaged', () => truncateSync(books, 40_960)],
  ['garbage', 'damaged', 'are damaged', () => writeFileSync(books, 'no database '.repeat(5_000))],
  [
    'zeroes',
    'damaged',
    'are damaged',
    () => writeFileSync(books, Buffer.alloc(statSync(books).size)),
  ],
  [
    'an old copy, laid in by hand',
    'lost',
    'are older',
    () => copyFileSync(join(folder, 'backups', NIGHT), books),
  ],
  [
    'the file of another shop',
    'lost',
    'of another shop',
    async () => copyFileSync(await inOtherShop(), books),
  ],
];

describe.each(some(SPOILT, 4))('%s', (_name, reason, why, spoil) => {
  beforeEach(async () => {
    await aDayOfWork();
    await spoil();
  });

  test('nothing is written, nobody is logged out, and everybody reads why', async () => {
    const [before, rows] = [contents(), shop.simulator.exported()];
    const { app, ready, portal, code, staff } = await start();
    expect(app).toBeUndefined();
    expect(ready).toMatchObject({ status: 503, said: { status: 'not ready', reason } });
    expect(ready.said.message).toContain(why);
    for (const page of [portal, code.text]) {
      expect(page).toContain(
        'cannot read all of its records right now. Who is online stays online.',
      );
    }
    expect(code.status).toBe(503);
    expect(staff).toContain(why);
    expect(staff).toContain(`restore ${join(folder, 'backups', NIGHT)}`);
    expect(staff).toContain('database accept');
    expect(contents()).toEqual(before);
    expect(shop.simulator.exported()).toEqual(rows);
    expect(online()).toBe(PHONES);
    expect(told).toEqual([reason]);
  });

  test('the newest backup brings the shop back', async () => {
    await restoreBooks(join(folder, 'backups', NIGHT), books);
    const { app } = await start();
    expect(await app!.stores.vouchers.countByStatus()).toEqual({ active: 1 });
    expect(readMark(books)).toBeDefined();
    await app!.close();
  });

  test('its owner may go on with it, and what cannot be read is kept', async () => {
    const before = existsSync(books) ? readFileSync(books) : Buffer.alloc(0);
    const done = await acceptBooks(books, join(folder, 'backups'), shop.clock.now());
    const isRead = why === 'are older' || why === 'of another shop';
    expect(done.books).toBe(isRead ? 'as they are' : 'new');
    if (done.kept !== null) expect(readFileSync(done.kept)).toEqual(before);
    const { app } = await start();
    expect(app).toBeDefined();
    expect(online()).toBe(PHONES);
    await app!.close();
  });
});

describe('in a browser, by the link in the log', () => {
  async function decide(choice: 'restore' | 'acceptance', word: string): Promise<App> {
    await aDayOfWork();
    truncateSync(books);
    const { origin, recovery, opened } = await start();
    const page = `${origin}/admin/lost-books`;
    const ask = async (path: string, fields: Record<string, string>) => {
      const answer = await fetch(`${page}/${path}`, {
        method: 'POST',
        body: new URLSearchParams(fields),
      });
      return { status: answer.status, text: await answer.text() };
    };
    const before = readFileSync(books);
    for (const wrong of ['', '?token=', '?token=x', `?token=${recovery.token}x`]) {
      const shown = await fetch(page + wrong);
      expect([shown.status, await shown.text()]).toEqual([503, expect.not.stringMatching(/<form/)]);
    }
    expect(await ask(choice, { word, token: 'guessed' })).toMatchObject({ status: 503 });
    const { token } = recovery;
    const shown = await (await fetch(`${page}?token=${token}`)).text();
    for (const said of ['are empty', NIGHT, 'RESTORE', 'ACCEPT']) expect(shown).toContain(said);
    expect(await ask(choice, { word: 'yes', token })).toMatchObject({ status: 422 });
    expect(readFileSync(books)).toEqual(before);
    expect(await ask(choice, { word, token })).toMatchObject({ status: 200 });
    shop.clock.advance(5_000);
    const app = (await opened)!;
    expect(online()).toBe(PHONES);
    await sleepUntil(() => told.length > 1);
    expect(told).toEqual(['lost', 'over']);
    return app;
  }

  test('the newest backup is restored, and the shop opens', async () => {
    const app = await decide('restore', 'RESTORE');
    expect(await app.stores.vouchers.countByStatus()).toEqual({ active: 1 });
    await app.close();
  });

  test('the shop goes on with new books', async () => {
    const app = await decide('acceptance', 'ACCEPT');
    expect(await app.stores.vouchers.countByStatus()).toEqual({});
    await app.close();
  });
});

test('a log that was deleted with the last sales in it', async () => {
  const app = await shop.open();
  const keeper = app.app.services.booksKeeper;
  const first = await app.online();
  const running = keeper.run(stopping.signal);
  await sleepUntil(() => readMark(books)!.revision > 0);
  stopping.abort();
  await running;
  const crashed = join(temporaryFolder(), 'books.db');
  // What is in the file alone, without the log: all of a young shop.
  copyFileSync(books, crashed);
  const alone = await openDatabase(crashed);
  expect(await alone('vouchers').pluck('code')).toEqual([first.code]);
  await alone.destroy();
  await app.online();
  await keeper.mark();
  for (const ending of ['', '.shop']) copyFileSync(books + ending, crashed + ending);
  for (const ending of ['-wal', '-shm']) rmSync(crashed + ending, { force: true });
  await expect(openDatabase(crashed)).rejects.toMatchObject({
    trouble: 'lost',
    message: expect.stringContaining('are older'),
  });
  await shop.stop();
});

async function sleepUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((look) => setTimeout(look, 5));
}

test('a log whose file is empty is not thrown away, though nothing else tells of a shop', async () => {
  const app = await shop.open();
  await app.online();
  const crashed = join(temporaryFolder(), 'books.db');
  copyFileSync(`${books}-wal`, `${crashed}-wal`);
  writeFileSync(crashed, '');
  await expect(openDatabase(crashed)).rejects.toMatchObject({ trouble: 'lost' });
  expect(readFileSync(`${crashed}-wal`)).toEqual(readFileSync(`${books}-wal`));
  await shop.stop();
});

test('between the two renames of a restore the restored books are opened', async () => {
  await aDayOfWork();
  const night = join(folder, 'backups', NIGHT);
  copyFileSync(night, `${books}.restoring`);
  rmSync(markFile(books));
  renameSync(books, `${books}.before-restore`);
  const { app } = await start();
  expect(await app!.stores.vouchers.countByStatus()).toEqual({ active: 1 });
  await app!.close();
});

test('books of a version without marks, gone, are asked about where there are backups', async () => {
  await aDayOfWork();
  rmSync(markFile(books));
  rmSync(books);
  const { app, ready, staff } = await start();
  expect(app).toBeUndefined();
  expect(ready.said.reason).toBe('lost');
  expect(staff).toContain(NIGHT);
});

test('new books beside those of another shop with backups are new', async () => {
  await aDayOfWork();
  rmSync(markFile(books));
  renameSync(books, join(folder, 'pisonet.db'));
  const { app } = await start();
  expect(app).toBeDefined();
  await app!.close();
});

test('a copy of other books is made where books are gone, on purpose', async () => {
  await aDayOfWork();
  rmSync(books);
  await expect(openDatabase(books)).rejects.toMatchObject({ trouble: 'lost' });
  const copy = await openForCopy(books);
  expect(await copy('vouchers')).toEqual([]);
  await copy.destroy();
  expect(readMark(books)).toBeUndefined();
});

test('a new shop is opened, and has a mark', async () => {
  expect(existsSync(books)).toBe(false);
  const { app } = await start();
  expect(app).toBeDefined();
  expect(readMark(books)).toMatchObject({ shop: expect.any(String) });
  await app!.close();
});

test('a mark that cannot be read says nothing', async () => {
  await aDayOfWork();
  writeFileSync(markFile(books), '{"shop": "hal');
  const { app } = await start();
  expect(app).toBeDefined();
  await app!.close();
});

test('of the same shop, books are older where they come less far, whatever a later step took away', () => {
  const found = fc.record({ steps: fc.nat(40), revision: fc.nat(1_000) });
  fc.assert(
    fc.property(found, found, (one, other) => {
      const mark: BooksMark = { shop: 'ours', at: '', ...one };
      const isOlder =
        other.steps < one.steps || (other.steps === one.steps && other.revision < one.revision);
      expect(lossOf(mark, { shop: 'ours', ...other })).toBe(isOlder ? 'older' : undefined);
      expect(lossOf(mark, { shop: 'theirs', ...other })).toBe('another shop');
      expect(lossOf(undefined, { shop: 'theirs', ...other })).toBeUndefined();
    }),
  );
});
