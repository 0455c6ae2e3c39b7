import { DateTime } from 'luxon';
import type { Terms } from '../../src/domain/plans/plan';
import { decide, type Decision, type PolicyInput } from '../../src/domain/policy/policy';
import { ShopCalendar } from '../../src/domain/shop/shop-calendar';
import {
  aPolicyInput,
  at,
  DAY,
  HOUR,
  MB,
  MINUTE,
  NOON,
  rates,
  SECOND,
  someTerms,
} from '../support/builders';

const FAIR = { fairUseBytes: 500 * MB, fairUseRate: rates(256_000, 512_000) };
const SLOW = rates(64_000, 128_000);
const FULL = rates(1_000_000, 2_000_000);
const CAP = { capBytes: 1000 * MB };
/** At 3 Mbit/s, both directions together. */
const msFor = (bytes: number) => Math.floor((bytes * 8 * 1000) / 3_000_000);

interface Case {
  terms?: Partial<Terms>;
  standing?: Partial<PolicyInput>;
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
    is: { rate: SLOW, reason: 'over the data limit', throttled: true, ended: null },
  },
  'cap and fair use reached: the slower of both, and people read of the cap': {
    terms: { ...FAIR, ...CAP, capPolicy: 'throttle', throttleRate: rates(512_000, 128_000) },
    standing: { bytes: 1000 * MB },
    is: { rate: rates(256_000, 128_000), reason: 'over the data limit' },
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
    expect(decide(someTerms(terms), aPolicyInput(standing), now ?? NOON)).toMatchObject(is);
  });
});

const WINDOW = { start: '22:00', end: '06:00', unlimited: true, multiplier: 2 };
const DOUBLE = rates(2_000_000, 4_000_000);
const BURST = { rate: rates(2_000_000, 6_000_000), threshold: rates(750_000), seconds: 16 };
const open = (ms: number) => ({ isOpen: true, changesAt: at(ms) });
const shut = (ms: number) => ({ isOpen: false, changesAt: at(ms) });
/** At 2 Mbit/s up and 6 Mbit/s down, all the burst there is. */
const msForBurst = (bytes: number) => Math.floor((bytes * 8 * 1000) / 8_000_000);

const PAIRS: Record<string, Case> = {
  'burst: beside full speed': {
    terms: { burst: BURST },
    is: { rate: FULL, burst: BURST, reason: 'full speed' },
  },
  'burst before fair use: the next look counts on all of it': {
    terms: { burst: BURST, ...FAIR },
    standing: { bytes: 400 * MB, expiresAt: null },
    is: { burst: BURST, reviewAt: at(msForBurst(100 * MB)) },
  },
  'burst and fair use: slowed, without burst': {
    terms: { burst: BURST, ...FAIR },
    standing: { bytes: 500 * MB },
    is: { rate: FAIR.fairUseRate, burst: null, reason: 'fair use' },
  },
  'burst and a throttling cap: slowed, without burst': {
    terms: { burst: BURST, ...CAP, capPolicy: 'throttle', throttleRate: SLOW },
    standing: { bytes: 1000 * MB },
    is: { rate: SLOW, burst: null, reason: 'over the data limit' },
  },
  'burst and a manual limit: exactly the limit': {
    terms: { burst: BURST },
    standing: { manual: { rate: SLOW, until: null } },
    is: { rate: SLOW, burst: null, reason: 'manual limit' },
  },
  'burst in boost hours: both grow alike': {
    terms: { burst: BURST, window: WINDOW },
    standing: { window: open(HOUR) },
    is: {
      rate: DOUBLE,
      burst: { rate: rates(4_000_000, 12_000_000), threshold: rates(1_500_000), seconds: 16 },
      reason: 'boost hours',
    },
  },
  'window shut: full speed, and a look when it opens': {
    terms: { window: WINDOW },
    standing: { window: shut(MINUTE) },
    is: { rate: FULL, reason: 'full speed', reviewAt: at(MINUTE) },
  },
  'window open: faster, and a look when it shuts': {
    terms: { window: WINDOW },
    standing: { window: open(MINUTE) },
    is: {
      rate: DOUBLE,
      reason: 'boost hours',
      throttled: false,
      reviewAt: at(MINUTE),
      because: { usedBytes: 0, limitBytes: null, until: at(MINUTE) },
    },
  },
  'window open, time ends first: a look at the end': {
    terms: { window: WINDOW },
    standing: { window: open(2 * HOUR) },
    is: { reason: 'boost hours', reviewAt: at(HOUR) },
  },
  'window without multiplier: the usual speed': {
    terms: { window: { ...WINDOW, multiplier: 1 } },
    standing: { window: open(MINUTE) },
    is: { rate: FULL, reason: 'boost hours' },
  },
  'window that slows: slow hours, not throttled by use': {
    terms: { window: { ...WINDOW, unlimited: false, multiplier: 0.5 } },
    standing: { window: open(MINUTE) },
    is: { rate: rates(500_000, 1_000_000), reason: 'slow hours', throttled: false },
  },
  'window of a developer code: the same': {
    terms: { window: WINDOW },
    standing: { window: open(MINUTE), developer: true, expiresAt: null },
    is: { rate: DOUBLE, reason: 'boost hours' },
  },
  'not started in the window: nothing but the reason differs': {
    terms: { window: WINDOW },
    standing: { window: open(MINUTE), startedAt: null, expiresAt: null },
    is: { rate: DOUBLE, reason: 'not started', reviewAt: at(MINUTE) },
  },
  'free hours and fair use: fast for as long as they last': {
    terms: { window: WINDOW, ...FAIR },
    standing: { bytes: 500 * MB, window: open(MINUTE) },
    is: { rate: DOUBLE, reason: 'boost hours', throttled: false, reviewAt: at(MINUTE) },
  },
  'fair use before free hours: slow until they begin': {
    terms: { window: WINDOW, ...FAIR },
    standing: { bytes: 500 * MB, window: shut(MINUTE) },
    is: {
      rate: FAIR.fairUseRate,
      reason: 'fair use',
      reviewAt: at(MINUTE),
      because: { usedBytes: 500 * MB, limitBytes: 500 * MB, until: at(MINUTE) },
    },
  },
  'just below fair use in free hours: bytes do not count, so no look for them': {
    terms: { window: WINDOW, ...FAIR },
    standing: { bytes: 500 * MB - 1, window: open(MINUTE) },
    is: { reason: 'boost hours', reviewAt: at(MINUTE) },
  },
  'boost hours that count data, and fair use: slowed, by the slower of both': {
    terms: { window: { ...WINDOW, unlimited: false }, ...FAIR },
    standing: { bytes: 500 * MB, window: open(MINUTE) },
    is: { rate: FAIR.fairUseRate, reason: 'fair use', throttled: true },
  },
  'boost hours that count data, below fair use: the look comes twice as soon': {
    terms: { window: { ...WINDOW, unlimited: false }, ...FAIR },
    standing: { bytes: 500 * MB - 6000, window: open(MINUTE) },
    is: { rate: DOUBLE, reviewAt: at(msFor(3000)) },
  },
  'slow hours slower than fair use: the slower of both': {
    terms: { window: { ...WINDOW, unlimited: false, multiplier: 0.1 }, ...FAIR },
    standing: { bytes: 500 * MB, window: open(MINUTE) },
    is: { rate: rates(100_000, 200_000), reason: 'fair use' },
  },
  'free hours and a throttling cap: fast': {
    terms: { window: WINDOW, ...CAP, capPolicy: 'throttle', throttleRate: SLOW },
    standing: { bytes: 1000 * MB, window: open(MINUTE) },
    is: { rate: DOUBLE, reason: 'boost hours' },
  },
  'free hours and a blocking cap: online': {
    terms: { window: WINDOW, ...CAP, capPolicy: 'block' },
    standing: { bytes: 1000 * MB, window: open(MINUTE) },
    is: { rate: DOUBLE, reason: 'boost hours', ended: null, reviewAt: at(MINUTE) },
  },
  'a blocking cap before free hours: waits for them and does not end': {
    terms: { window: WINDOW, ...CAP, capPolicy: 'block' },
    standing: { bytes: 1000 * MB, window: shut(MINUTE) },
    is: { rate: null, reason: 'data used up', ended: null, reviewAt: at(MINUTE) },
  },
  'a blocking cap before free hours that begin too late: a look when time is over': {
    terms: { window: WINDOW, ...CAP, capPolicy: 'block' },
    standing: { bytes: 1000 * MB, window: shut(2 * HOUR) },
    is: { rate: null, ended: null, reviewAt: at(HOUR) },
  },
  'a blocking cap before boost hours that count data: the end': {
    terms: { window: { ...WINDOW, unlimited: false }, ...CAP, capPolicy: 'block' },
    standing: { bytes: 1000 * MB, window: shut(MINUTE) },
    is: { rate: null, reason: 'data used up', ended: 'exhausted' },
  },
  'a daily cap before free hours: what comes first': {
    terms: { window: WINDOW, ...CAP, capPolicy: 'block', capPeriod: 'daily' },
    standing: { bytes: 1000 * MB, window: shut(10 * MINUTE), periodEndsAt: at(5 * MINUTE) },
    is: { rate: null, ended: null, reviewAt: at(5 * MINUTE) },
  },
  'free hours and overage: what was charged stays, nothing is added': {
    terms: { window: WINDOW, ...CAP, capPolicy: 'overage' },
    standing: { bytes: 1100 * MB, window: open(MINUTE) },
    is: { rate: DOUBLE, overageBytes: 100 * MB },
  },
  'free hours and a manual limit: the limit': {
    terms: { window: WINDOW },
    standing: { window: open(MINUTE), manual: { rate: SLOW, until: at(2 * MINUTE) } },
    is: { rate: SLOW, reason: 'manual limit', reviewAt: at(MINUTE) },
  },
  'free hours and paused: offline': {
    terms: { window: WINDOW },
    standing: { window: open(MINUTE), paused: true },
    is: { rate: null, reason: 'paused' },
  },
  'free hours do not outlive the time': {
    terms: { window: WINDOW },
    standing: { window: open(2 * HOUR) },
    now: at(HOUR),
    is: { rate: null, ended: 'expired' },
  },
  'free hours do not outlive the online time': {
    terms: { window: WINDOW, uptimeSeconds: 60 },
    standing: { window: open(HOUR), uptimeMs: MINUTE },
    is: { rate: null, ended: 'exhausted' },
  },
  'carried over, below both caps: full speed': {
    terms: { ...CAP, capPolicy: 'block', capPeriod: 'daily' },
    standing: { bytes: 1000 * MB, carriedBytes: 300 * MB, periodEndsAt: at(4 * MINUTE) },
    is: { rate: FULL, reason: 'full speed' },
  },
  'carried over, at both caps: used up': {
    terms: { ...CAP, capPolicy: 'block', capPeriod: 'daily' },
    standing: { bytes: 1300 * MB, carriedBytes: 300 * MB, periodEndsAt: at(4 * MINUTE) },
    is: { rate: null, reason: 'data used up', ended: null },
  },
  'carried over does not raise the fair-use threshold': {
    terms: { ...FAIR, ...CAP, capPeriod: 'daily' },
    standing: { bytes: 500 * MB, carriedBytes: 300 * MB, periodEndsAt: at(4 * MINUTE) },
    is: { reason: 'fair use' },
  },
  'carried over is used up before anything is charged': {
    terms: { ...CAP, capPolicy: 'overage', capPeriod: 'daily' },
    standing: { bytes: 1350 * MB, carriedBytes: 300 * MB, periodEndsAt: at(4 * MINUTE) },
    is: { overageBytes: 50 * MB },
  },
};

describe('each two rules that meet', () => {
  test.each(Object.entries(PAIRS))('%s', (_, { terms, standing, now, is }) => {
    expect(decide(someTerms(terms), aPolicyInput(standing), now ?? NOON)).toMatchObject(is);
  });
});

describe('the hours of a window, by the clock on the wall', () => {
  /** Its speed at this local time, `2026-11-21T21:59:59`, and when it will be another. */
  function speedAt(local: string, zone: string, window = WINDOW) {
    const now = DateTime.fromISO(local, { zone, setZone: false }).toJSDate();
    const state = new ShopCalendar(zone).window(window, now);
    const standing = aPolicyInput({ expiresAt: null, window: state });
    const { rate, reason, reviewAt } = decide(someTerms({ window }), standing, now);
    const hours = (reviewAt!.getTime() - now.getTime()) / HOUR;
    return { down: rate!.down, reason, hours };
  }
  const [usual, boost] = [
    { down: 2_000_000, reason: 'full speed' },
    { down: 4_000_000, reason: 'boost hours' },
  ];
  const second = 1 / 3600;

  test.each<[string, string, { down: number; reason: string }, number]>([
    ['2026-11-21T21:59:59', 'Asia/Manila', usual, second],
    ['2026-11-21T22:00:00', 'Asia/Manila', boost, 8],
    ['2026-11-21T23:59:59', 'Asia/Manila', boost, 6 + second],
    ['2026-11-22T00:00:00', 'Asia/Manila', boost, 6],
    ['2026-11-22T05:59:59', 'Asia/Manila', boost, second],
    ['2026-11-22T06:00:00', 'Asia/Manila', usual, 16],
    ['2026-11-21T21:59:59', 'Europe/Berlin', usual, second],
    ['2026-11-21T22:00:00', 'Europe/Berlin', boost, 8],
    ['2026-11-22T06:00:00', 'Europe/Berlin', usual, 16],
    // The night of March 29th is an hour shorter: 02:00 is 03:00.
    ['2026-03-28T22:00:00', 'Europe/Berlin', boost, 7],
    ['2026-03-28T23:59:59', 'Europe/Berlin', boost, 5 + second],
    ['2026-03-29T01:59:59', 'Europe/Berlin', boost, 3 + second],
    ['2026-03-29T03:00:00', 'Europe/Berlin', boost, 3],
    ['2026-03-29T05:59:59', 'Europe/Berlin', boost, second],
    ['2026-03-29T06:00:00', 'Europe/Berlin', usual, 16],
    ['2026-03-28T06:00:00', 'Europe/Berlin', usual, 16],
    // The night of October 25th is an hour longer: 03:00 is 02:00 again.
    ['2026-10-24T22:00:00', 'Europe/Berlin', boost, 9],
    ['2026-10-25T00:00:00', 'Europe/Berlin', boost, 7],
    ['2026-10-25T03:00:00', 'Europe/Berlin', boost, 3],
    ['2026-10-25T05:59:59', 'Europe/Berlin', boost, second],
    ['2026-10-25T06:00:00', 'Europe/Berlin', usual, 16],
  ])('%s in %s', (local, zone, speed, hours) => {
    const seen = speedAt(local, zone);
    expect({ down: seen.down, reason: seen.reason }).toEqual(speed);
    expect(seen.hours).toBeCloseTo(hours, 6);
  });

  test('a window within the hour that does not exist has no minute that day', () => {
    const early = { ...WINDOW, start: '02:00', end: '03:00' };
    expect(speedAt('2026-03-29T01:59:59', 'Europe/Berlin', early)).toMatchObject(usual);
    expect(speedAt('2026-03-29T03:00:00', 'Europe/Berlin', early)).toMatchObject(usual);
    expect(speedAt('2026-03-28T02:00:00', 'Europe/Berlin', early)).toMatchObject(boost);
  });

  test('a window that begins within it begins when the clock is set', () => {
    const early = { ...WINDOW, start: '02:30', end: '06:00' };
    expect(speedAt('2026-03-29T01:59:59', 'Europe/Berlin', early)).toMatchObject(usual);
    expect(speedAt('2026-03-29T03:00:00', 'Europe/Berlin', early)).toMatchObject({
      ...boost,
      hours: 3,
    });
  });

  test('a window within the hour that comes twice is open twice', () => {
    const early = { ...WINDOW, start: '02:00', end: '02:30' };
    const calendar = new ShopCalendar('Europe/Berlin');
    const isOpen = (utc: string) => calendar.window(early, new Date(utc)).isOpen;
    expect(isOpen('2026-10-25T00:00:00Z')).toBe(true); // 02:00, summer
    expect(isOpen('2026-10-25T00:30:00Z')).toBe(false); // 02:30
    expect(isOpen('2026-10-25T01:00:00Z')).toBe(true); // 02:00, winter
    expect(isOpen('2026-10-25T01:30:00Z')).toBe(false);
    const { changesAt } = calendar.window(early, new Date('2026-10-25T00:30:00Z'));
    expect(changesAt).toEqual(new Date('2026-10-25T01:00:00Z'));
  });
});
