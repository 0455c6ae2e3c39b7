import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  isBesieged,
  BACKOFF,
  setBack,
  waitMs,
  withFailure,
  type Tally,
} from '../../src/domain/vouchers/guessing';
import { guessOdds } from '../../src/domain/vouchers/voucher-code';

const START = new Date('2026-11-21T08:00:00Z');
const DAY = 86_400_000;

/** Guesses as fast as it is allowed to. @returns how many fit into the time */
function guessFor(ms: number, backoff: (typeof BACKOFF)['device']): number {
  let tally: Tally | undefined;
  let now = START;
  let guesses = 0;
  while (now.getTime() < START.getTime() + ms) {
    tally = withFailure(tally, backoff, now);
    guesses += 1;
    now = new Date(now.getTime() + Math.max(1, waitMs(tally, backoff, now)));
  }
  return guesses;
}

test.each(Object.entries(BACKOFF).filter(([name]) => name !== 'alarm'))(
  'the fastest %s does not get beyond what it is forgiven',
  (_name, backoff) => {
    const days = 10;
    const allowed = (days * DAY) / backoff.forgetMs;
    expect(guessFor(days * DAY, backoff)).toBeLessThanOrEqual(allowed + backoff.free + 20);
  },
);

test('the shop takes sixty wrong codes at once, and then one every two seconds', () => {
  const { shop } = BACKOFF;
  const later = (ms: number) => new Date(START.getTime() + ms);
  let tally: Tally | undefined;
  for (let n = 0; n < 60; n += 1) {
    expect(waitMs(tally, shop, START)).toBe(0);
    tally = withFailure(tally, shop, START);
  }
  for (let n = 0; n < 5; n += 1) {
    expect(waitMs(tally, shop, later(n * 2_000))).toBe(2_000);
    tally = withFailure(tally, shop, later((n + 1) * 2_000));
  }
  // A clock that is set back keeps nobody out, and makes nothing free either.
  expect(waitMs(tally, shop, later(-DAY))).toBe(2_000);
  expect(waitMs(withFailure(tally, shop, later(-DAY)), shop, later(-DAY))).toBe(2_000);
});

test('sixty wrong codes beyond one a minute are a siege, and half an hour of quiet is its end', () => {
  let tally: Tally | undefined;
  const later = (ms: number) => new Date(START.getTime() + ms);
  // As often as people mistype.
  for (let n = 0; n < 600; n += 1) tally = withFailure(tally, BACKOFF.alarm, later(n * 60_000));
  expect(isBesieged(tally, later(600 * 60_000))).toBe(false);
  tally = undefined;
  for (let n = 0; n < 20_000; n += 1) tally = withFailure(tally, BACKOFF.alarm, later(n * 5_000));
  const end = 20_000 * 5_000;
  expect(isBesieged(tally, later(end))).toBe(true);
  expect(isBesieged(tally, later(end + 20 * 60_000))).toBe('maybe');
  expect(isBesieged(tally, later(end + 31 * 60_000))).toBe(false);
});

test('no wait is longer than the longest, whatever the clock does', () => {
  const times = fc.array(fc.integer({ min: -DAY, max: DAY }), { maxLength: 60 });
  fc.assert(
    fc.property(times, (steps) => {
      let tally: Tally | undefined;
      let now = START;
      for (const step of steps) {
        now = new Date(now.getTime() + step);
        tally = withFailure(tally, BACKOFF.device, now);
        const wait = waitMs(tally, BACKOFF.device, now);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(BACKOFF.device.longestWaitMs);
        expect(tally.failures).toBeGreaterThan(0);
      }
    }),
  );
});

test('a clock that was set back by years keeps nobody out for years', () => {
  const { device } = BACKOFF;
  let tally: Tally | undefined;
  for (let n = 0; n < 20; n += 1) tally = withFailure(tally, device, START);
  const before = new Date(START.getTime() - 1_000 * DAY);
  const anew = setBack(tally!, device, before)!;
  expect(waitMs(anew, device, before)).toBe(device.longestWaitMs);
  expect(anew.failures).toBe(20);
  const after = new Date(before.getTime() + device.longestWaitMs);
  expect(setBack(anew, device, after)).toBeUndefined();
  expect(waitMs(anew, device, after)).toBe(0);
});

test('the page about security tells how long guessing takes, from these figures', () => {
  const page = readFileSync(join(__dirname, '../../docs/internals/security.md'), 'utf8').replaceAll(
    /\s+/g,
    ' ',
  );
  const aDay = DAY / BACKOFF.shop.forgetMs;
  // Nobody tries a code twice: of N codes the first of those that are live comes after N / (live + 1).
  const years = (live: number) =>
    Number((1 / guessOdds(8, live + 1) / aDay / 365).toPrecision(2)).toLocaleString('en');
  for (const words of [
    `a device can try ${DAY / BACKOFF.device.forgetMs} codes a day`,
    `one wrong code every ${BACKOFF.shop.forgetMs / 1000} seconds`,
    `all devices together ${aDay.toLocaleString('en')}`,
    `one particular live code takes ${years(1)} years`,
    `any one of 1,000 live codes ${years(1_000)} years, of 10,000 live codes ${years(10_000)} years`,
    `even then ${Math.round(1e7 / aDay)} days`,
  ]) {
    expect(page).toContain(words);
  }
});
