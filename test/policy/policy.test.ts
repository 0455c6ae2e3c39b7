import fc from 'fast-check';
import type { Terms } from '../../src/domain/plans/plan';
import {
  areHoursFree,
  decide,
  soonest,
  type Decision,
  type PolicyInput,
} from '../../src/domain/policy/policy';
import { chooseCurrent, stackEndsAt } from '../../src/domain/vouchers/voucher';
import {
  aRunningVoucher,
  aPolicyInput,
  at,
  aVoucher,
  DAY,
  HOUR,
  MB,
  MINUTE,
  NOON,
  rates,
  SECOND,
  someTerms,
} from '../support/builders';

const SLOW = rates(64_000, 128_000);
const FULL = rates(1_000_000, 2_000_000);

const anyRates = fc.record({
  up: fc.integer({ min: 1000, max: 50_000_000 }),
  down: fc.integer({ min: 1000, max: 50_000_000 }),
});
const size = fc.integer({ min: 1, max: 2000 * MB });
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

const anyTerms: fc.Arbitrary<Terms> = fc
  .record({
    rate: anyRates,
    uptimeSeconds: orNull(fc.integer({ min: 1, max: 7200 })),
    capBytes: orNull(size),
    capPeriod: fc.constantFrom<Terms['capPeriod']>('voucher', 'daily'),
    capPolicy: fc.constantFrom<Terms['capPolicy']>('none', 'throttle', 'block', 'overage'),
    throttleRate: orNull(anyRates),
    fairUseBytes: orNull(size),
    fairUseRate: orNull(anyRates),
    burst: orNull(
      fc.record({ rate: anyRates, threshold: anyRates, seconds: fc.integer({ min: 1, max: 60 }) }),
    ),
    window: orNull(
      fc.record({
        start: fc.constant('22:00'),
        end: fc.constant('06:00'),
        unlimited: fc.boolean(),
        multiplier: fc.constantFrom(0.5, 1, 2),
      }),
    ),
  })
  .map(someTerms);

test('a suspension closes a line, or slows it down to what the plan says, but never makes it faster', () => {
  const suspended = aPolicyInput({ suspended: true });
  const rate = (terms: Partial<Terms>) => decide(someTerms(terms), suspended, NOON).rate;
  expect(decide(someTerms(), suspended, NOON)).toMatchObject({ rate: null, reason: 'suspended' });
  expect(rate({ suspendedRate: SLOW })).toEqual(SLOW);
  expect(rate({ suspendedRate: SLOW, rate: rates(1_000, 2_000) })).toEqual(rates(1_000, 2_000));
  const blocked = { ...suspended, blocked: true };
  expect(decide(someTerms({ suspendedRate: SLOW }), blocked, NOON).rate).toBeNull();
});

/** Instants within a few hours around noon. */
const anyInstant = fc.integer({ min: -2 * HOUR, max: 4 * HOUR }).map((ms) => at(ms));

const anyStanding: fc.Arbitrary<PolicyInput> = fc.record({
  startedAt: orNull(fc.constant(NOON)),
  expiresAt: orNull(anyInstant),
  stoppedAt: orNull(anyInstant),
  bytes: fc.integer({ min: 0, max: 2500 * MB }),
  carriedBytes: fc.constantFrom(0, 0, 300 * MB),
  periodEndsAt: orNull(fc.integer({ min: 1, max: 4 * HOUR }).map((ms) => at(ms))),
  window: orNull(
    fc.record({
      isOpen: fc.boolean(),
      changesAt: fc.integer({ min: 1, max: 5 * HOUR }).map((ms) => at(ms)),
    }),
  ),
  uptimeMs: fc.integer({ min: 0, max: 2 * HOUR }),
  onlineDevices: fc.integer({ min: 0, max: 3 }),
  paused: fc.boolean(),
  revoked: fc.constant(false),
  developer: fc.boolean(),
  manual: orNull(fc.record({ rate: anyRates, until: orNull(anyInstant) })),
});

/** The fastest these terms can ever be, by themselves. */
function best({ rate, burst, window }: Terms, way: 'up' | 'down'): number {
  return Math.max(rate[way], burst?.rate[way] ?? 0) * Math.max(1, window?.multiplier ?? 1);
}

describe('whatever the terms', () => {
  test('more usage never means more speed', () => {
    const grows = (more: Decision, less: Decision) =>
      (more.rate?.up ?? 0) > (less.rate?.up ?? 0) ||
      (more.rate?.down ?? 0) > (less.rate?.down ?? 0);
    fc.assert(
      fc.property(anyTerms, anyStanding, size, fc.nat(HOUR), (terms, standing, bytes, uptimeMs) => {
        const less = decide(terms, standing, NOON);
        const used = { bytes: standing.bytes + bytes, uptimeMs: standing.uptimeMs + uptimeMs };
        expect(grows(decide(terms, { ...standing, ...used }, NOON), less)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('nobody is faster than the plan, unless staff said so', () => {
    fc.assert(
      fc.property(anyTerms, anyStanding, (terms, standing) => {
        const { rate, burst } = decide(terms, standing, NOON);
        const { manual } = standing;
        for (const way of ['up', 'down'] as const) {
          const most = Math.max(best(terms, way), manual?.rate[way] ?? 0);
          expect(rate?.[way] ?? 0).toBeLessThanOrEqual(most);
          expect(burst?.rate[way] ?? 0).toBeLessThanOrEqual(best(terms, way));
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('a voucher that ended grants nothing and is not looked at again', () => {
    fc.assert(
      fc.property(anyTerms, anyStanding, (terms, standing) => {
        const decision = decide(terms, standing, NOON);
        if (decision.ended) expect(decision).toMatchObject({ rate: null, reviewAt: null });
      }),
    );
  });

  /** The standing after some time in which every device used all the speed it had. */
  function later(
    standing: PolicyInput,
    { rate, burst }: Decision,
    ms: number,
    isFree: boolean,
  ): PolicyInput {
    const devices = standing.onlineDevices;
    const fastest = (way: 'up' | 'down') => Math.max(rate?.[way] ?? 0, burst?.rate[way] ?? 0);
    const speed = rate && !isFree ? fastest('up') + fastest('down') : 0;
    const isNewPeriod = standing.periodEndsAt !== null && at(ms) >= standing.periodEndsAt;
    const bytes = isNewPeriod ? 0 : standing.bytes + (devices * speed * ms) / 8000;
    const uptimeMs = standing.uptimeMs + (rate ? devices * ms : 0);
    return { ...standing, bytes, uptimeMs };
  }

  test('the next round is never late: until then nothing changes by time and use alone', () => {
    let looked = 0;
    fc.assert(
      fc.property(
        anyTerms,
        anyStanding,
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (terms, standing, share) => {
          // The period is that of the terms: a cap over the whole life has none.
          const periodEndsAt =
            terms.capPeriod === 'voucher' ? null : (standing.periodEndsAt ?? at(HOUR));
          // A window is open or shut until it changes, and only terms that have one know of it.
          const window = terms.window && (standing.window ?? { isOpen: false, changesAt: at(DAY) });
          const first = { ...standing, periodEndsAt, window };
          const now = decide(terms, first, NOON);
          const endMs = (now.reviewAt ?? at(30 * DAY)).getTime() - NOON.getTime();
          if (endMs <= 0 || now.ended) return; // what ended is written down, and not decided again
          for (const ms of [Math.floor(endMs * share), endMs - 1]) {
            const isFree = areHoursFree(terms, first);
            const then = decide(terms, later(first, now, ms, isFree), at(ms));
            const { rate, burst, reason, ended } = then;
            expect({ rate, burst, reason, ended }).toEqual({
              rate: now.rate,
              burst: now.burst,
              reason: now.reason,
              ended: now.ended,
            });
            looked += 1;
          }
        },
      ),
      { numRuns: 3000 },
    );
    expect(looked).toBeGreaterThan(2000);
  });

  test('a cap is passed by no more than what flows until the round that was asked for, and a second', () => {
    fc.assert(
      fc.property(size, anyRates, fc.integer({ min: 1, max: 4 }), (left, rate, onlineDevices) => {
        const terms = someTerms({ rate, capBytes: 3000 * MB, capPolicy: 'block' });
        const standing = aPolicyInput({ bytes: 3000 * MB - left, expiresAt: null, onlineDevices });
        const { reviewAt } = decide(terms, standing, NOON);
        const restMs = Math.max(SECOND, reviewAt!.getTime() - NOON.getTime());
        const used = (onlineDevices * (rate.up + rate.down) * restMs) / 8000;
        const aSecond = (onlineDevices * (rate.up + rate.down)) / 8;
        expect(used - left).toBeLessThanOrEqual(aSecond);
      }),
    );
  });
});

describe('a line of vouchers', () => {
  const voucher = (name: string, rate: Decision['rate'], throttled = false) => ({
    name,
    decision: { rate, throttled },
  });

  test('the first at full speed runs, else the first that gives anything', () => {
    const slow = voucher('slow', SLOW, true);
    const fast = voucher('fast', FULL);
    const over = voucher('over', null);
    expect(chooseCurrent([over, slow, fast])?.name).toBe('fast');
    expect(chooseCurrent([over, slow, voucher('slow too', SLOW, true)])?.name).toBe('slow');
    expect(chooseCurrent([fast, voucher('later', FULL)])?.name).toBe('fast');
    expect(chooseCurrent([over])).toBeUndefined();
    expect(chooseCurrent([])).toBeUndefined();
  });

  test('ends after all its times, one after the other', () => {
    const running = aRunningVoucher('A');
    const stopped = aRunningVoucher('B', { stoppedAt: at(20 * MINUTE) });
    const fresh = aVoucher('C');
    const forever = aVoucher('D', { terms: someTerms({ validitySeconds: null }) });
    const now = at(30 * MINUTE);
    expect(stackEndsAt([running], now)).toEqual(at(HOUR));
    expect(stackEndsAt([running, stopped, fresh], now)).toEqual(at((30 + 30 + 40 + 60) * MINUTE));
    expect(stackEndsAt([running, forever], now)).toBeNull();
    expect(stackEndsAt([running], at(2 * HOUR))).toEqual(at(2 * HOUR));
  });
});

test('the soonest of many instants, of none, and of thousands', () => {
  expect(soonest([null, at(5), at(3), null])).toEqual(at(3));
  expect(soonest([null])).toBeNull();
  expect(soonest(Array.from({ length: 200_000 }, (_, n) => at(n + 1)))).toEqual(at(1));
});
