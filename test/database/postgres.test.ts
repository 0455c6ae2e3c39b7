import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { Client } from 'pg';
import { STEPS } from '../../migrations';
import { OWN_TABLES } from '../../migrations/own-tables';
import { systemClock } from '../../src/clock';
import { booksTrouble, BooksUnavailable, InvalidInput } from '../../src/errors';
import { Bookkeeper } from '../../src/services/loop/round/bookkeeper';
import type { ReconcileReport } from '../../src/services/loop/round/reconcile-report';
import { openDatabase } from '../../src/store/database/database';
import { freezeForReading } from '../../src/store/database/dialect';
import { Stores } from '../../src/store/stores';
import { Simulator } from '../../src/simulator/simulator';
import { macOf } from '../support/builders';
import { addNextStep } from '../support/next-step';
import { freePort } from '../support/peers/free-port';
import { ask } from '../support/postgres/server';
import { giveBack, takeBooks } from '../support/postgres/books';
import { built } from '../support/program/built';
import { ManualClock } from '../support/manual-clock';
import { TestApp } from '../support/test-app';

/** What PostgreSQL alone has: a server that comes and goes, and several programs that write at once. */

const [PHONE_BYTES, MB] = [7_000_000, 1_000_000];
/** Three, and what a busy machine adds. */
const HELD_UP_MS = 4_500;
let closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
});

async function someBooks(): Promise<string> {
  const url = await takeBooks();
  closing.push(() => giveBack(url));
  return url;
}

async function open(url: string): Promise<Knex> {
  const db = await openDatabase(url);
  closing.push(() => db.destroy());
  return db;
}

/** Two programs on the same books and router. */
async function twoPrograms(): Promise<[TestApp, TestApp]> {
  const clock = new ManualClock();
  const simulator = await Simulator.start({ clock });
  closing.push(() => simulator.stop());
  const options = { database: `of both programs ${randomUUID()}` };
  const one = await TestApp.beside(simulator, clock, options);
  closing.push(() => one.close());
  const two = await TestApp.beside(simulator, clock, options);
  closing.push(() => two.close());
  return [one, two];
}

test('a connection that the server ends because nobody used it is a server that is away', async () => {
  const connection = new Client({ connectionString: await someBooks() });
  await connection.connect();
  const errors: unknown[] = [];
  connection.on('error', (error) => errors.push(error));
  await connection.query("set idle_session_timeout = '50ms'");
  await new Promise<void>((tell) => connection.once('end', tell));
  const [failed] = errors;
  expect(booksTrouble(failed)).toMatchObject({ trouble: 'away' });
});

test('a copy of the books, idle while its rows are written elsewhere, is not ended', async () => {
  const url = await someBooks();
  const db = await open(url);
  await db.transaction(async (snapshot) => {
    await snapshot.raw("set local idle_in_transaction_session_timeout = '50ms'");
    await freezeForReading(snapshot);
    await ask(url, 'select pg_sleep(0.3)');
    expect(await snapshot('staff')).toEqual([]);
  });
});

test('programs that start at once on an empty database make the tables once', async () => {
  const url = await someBooks();
  await ask(url, 'drop schema public cascade; create schema public');
  const program = `require(${JSON.stringify(built('src/store/database/database.js'))})
    .openDatabase(${JSON.stringify(url)}).then((db) => db.destroy())`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['-e', program], { stdio: 'inherit' }),
  );
  const codes = await Promise.all(
    children.map((child) => new Promise((resolve) => child.once('exit', resolve))),
  );
  expect(codes).toEqual([0, 0, 0, 0]);
  const db = await open(url);
  expect(await db('knex_migrations').pluck('name')).toEqual(Object.keys(STEPS));
});

test('the list of our tables is what a new database has', async () => {
  const url = await someBooks();
  await ask(url, 'drop schema public cascade; create schema public');
  const made = await (
    await open(url)
  )('pg_tables')
    .whereRaw(`schemaname = current_schema() and tablename not like 'knex%'`)
    .pluck('tablename');
  expect(made.sort()).toEqual([...OWN_TABLES].sort());
});

test('tables and views of another program stay as they are, and ours have what they need', async () => {
  const url = await someBooks();
  await ask(
    url,
    `drop schema public cascade; create schema public;
     create table shelves (id int primary key, name varchar(20));
     create table cans (id int primary key, label text, shelf int references shelves);
     create view full_shelves as select name, label from shelves join cans on shelf = shelves.id`,
  );
  const foreign = () =>
    ask(
      url,
      `select attrelid::regclass as of, attname, format_type(atttypid, atttypmod), attcollation
       from pg_attribute where attnum > 0
         and attrelid in ('shelves'::regclass, 'cans'::regclass, 'full_shelves'::regclass)
       union all
       select conrelid::regclass, conname, condeferrable::text, 0 from pg_constraint
       where contype = 'f' and conrelid = 'cans'::regclass
       order by 1, 2`,
    );
  const before = await foreign();
  expect(before).toHaveLength(8);
  const db = await open(url);
  expect(await foreign()).toEqual(before);
  const unready = await ask(
    url,
    `select table_name from information_schema.columns
     where table_name = any('{${OWN_TABLES.join()}}') and data_type in ('text', 'character varying')
       and collation_name is distinct from 'C'
     union all select table_name from information_schema.table_constraints
     where table_name = any('{${OWN_TABLES.join()}}') and constraint_type = 'FOREIGN KEY'
       and is_deferrable = 'NO'`,
  );
  expect(unready).toEqual([]);
  expect(await db('usage_marks').pluck('id')).toEqual([1]);
});

test('a database that gives its user too few rights is told as that', async () => {
  const owner = await someBooks();
  const name = `few_rights_${randomUUID().slice(0, 8)}`;
  await ask(
    owner,
    `drop schema public cascade; create schema public; create role ${name} login password 'few';
     grant usage on schema public to ${name}`,
  );
  closing.push(() => ask(owner, `drop owned by ${name}; drop role ${name}`));
  const url = Object.assign(new URL(owner), { username: name, password: 'few' });
  const refused = await openDatabase(url.toString()).catch((error: unknown) => error);
  expect(refused).toMatchObject({ trouble: 'not-allowed' });
  expect((refused as Error).message).toContain('does not let its user');
});

test('what is wrong with the server is said with its name, and what to do', async () => {
  const owner = await someBooks();
  const refusal = async (url: string) =>
    (await openDatabase(url).catch((error: unknown) => error)) as BooksUnavailable;
  const port = await freePort();
  const away = await refusal(`postgres://postgres:secret@127.0.0.1:${port}/shop`);
  expect(away.message).toContain(`127.0.0.1:${port}`);
  expect(away.message).not.toContain('secret');
  const unknown = await refusal('postgres://postgres:secret@no-such-server.invalid/shop');
  expect(unknown.message).toContain('no-such-server.invalid:5432');
  // Strangers who open a page of the closed shop do not read where its books are.
  expect(away.forPages).toMatchObject({ trouble: 'away' });
  expect(away.forPages.message).not.toContain('127.0.0.1');
  const name = `odd_${randomUUID().slice(0, 8)}`;
  await ask(owner, `create role ${name} login password 'few' connection limit 0`);
  await ask(owner, `create database ${name} encoding 'LATIN1' locale 'C' template template0`);
  closing.push(async () => {
    await ask(owner, `drop database ${name}`);
    await ask(owner, `drop role ${name}`);
  });
  const url = new URL(owner);
  const crowded = Object.assign(new URL(owner), { username: name, password: 'few' });
  const { message: full, trouble } = await refusal(crowded.toString());
  expect([trouble, full]).toEqual(['away', expect.stringContaining('max_connections')]);
  url.pathname = `/${name}`;
  const latin = await refusal(url.toString());
  expect(latin).toBeInstanceOf(InvalidInput);
  expect(latin.message).toMatch(/LATIN1.*UTF8/s);
  await ask(owner, `alter database ${name} set default_transaction_read_only = on`);
  await ask(
    owner,
    `update pg_database set encoding = pg_char_to_encoding('UTF8') where datname = '${name}'`,
  );
  const follower = await refusal(url.toString());
  expect([follower.trouble, follower.message]).toEqual([
    'read-only',
    expect.stringContaining('takes no changes'),
  ]);
  expect(booksTrouble({ code: '57014' })!.message).toContain('statement_timeout');
});

test('a power cut while the tables were made does not lock the shop out', async () => {
  const url = await someBooks();
  const before = await openDatabase(url);
  await before('knex_migrations_lock').update({ is_locked: 1 });
  await before.destroy();
  addNextStep(async (db) => db.schema.createTable('shelves', (table) => table.increments()));
  const db = await open(url);
  expect(await db('shelves')).toEqual([]);
});

test('a server that is away is waited for; a wrong name is told at once, without the password', async () => {
  const away = `postgres://postgres:secret@127.0.0.1:${await freePort()}/shop`;
  await expect(openDatabase(away)).rejects.toMatchObject({ trouble: 'away' });
  await expect(openDatabase(away)).rejects.toBeInstanceOf(BooksUnavailable);
  const wrong = new URL(await someBooks());
  wrong.pathname = '/no_such_shop';
  const refused = await openDatabase(wrong.toString()).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(InvalidInput);
  expect((refused as Error).message).toContain('/no_such_shop cannot be opened');
  expect((refused as Error).message).not.toContain(wrong.password);
});

test('when the server closes its connections some answers fail, and the shop goes on', async () => {
  const [shop] = await twoPrograms();
  const { phone, code } = await shop.online();
  await shop.reconcile();
  const { config } = shop.app;
  const url = config.database.kind === 'postgres' ? config.database.url : '';
  await ask(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  );
  phone.download('7M');
  const failed: unknown[] = [];
  let report: ReconcileReport | undefined;
  // Each of the ten connections may be found closed once.
  while (!report && failed.length < 10) {
    report = await shop.reconcile().catch((error: unknown) => void failed.push(error));
  }
  expect(failed.filter((error) => !(error instanceof BooksUnavailable))).toEqual([]);
  expect(report!.errors).toBe(0);
  expect((await shop.voucher(code)).used.down).toBe(PHONE_BYTES);
});

test('a program that stops in the middle of a transaction holds the others up for seconds, and goes on itself', async () => {
  const [stopped, other] = await twoPrograms();
  const { stores } = stopped.app;
  const now = other.clock.now();
  const until = new Date(now.getTime() + 60_000);
  let wakeUp = () => {};
  const asleep = new Promise<void>((wake) => (wakeUp = wake));
  closing.push(() => Promise.resolve(wakeUp()));
  const code = await other.code();
  let ends: Promise<unknown> = Promise.resolve();
  await new Promise<void>((isIn) => {
    const work = stores.transaction(async ({ vouchers }) => {
      await vouchers.hold(code, macOf(1), now, until);
      isIn();
      await asleep;
      await vouchers.find(code);
    });
    ends = work.catch((error: unknown) => error);
  });
  const begunMs = performance.now();
  // As a customer's code is taken at the other program.
  expect(
    await other.app.stores.transaction(({ vouchers }) => vouchers.hold(code, macOf(2), now, until)),
  ).toBe(true);
  expect(performance.now() - begunMs).toBeLessThan(HELD_UP_MS);
  wakeUp();
  expect(await ends).toMatchObject({ trouble: 'away' });
  // Its connection is not used again.
  await stopped.code();
  expect((await stopped.reconcile()).errors).toBe(0);
  const held = stopped.app.db('vouchers').where({ code }).pluck('held_by');
  expect(await held).toEqual([macOf(2)]);
});

test('every table the loop works from tells it when another program writes there', async () => {
  const db = await open(await someBooks());
  const asked: string[] = [];
  db.on('query', ({ sql }: { sql: string }) => asked.push(sql));
  await new Bookkeeper(new Stores(db), () => Promise.resolve()).open();
  const tables = new Set(
    asked.flatMap((sql) => [...sql.matchAll(/(?:from|join) "?([a-z_]+)/g)].map(([, name]) => name)),
  );
  tables.delete('books_revision');
  expect(tables.size).toBeGreaterThan(5);
  const counted = await db('information_schema.triggers')
    .where({ trigger_name: 'raise_books_revision' })
    .distinct()
    .pluck('event_object_table');
  expect(counted).toEqual(expect.arrayContaining([...tables]));
});

test('what another program writes reaches the loop with its next round; what is none of its business does not', async () => {
  const [server, command] = await twoPrograms();
  const { phone, code } = await server.online();
  await server.reconcile();
  const stamp = await server.app.stores.stamp();
  await command.app.stores.outsideLoopState(({ settings }) => settings.set('probe', 'x'));
  await command.app.services.accounts.add(
    { name: 'tess', role: 'owner', password: 'correct horse battery' },
    'test',
  );
  expect(await server.app.stores.stamp()).toEqual(stamp);
  await command.app.services.vouchers.revoke(code, 'test');
  expect(await server.app.stores.stamp()).not.toEqual(stamp);
  expect((await server.reconcile()).errors).toBe(0);
  expect(phone.online).toBe(false);
});

test('a round in which nothing happens reads the books once and never again', async () => {
  const [shop] = await twoPrograms();
  await shop.online();
  await shop.reconcile();
  await shop.reconcile();
  const asked: string[] = [];
  shop.app.db.on('query', ({ sql }: { sql: string }) => asked.push(sql));
  await shop.reconcile();
  expect(asked.filter((sql) => sql.includes('from counter_readings'))).toEqual([]);
});

test('of many that take one code through two programs exactly one has it', async () => {
  const [one, two] = await twoPrograms();
  const code = await one.code();
  const now = one.clock.now();
  const until = new Date(now.getTime() + 60_000);
  const held = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      (n % 2 ? one : two).app.stores.vouchers.hold(code, macOf(n), now, until),
    ),
  );
  expect(held.filter(Boolean)).toHaveLength(1);
});

test('programs that cannot see the process of each other leave each other their routers', async () => {
  const number = Object.getOwnPropertyDescriptor(process, 'pid')!;
  closing.push(() => Promise.resolve(void Object.defineProperty(process, 'pid', number)));
  const database = `of two containers ${randomUUID()}`;
  const simulator = await Simulator.start();
  closing.push(() => simulator.stop());
  const options = { database, env: { POLL_SECONDS: '3600' } };
  const one = await TestApp.beside(simulator, systemClock, options);
  closing.push(() => one.close());
  const two = await TestApp.beside(simulator, systemClock, options);
  closing.push(() => two.close());
  // As from within another container of the same host: no process here has any of these numbers.
  let next = 2 ** 30;
  Object.defineProperty(process, 'pid', { configurable: true, get: () => next++ });
  const stopping = new AbortController();
  const running = one.loop.run(stopping.signal);
  closing.push(() => {
    stopping.abort();
    return running;
  });
  const holder = async () => (await one.app.stores.routers.leases())[0]?.holder;
  while ((await holder()) === undefined) await systemClock.wait(20);
  await one.online();
  const first = await holder();
  const holders = new Set<string | undefined>();
  const outcomes: unknown[] = [];
  for (let n = 0; n < 10; n++) {
    outcomes.push(await two.controller.reconcileAnywhere().catch((error: unknown) => error));
    holders.add(await holder());
  }
  expect(outcomes.filter((outcome) => outcome instanceof Error)).toEqual([]);
  expect([...holders]).toEqual([first]);
});

test('usage that two programs add at once is all there', async () => {
  const [one, two] = await twoPrograms();
  const code = await one.code();
  const add = (app: TestApp) =>
    app.app.stores.transaction(({ vouchers }) =>
      vouchers.addUsage([{ code, up: 0, down: MB, freeBytes: 0, uptimeMs: 0 }]),
    );
  await Promise.all(Array.from({ length: 40 }, (_, n) => add(n % 2 ? one : two)));
  expect((await two.voucher(code)).used.down).toBe(40 * MB);
});

test('a zero character that somebody types is stored as the sign for what cannot be shown', async () => {
  const db = await open(await someBooks());
  await db('shop_settings').insert({ name: 'probe', value: 'a\0b' });
  expect(await db('shop_settings').where({ name: 'probe' }).pluck('value')).toEqual(['a\uFFFDb']);
});

test('texts sort by their bytes, whatever language the server was set up for', async () => {
  const db = await open(await someBooks());
  await db('shop_settings').insert(['b', 'A', 'a', 'B', '_'].map((name) => ({ name, value: '' })));
  const names = await db('shop_settings').orderBy('name').pluck('name');
  expect(names).toEqual(['A', 'B', '_', 'a', 'b']);
});
