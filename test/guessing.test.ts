import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  isBesieged,
  LINES,
  PATIENCE,
  turnMs,
  waitMs,
  withFailure,
  withoutFailure,
  withSuspicion,
  withTurn,
  type Tally,
} from '../src/domain/guessing';
import { guessOdds } from '../src/domain/voucher-code';

const START = new Date('2026-11-21T08:00:00Z');
const DAY = 86_400_000;

/** Guesses as fast as it is allowed to. @returns how many fit into the time */
function guessFor(ms: number, patience: (typeof PATIENCE)['device']): number {
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

test.each(Object.entries(LINES))(
  'the line of the %s goes on at its pace, whoever comes',
  (_name, line) => {
    let tally: Tally | undefined;
    const turns: number[] = [];
    for (let n = 0; n < line.free + 5; n += 1) {
      turns.push(turnMs(tally, line, START));
      tally = withTurn(tally, line, START);
    }
    const { everyMs } = line;
    expect(turns.slice(0, line.free)).toEqual(turns.slice(0, line.free).fill(0));
    expect(turns.slice(line.free)).toEqual([1, 2, 3, 4, 5].map((place) => place * everyMs));
    const later = (ms: number) => new Date(START.getTime() + ms);
    expect(turnMs(tally, line, later(everyMs / 2))).toBe(5.5 * everyMs);
    expect(turnMs(tally, line, later(6 * everyMs))).toBe(0);
    // A clock that is set back keeps nobody out, and makes nothing free either.
    expect(turnMs(tally, line, later(-DAY))).toBe(everyMs);
    expect(turnMs(withTurn(tally, line, later(-DAY)), line, later(-DAY))).toBe(2 * everyMs);
    // A right code gives its turn back.
    expect(turnMs(withoutFailure(tally!, line), line, START)).toBe(5 * everyMs);
  },
);

test('sixty wrong codes beyond one a minute are a siege, and half an hour of quiet is its end', () => {
  let tally: Tally | undefined;
  const later = (ms: number) => new Date(START.getTime() + ms);
  // As often as people mistype.
  for (let n = 0; n < 600; n += 1) tally = withSuspicion(tally, later(n * 60_000));
  expect(isBesieged(tally, later(600 * 60_000))).toBe(false);
  tally = undefined;
  for (let n = 0; n < 20_000; n += 1) tally = withSuspicion(tally, later(n * 5_000));
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
  const [newcomers, regulars] = [DAY / LINES.shop.everyMs, DAY / LINES.regulars.everyMs];
  const aDay = newcomers + regulars;
  const years = (live: number) =>
    Number((1 / guessOdds(8, live) / aDay / 365).toPrecision(2)).toLocaleString('en');
  for (const words of [
    `a device can try ${DAY / PATIENCE.device.forgetMs} codes a day`,
    `one every ${LINES.shop.everyMs / 1000} seconds for newcomers`,
    `one every ${LINES.regulars.everyMs / 1000} for those that were in before`,
    `all devices together ${aDay.toLocaleString('en')}`,
    `one particular live code takes ${years(1)} years`,
    `any one of 1,000 live codes ${years(1_000)} years, of 10,000 live codes ${years(10_000)} years`,
    `even then ${Math.round(1e7 / aDay)} days`,
  ]) {
    expect(readme).toContain(words);
  }
});
