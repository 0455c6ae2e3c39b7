import { BackTest } from '../../src/domain/simulation/back-test';
import { decide } from '../../src/domain/policy/policy';
import type { Terms } from '../../src/domain/plans/plan';
import { readPlan } from '../../src/domain/plans/profiles';
import { ShopCalendar } from '../../src/domain/shop/shop-calendar';
import type { Mac } from '../../src/domain/units';
import { CliShop } from '../support/program/cli-shop';
import { AdminShop } from '../support/admin-shop';

const CALENDAR = new ShopCalendar('Asia/Manila');
const HOUR_MS = 3_600_000;
const START = Date.parse('2026-10-31T16:00:00Z'); // 1 November, midnight in Manila
const [ANA, BEN] = ['02:00:00:00:00:01', '02:00:00:00:00:02'] as [Mac, Mac];

function terms(keys: Record<string, string>): Terms {
  const plan = { name: 'P', price: '5', rate_up: '1M', rate_down: '8M', validity: '1d', ...keys };
  const { draft, problems } = readPlan(plan, 'PHP');
  if (!draft) throw new Error(JSON.stringify(problems));
  return draft.terms;
}

/** One device and voucher that use so much in each of these hours of the first day. */
function use(test: BackTest, hours: number[], down: number, device = ANA, voucher = 'A'): void {
  for (const hour of hours) {
    const bytes = { up: 0, down };
    test.live(new Date(START + hour * HOUR_MS), [{ device, voucher, bytes }]);
  }
}

const FAIR_USE = { fup_threshold: '1GB', fup_rate_up: '80K', fup_rate_down: '800K' };
/** What 800 kbit/s carry in an hour. */
const SLOW_HOUR = 360_000_000;

test('whoever passes the threshold inside an hour is slowed from that part of it on', () => {
  const test = new BackTest(terms(FAIR_USE), CALENDAR, new Date(START));
  use(test, [18, 19], 800_000_000);
  use(test, [20], 900_000_000);
  use(test, [20], 100_000_000, BEN, 'B');
  const outcome = test.outcome();
  expect(outcome).toMatchObject({ customers: 2, slowed: 1, stopped: 0 });
  // A quarter of the second hour was still free: 200 of 800 MB.
  expect(outcome.firstAt!.getTime()).toBeCloseTo(START + 19.25 * HOUR_MS, -4);
  expect(outcome.bytes).toBe(2_600_000_000);
  expect(outcome.bytesAfter / 1e6).toBeCloseTo(600 + 900, 0);
  const went = 1_000_000_000 + 0.75 * SLOW_HOUR + SLOW_HOUR;
  expect((outcome.bytes - outcome.bytesLess) / 1e6).toBeCloseTo((went + 100_000_000) / 1e6, 0);
  expect(outcome.peak.hourBefore).toBe(20);
  expect(outcome.peak.hourAfter).toBe(18);
  expect(outcome.peak.lowerBy).toBeCloseTo(0.2, 5);
  expect(outcome.affected).toEqual([
    expect.objectContaining({ device: ANA, voucher: 'A', how: 'slowed' }),
  ]);
});

test('it says what the live rule says: the hour after is decided as decide() decides it', () => {
  const rule = terms(FAIR_USE);
  const test = new BackTest(rule, CALENDAR, new Date(START));
  use(test, [1], 1_000_000_000);
  use(test, [2], 1);
  const { rate, reason } = decide(
    { ...rule, validitySeconds: null },
    {
      ...{ startedAt: new Date(START), expiresAt: null, stoppedAt: null, periodEndsAt: null },
      ...{ bytes: 1_000_000_000, uptimeMs: 0, onlineDevices: 1, paused: false, revoked: false },
      ...{ developer: false, manual: null, carriedBytes: 0, window: null },
    },
    new Date(START + 2 * HOUR_MS),
  );
  expect([rate, reason]).toEqual([rule.fairUseRate, 'fair use']);
  expect(test.outcome()).toMatchObject({ slowed: 1, bytesLess: 0, bytesAfter: 1 });
});

test('a blocking cap stops, a daily one lets in again the next day of the shop', () => {
  const daily = { data_cap: '1GB', throttle_policy: 'block', cap_period: 'daily' };
  const test = new BackTest(terms(daily), CALENDAR, new Date(START));
  use(test, [22, 23, 24, 25], 600_000_000);
  const outcome = test.outcome();
  expect(outcome).toMatchObject({ customers: 1, slowed: 0, stopped: 1 });
  // 200 MB too much on each of the two days.
  expect(outcome.bytesLess / 1e6).toBeCloseTo(400, 0);
  expect(outcome.affected[0]!.how).toBe('stopped');
});

test('what was used before the days that are asked for counts, but is not told', () => {
  const from = new Date(START + 12 * HOUR_MS);
  const test = new BackTest(terms(FAIR_USE), CALENDAR, from);
  use(test, [10], 950_000_000);
  use(test, [13], 100_000_000);
  expect(test.outcome()).toMatchObject({ customers: 1, slowed: 1, bytes: 100_000_000 });
});

test('what is used in free hours does not count, to the minute', () => {
  const window = { start: '19:30', end: '21:00', unlimited: true, multiplier: 1 };
  const rule = { ...terms({ ...FAIR_USE }), window };
  const test = new BackTest(rule, CALENDAR, new Date(START));
  use(test, [19, 20], 1_000_000_000);
  expect(test.outcome().slowed).toBe(0);
  use(test, [21], 600_000_000);
  // 500 MB before half past seven and as much after nine: only then is the threshold passed.
  const { slowed, firstAt } = test.outcome();
  expect(slowed).toBe(1);
  expect(firstAt!.getTime()).toBeCloseTo(START + (21 + 5 / 6) * HOUR_MS, -4);
});

test('hours that are slow for everybody slow everybody', () => {
  const window = { start: '20:00', end: '21:00', unlimited: false, multiplier: 0.1 };
  const rule = { ...terms({}), window };
  const test = new BackTest(rule, CALENDAR, new Date(START));
  use(test, [19, 20], 1_000_000_000);
  const { slowed, hoursAfter } = test.outcome();
  expect([slowed, hoursAfter[19], hoursAfter[20]]).toEqual([1, 1_000_000_000, SLOW_HOUR]);
});

test('a rule nobody reaches changes nothing', () => {
  const test = new BackTest(terms({}), CALENDAR, new Date(START));
  use(test, [1, 2, 3], 5_000_000_000);
  const outcome = test.outcome();
  expect(outcome).toMatchObject({ slowed: 0, stopped: 0, firstAt: null, bytesLess: 0 });
  expect(outcome.hoursAfter).toEqual(outcome.hoursBefore);
});

describe('in the admin', () => {
  let open: AdminShop;
  beforeEach(async () => {
    open = await AdminShop.open({ profiles: [{ name: 'P5' }] });
  });
  afterEach(() => open.close());

  test('the owner tries a rule on what was really used', async () => {
    const { phone } = await open.shop.online();
    phone.download('900M');
    await open.shop.reconcile();
    const owner = await open.signedIn('owner');
    const form = await owner.get('/admin/plans/P5/back-test');
    expect([form.status, form.text]).toEqual([200, expect.stringContaining('Try it')]);
    expect(form.text).not.toContain('What it would have done');
    const address = '/admin/plans/P5/back-test?days=7';
    const rule = '&fup_threshold=500MB&fup_rate_up=64K&fup_rate_down=64K';
    const { text } = await owner.get(`${address}${rule}`);
    expect(text).toContain('1 of 1 customers would have been slowed');
    expect(text).toContain(phone.mac);
    expect((await owner.get(`${address}&fup_threshold=5GB&fup_rate_up=64K&fup_rate_down=64K`)).text)
      .toContain('Nobody would have noticed'); // prettier-ignore
    const wrong = await owner.get(`${address}&fup_threshold=lots`);
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('fup_threshold')]);
    expect((await owner.get('/admin/plans/P5/back-test?days=9999')).status).toBe(422);
    expect((await owner.get('/admin/plans/NOPE/back-test')).status).toBe(404);
  });
});

describe('by command', () => {
  let shop: CliShop;
  beforeAll(() => {
    shop = CliShop.open();
  });
  afterAll(() => shop.close());

  test('prints figures for programs, and one sentence for people', async () => {
    const rule = '--fup-threshold 1GB --fup-rate-up 64K --fup-rate-down 64K';
    const report = await shop.json(`plans back-test P5 ${rule} --days 30`);
    expect(report).toMatchObject({ plan: 'P5', days: 30, customers: 0 });
    const { out } = await shop.run(`plans back-test P5 ${rule}`);
    expect(out).toContain('Nobody used this plan in the last 30 days.');
    const wrong = await shop.run('plans back-test P5 --fup-threshold 1GB');
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('fup_rate_up') });
  }, 30_000);
});
