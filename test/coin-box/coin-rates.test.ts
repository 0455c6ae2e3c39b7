import fc from 'fast-check';
import { parseDenominations, parseRates } from '../../src/domain/coin-box/coin-box';
import { bannedUntil } from '../../src/domain/coin-box/coin-claims';
import {
  bestSplit,
  coinTerms,
  noCoinPlan,
  type CoinRate,
} from '../../src/domain/coin-box/coin-rates';
import { someTerms } from '../support/builders';

/** What a sum buys: always the most time that the rates allow. */

const RATES = parseRates('1=6m, 5=40m, 10=1h30m', 'PHP');

/** All there is to try, for small sums. */
function mostSeconds(sum: number, rates: readonly CoinRate[]): number {
  return Math.max(
    0,
    ...rates
      .filter(({ amount }) => amount <= sum)
      .map((rate) => rate.seconds + mostSeconds(sum - rate.amount, rates)),
  );
}

test.each([
  [0, 0, 0],
  [50, 0, 0],
  [3_00, 18, 3_00],
  [7_00, 52, 7_00],
  [16_50, 90 + 40 + 6, 16_00],
])('%i centavos buy %i minutes', (sum, minutes, paid) => {
  expect(bestSplit(sum, RATES)).toMatchObject({ seconds: minutes * 60, paid });
});

test('the parts of a split are its sum and its time, and no other way gives more', () => {
  const rate = fc.record({
    amount: fc.integer({ min: 1, max: 12 }).map((steps) => steps * 50),
    seconds: fc.integer({ min: 60, max: 7_200 }),
  });
  const rates = fc.uniqueArray(rate, { minLength: 1, maxLength: 4, selector: (one) => one.amount });
  fc.assert(
    fc.property(rates, fc.integer({ min: 0, max: 12 }), (given, steps) => {
      const sum = steps * 50;
      const { parts, paid, seconds } = bestSplit(sum, given);
      expect(seconds).toBe(mostSeconds(sum, given));
      expect(paid).toBeLessThanOrEqual(sum);
      expect(paid).toBe(parts.reduce((all, one) => all + one.rate.amount * one.times, 0));
      expect(seconds).toBe(parts.reduce((all, one) => all + one.rate.seconds * one.times, 0));
    }),
  );
});

test('a voucher for coins costs what was paid, and lasts what it buys', () => {
  const split = bestSplit(7_00, RATES);
  const byClock = coinTerms(someTerms({ validitySeconds: 3600 }), split, 'PHP');
  expect(byClock).toMatchObject({ price: { amount: 7_00 }, validitySeconds: 52 * 60 });
  const online = someTerms({ validitySeconds: 60, uptimeSeconds: 3600 });
  expect(coinTerms(online, split, 'PHP')).toMatchObject({
    validitySeconds: 52 * 60,
    uptimeSeconds: 52 * 60,
  });
  expect(noCoinPlan(someTerms({ capBytes: 5 }))).toBe('capped');
});

test.each(['1=6', '=6m', '5', '1=6m, 1=7m', '', '0=6m'])('"%s" are no rates', (typed) => {
  expect(() => parseRates(typed, 'PHP')).toThrow();
});

test('coins are written as key, worth and pulses', () => {
  expect(parseDenominations('1=1, A=5x5', 'PHP')).toEqual([
    { key: '1', amount: 1_00, pulses: 1 },
    { key: 'A', amount: 5_00, pulses: 5 },
  ]);
  for (const wrong of ['?=1', '1=0', '1=1x0', '1=1x1.5', '']) {
    expect(() => parseDenominations(wrong, 'PHP')).toThrow();
  }
});

test('who opens the slot three times for nothing waits, each time longer, at most an hour', () => {
  const at = new Date('2026-11-21T08:00:00Z');
  const wait = (times: number) => {
    const until = bannedUntil(Array.from({ length: times }, () => at));
    return until && (until.getTime() - at.getTime()) / 60_000;
  };
  expect([0, 1, 2, 3, 4, 5, 40].map(wait)).toEqual([undefined, undefined, undefined, 1, 2, 4, 60]);
});
