import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { PATIENCE, waitMs, withFailure, withoutFailure, type Tally } from '../src/domain/guessing';
import { guessOdds } from '../src/domain/voucher-code';

const START = new Date('2026-11-21T08:00:00Z');
const DAY = 86_400_000;

/** Guesses as fast as it is allowed to. @returns how many fit into the time */
function guessFor(ms: number, patience: (typeof PATIENCE)['shop']): number {
  let tally: Tally | undefined;
  let now = START;
  let guesses = 0;
  while (now.getTime() < START.getTime() + ms) {
    tally = withFailure(tally, patience, now);
    guesses += 1;
    now = new Date(now.getTime() + Math.max(1, waitMs(tally, patience, now)));
  }
  return guesses;
}

test.each(Object.entries(PATIENCE))(
  'the fastest %s does not get beyond what it is forgiven',
  (_name, patience) => {
    const days = 10;
    const allowed = (days * DAY) / patience.forgetMs;
    expect(guessFor(days * DAY, patience)).toBeLessThanOrEqual(allowed + patience.free + 20);
  },
);

test('no wait is longer than the longest, whatever the clock does', () => {
  const times = fc.array(fc.integer({ min: -DAY, max: DAY }), { maxLength: 60 });
  fc.assert(
    fc.property(times, (steps) => {
      let tally: Tally | undefined;
      let now = START;
      for (const step of steps) {
        now = new Date(now.getTime() + step);
        tally = withFailure(tally, PATIENCE.device, now);
        const wait = waitMs(tally, PATIENCE.device, now);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(PATIENCE.device.longestWaitMs);
        expect(tally.failures).toBeGreaterThan(0);
      }
    }),
  );
});

test('a code taken back leaves the tally as it was', () => {
  let tally: Tally | undefined;
  for (let n = 0; n < PATIENCE.device.free; n += 1) {
    tally = withFailure(tally, PATIENCE.device, START);
  }
  const more = withFailure(tally, PATIENCE.device, START);
  expect(waitMs(more, PATIENCE.device, START)).toBeGreaterThan(0);
  expect(withoutFailure(more, PATIENCE.device)).toEqual(tally);
});

test('the README tells how long guessing takes, from these figures', () => {
  const readme = readFileSync(join(__dirname, '..', 'README.md'), 'utf8').replaceAll(/\s+/g, ' ');
  const aDay = DAY / PATIENCE.shop.forgetMs;
  const years = (live: number) =>
    Math.round(1 / guessOdds(8, live) / aDay / 365).toLocaleString('en');
  for (const words of [
    `a device can try ${DAY / PATIENCE.device.forgetMs} codes a day`,
    `all devices together ${aDay.toLocaleString('en')}`,
    `one particular live code takes ${years(1)} years`,
    `any one of 1,000 live codes ${years(1_000)} years, of 10,000 live codes ${years(10_000)} years`,
    `even then ${Math.round(1e7 / aDay / 365)} years`,
  ]) {
    expect(readme).toContain(words);
  }
});
