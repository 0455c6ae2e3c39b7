import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { simulatePlan, type SimulatedUse } from '../../src/domain/simulation/plan-simulation';
import type { Terms } from '../../src/domain/plans/plan';
import { usualUse } from '../../src/domain/simulation/usual-use';
import { ShopCalendar } from '../../src/domain/shop/shop-calendar';
import { AdminShop } from '../support/admin-shop';
import { DAY, MB, rates, someTerms } from '../support/builders';
import { CliShop } from '../support/program/cli-shop';

const GB = 1000 * MB;
/** The first of a month, midnight in Manila. */
const START = new Date('2026-10-31T16:00:00Z');
const MONTH: SimulatedUse = { up: 0, down: 300 * GB, devices: 1, days: 30 };
const FAST = { rate: rates(50_000_000, 100_000_000), validitySeconds: null };
const PHP = (amount: number) => ({ amount, currency: 'PHP' });

function simulate(terms: Partial<Terms>, use: Partial<SimulatedUse> = {}) {
  const calendar = new ShopCalendar('Asia/Manila');
  return simulatePlan(someTerms({ ...FAST, ...terms }), { ...MONTH, ...use }, START, calendar);
}

test('a plan without limits is fast all the time', () => {
  expect(simulate({})).toMatchObject({
    capReachedOnDay: null,
    fairUseOnDay: null,
    endsOnDay: null,
    overage: null,
    average: FAST.rate,
    peak: FAST.rate,
    missed: rates(0),
    reasons: [{ reason: 'full speed', firstDay: 1, share: 1 }],
  });
});

// 300 GB in 30 days are 10 GB a day: 95 GB are used up at noon of the tenth.
test('fair use begins on the day a person would say, and counts into the average', () => {
  const fairUseRate = rates(10_000_000, 10_000_000);
  const seen = simulate({ fairUseBytes: 95 * GB, fairUseRate });
  expect(seen.fairUseOnDay).toBe(10);
  const share = 9.5 / 30;
  const down = 100e6 * share + 10e6 * (1 - share);
  expect(seen.average.down / down).toBeCloseTo(1, 4);
  expect(seen.missed).toEqual(rates(0)); // 10 Mbit/s are more than the 0.93 that are asked for
  expect(seen.daily[8]).toEqual(FAST.rate);
  expect(seen.daily[9]!.down / 55e6).toBeCloseTo(1, 2);
  expect(seen.daily[10]).toEqual(fairUseRate);
});

test('a cap that blocks takes the rest away', () => {
  const seen = simulate({ capBytes: 95 * GB, capPolicy: 'block' });
  expect(seen).toMatchObject({ capReachedOnDay: 10, endsOnDay: 10 });
  expect(seen.missed.down / (205 * GB)).toBeCloseTo(1, 3);
  expect(seen.daily[20]).toEqual(rates(0));
});

test('a daily cap is reached each day, and is new each midnight', () => {
  const seen = simulate({ capBytes: 5 * GB, capPolicy: 'block', capPeriod: 'daily' });
  expect(seen).toMatchObject({ capReachedOnDay: 1, endsOnDay: null });
  expect(seen.missed.down / (150 * GB)).toBeCloseTo(1, 3);
  expect(seen.average.down / 50e6).toBeCloseTo(1, 3);
});

test('no byte more than asked for is counted, however the use divides into time', () => {
  const overage = { price: PHP(500), unitBytes: GB };
  const capped = { capBytes: 10 * GB, capPolicy: 'overage', overage } as const;
  const fast = { ...capped, rate: rates(1_000_000_000) };
  const wrong: unknown[] = [];
  for (const days of [1, 7, 30, 31]) {
    for (const validitySeconds of [null, 3600, 86_400, 7 * 86_400, 30 * 86_400]) {
      for (const [uptimeSeconds, devices] of [
        [null, 1],
        [3 * 3600, 7],
        [10_000, 3],
        [7201, 11],
      ] as const) {
        for (const extra of [1, 2, 3]) {
          const terms = { ...fast, validitySeconds, uptimeSeconds, devices };
          const result = simulate(terms, { down: (10 + extra) * GB, devices, days });
          const isRight = result.overage?.amount === 500 * extra && result.missed.down === 0;
          if (!isRight) wrong.push({ terms, days, extra, result });
        }
      }
    }
  }
  expect(wrong).toEqual([]);
});

test('overage is charged for each unit begun, in each period', () => {
  const overage = { price: PHP(1000), unitBytes: GB };
  const terms: Partial<Terms> = { capBytes: 95 * GB, capPolicy: 'overage', overage };
  expect(simulate(terms).overage).toEqual(PHP(205 * 1000));
  const daily = simulate({ ...terms, capBytes: 9.5 * GB, capPeriod: 'daily' });
  expect(daily.overage).toEqual(PHP(30 * 1000));
});

test('data of free hours counts nowhere', () => {
  const window = { start: '00:00', end: '12:00', unlimited: true, multiplier: 2 };
  const seen = simulate({ capBytes: 95 * GB, capPolicy: 'block', window });
  expect(seen).toMatchObject({ capReachedOnDay: 19, endsOnDay: null }); // with its last second
  expect(seen.peak).toEqual(rates(100_000_000, 200_000_000));
  expect(seen.daily[25]!.down / 100e6).toBeCloseTo(1, 4); // half a day at 200
});

test('what is left over goes on into the next period', () => {
  const terms: Partial<Terms> = { capBytes: 12 * GB, capPolicy: 'block', capPeriod: 'daily' };
  const uneven = { ...terms, capBytes: 10 * GB - 1 };
  expect(simulate(terms).capReachedOnDay).toBeNull();
  expect(simulate(uneven).capReachedOnDay).toBe(1);
  expect(simulate({ ...uneven, capRollover: true }).capReachedOnDay).toBe(1);
});

test('time that ends, on the clock and online', () => {
  expect(simulate({ validitySeconds: (3 * DAY) / 1000 })).toMatchObject({ endsOnDay: 4 });
  const online = simulate({ uptimeSeconds: 36 * 3600, devices: 3 }, { devices: 3 });
  expect(online.endsOnDay).toBe(1);
});

test('a voucher of an hour is asked for its use in that hour, and averaged over it', () => {
  const terms: Partial<Terms> = { rate: rates(1_000_000, 3_000_000), validitySeconds: 3600 };
  const use = { days: 30, down: 900 * MB };
  const seen = simulate(terms, use);
  expect(seen).toMatchObject({ endsOnDay: 1, missed: rates(0) });
  expect(seen.average).toEqual(terms.rate);
  expect(seen.daily.slice(0, 2)).toEqual([terms.rate, rates(0)]);
  const slow = { fairUseBytes: 450 * MB, fairUseRate: rates(1_000_000) };
  expect(simulate({ ...terms, ...slow }, use).average.down / 2e6).toBeCloseTo(1, 2);
  const online = simulate(
    { ...terms, validitySeconds: (2 * DAY) / 1000, uptimeSeconds: 3600 },
    use,
  );
  expect(online).toMatchObject({ endsOnDay: 1, average: terms.rate, missed: rates(0) });
});

const HOURLY: Partial<Terms> = { rate: rates(1_000_000, 3_000_000), validitySeconds: 3600 };
test.each<[string, Partial<Terms>, Partial<SimulatedUse>]>([
  ['an hour at full speed', HOURLY, { days: 1, down: 1300 * MB, up: 130 * MB }],
  ['a taste of 25 s', { ...HOURLY, validitySeconds: 25 }, { days: 1, down: 9_300_000 }],
  ['36 hours', { ...HOURLY, validitySeconds: 36 * 3600 }, { days: 2 }],
  ['no end', { ...HOURLY, validitySeconds: null }, { days: 30, down: 40 * GB }],
  ['time online', { ...HOURLY, validitySeconds: (30 * DAY) / 1000, uptimeSeconds: 3600 }, { days: 30, down: 1300 * MB }], // prettier-ignore
  [
    'twice fair use',
    { ...HOURLY, fairUseBytes: 12 * MB },
    { days: 1, down: 24 * MB, up: 2_400_000 },
  ],
  ['twice a daily cap', { validitySeconds: (7 * DAY) / 1000, capBytes: 4 * GB, capPolicy: 'block', capPeriod: 'daily' }, { days: 7, down: 56 * GB }], // prettier-ignore
])('what is tried first suits the plan: %s', (_, terms, use) => {
  const usual = usualUse(someTerms({ uptimeSeconds: null, ...terms }));
  expect(usual).toMatchObject({ devices: 1, ...use });
  const seen = simulate(terms, usual);
  if (!('capBytes' in terms) && !('fairUseBytes' in terms)) expect(seen.missed).toEqual(rates(0));
});

test('whatever is asked: no byte is made, and nobody is faster than the fastest', () => {
  const size = fc.integer({ min: 1, max: 2000 }).map((gb) => gb * GB);
  fc.assert(
    fc.property(
      fc.record({
        capBytes: fc.option(size, { nil: null }),
        capPolicy: fc.constantFrom<Terms['capPolicy']>('none', 'throttle', 'block'),
        capPeriod: fc.constantFrom<Terms['capPeriod']>('voucher', 'daily', 'weekly', 'monthly'),
        throttleRate: fc.constant(rates(1_000_000)),
      }),
      size,
      fc.integer({ min: 1, max: 40 }),
      (terms, down, days) => {
        const seen = simulate(terms, { down, days });
        expect(seen.missed.down).toBeGreaterThanOrEqual(0);
        expect(seen.missed.down).toBeLessThanOrEqual(down * 1.000001);
        expect(seen.average.down).toBeLessThanOrEqual(seen.peak.down);
        expect(seen.daily).toHaveLength(days);
        const share = seen.reasons.reduce((sum, one) => sum + one.share, 0);
        expect(share).toBeCloseTo(1, 6);
      },
    ),
    { numRuns: 60 },
  );
});

const PLAN = {
  name: 'HOME',
  price: '999',
  validity: '30d',
  data_cap: '95GB',
  throttle_policy: 'overage',
  overage_price: '10',
  overage_unit: '1GB',
};

test('the command prints what K10 promises', async () => {
  const shop = CliShop.open();
  try {
    const plan = { ...PLAN, rate_up: '50M', rate_down: '100M' };
    writeFileSync(shop.path('profiles.json'), JSON.stringify([plan]));
    const { code, out } = await shop.run('plans simulate HOME --down 300GB --days 30 --json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      capReached: true,
      capReachedOnDay: 10,
      fairUseOnDay: null,
      overage: PHP(205_000),
      averageRateDown: 100_000_000,
      averageRateUp: 50_000_000,
      peakRateDown: 100_000_000,
      peakRateUp: 50_000_000,
      notes: expect.arrayContaining([expect.stringContaining('2,050')]) as unknown,
    });
    const wrong = await shop.run('plans simulate HOME --down 1GB --devices 2');
    expect(wrong).toMatchObject({ code: 2, out: '' });
    expect(wrong.err).toContain('the plan allows one device');
  } finally {
    await shop.close();
  }
});

test('the page says it in sentences and draws it; a wrong field is told', async () => {
  const admin = await AdminShop.open({
    profiles: [{ ...PLAN, rate_up: '50M', rate_down: '100M' }],
  });
  try {
    const viewer = await admin.signedIn('viewer');
    const page = await viewer.get('/admin/plans/HOME/simulation?down=300GB&up=&devices=1&days=30');
    expect(page.status).toBe(200);
    expect(page.text).toContain('The cap of 95 GB is reached on day 10');
    expect(page.text).toContain('<svg class="plot"');
    const usual = (await viewer.get('/admin/plans/HOME/simulation')).text;
    expect(usual).toMatch(/name="down" value="190 GB"[^]*name="days" value="30"/);
    const wrong = await viewer.get('/admin/plans/HOME/simulation?down=much&devices=1&days=30');
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('much');
  } finally {
    await admin.close();
  }
});
