import fc from 'fast-check';
import { hourOf, slotAt, SLOT_MS, yearOf } from '../../src/domain/usage/usage-slots';
import type { Mac, Rates } from '../../src/domain/units';
import type { UsageReports } from '../../src/store/usage/usage-reports';
import type { Whose } from '../../src/store/usage/usage-resolutions';
import { ClockWitness } from '../../src/services/shop/clock-witness';
import { HistoryKeeper } from '../../src/services/history/history-keeper';
import { ShopYear } from '../../bench/shops/shop-year';
import { compose, type App } from '../../src/compose';
import { loadConfig } from '../../src/config';
import { ManualClock } from '../support/manual-clock';
import { runs } from '../support/program/run-counts';
import { refuseInserts } from '../support/refuse-inserts';
import { TestApp } from '../support/test-app';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PHONES = [1, 2, 3].map((n) => `02:00:00:00:00:0${n}` as Mac);

let shop: TestApp;
let codes: string[];

/** A shop with vouchers, and devices that hold them. */
async function openShop(env: Record<string, string> = {}): Promise<void> {
  shop = await TestApp.start({ env });
  codes = [];
  for (const mac of PHONES) {
    const code = await shop.code();
    codes.push(code);
    await shop.app.stores.sessions.seeDevices([{ mac, address: '10.5.50.9' }], shop.clock.now());
    await shop.app.stores.sessions.addPending(code, mac, shop.clock.now(), shop.clock.now());
  }
}

afterEach(() => shop.close());

interface Use {
  atMs: number;
  phone: number;
  bytes: Rates;
}

async function book({ atMs, phone, bytes }: Use): Promise<void> {
  const [mac, code] = [PHONES[phone]!, codes[phone]!];
  const { id } = (await shop.app.db('sessions').where({ mac }).first()) as { id: number };
  const counter = { queueId: '*1', boot: 1, bytes };
  await shop.app.stores.usage.add(
    {
      readings: [{ mac, sessionId: id, code, counter, activeId: null, uptimeMs: 0, heard: null }],
      moved: [],
      usage: [{ mac, code, bytes, freeBytes: 0 }],
      uptime: new Map(),
      gaps: [],
    },
    new Date(atMs),
  );
}

function reports(): UsageReports {
  return shop.app.services.usageReports;
}

async function sumOf(
  from: number,
  to: number,
  resolution: 'slot' | 'hour' | 'day',
  whose?: Whose,
): Promise<Rates> {
  const points = await reports().series(
    { from: slotAt(new Date(from)), to: slotAt(new Date(to)) },
    resolution,
    whose,
  );
  return points.reduce(
    (sum, { bytes }) => ({ up: sum.up + bytes.up, down: sum.down + bytes.down }),
    { up: 0, down: 0 },
  );
}

function rollUp(nowMs: number): Promise<boolean> {
  return shop.app.services.historyKeeper.rollUp(new Date(nowMs));
}

const START = Date.parse('2026-11-01T16:00:00Z'); // midnight in Manila

describe.each(['Asia/Manila', 'Asia/Kolkata', 'America/New_York'])('in %s', (zone) => {
  test('whatever is rolled up when, each whole bucket keeps its bytes', async () => {
    await openShop({
      TIMEZONE: zone,
      USAGE_KEEP_RAW_DAYS: '2',
      USAGE_KEEP_HOURLY_DAYS: '3',
      USAGE_KEEP_DAILY_DAYS: '40',
    });
    const step = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          kind: fc.constant('use' as const),
          phone: fc.nat(2),
          up: fc.nat(5_000),
          down: fc.integer({ min: 1, max: 90_000 }),
        }),
      },
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('wait' as const),
          minutes: fc.integer({ min: 1, max: 900 }),
        }),
      },
      { weight: 4, arbitrary: fc.constant({ kind: 'roll up' as const }) },
    );
    let nowMs = START;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const beganMs = (nowMs = Math.ceil(nowMs / DAY_MS) * DAY_MS + 60 * DAY_MS);
        await rollUp(nowMs);
        const uses: Use[] = [];
        for (const one of steps) {
          if (one.kind === 'wait') nowMs += one.minutes * 60_000;
          if (one.kind === 'roll up') await rollUp(nowMs);
          if (one.kind !== 'use') continue;
          const use = { atMs: nowMs, phone: one.phone, bytes: { up: one.up, down: one.down } };
          uses.push(use);
          await book(use);
        }
        for (const [phone, mac] of [undefined, ...PHONES].entries()) {
          const whose = mac && { mac };
          const mine = uses.filter((use) => !mac || PHONES[use.phone] === mac);
          const expected = (from: number, to: number) => ({
            up: sum(mine, from, to, 'up'),
            down: sum(mine, from, to, 'down'),
          });
          const end = nowMs + DAY_MS;
          expect([phone, await sumOf(beganMs - DAY_MS, end, 'day', whose)]).toEqual([
            phone,
            expected(0, end),
          ]);
          // A whole hour of the last two days, which are kept by hours.
          const hour = hourOf(slotAt(new Date(nowMs - 20 * HOUR_MS)), zone);
          const [from, to] = [hour.from * SLOT_MS, hour.to * SLOT_MS];
          expect(await sumOf(from, to, 'hour', whose)).toEqual(expected(from, to));
          expect(await sumOf(from, to, 'slot', whose)).toEqual(expected(from, to));
        }
        const before = await tables();
        await rollUp(nowMs);
        const once = await tables();
        await rollUp(nowMs);
        expect(await tables()).toEqual(once);
        expect(total(once)).toBeGreaterThanOrEqual(0);
        expect(before.totals.up + before.open.up).toBe(once.totals.up + once.open.up);
      }),
      { numRuns: runs(12, 6) },
    );
  });
});

function sum(uses: readonly Use[], from: number, to: number, way: 'up' | 'down'): number {
  return uses
    .filter(({ atMs }) => atMs >= from && atMs < to)
    .reduce((all, { bytes }) => all + bytes[way], 0);
}

/** Everything there is, to compare. */
async function tables() {
  const { db } = shop.app;
  const all = async (table: string) => {
    const [row] = await db(table).sum({ up: 'bytes_up', down: 'bytes_down' }).count({ rows: '*' });
    return { up: Number(row!.up), down: Number(row!.down), rows: Number(row!.rows) };
  };
  const watermarks = await reports().watermarks();
  const [open] = await db('usage_slots')
    .where('slot', '>=', watermarks.hoursTo)
    .sum({ up: 'bytes_up' });
  return {
    slots: await all('usage_slots'),
    hours: await all('usage_hours'),
    days: await all('usage_days'),
    totals: await all('usage_totals'),
    open: { up: Number(open!.up) },
    watermarks,
  };
}

function total({ slots, hours, days }: Awaited<ReturnType<typeof tables>>): number {
  return slots.rows + hours.rows + days.rows;
}

test('a roll-up that is cut short anywhere goes on where it was, and loses nothing', async () => {
  await openShop({ USAGE_KEEP_RAW_DAYS: '2', USAGE_KEEP_HOURLY_DAYS: '3' });
  let used = 0;
  for (let hour = 0; hour < 24 * 6; hour += 1) {
    used += 7;
    await book({ atMs: START + hour * HOUR_MS, phone: hour % 3, bytes: { up: 7, down: 70 } });
  }
  const end = START + 6 * DAY_MS;
  const now = new Date(end + 20 * 60_000);
  let steps = 0;
  // One step a run: between any two steps the program may be killed.
  while (!(await shop.app.services.historyKeeper.rollUp(now, 1))) {
    steps += 1;
    expect(await sumOf(START, end, 'day')).toEqual({ up: used, down: used * 10 });
  }
  expect(steps).toBeGreaterThan(24 * 6);
  const { slots, hours, days } = await tables();
  expect(slots.rows).toBe(2 * 24 - 1);
  expect(hours.rows).toBe(3 * 24 - 1);
  expect(days.up).toBe(used);
  expect((await shop.app.stores.usage.totals()).up).toBe(used);
});

test('a failure inside a step leaves neither the hour nor its mark', async () => {
  await openShop();
  await book({ atMs: START, phone: 0, bytes: { up: 1, down: 2 } });
  const takeAway = await refuseInserts(shop.app.db, 'usage_totals', 'full');
  await expect(rollUp(START + DAY_MS)).rejects.toThrow('full');
  expect((await tables()).hours.rows).toBe(0);
  await takeAway();
  await rollUp(START + DAY_MS + HOUR_MS);
  expect(await sumOf(START, START + DAY_MS, 'day')).toEqual({ up: 1, down: 2 });
});

test('bytes that come by a clock that was set back go to hours that are still open', async () => {
  await openShop();
  await book({ atMs: START, phone: 0, bytes: { up: 1, down: 2 } });
  await rollUp(START + DAY_MS + HOUR_MS);
  await book({ atMs: Date.parse('1970-01-01T00:10:00Z'), phone: 0, bytes: { up: 10, down: 20 } });
  await rollUp(START + 3 * DAY_MS);
  expect(await sumOf(START, START + DAY_MS, 'day')).toEqual({ up: 1, down: 2 });
  expect(await sumOf(START, START + 3 * DAY_MS, 'day')).toEqual({ up: 11, down: 22 });
});

describe('by time', () => {
  let clock: ManualClock;
  let keeper: HistoryKeeper;

  beforeEach(async () => {
    await openShop();
    clock = new ManualClock('2026-11-21T08:00:00Z');
    keeper = newKeeper();
    await book({ atMs: clock.now().getTime() - 5 * HOUR_MS, phone: 0, bytes: { up: 3, down: 4 } });
  });

  function newKeeper(): HistoryKeeper {
    const keep = { rawDays: 2, hourlyDays: 3, dailyDays: 4 };
    const { stores, log } = shop.app;
    const witness = new ClockWitness(stores.rollup, clock);
    return new HistoryKeeper(stores, witness, clock, log, { timeZone: 'Asia/Manila' }, keep);
  }

  async function tendAfter(ms: number): Promise<boolean> {
    clock.advance(ms);
    return clock.passingFor(keeper.tend());
  }

  test('a clock is believed once it has run evenly for a while', async () => {
    expect(await tendAfter(0)).toBe(false);
    expect(await tendAfter(5 * 60_000)).toBe(false);
    expect(await tendAfter(6 * 60_000)).toBe(true);
    expect((await tables()).hours.rows).toBe(1);
  });

  test('a clock that jumps years ahead deletes nothing', async () => {
    await tendAfter(0);
    expect(await tendAfter(11 * 60_000)).toBe(true);
    clock.set('2036-11-21T08:00:00Z');
    for (let hour = 0; hour < 5; hour += 1) expect(await tendAfter(HOUR_MS)).toBe(false);
    expect((await tables()).slots.rows).toBe(1);
    clock.set('2026-11-21T14:00:00Z');
    await tendAfter(0);
    expect(await tendAfter(11 * 60_000)).toBe(true);
    expect((await tables()).slots.rows).toBe(1);
  });

  test('nothing of it makes the loop read its books anew', async () => {
    const stamp = await shop.app.stores.stamp();
    await tendAfter(0);
    expect(await tendAfter(11 * 60_000)).toBe(true);
    expect((await tables()).hours.rows).toBe(1);
    expect(await shop.app.stores.stamp()).toEqual(stamp);
  });

  test('a clock of 1970 is never believed', async () => {
    clock.set('1970-01-01T00:00:00Z');
    for (let hour = 0; hour < 30; hour += 1) expect(await tendAfter(HOUR_MS)).toBe(false);
  });

  test('after a month with the program off some hours are enough, and then what is old goes', async () => {
    await tendAfter(0);
    await tendAfter(11 * 60_000);
    clock.advance(30 * DAY_MS);
    keeper = newKeeper();
    expect(await tendAfter(0)).toBe(false);
    expect(await tendAfter(11 * 60_000)).toBe(false);
    expect(await tendAfter(6 * HOUR_MS)).toBe(true);
    expect((await tables()).slots.rows + (await tables()).days.rows).toBe(0);
    expect((await shop.app.stores.usage.totals()).down).toBe(4);
  });
});

test('a small year through the books comes out as it went in', async () => {
  await openShop();
  const end = new Date('2026-11-21T16:00:00Z');
  const year = new ShopYear({ devices: 5, days: runs(40, 25), end, seed: 3 });
  const config = loadConfig({
    DATABASE_URL: 'sqlite::memory:',
    LOG_LEVEL: 'silent',
    USAGE_KEEP_HOURLY_DAYS: '20',
  });
  const app: App = await compose(config, { clock: year.clock });
  try {
    const outcome = await year.live(app);
    const period = app.services.usageHistory.period('year', '2026-06-01');
    const all = ['device', 'voucher', 'plan'] as const;
    const most = await app.services.usageHistory.top(all, period, undefined, 10_000);
    const sums = (by: (typeof all)[number]) =>
      new Map(most.get(by)!.map(({ name, bytes }) => [name, bytes]));
    expect(sums('device')).toEqual(outcome.byDevice);
    expect(sums('voucher')).toEqual(outcome.byVoucher);
    expect(most.get('plan')!.reduce((down, { bytes }) => down + bytes.down, 0)).toBe(
      outcome.bytes.down,
    );
    expect(await app.stores.usage.totals()).toEqual(outcome.bytes);
    for (const whose of [undefined, { mac: outcome.mac }, { code: outcome.code }]) {
      const { coarse, fine } = await app.services.usageHistory.chart(period, whose);
      const expected = whose
        ? 'mac' in whose
          ? outcome.byDevice.get(outcome.mac)
          : outcome.byVoucher.get(outcome.code)
        : outcome.bytes;
      for (const buckets of [coarse, fine]) {
        expect(buckets.reduce((all, { bytes }) => all + bytes.down, 0)).toBe(expected!.down);
        expect(buckets.reduce((all, { bytes }) => all + bytes.up, 0)).toBe(expected!.up);
      }
    }
  } finally {
    await app.close();
  }
}, 60_000);

describe('the most of a year', () => {
  const NEW_YEAR = Date.parse('2025-12-31T16:00:00Z'); // in Manila
  const all = ['device', 'voucher', 'plan'] as const;

  /** Who used most this year, by the sums of the year and, as those cannot be used in another zone, by the days. */
  async function mostOf(whose: Whose, zone: string) {
    const span = {
      from: slotAt(new Date(NEW_YEAR)),
      to: slotAt(new Date(NEW_YEAR + 365 * DAY_MS)),
    };
    const most = await reports().top(all, span, whose, 2, zone);
    return [...most].map(([by, rows]) => [by, rows]);
  }

  test('is the same by the sums of the year and by its days, whatever is rolled up', async () => {
    await openShop({ USAGE_KEEP_RAW_DAYS: '2', USAGE_KEEP_HOURLY_DAYS: '3' });
    let seed = 5;
    const chance = (n: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % n;
    let used = 0;
    for (let day = 0; day < 12; day += 1) {
      for (let use = 0; use < 4; use += 1) {
        const atMs = NEW_YEAR + day * DAY_MS + chance(86_400) * 1000;
        const down = 1 + chance(900);
        used += down;
        await book({ atMs, phone: chance(3), bytes: { up: chance(50), down } });
      }
      for (const whose of [undefined, { plan: 'P5' }, { mac: PHONES[0]! }]) {
        expect(await mostOf(whose, 'Asia/Manila')).toEqual(await mostOf(whose, 'Asia/Singapore'));
      }
      const [, plans] = (await mostOf(undefined, 'Asia/Manila'))[2] as [string, { bytes: Rates }[]];
      expect(plans[0]!.bytes.down).toBe(used);
      await rollUp(NEW_YEAR + (day + 1) * DAY_MS + chance(12) * HOUR_MS);
    }
    const [sums] = await shop.app.db('usage_years').sum({ down: 'bytes_down' });
    expect(Number(sums!.down)).toBeGreaterThan(used); // each byte by device and by voucher, but for the last days
  });

  test('is summed anew where another time zone cuts the year elsewhere', async () => {
    await openShop();
    // The first day of Manila's year is still the last one of New York's.
    await book({ atMs: NEW_YEAR + HOUR_MS, phone: 0, bytes: { up: 1, down: 100 } });
    await book({ atMs: NEW_YEAR + 5 * DAY_MS, phone: 1, bytes: { up: 1, down: 10 } });
    await rollUp(NEW_YEAR + 9 * DAY_MS);
    const years = shop.app.db('usage_years').where({ is_voucher: 0 }).orderBy('who');
    expect(await years.pluck('bytes_down')).toEqual([100, 10]);
    const keep = { rawDays: 2, hourlyDays: 3, dailyDays: 1000 };
    const { stores, log } = shop.app;
    const zone = 'America/New_York';
    const witness = new ClockWitness(stores.rollup, shop.clock);
    const keeper = new HistoryKeeper(stores, witness, shop.clock, log, { timeZone: zone }, keep);
    await keeper.rollUp(new Date(NEW_YEAR + 9 * DAY_MS));
    expect(await shop.app.db('usage_years').distinct('slot').pluck('slot')).toHaveLength(2);
    const year = yearOf(slotAt(new Date(NEW_YEAR + 3 * DAY_MS)), zone);
    const most = await reports().top(['device'], year, undefined, 5, zone);
    expect(most.get('device')).toEqual([{ name: PHONES[1], bytes: { up: 1, down: 10 } }]);
  });

  test('goes by the days that are left once some are forgotten', async () => {
    await openShop();
    for (let day = 0; day < 6; day += 1) {
      await book({ atMs: NEW_YEAR + day * DAY_MS, phone: 0, bytes: { up: 0, down: 1 } });
    }
    const keep = { rawDays: 2, hourlyDays: 3, dailyDays: 4 };
    const { stores, log } = shop.app;
    const zone = { timeZone: 'Asia/Manila' };
    const witness = new ClockWitness(stores.rollup, shop.clock);
    const keeper = new HistoryKeeper(stores, witness, shop.clock, log, zone, keep);
    await keeper.rollUp(new Date(NEW_YEAR + 6 * DAY_MS + HOUR_MS));
    const [, devices] = (await mostOf(undefined, 'Asia/Manila'))[0] as [string, { bytes: Rates }[]];
    const left = await sumOf(NEW_YEAR, NEW_YEAR + 9 * DAY_MS, 'day');
    expect(left.down).toBeLessThan(6);
    expect(devices[0]!.bytes).toEqual(left);
  });
});
