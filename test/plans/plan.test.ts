import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { InvalidInput } from '../../src/errors';
import { checkPlan, isDivisible } from '../../src/domain/plans/plan';
import { DEFAULT_TERMS } from '../../src/domain/plans/plan-fields';
import { readPlan, readProfiles, writeProfile } from '../../src/domain/plans/profiles';
import { isOnSale, type PlanDraft, type Terms } from '../../src/domain/plans/plan';
import { Conflict } from '../../src/errors';
import { TestApp } from '../support/test-app';

const P5 = {
  name: 'P5',
  price: '5',
  validity: '1h',
  users: '1',
  rate_up: '512K',
  rate_down: '1M',
};
const P5_TERMS: Terms = {
  ...DEFAULT_TERMS,
  rate: { up: 512_000, down: 1_000_000 },
  validitySeconds: 3600,
  price: { amount: 500, currency: 'PHP' },
};

function read(...entries: unknown[]): PlanDraft[] {
  return readProfiles(entries, 'profiles.json', 'PHP');
}

function terms(keys: Record<string, unknown>): Terms {
  return read({ ...P5, ...keys })[0]!.terms;
}

function refusal(...entries: unknown[]): string[] {
  try {
    read(...entries);
  } catch (error) {
    if (error instanceof InvalidInput) return error.message.split('\n');
    throw error;
  }
  throw new Error('nothing was refused');
}

/** What is said about P5 with these keys, without the place in the file. */
function wrong(keys: Record<string, unknown>): string[] {
  return refusal({ ...P5, ...keys }).map((line) => line.replace(/^.*?\): /, ''));
}

function warnings(keys: Record<string, unknown>): string[] {
  const { draft, problems } = readPlan({ ...P5, ...keys }, 'PHP');
  expect(draft).toBeDefined();
  return problems.map(({ level, field, message }) => `${level}: ${field} ${message}`);
}

describe('reading', () => {
  test('the seed format of V1', () => {
    const promo = { from: null, until: null };
    const sale = { public: true, status: 'active', type: null, promo };
    const expected = { name: 'P5', ...sale, terms: P5_TERMS };
    expect(read(P5)).toEqual([expected]);
    expect(read({ ...P5, price: 5, users: 1 })).toEqual([expected]);
    expect(read({ ...P5, uptime: '', data_cap: null })).toEqual([expected]);
    expect(read()).toEqual([]);
  });

  test('every key of K7', () => {
    const [plan] = read({
      ...P5,
      currency: 'USD',
      uptime: '30m',
      data_cap: '2GB',
      cap_period: 'daily',
      cap_anchor: 'start',
      cap_rollover: 'yes',
      fup_threshold: '500MB',
      fup_rate_up: '128K',
      fup_rate_down: '256K',
      throttle_policy: 'overage',
      throttle_rate_up: '64K',
      throttle_rate_down: '128K',
      overage_price: '1.50',
      overage_unit: '100MB',
      burst_up: '1M',
      burst_down: '2M',
      burst_threshold_up: '256K',
      burst_threshold_down: '768K',
      burst_time: '16s',
      priority: '70',
      contention: '1:20',
      window: { start: '23:00', end: '7:00', unlimited: 'true', multiplier: '2' },
      alerts: [100, 50, '50'],
      setup_fee: 100,
      billing_cycle: 'monthly',
      suspended_rate_up: '64K',
      suspended_rate_down: '128K',
      ppp_profile: 'homes',
      pausable: 'no',
      movable: false,
      shareable: 'no',
      public: 'false',
      status: 'draft',
      type: 'business',
      promo_from: '2026-12-01',
      promo_until: '2026-12-31',
    });
    expect(plan).toEqual({
      name: 'P5',
      public: false,
      status: 'draft',
      type: 'business',
      promo: { from: '2026-12-01', until: '2026-12-31' },
      terms: {
        rate: { up: 512_000, down: 1_000_000 },
        burst: {
          rate: { up: 1_000_000, down: 2_000_000 },
          threshold: { up: 256_000, down: 768_000 },
          seconds: 16,
        },
        priority: 70,
        contention: 20,
        validitySeconds: 3600,
        uptimeSeconds: 1800,
        devices: 1,
        capBytes: 2_000_000_000,
        capPeriod: 'daily',
        capAnchor: 'start',
        capRollover: true,
        capPolicy: 'overage',
        throttleRate: { up: 64_000, down: 128_000 },
        fairUseBytes: 500_000_000,
        fairUseRate: { up: 128_000, down: 256_000 },
        overage: { price: { amount: 150, currency: 'USD' }, unitBytes: 100_000_000 },
        window: { start: '23:00', end: '07:00', unlimited: true, multiplier: 2 },
        alerts: [50, 100],
        pausable: false,
        movable: false,
        shareable: false,
        price: { amount: 500, currency: 'USD' },
        setupFee: { amount: 10_000, currency: 'USD' },
        billingCycle: 'monthly',
        suspendedRate: { up: 64_000, down: 128_000 },
        pppProfile: 'homes',
      },
    });
  });

  test('what is left out follows from what is given', () => {
    expect(terms({ data_cap: '1GB' }).capPolicy).toBe('block');
    const throttle = { throttle_rate_up: '64K', throttle_rate_down: '64K' };
    expect(terms({ data_cap: '1GB', ...throttle }).capPolicy).toBe('throttle');
    expect(terms({ uptime: '30m' }).pausable).toBe(true);
    // P5 is 512K up.
    expect(terms({ fup_threshold: '1GB', fup_rate_down: '256K' }).fairUseRate).toEqual({
      up: 256_000,
      down: 256_000,
    });
    expect(terms({ data_cap: '1GB', throttle_rate_down: '900K' })).toMatchObject({
      capPolicy: 'throttle',
      throttleRate: { up: 512_000, down: 900_000 },
    });
    expect(terms({ burst_up: '1M', burst_down: '2M', burst_time: '8s' }).burst?.threshold).toEqual({
      up: 512_000,
      down: 1_000_000,
    });
    expect(terms({ window: { start: '22:00', end: '06:00', unlimited: true } }).window).toEqual({
      start: '22:00',
      end: '06:00',
      unlimited: true,
      multiplier: 1,
    });
  });

  test.each([undefined, '0', 'none', 0])('validity %p is no limit', (validity) => {
    expect(terms({ validity }).validitySeconds).toBeNull();
  });

  test('the file we ship, without a warning', () => {
    const file = readFileSync(join(__dirname, '../../profiles.json'), 'utf8');
    const plans = readProfiles(JSON.parse(file), 'profiles.json', 'PHP');
    expect(plans.map(({ name }) => name)).toEqual(['P5', 'P10', 'P20', 'P50', 'P100', 'P300']);
    expect(plans.flatMap(checkPlan)).toEqual([]);
  });
});

describe('refusing', () => {
  test('names source, entry and key, for every problem of the file', () => {
    const bad = { ...P5, name: 'P6', rate_up: 'fast', users: '0', uptme: '1h' };
    expect(refusal({ ...P5, name: 'P4' }, bad, { price: '1' }, 'P7')).toEqual([
      'profiles.json, entry 2 ("P6"): uptme is not a known key; did you mean uptime?',
      'profiles.json, entry 2 ("P6"): rate_up "fast" is not a speed; write it like 512K or 2M',
      'profiles.json, entry 2 ("P6"): users "0" is not a whole number from 1 to 1000',
      'profiles.json, entry 3: name is missing; every plan needs one',
      'profiles.json, entry 3: rate_up is missing; write it like 512K or 2M',
      'profiles.json, entry 3: rate_down is missing; write it like 512K or 2M',
      'profiles.json, entry 4: plan "P7" is not an object of keys such as {"name": "P5", "price": "5"}',
    ]);
  });

  test('a file that is no list', () => {
    expect(() => readProfiles({ P5 }, 'profiles.json', 'PHP')).toThrow(
      /^profiles\.json is not a list of plans; it must be a JSON array/,
    );
  });

  test('two plans of one name', () => {
    expect(refusal(P5, { ...P5, name: 'P6' }, { ...P5, name: ' p5 ' })).toEqual([
      'profiles.json, entry 3 (" p5 "): name " p5 " is already the name of entry 1; capitals make no difference',
    ]);
  });

  test.each([
    ['rate_dwn', 'rate_down'],
    ['Rate_Up', 'rate_up'],
    ['fup_treshold', 'fup_threshold'],
    ['datacap', 'data_cap'],
  ])('unknown key %s names %s', (key, meant) => {
    expect(wrong({ [key]: '1M' })).toEqual([`${key} is not a known key; did you mean ${meant}?`]);
  });

  const long = 'x'.repeat(41);
  test.each([
    [{ name: '..' }, 'name ".." cannot be opened as a page of its own; choose another name'],
    [{ name: 'new' }, 'name "new" cannot be opened as a page of its own; choose another name'],
    [{ name: 5 }, 'name must be text that neither begins nor ends with a space'],
    [{ name: 'P\n5' }, 'name "P\\n5" holds a control character; use letters, digits and signs'],
    [{ name: long }, `name "${long}" is longer than 40 characters`],
    [{ price: 'five' }, 'price "five" is not an amount of PHP; write it like 5 or 5.50'],
    [{ price: undefined }, 'price is missing; write it like 5 or 5.50'],
    [{ currency: 'PISO' }, 'currency "PISO" is not a currency; write its three letters, like PHP'],
    [
      { validity: 'soon' },
      'validity "soon" is not a length of time; write it like 30s, 15m, 1h, 2d or 1d12h',
    ],
    [{ data_cap: '0GB' }, 'data_cap "0GB" is zero; write it like 500MB or 2GB'],
    [
      { promo_from: '2026-02-30' },
      'promo_from "2026-02-30" is not a date; write it like 2026-12-24',
    ],
    [
      { promo_from: '2026-12-24', promo_until: '2026-12-23' },
      'promo_until must not be before promo_from (2026-12-24); it is 2026-12-23',
    ],
    [{ type: '<b>' }, 'type "<b>" is not a type of plan; use one word, such as business'],
    [{ cap_period: 'hourly' }, 'cap_period "hourly" is not one of voucher, daily, weekly, monthly'],
    [{ priority: 101 }, 'priority 101 is not a whole number from 0 to 100'],
    [{ contention: '20' }, 'contention "20" is not a ratio; write it like 1:20 (up to 1:1000)'],
    [{ alerts: [0] }, 'alerts [0] is not a list of percents; write it like 80, 90, 100'],
    [{ public: 'perhaps' }, 'public "perhaps" is neither true nor false'],
    [
      { window: '23:00' },
      'window "23:00" is not a window; write {"start": "23:00", "end": "07:00"}',
    ],
    [{ window: { start: '23:00' } }, 'window.end is missing; write it like 07:00'],
    [
      { window: { start: '25:00', end: '07:00' } },
      'window.start "25:00" is not a time of day; write it like 23:00 (00:00 to 23:59)',
    ],
    [
      { window: { start: '07:00', end: '07:00', unlimited: true } },
      'window.end must differ from window.start',
    ],
    [
      { window: { start: '23:00', end: '07:00', multiplyer: 2 } },
      'window.multiplyer is not a known key; did you mean window.multiplier?',
    ],
    [
      { window: { start: '23:00', end: '07:00', multiplier: 0 } },
      'window.multiplier 0 is not a multiplier; write it like 2 (from 0.1 to 100)',
    ],
  ])('%j', (keys, message) => expect(wrong(keys)).toEqual([message]));

  test.each([
    [
      { fup_threshold: '1GB' },
      'fup_rate_up is missing; fup_threshold needs fup_rate_up and fup_rate_down',
    ],
    [
      { fup_rate_up: '64K', fup_rate_down: '64K' },
      'fup_threshold is missing; fup_rate_up and fup_rate_down apply from that much data on',
    ],
    [
      { fup_threshold: '1GB', fup_rate_up: '64K' },
      'fup_rate_down is missing; fup_rate_up, fup_rate_down go together',
    ],
    [
      { data_cap: '1GB', throttle_policy: 'throttle' },
      'throttle_rate_up is missing; throttle_policy "throttle" needs throttle_rate_up and throttle_rate_down',
    ],
    [
      { data_cap: '1GB', throttle_policy: 'overage' },
      'overage_price is missing; throttle_policy "overage" needs overage_price and overage_unit',
    ],
    [{ overage_price: '1' }, 'overage_unit is missing; overage_price, overage_unit go together'],
    [
      { burst_up: '1M', burst_down: '2M' },
      'burst_time is missing; burst_up, burst_down, burst_time go together',
    ],
    [
      { burst_up: '256K', burst_down: '2M', burst_time: '8s' },
      'burst_up must be above rate_up (512K); it is 256K',
    ],
    [
      { burst_up: '512K', burst_down: '1M', burst_time: '8s' },
      'burst_down must be above rate_down, or burst_up above rate_up',
    ],
    [
      {
        burst_up: '1M',
        burst_down: '2M',
        burst_time: '8s',
        burst_threshold_up: '64K',
        burst_threshold_down: '3M',
      },
      'burst_threshold_down must not be above burst_down, or the burst never ends',
    ],
    [{ burst_up: '1M', burst_down: '2M', burst_time: '2h' }, 'burst_time must be from 1s to 1h'],
    [
      { fup_threshold: '1GB', fup_rate_up: '64K', fup_rate_down: '2M' },
      'fup_rate_down must be below rate_down (1M); it is 2M',
    ],
    [
      { data_cap: '1GB', throttle_rate_up: '512K', throttle_rate_down: '1M' },
      'throttle_rate_down must be below rate_down (1M), or throttle_rate_up below rate_up',
    ],
    [
      { data_cap: '1GB', fup_threshold: '1GB', fup_rate_up: '64K', fup_rate_down: '64K' },
      'fup_threshold must be below data_cap (1 GB); it is 1 GB',
    ],
    [
      { data_cap: '1GB', throttle_policy: 'overage', overage_price: '0', overage_unit: '1MB' },
      'overage_price must be above 0',
    ],
  ])('what does not go together: %j', (keys, message) => expect(wrong(keys)).toEqual([message]));
});

describe('warnings', () => {
  test.each([
    [{ price: '0' }, 'price is 0: vouchers are free'],
    [
      { contention: '1:21' },
      'contention of 1:21 is above 1:20: expect complaints when the shop is full',
    ],
    [{ uptime: '2h' }, 'uptime of 2h cannot be used up within the validity of 1h'],
    [
      { validity: 'none' },
      'validity is not set, nor is uptime or data_cap: a voucher of this plan never ends',
    ],
    [
      {
        validity: 'none',
        data_cap: '1GB',
        window: { start: '22:00', end: '06:00', unlimited: true },
      },
      'validity is not set, nor is uptime: a voucher of this plan never ends, and the data cap does not end one',
    ],
    [
      {
        validity: 'none',
        data_cap: '1GB',
        throttle_rate_up: '64K',
        throttle_rate_down: '64K',
      },
      'validity is not set, nor is uptime: a voucher of this plan never ends, and the data cap does not end one',
    ],
    [
      { validity: 'none', data_cap: '1GB', cap_period: 'daily' },
      'validity is not set, nor is uptime: a voucher of this plan never ends, and the data cap does not end one',
    ],
    [
      { pausable: true },
      'pausable saves nothing without uptime, since validity runs on while paused',
    ],
    [{ throttle_policy: 'block' }, 'data_cap is not set, so throttle_policy "block" never acts'],
    [
      { data_cap: '1GB', overage_price: '1', overage_unit: '1MB' },
      'overage_price is never charged while throttle_policy is "block"',
    ],
    [
      { window: { start: '23:00', end: '07:00' } },
      'window changes nothing: set unlimited or a multiplier',
    ],
  ])('%j', (keys, message) => expect(warnings(keys)).toEqual([`warning: ${message}`]));

  test('a good plan has none', () => expect(warnings({ contention: '1:20' })).toEqual([]));

  test('amounts in two currencies are an error', () => {
    const draft = read(P5)[0]!;
    const setupFee = { amount: 1, currency: 'USD' };
    expect(checkPlan({ ...draft, terms: { ...draft.terms, setupFee } })).toEqual([
      {
        field: 'currency',
        level: 'error',
        message: 'must be the same for all amounts of a plan',
      },
    ]);
  });
});

describe('writing', () => {
  test('only what differs from the default', () => {
    expect(writeProfile(read(P5)[0]!)).toEqual({ ...P5, currency: 'PHP' });
  });

  test('text as people write it', () => {
    const keys = {
      currency: 'PHP',
      uptime: '30m',
      data_cap: '1.5GB',
      throttle_policy: 'none',
      throttle_rate_up: '64K',
      throttle_rate_down: '128K',
      contention: '1:8',
      window: { start: '23:00', end: '07:00', unlimited: false, multiplier: 2 },
      alerts: [50],
      setup_fee: '99.50',
      pausable: false,
      status: 'inactive',
    };
    expect(writeProfile(read({ ...P5, ...keys })[0]!)).toEqual({ ...P5, ...keys });
  });

  test('what is written reads the same', () => {
    fc.assert(
      fc.property(fc.array(anyPlan(), { maxLength: 4 }), (plans) => {
        const named = plans.map((plan, index) => ({ ...plan, name: `${plan.name}${index}` }));
        const file: unknown = JSON.parse(JSON.stringify(named.map(writeProfile)));
        expect(readProfiles(file, 'export', 'EUR')).toEqual(named);
      }),
      { numRuns: 300 },
    );
  });
});

/** Any plan that can be saved: slow rates up to 1M, normal ones 2M to 10M, bursts above. */
function anyPlan(): fc.Arbitrary<PlanDraft> {
  const rates = (min: number, max: number) =>
    fc.record({ up: fc.integer({ min, max }), down: fc.integer({ min, max }) });
  const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
  const money = fc.record({ amount: fc.nat(1e9), currency: fc.constant('PHP') });
  const hour = (from: number, to: number) =>
    fc.integer({ min: from, max: to }).map((value) => `${String(value).padStart(2, '0')}:30`);
  const slow = rates(1000, 1_000_000);
  const seconds = fc.integer({ min: 1, max: 1e9 });
  const cap = fc.oneof(
    fc.constantFrom({ capPolicy: 'none' as const }, { capPolicy: 'block' as const }),
    slow.map((throttleRate) => ({ capPolicy: 'throttle' as const, throttleRate })),
    slow.map((throttleRate) => ({ capPolicy: 'none' as const, throttleRate })),
    fc.integer({ min: 1, max: 1e12 }).map((unitBytes) => ({
      capPolicy: 'overage' as const,
      overage: { price: { amount: 150, currency: 'PHP' }, unitBytes },
    })),
  );
  const fairUse = fc.oneof(
    fc.constant({}),
    fc.record({ fairUseBytes: fc.integer({ min: 1, max: 1e9 }), fairUseRate: slow }),
  );
  const terms = fc.record({
    rate: rates(2_000_000, 10_000_000),
    burst: orNull(
      fc.record({
        rate: rates(11_000_000, 20_000_000),
        threshold: rates(1000, 11_000_000),
        seconds: fc.integer({ min: 1, max: 3600 }),
      }),
    ),
    priority: orNull(fc.nat(100)),
    contention: orNull(fc.integer({ min: 1, max: 1000 })),
    validitySeconds: orNull(seconds),
    uptimeSeconds: orNull(seconds),
    devices: fc.integer({ min: 1, max: 1000 }),
    capBytes: orNull(fc.integer({ min: 2e9, max: 9e15 })),
    capPeriod: fc.constantFrom('voucher' as const, 'daily', 'weekly', 'monthly'),
    capAnchor: fc.constantFrom('calendar' as const, 'start'),
    capRollover: fc.boolean(),
    window: orNull(
      fc.record({
        start: hour(0, 11),
        end: hour(12, 23),
        unlimited: fc.boolean(),
        multiplier: fc.constantFrom(0.5, 1, 1.25, 2, 100),
      }),
    ),
    alerts: fc
      .uniqueArray(fc.integer({ min: 1, max: 100 }))
      .map((list) => list.toSorted((a, b) => a - b)),
    pausable: fc.boolean(),
    movable: fc.boolean(),
    shareable: fc.boolean(),
    price: money,
    setupFee: orNull(money),
    suspendedRate: orNull(slow),
    pppProfile: fc.constantFrom(null, 'homes'),
    billingCycle: fc.constantFrom('none' as const, 'daily', 'weekly', 'monthly', 'annual'),
  });
  const none = { throttleRate: null, overage: null, fairUseBytes: null, fairUseRate: null };
  return fc.record({
    name: fc.constantFrom('P', 'Buong araw ☀', 'Piso "net"', '__proto__'),
    public: fc.boolean(),
    status: fc.constantFrom('draft' as const, 'active', 'inactive', 'archived'),
    type: fc.constantFrom(null, 'business', 'Año 2'),
    promo: fc.record({
      from: fc.constantFrom(null, '2026-02-28'),
      until: fc.constantFrom(null, '2028-02-29'),
    }),
    terms: fc.tuple(terms, cap, fairUse).map(([basic, capTerms, fairTerms]): Terms => {
      const all = { ...none, ...basic, ...capTerms, ...fairTerms };
      return { ...all, shareable: all.shareable && isDivisible(all) };
    }),
  });
}

test.each([
  [null, null, '2026-12-10', true],
  ['2026-12-10', null, '2026-12-09', false],
  ['2026-12-10', null, '2026-12-10', true],
  [null, '2026-12-10', '2026-12-10', true],
  [null, '2026-12-10', '2026-12-11', false],
  ['2026-12-01', '2026-12-31', '2027-12-15', false],
])('a plan sold from %s until %s, on %s: %s', (from, until, day, expected) => {
  expect(isOnSale({ status: 'active', promo: { from, until } }, day)).toBe(expected);
  expect(isOnSale({ status: 'draft', promo: { from, until } }, day)).toBe(false);
});

test('a plan for a season is made vouchers of, and priced, on its days by the clock of the shop', async () => {
  const promo = { name: 'XMAS', promo_from: '2026-12-24', promo_until: '2026-12-26' };
  const shop = await TestApp.start({ profiles: [promo] });
  try {
    const { batches, plans } = shop.app.services;
    const sell = () => batches.generate({ plan: 'XMAS', count: 1 }, 'test');
    await expect(sell()).rejects.toThrow('sold from 2026-12-24 until 2026-12-26, not today');
    shop.clock.set('2026-12-23T16:00:00Z'); // midnight in Manila
    expect((await sell()).vouchers).toHaveLength(1);
    expect(await plans.onSale()).toHaveLength(1);
    shop.clock.set('2026-12-26T16:00:00Z');
    expect(await plans.onSale()).toEqual([]);
    await expect(sell()).rejects.toThrow(Conflict);
  } finally {
    await shop.close();
  }
});
