import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import type { Knex } from 'knex';
import { migrationSource } from '../../migrations';
import { JournalCheck } from '../../src/domain/money/money-journal';
import type { Mac } from '../../src/domain/units';
import { createLog } from '../../src/log';
import { HistoryKeeper } from '../../src/services/history/history-keeper';
import { ClockWitness } from '../../src/services/shop/clock-witness';
import { Simulator } from '../../src/simulator/simulator';
import { connectAsIs, openDatabase } from '../../src/store/database/database';
import { Stores } from '../../src/store/stores';
import { QuotaStore } from '../../src/store/usage/quota-store';
import { UsageReports } from '../../src/store/usage/usage-reports';
import { PASSWORD, Staff } from '../support/admin-shop';
import { ManualClock } from '../support/manual-clock';
import { makeOldBooks } from '../support/old-books';
import { ShopServer } from '../support/program/shop-server';
import { temporaryFolder } from '../support/temporary-folder';
import { TestApp } from '../support/test-app';

/** Books of a shop from before the first release, when fourteen steps made the tables. */

/** Tables of later steps, which have nothing in them yet. */
const ADDED_SINCE = {
  device_names: [],
  subscribers: [],
  subscriber_plans: [],
  plan_changes: [],
  subscriber_states: [],
  invoices: [],
  invoice_lines: [],
  subscriber_charges: [],
  payments: [],
  drawers: [],
  slip_custody: [],
  sites: [],
  api_tokens: [],
  api_answers: [],
  payment_sources: [],
  payment_reports: [],
  site_plans: [],
  external_fields: [],
  webhooks: [],
  router_tallies: [],
};

/** Columns of later steps, as they are in rows from before them. */
const COLUMNS_SINCE: Record<string, object> = {
  batches: { order_key: null, site_id: null },
  vouchers: { subscriber_id: null, access: null, not_at: null, refund_minor: null },
  staff: { site_ids: null },
  routers: {
    ...{ title: null, key: null, site_id: null, host: null, port: null, tls: null },
    ...{ username: null, password: null, hotspot_server: null, wan_interface: null },
    ...{ removed_at: null, uplink_host: null, uplink_rate: null, poll_seconds: null },
    ...{ portal_url: null, revision: 0 },
  },
  ...{ sessions: { router_id: 0 }, alerts: { router_id: 0 }, speed_changes: { router_id: 0 } },
  counter_readings: { router_id: 0, heard_up: null, heard_down: null },
  session_counters: { router_id: 0, still: null },
};

let file: string;

beforeEach(() => {
  file = join(temporaryFolder(), 'shop.db');
  makeOldBooks(file);
});

/** All that is in the file, but for knex's own notes. */
async function contentsOf(db: Knex): Promise<Record<string, unknown[]>> {
  const tables = (await schemaOf(db)).filter(({ sql }) => sql.startsWith('create table'));
  const rows = await Promise.all(tables.map(({ name }) => db(name).select('*')));
  return Object.fromEntries(tables.map(({ name }, index) => [name, rows[index]!]));
}

/** Every table and index as it was asked for, but for quotes, spaces and the order in which they were made. */
async function schemaOf(db: Knex): Promise<{ name: string; sql: string }[]> {
  const rows = await db<{ name: string; sql: string }>('sqlite_master')
    .whereNotNull('sql')
    .whereNotIn('name', ['sqlite_sequence', 'knex_migrations', 'knex_migrations_lock'])
    .select('name', 'sql')
    .orderBy('name');
  return rows.map(({ name, sql }) => ({
    name,
    sql: sql.replace(/[`"]/g, '').replace(/\s+/g, ' ').toLowerCase(),
  }));
}

test('the program of today opens them, and finds every row of every table as it was', async () => {
  const before = connectAsIs(file);
  const rows = await contentsOf(before);
  await before.destroy();
  expect(Object.entries(rows).filter(([, found]) => found.length === 0)).toEqual([]);
  const expected = Object.fromEntries(
    Object.entries(rows).map(([table, found]) => [
      table,
      found.map((row) => ({ ...(row as object), ...COLUMNS_SINCE[table] })),
    ]),
  );
  for (const opening of ['the first time', 'the second time']) {
    const db = await openDatabase(file);
    const { money_journal: journal, ...found } = await contentsOf(db);
    expect([opening, found]).toEqual([opening, { ...expected, ...ADDED_SINCE }]);
    expect(journal).toHaveLength(7);
    expect(await db('knex_migrations').pluck('name')).toEqual(
      await migrationSource.getMigrations([]),
    );
    await db.destroy();
  }
});

test('sales and voids from before the money journal are in it, in their order, and sealed', async () => {
  const db = await openDatabase(file);
  const stores = new Stores(db);
  const rows = await stores.money.list();
  expect(rows.map(({ kind, subject, amount, seller, by }) => [kind, subject, amount, seller, by])).toEqual([
    ['sale', '39WPAKCY', 2000, 'test', 'test'],
    ['sale', '4248HJ8Z', 500, 'jun', 'jun'],
    ['sale', '4Z3CJ9CF', 500, 'test', 'test'],
    ['sale', 'FR4K9FVP', 1500, 'test', 'test'],
    ['sale', 'P4JJCHCU', 5000, 'test', 'test'],
    ['void', '4Z3CJ9CF', -500, 'test', 'maria'],
    ['sale', 'XMSHZMSV', 500, 'test', 'test'],
  ]); // prettier-ignore
  const check = new JournalCheck(rows.at(-1)!.hash);
  expect(rows.every((row) => check.add(row))).toBe(true);
  expect(check.end().fault).toBeUndefined();
  expect(JSON.parse(rows[1]!.detail)).toEqual({ plan: 'P5' });
  await db.destroy();
});

test('thousands of sales are entered too, each once', async () => {
  const old = connectAsIs(file);
  await old.raw(
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < 11000)
     insert into vouchers (code, status, price_minor, created_at, created_by, activated_at)
     select 'SOLD' || i, 'expired', i, '2026-01-01T00:00:00.000Z', 'maria',
       strftime('%Y-%m-%dT%H:%M:%fZ', 1767225600 + i / 3 * 60, 'unixepoch') from n`,
  );
  await old.destroy();
  const db = await openDatabase(file);
  const rows = await new Stores(db).money.list();
  const check = new JournalCheck();
  expect(rows.every((row) => check.add(row))).toBe(true);
  expect(check.end()).toMatchObject({ rows: 11_007, fault: undefined });
  expect(new Set(rows.map(({ kind, subject }) => `${kind} ${subject}`)).size).toBe(11_007);
  const times = rows.map(({ at }) => at);
  expect(times).toEqual(times.toSorted());
  await db.destroy();
});

test('their tables and indexes are those of a new file', async () => {
  const [old, fresh] = [await openDatabase(file), await openDatabase(':memory:')];
  const schema = await schemaOf(fresh);
  expect(schema.length).toBeGreaterThan(70);
  expect(await schemaOf(old)).toEqual(schema);
  await Promise.all([old.destroy(), fresh.destroy()]);
});

test('a new file begins as the old ones did: with the row that says how far usage is summed up', async () => {
  const db = await openDatabase(':memory:');
  const rows = Object.entries(await contentsOf(db)).filter(([, found]) => found.length > 0);
  expect(rows).toMatchObject([
    [
      'usage_marks',
      [{ id: 1, hours_to: 5_890_752, days_to: 0, slots_from: 5_890_752, hours_from: 0 }],
    ],
  ]);
  await db.destroy();
});

test('books that went through some of the steps only are refused, and stay as they are', async () => {
  const old = connectAsIs(file);
  await old('knex_migrations').where({ name: '021-session-secret' }).delete();
  await expect(openDatabase(file)).rejects.toThrow(
    /shop\.db cannot be opened: it was made by a trial version from before the first release/,
  );
  expect(await old('knex_migrations').pluck('name')).toHaveLength(13);
  await old.destroy();
});

test('usage by hour and by day is there, and is rolled up further without being changed', async () => {
  const db = await openDatabase(file);
  const [stores, reports] = [new Stores(db), new UsageReports(db)];
  const clock = new ManualClock('2026-11-22T08:00:00Z');
  const keeper = new HistoryKeeper(
    stores,
    new ClockWitness(stores.rollup, clock),
    clock,
    createLog('silent'),
    { timeZone: 'Asia/Manila' },
    { rawDays: 7, hourlyDays: 100, dailyDays: 1000 },
  );
  const seen = async (resolution: 'hour' | 'day') =>
    (await reports.series({ from: 0, to: 2_000_000_000 }, resolution, undefined)).map(
      ({ slot, bytes }) => [new Date(slot * 300_000).toISOString().slice(0, 13), bytes],
    );
  const hours = [
    ['2026-11-21T08', { up: 5_000_000, down: 175_000_000 }],
    ['2026-11-21T16', { up: 0, down: 2_000_000 }],
  ];
  expect(await seen('hour')).toEqual(hours);
  await keeper.rollUp(clock.now());
  expect(await seen('hour')).toEqual(hours);
  // Midnight in Manila is 16:00 UTC.
  expect(await seen('day')).toEqual([
    ['2026-11-20T16', hours[0]![1]],
    ['2026-11-21T16', hours[1]![1]],
  ]);
  expect((await reports.usageOfVoucher('39WPAKCY'))[0]!.bytes).toEqual({
    up: 2_000_000,
    down: 72_000_000,
  });
  await db.destroy();
});

test('what customers were told of their data is not told again', async () => {
  const db = await openDatabase(file);
  expect(await new QuotaStore(db).recorded(['39WPAKCY'])).toEqual(
    new Set([80, 90, 100].map((percent) => `39WPAKCY  ${percent} fair use`)),
  );
  await db.destroy();
});

test('the shop goes on with them: vouchers, usage, staff and settings', async () => {
  const clock = new ManualClock('2026-11-21T16:35:00Z');
  const simulator = await Simulator.start({ clock });
  const books = await openDatabase(file);
  await books('routers').update({ address: `127.0.0.1:${simulator.port}` });
  await books.destroy();
  const shop = await TestApp.beside(simulator, clock, { database: file }, true);
  const server = await ShopServer.of(shop);
  try {
    const { stores, services } = shop.app;
    expect(await shop.voucher('39WPAKCY')).toMatchObject({
      planName: 'DAY',
      status: 'active',
      used: { up: 2_000_000, down: 72_000_000 },
      terms: { fairUseBytes: 50_000_000, devices: 2 },
      expiresAt: new Date('2026-11-22T09:15:20Z'),
    });
    expect(await shop.voucher('YMWH242U')).toMatchObject({ status: 'unused', seller: 'jun' });
    expect(await shop.voucher('ABCD2345')).toMatchObject({ planName: '' });
    expect((await services.plans.list()).map(({ name }) => name)).toEqual([
      'P5',
      'DAY',
      'DATA',
      'HOURS',
    ]);
    const mac = '02:00:00:00:00:0A' as Mac;
    expect(await stores.usage.totals(mac)).toEqual({ up: 2_000_000, down: 72_000_000 });
    expect(await stores.sessions.ofInterest()).toHaveLength(3);
    expect(await services.devices.limits()).toMatchObject([{ mac: '02:00:00:00:00:0C' }]);
    expect(await services.blocks.list()).toMatchObject([{ reason: 'noisy' }]);
    expect((await services.shop.refresh()).name).toBe('Aling Nena');
    expect((await services.shop.logo())!.type).toBe('image/png');

    const maria = new Staff(server.origin);
    await maria.signIn('maria', PASSWORD);
    expect((await maria.get('/admin/vouchers/4Z3CJ9CF')).text).toContain('sold twice');
    const tess = new Staff(server.origin);
    expect((await tess.signIn('tess', PASSWORD)).location).toBe('/admin/second-step');
    const secret = Secret.fromBase32('YBEOTCF6WXIVAKDAWWWDOUBZVQHXKQMT');
    const code = new TOTP({ secret }).generate({ timestamp: clock.now().getTime() });
    await tess.get('/admin/second-step');
    expect((await tess.post('/admin/second-step', { code })).location).toBe('/admin');

    simulator.addDevice({ mac, address: '10.5.50.10' });
    expect((await shop.reconcile()).errors).toBe(0);
    expect(simulator.users().map(({ name }) => name)).toContain('39WPAKCY');
  } finally {
    await server.close();
  }
});
