import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAsIs } from '../../src/store/database/database';
import { temporaryFolder } from '../support/temporary-folder';
import { TestApp } from '../support/test-app';

/** A database as the earlier program left it. */
async function oldDatabase(
  path: string,
  columns: string,
  rows: readonly (readonly unknown[])[],
): Promise<string> {
  const db = connectAsIs(path);
  await db.raw(`create table vouchers (${columns})`);
  const marks = `(${columns
    .split(',')
    .map(() => '?')
    .join(', ')})`;
  for (let start = 0; start < rows.length; start += 100) {
    const part = rows.slice(start, start + 100);
    const values = part.map(() => marks).join(', ');
    await db.raw(`insert into vouchers values ${values}`, part.flat() as string[]);
  }
  await db.destroy();
  return path;
}

const COLUMNS =
  'id integer primary key, code text, duration integer, activated_at, expires_at, user_mac_address text, is_developer';

let shop: TestApp;
let folder: string;
let old: string;

beforeEach(async () => {
  shop = await TestApp.start();
  folder = temporaryFolder();
  old = join(folder, 'old.db');
});
afterEach(() => shop.close());

/** All the books that an import may touch. */
function books(): Promise<unknown[]> {
  const tables = ['vouchers', 'sessions', 'devices', 'imports', 'imported_vouchers', 'audit'];
  return Promise.all(tables.map((table) => shop.app.db(table).select('*')));
}

function take(dryRun = false, zone?: string) {
  return shop.app.services.imports.fromPisonet(old, { dryRun, zone, by: 'test' });
}

const at = (hours: number) => new Date(shop.clock.now().getTime() + hours * 3_600_000);

test('vouchers come with their remaining time and their device, and the loop lets it in', async () => {
  const phone = shop.simulator.addDevice({ mac: '02:00:00:00:00:77', address: '10.5.50.77' });
  await oldDatabase(old, COLUMNS, [
    [1, 'abcd-2345', 3600, null, null, null, 0],
    [2, 'RUN234', 7200, at(-1).toISOString(), at(1).toISOString(), phone.mac.toLowerCase(), 0],
    [3, 'OVER22', 3600, at(-5).getTime(), String(at(-4).getTime() / 1000), 'AA:BB:CC:DD:EE:01', 0],
    [4, 'DEV234', 0.5, at(-500).toISOString(), null, null, 'true'],
    [5, 'DEV235', null, null, null, null, 1],
    [6, 'DEV236', 0, null, null, null, 1],
    [7, 'ZERO22', 0, null, null, null, 0],
  ]);
  const outcome = await take();
  expect(outcome.unreadable).toEqual([
    { where: 'row 4 ("DEV234")', why: 'duration 0.5 is not a number of seconds' },
    { where: 'row 7 ("ZERO22")', why: 'duration 0 is not a number of seconds' },
  ]);
  const { services } = shop.app;
  const { controller } = shop;
  expect(await services.vouchers.find('ABCD2345')).toMatchObject({
    status: 'unused',
    planName: '',
    terms: { validitySeconds: 3600, rate: { up: 1_000_000, down: 2_000_000 }, devices: 1 },
  });
  expect(await services.vouchers.find('OVER22')).toMatchObject({
    status: 'expired',
    activatedAt: at(-5),
    endedAt: at(-4),
  });
  for (const endless of ['DEV235', 'DEV236']) {
    expect(await services.vouchers.find(endless)).toMatchObject({
      status: 'unused',
      developer: true,
      terms: { validitySeconds: null },
    });
  }

  const pass = await controller.reconcile();
  expect(pass).toMatchObject({ errors: 0, devices: 1 });
  expect(shop.simulator.active()).toMatchObject([{ user: 'RUN234', mac: phone.mac }]);
  expect(await services.vouchers.find('RUN234')).toMatchObject({
    status: 'active',
    expiresAt: at(1),
  });
  expect(shop.simulator.queueOf(phone.mac)?.maxLimit).toEqual({ up: 1_000_000, down: 2_000_000 });
  shop.clock.advance(3_600_000);
  await controller.reconcile();
  expect(shop.simulator.active()).toEqual([]);
  expect(await services.vouchers.find('RUN234')).toMatchObject({ status: 'expired' });
});

test('a dry run changes nothing; twice is once; a voucher of ours keeps its code', async () => {
  const { vouchers } = await shop.app.services.batches.generate({ plan: 'P5', count: 1 }, 'test');
  const ours = vouchers[0]!.code;
  await oldDatabase(old, COLUMNS, [
    [1, 'abcd2345', 3600, null, null, null, 0],
    [2, ours.toLowerCase(), 3600, null, null, null, 0],
    [3, 'ABCD 2345', 60, null, null, null, 0],
  ]);
  const before = await books();
  const dry = await take(true);
  expect(await books()).toEqual(before);
  expect(dry.taken.map(({ code }) => code)).toEqual(['ABCD2345']);
  expect(dry.clashes).toEqual([
    { where: `row 2 ("${ours.toLowerCase()}")`, why: expect.stringContaining(ours) as string },
  ]);
  expect(dry.unreadable).toEqual([
    { where: 'row 3 ("ABCD 2345")', why: expect.stringContaining('row 1') as string },
  ]);
  await take();
  const after = await books();
  expect(after).not.toEqual(before);
  const again = await take();
  expect(again).toMatchObject({ taken: [], known: ['ABCD2345'] });
  expect(await books()).toEqual(after);

  // Deleted since, it does not come back.
  await shop.app.services.vouchers.deleteUnused(['ABCD2345'], 'test');
  expect(await take()).toMatchObject({ taken: [], known: ['ABCD2345'] });
  expect(await shop.app.stores.vouchers.find('ABCD2345')).toBeUndefined();
  // Another voucher of the same code, from a database where it was sold for longer.
  rmSync(old);
  await oldDatabase(old, COLUMNS, [[1, 'abcd2345', 7200, null, null, null, 0]]);
  expect(await take()).toMatchObject({ taken: [], known: [], clashes: [{ where: /row 1/ }] });
});

test('what cannot be read is named with its reason, the rest comes', async () => {
  await oldDatabase(old, 'code, duration_seconds, activated_at, rate_limit_up, price', [
    ['GOOD22', '1800', '', '512K', 5],
    ['', 60, null, null, null],
    ['!!!', 60, null, null, null],
    ['A'.repeat(33), 60, null, null, null],
    ['LONG22', 'soon', null, null, null],
    ['NONE22', null, null, null, null],
    ['DATE22', 60, 'yesterday', null, null],
    ['RATE22', 60, null, 'fast', null],
    ['AHEAD2', 60, at(100).toISOString(), null, null],
    ['SIGN_2#2', 60, null, null, null],
    [4242, 60, null, null, null],
  ]);
  const { taken, unreadable, remarks } = await take();
  expect(taken.map(({ code }) => code)).toEqual(['GOOD22', 'SIGN22', '4242']);
  expect(taken[0]).toMatchObject({
    validitySeconds: 1800,
    rate: { up: 512_000, down: 2_000_000 },
    price: { amount: 500, currency: 'PHP' },
  });
  expect(remarks).toEqual([
    { where: 'row 10 ("SIGN_2#2")', remark: 'its code is SIGN22 from now on' },
  ]);
  expect(unreadable.map(({ why }) => why)).toEqual([
    'the code is missing',
    'the code "!!!" has no letters or digits',
    'That is too long for a voucher code.',
    'duration "soon" is not a number of seconds',
    'duration is missing',
    'activated_at "yesterday" is not a time',
    expect.stringContaining('rate_limit_up "fast" is not a speed'),
    expect.stringContaining('lies in the future'),
  ]);
});

test('times without a zone are the shop’s, or UTC when that is said', async () => {
  await oldDatabase(old, COLUMNS, [
    [1, 'ZONE22', 86_400 * 3650, '2020-01-01 08:00:00', null, null, 0],
  ]);
  const local = await take(true);
  const utc = await take(true, 'utc');
  expect(local.taken[0]!.activatedAt).toEqual(new Date('2020-01-01T00:00:00Z')); // Asia/Manila
  expect(utc.taken[0]!.activatedAt).toEqual(new Date('2020-01-01T08:00:00Z'));
});

test('a file that is no such database is refused, and nothing changes', async () => {
  const before = await books();
  writeFileSync(old, 'not a database, but long enough to be looked at by SQLite'.repeat(40));
  await expect(take()).rejects.toThrow('is not a database, or it is damaged');
  rmSync(old);
  await expect(take()).rejects.toThrow('There is no file');
  await oldDatabase(old, 'name text', [['x']]);
  await expect(take()).rejects.toThrow('have no code; they have name');
  expect(await books()).toEqual(before);
});

test('a database left in the middle of a write is read as it was before it', async () => {
  const live = join(folder, 'live.db');
  const rows = Array.from({ length: 2_000 }, (_, at) => [
    at,
    `CODE${at}X`,
    3600,
    null,
    null,
    null,
    0,
  ]);
  await oldDatabase(live, COLUMNS, rows);
  const db = connectAsIs(live);
  // With so small a cache, what is not committed yet is in the file already.
  await db.raw('pragma cache_size = 1');
  await db.raw('begin');
  await db.raw('update vouchers set duration = 99');
  for (const ending of ['', '-journal']) copyFileSync(live + ending, old + ending);
  await db.raw('rollback');
  await db.destroy();
  expect(readFileSync(old)).not.toEqual(readFileSync(live));
  const { taken } = await take(true);
  expect(new Set(taken.map(({ validitySeconds }) => validitySeconds))).toEqual(new Set([3600]));
});

test('a database with a damaged page is refused whole', async () => {
  const rows = Array.from({ length: 2_000 }, (_, at) => [
    at,
    `CODE${at}X`,
    3600,
    null,
    null,
    null,
    0,
  ]);
  await oldDatabase(old, COLUMNS, rows);
  const db = connectAsIs(old);
  await db.raw('create index by_duration on vouchers (duration, code)'); // read by nobody here
  await db.destroy();
  const bytes = readFileSync(old);
  writeFileSync(old, bytes.fill(0, bytes.length - 4096));
  await expect(take()).rejects.toThrow('damaged');
});

test('5,000 vouchers come at once, and twice they are as they were', async () => {
  const rows = Array.from({ length: 5_000 }, (_, index) => {
    const code = `PN${index.toString(36).padStart(6, '0')}`;
    const started = index % 3 === 0 ? at(-(index % 48)).toISOString() : null;
    const mac = started && `02:01:00:00:${hex(index >> 8)}:${hex(index & 255)}`;
    return [index, code, 86_400, started, null, mac, index % 300 === 1 ? 1 : 0];
  });
  await oldDatabase(old, COLUMNS, rows);
  const { taken, unreadable } = await take();
  expect(taken).toHaveLength(5_000);
  expect(unreadable).toEqual([]);
  const counts = await shop.app.stores.vouchers.countByStatus();
  const running = rows.filter(
    ([index]) => (index as number) % 3 === 0 && (index as number) % 48 < 24,
  );
  expect(counts.active).toBe(running.length);
  expect((counts.unused ?? 0) + (counts.active ?? 0) + (counts.expired ?? 0)).toBe(5_000);
  expect(await shop.app.stores.sessions.ofInterest()).toHaveLength(running.length);
  const after = await books();
  expect((await take()).known).toHaveLength(5_000);
  expect(await books()).toEqual(after);
});

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0').toUpperCase();
}

test('a list of codes is told where lists go', async () => {
  const shop = await TestApp.start();
  const file = join(temporaryFolder(), 'mikhmon.csv');
  writeFileSync(file, 'Username,Password,Profile\nqk7mwx,qk7mwx,P5\n');
  await expect(
    shop.app.services.imports.fromPisonet(file, { dryRun: true, by: 'test' }),
  ).rejects.toThrow(/is not a database.*\/admin\/batches\/import/);
  await shop.close();
});
