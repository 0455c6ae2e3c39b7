import fc from 'fast-check';
import { capPeriod } from '../src/domain/period';
import type { Terms } from '../src/domain/plan';
import { decide, soonest, type Decision, type Standing } from '../src/domain/policy';
import { chooseCurrent, lineEndsAt } from '../src/domain/voucher';
import {
  aRunningVoucher,
  aStanding,
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
} from './support/builders';

const FAIR = { fairUseBytes: 500 * MB, fairUseRate: rates(256_000, 512_000) };
const SLOW = rates(64_000, 128_000);
const FULL = rates(1_000_000, 2_000_000);
const CAP = { capBytes: 1000 * MB };
/** At 3 Mbit/s, both directions together. */
const msFor = (bytes: number) => Math.floor((bytes * 8 * 1000) / 3_000_000);

interface Case {
  terms?: Partial<Terms>;
  standing?: Partial<Standing>;
  now?: Date;
  is: Partial<Decision>;
}

const CASES: Record<string, Case> = {
  'not started: full speed, and nothing to wait for': {
    standing: { startedAt: null, expiresAt: null, onlineDevices: 0 },
    is: { rate: FULL, reason: 'not started', throttled: false, ended: null, reviewAt: null },
  },
  'running: full speed until time is over': {
    is: { rate: FULL, reason: 'full speed', throttled: false, ended: null, reviewAt: at(HOUR) },
  },
  'a millisecond before expiry: still full speed': {
    now: at(HOUR - 1),
    is: { rate: FULL, reason: 'full speed', reviewAt: at(HOUR) },
  },
  'exactly at expiry: over': {
    now: at(HOUR),
    is: { rate: null, reason: 'time over', ended: 'expired', reviewAt: null },
  },
  'just below fair use: full speed, and a look when the last byte could be used': {
    terms: FAIR,
    standing: { bytes: 500 * MB - 1000 },
    is: { rate: FULL, reason: 'full speed', throttled: false, reviewAt: at(msFor(1000)) },
  },
  'exactly at fair use: slowed': {
    terms: FAIR,
    standing: { bytes: 500 * MB },
    is: { rate: FAIR.fairUseRate, reason: 'fair use', throttled: true, reviewAt: at(HOUR) },
  },
  'far above fair use: slowed': {
    terms: FAIR,
    standing: { bytes: 5000 * MB },
    is: { rate: FAIR.fairUseRate, reason: 'fair use', throttled: true, reviewAt: at(HOUR) },
  },
  'fair use of the day: full speed again when the day is over': {
    terms: { ...FAIR, capPeriod: 'daily' },
    standing: { bytes: 500 * MB, periodEndsAt: at(4 * MINUTE) },
    is: { reason: 'fair use', reviewAt: at(4 * MINUTE) },
  },
  'fair use slows only the direction that is slower than usual': {
    terms: { ...FAIR, fairUseRate: rates(5_000_000, 512_000) },
    standing: { bytes: 500 * MB },
    is: { rate: rates(1_000_000, 512_000), throttled: true },
  },
  'cap without a policy: nothing happens': {
    terms: { ...CAP, capPolicy: 'none' },
    standing: { bytes: 2000 * MB },
    is: { rate: FULL, reason: 'full speed', throttled: false, overageBytes: 0, reviewAt: at(HOUR) },
  },
  'cap that throttles, just below': {
    terms: { ...CAP, capPolicy: 'throttle', throttleRate: SLOW },
    standing: { bytes: 1000 * MB - 1 },
    is: { rate: FULL, reason: 'full speed', reviewAt: at(0) },
  },
  'cap that throttles, reached': {
    terms: { ...CAP, capPolicy: 'throttle', throttleRate: SLOW },
    standing: { bytes: 1000 * MB },
    is: { rate: SLOW, reason: 'over the data cap', throttled: true, ended: null },
  },
  'cap and fair use reached: the slower of both, and people read of the cap': {
    terms: { ...FAIR, ...CAP, capPolicy: 'throttle', throttleRate: rates(512_000, 128_000) },
    standing: { bytes: 1000 * MB },
    is: { rate: rates(256_000, 128_000), reason: 'over the data cap' },
  },
  'cap that blocks, just below': {
    terms: { ...CAP, capPolicy: 'block' },
    standing: { bytes: 1000 * MB - 3_000_000 },
    is: { rate: FULL, ended: null, reviewAt: at(8 * SECOND) },
  },
  'cap that blocks, reached: used up for good': {
    terms: { ...CAP, capPolicy: 'block' },
    standing: { bytes: 1000 * MB },
    is: { rate: null, reason: 'data used up', ended: 'exhausted', reviewAt: null },
  },
  'cap of the day that blocks: waits for the next day rather than ending': {
    terms: { ...CAP, capPolicy: 'block', capPeriod: 'daily', validitySeconds: 7 * 86_400 },
    standing: { bytes: 1000 * MB, periodEndsAt: at(4 * HOUR), expiresAt: at(7 * DAY) },
    is: { rate: null, reason: 'data used up', ended: null, reviewAt: at(4 * HOUR) },
  },
  'cap of the day that blocks, voucher over before the day: looks at its expiry': {
    terms: { ...CAP, capPolicy: 'block', capPeriod: 'daily' },
    standing: { bytes: 1000 * MB, periodEndsAt: at(4 * HOUR) },
    is: { reason: 'data used up', ended: null, reviewAt: at(HOUR) },
  },
  'cap with overage: full speed, and what is over counts': {
    terms: { ...CAP, capPolicy: 'overage' },
    standing: { bytes: 1234 * MB },
    is: { rate: FULL, reason: 'full speed', throttled: false, overageBytes: 234 * MB },
  },
  'overage below the cap is nothing': {
    terms: { ...CAP, capPolicy: 'overage' },
    standing: { bytes: 999 * MB },
    is: { overageBytes: 0 },
  },
  'online time nearly used up: a look when it is': {
    terms: { uptimeSeconds: 1800 },
    standing: { uptimeMs: 1_790_000 },
    is: { rate: FULL, reviewAt: at(10 * SECOND) },
  },
  'online time used up': {
    terms: { uptimeSeconds: 1800 },
    standing: { uptimeMs: 1_800_000 },
    is: { rate: null, reason: 'online time used up', ended: 'exhausted', reviewAt: null },
  },
  'online time stands still while offline': {
    terms: { uptimeSeconds: 1800, validitySeconds: null },
    standing: { uptimeMs: 1_790_000, expiresAt: null, onlineDevices: 0 },
    is: { rate: FULL, reviewAt: null },
  },
  'three devices use the online time three times as fast': {
    terms: { uptimeSeconds: 1800, devices: 3 },
    standing: { uptimeMs: 1_770_000, onlineDevices: 3 },
    is: { reviewAt: at(10 * SECOND) },
  },
  'three devices could use the rest of the data three times as fast': {
    terms: { ...CAP, capPolicy: 'block', devices: 3 },
    standing: { bytes: 1000 * MB - 9_000_000, onlineDevices: 3 },
    is: { reviewAt: at(8 * SECOND) },
  },
  'paused: no access, and time runs on': {
    standing: { paused: true },
    is: { rate: null, reason: 'paused', ended: null, reviewAt: at(HOUR) },
  },
  'paused past its expiry: over': {
    standing: { paused: true },
    now: at(HOUR),
    is: { rate: null, reason: 'time over', ended: 'expired' },
  },
  revoked: {
    standing: { revoked: true },
    is: { rate: null, reason: 'revoked', ended: 'revoked', reviewAt: null },
  },
  'revoked when over anyway: revoked is what people read': {
    standing: { revoked: true, paused: true },
    now: at(DAY),
    is: { reason: 'revoked', ended: 'revoked' },
  },
  'a limit set by staff': {
    standing: { manual: { rate: SLOW, until: null } },
    is: { rate: SLOW, reason: 'manual limit', throttled: false, reviewAt: at(HOUR) },
  },
  'a limit set by staff, just before its end': {
    standing: { manual: { rate: SLOW, until: at(MINUTE) } },
    now: at(MINUTE - 1),
    is: { rate: SLOW, reason: 'manual limit', reviewAt: at(MINUTE) },
  },
  'a limit set by staff, at its end': {
    standing: { manual: { rate: SLOW, until: at(MINUTE) } },
    now: at(MINUTE),
    is: { rate: FULL, reason: 'full speed', reviewAt: at(HOUR) },
  },
  'a limit set by staff may be faster than the plan, and stands above fair use': {
    terms: FAIR,
    standing: { bytes: 600 * MB, manual: { rate: rates(9_000_000), until: null } },
    is: { rate: rates(9_000_000), reason: 'manual limit', throttled: false },
  },
  'a limit set by staff does not bring back what is over': {
    standing: { manual: { rate: rates(9_000_000), until: null } },
    now: at(HOUR),
    is: { rate: null, ended: 'expired' },
  },
  'the time to a cap is counted at the speed set by staff': {
    terms: { ...CAP, capPolicy: 'block' },
    standing: { bytes: 999 * MB, manual: { rate: rates(4_000_000), until: null } },
    is: { reviewAt: at(1 * SECOND) },
  },
  'a developer code never ends by time, online time or data': {
    terms: { ...CAP, capPolicy: 'block', uptimeSeconds: 60 },
    standing: { developer: true, bytes: 5000 * MB, uptimeMs: DAY },
    now: at(365 * DAY),
    is: { rate: FULL, reason: 'full speed', ended: null },
  },
  'a developer code is slowed by fair use all the same': {
    terms: FAIR,
    standing: { developer: true, expiresAt: null, bytes: 500 * MB },
    is: { rate: FAIR.fairUseRate, reason: 'fair use', throttled: true, reviewAt: null },
  },
  'a developer code can be ended': {
    standing: { developer: true, revoked: true },
    is: { rate: null, ended: 'revoked' },
  },
  'a stopped clock keeps the time that was left': {
    standing: { stoppedAt: at(HOUR - 1) },
    now: at(5 * DAY),
    is: { rate: FULL, reason: 'full speed', ended: null, reviewAt: null },
  },
  'a clock stopped at its very end is over': {
    standing: { stoppedAt: at(HOUR) },
    now: at(HOUR),
    is: { ended: 'expired' },
  },
  'a threshold that cannot be reached in a lifetime is no reason to look': {
    terms: { capBytes: Number.MAX_SAFE_INTEGER, capPolicy: 'block', rate: rates(1000) },
    standing: { expiresAt: null },
    is: { reviewAt: null },
  },
};

describe('the decision', () => {
  test.each(Object.entries(CASES))('%s', (_, { terms, standing, now, is }) => {
    expect(decide(someTerms(terms), aStanding(standing), now ?? NOON)).toMatchObject(is);
  });
});

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
  })
  .map(someTerms);

/** Instants within a few hours around noon. */
const anyInstant = fc.integer({ min: -2 * HOUR, max: 4 * HOUR }).map((ms) => at(ms));

const anyStanding: fc.Arbitrary<Standing> = fc.record({
  startedAt: orNull(fc.constant(NOON)),
  expiresAt: orNull(anyInstant),
  stoppedAt: orNull(anyInstant),
  bytes: fc.integer({ min: 0, max: 2500 * MB }),
  periodEndsAt: orNull(fc.integer({ min: 1, max: 4 * HOUR }).map((ms) => at(ms))),
  uptimeMs: fc.integer({ min: 0, max: 2 * HOUR }),
  onlineDevices: fc.integer({ min: 0, max: 3 }),
  paused: fc.boolean(),
  revoked: fc.constant(false),
  developer: fc.boolean(),
  manual: orNull(fc.record({ rate: anyRates, until: orNull(anyInstant) })),
});

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
        const { rate } = decide(terms, standing, NOON);
        const { manual } = standing;
        expect(rate?.up ?? 0).toBeLessThanOrEqual(Math.max(terms.rate.up, manual?.rate.up ?? 0));
        expect(rate?.down ?? 0).toBeLessThanOrEqual(
          Math.max(terms.rate.down, manual?.rate.down ?? 0),
        );
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
  function later(standing: Standing, rate: Decision['rate'], ms: number): Standing {
    const devices = standing.onlineDevices;
    const speed = rate ? rate.up + rate.down : 0;
    const isNewPeriod = standing.periodEndsAt !== null && at(ms) >= standing.periodEndsAt;
    const bytes = isNewPeriod ? 0 : standing.bytes + (devices * speed * ms) / 8000;
    const uptimeMs = standing.uptimeMs + (rate ? devices * ms : 0);
    return { ...standing, bytes, uptimeMs };
  }

  test('the next look is never late: until then nothing changes by time and use alone', () => {
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
          const first = { ...standing, periodEndsAt };
          const now = decide(terms, first, NOON);
          const endMs = (now.reviewAt ?? at(30 * DAY)).getTime() - NOON.getTime();
          if (endMs <= 0 || now.ended) return; // what ended is written down, and not decided again
          for (const ms of [Math.floor(endMs * share), endMs - 1]) {
            const { rate, reason, ended } = decide(terms, later(first, now.rate, ms), at(ms));
            expect({ rate, reason, ended }).toEqual({
              rate: now.rate,
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

  test('a cap is passed by no more than what flows until the look that was asked for, and a second', () => {
    fc.assert(
      fc.property(size, anyRates, fc.integer({ min: 1, max: 4 }), (left, rate, onlineDevices) => {
        const terms = someTerms({ rate, capBytes: 3000 * MB, capPolicy: 'block' });
        const standing = aStanding({ bytes: 3000 * MB - left, expiresAt: null, onlineDevices });
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
    expect(lineEndsAt([running], now)).toEqual(at(HOUR));
    expect(lineEndsAt([running, stopped, fresh], now)).toEqual(at((30 + 30 + 40 + 60) * MINUTE));
    expect(lineEndsAt([running, forever], now)).toBeNull();
    expect(lineEndsAt([running], at(2 * HOUR))).toEqual(at(2 * HOUR));
  });
});

test('the soonest of many instants, of none, and of thousands', () => {
  expect(soonest([null, at(5), at(3), null])).toEqual(at(3));
  expect(soonest([null])).toBeNull();
  expect(soonest(Array.from({ length: 200_000 }, (_, n) => at(n + 1)))).toEqual(at(1));
});

describe('periods', () => {
  const period = (kind: Terms['capPeriod'], now: string, zone: string) => {
    const { startedAt, endsAt } = capPeriod(kind, new Date(now), zone)!;
    return [startedAt.toISOString(), endsAt.toISOString()];
  };

  test("are the shop's own days, weeks from Monday, and months", () => {
    const now = '2026-11-21T15:59:59Z'; // 23:59:59 on Saturday in Manila
    expect(period('daily', now, 'Asia/Manila')).toEqual([
      '2026-11-20T16:00:00.000Z',
      '2026-11-21T16:00:00.000Z',
    ]);
    expect(period('weekly', now, 'Asia/Manila')).toEqual([
      '2026-11-15T16:00:00.000Z',
      '2026-11-22T16:00:00.000Z',
    ]);
    expect(period('monthly', now, 'Asia/Manila')).toEqual([
      '2026-10-31T16:00:00.000Z',
      '2026-11-30T16:00:00.000Z',
    ]);
    expect(period('daily', '2026-11-21T16:00:00Z', 'Asia/Manila')[0]).toBe(
      '2026-11-21T16:00:00.000Z',
    );
    expect(capPeriod('voucher', NOON, 'Asia/Manila')).toBeNull();
  });

  test('a day is 23 or 25 hours when clocks change', () => {
    expect(period('daily', '2026-03-29T10:00:00Z', 'Europe/Berlin')).toEqual([
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
    expect(period('daily', '2026-10-25T10:00:00Z', 'Europe/Berlin')).toEqual([
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ]);
  });

  test('hold their moment and join without a gap, in every zone', () => {
    const zones = ['Asia/Manila', 'Europe/Berlin', 'America/Santiago', 'Africa/Cairo', 'UTC'];
    fc.assert(
      fc.property(
        fc.constantFrom<Terms['capPeriod']>('daily', 'weekly', 'monthly'),
        fc.constantFrom(...zones),
        fc.date({
          min: new Date('2020-01-01T00:00:00Z'),
          max: new Date('2035-01-01T00:00:00Z'),
          noInvalidDate: true,
        }),
        (kind, zone, now) => {
          const { startedAt, endsAt } = capPeriod(kind, now, zone)!;
          expect(startedAt <= now && now < endsAt).toBe(true);
          expect(capPeriod(kind, endsAt, zone)!.startedAt).toEqual(endsAt);
          expect(capPeriod(kind, new Date(endsAt.getTime() - 1), zone)!.startedAt).toEqual(
            startedAt,
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});
