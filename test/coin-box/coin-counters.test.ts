import fc from 'fast-check';
import {
  countCoins,
  worthOf,
  type CoinCounter,
  type Denomination,
} from '../../src/domain/coin-box/coin-counters';

/** Lifetime counters: nothing that was counted is lost, and nothing is counted twice. */

const COINS: Denomination[] = [
  { key: '1', amount: 1_00, pulses: 1 },
  { key: '5', amount: 5_00, pulses: 5 },
  { key: '20', amount: 20_00, pulses: 3 },
];

/** The books after a report. */
function after(before: readonly CoinCounter[], changed: readonly CoinCounter[]): CoinCounter[] {
  const keys = new Set(changed.map(({ key }) => key));
  return [...before.filter(({ key }) => !keys.has(key)), ...changed];
}

const books = (pulses: number, rest = 0): CoinCounter[] =>
  COINS.map(({ key }) => ({ key, pulses, rest }));

test('the first report of a box is where it starts from', () => {
  const first = countCoins([], { 1: 700, 5: 10 }, COINS);
  expect(first.coins).toEqual([]);
  expect(first.counters).toContainEqual({ key: '1', pulses: 700, rest: 0 });
  expect(first.counters).toContainEqual({ key: '20', pulses: 0, rest: 0 });
  const next = countCoins(first.counters, { 1: 702, 5: 15, 20: 3 }, COINS);
  expect(next.coins).toEqual([
    { key: '1', count: 2, amount: 2_00 },
    { key: '5', count: 1, amount: 5_00 },
    { key: '20', count: 1, amount: 20_00 },
  ]);
});

test('pulses of one coin may come in several reports, and a report that comes again adds nothing', () => {
  const half = countCoins(books(100), { 5: 103 }, COINS);
  expect(half.coins).toEqual([]);
  const held = after(books(100), half.counters);
  const whole = countCoins(held, { 5: 105 }, COINS);
  expect(whole.coins).toEqual([{ key: '5', count: 1, amount: 5_00 }]);
  const again = countCoins(after(held, whole.counters), { 5: 105 }, COINS);
  expect(again).toEqual({ counters: [], coins: [], fell: [], unknown: [] });
});

test('a counter that went down adds nothing, and counts on from where it is', () => {
  const fell = countCoins(books(100, 0), { 1: 20 }, COINS);
  expect(fell).toMatchObject({ fell: ['1'], coins: [] });
  const next = countCoins(after(books(100), fell.counters), { 1: 21 }, COINS);
  expect(next.coins).toEqual([{ key: '1', count: 1, amount: 1_00 }]);
});

test('pulses of a coin that nobody described are told of, and credited to nobody', () => {
  const found = countCoins(books(0), { 50: 2 }, COINS);
  expect(found).toMatchObject({ unknown: ['50'], coins: [] });
  expect(found.counters).toEqual([{ key: '50', pulses: 2, rest: 0 }]);
});

test('whatever is lost or repeated on the way, the coins of all reports are those that fell', () => {
  const steps = fc.array(
    fc.record({
      key: fc.constantFrom('1', '5', '20'),
      pulses: fc.integer({ min: 0, max: 12 }),
      isLost: fc.boolean(),
      isTwice: fc.boolean(),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 5_000 }), (all, start) => {
      const total: Record<string, number> = { 1: start, 5: start, 20: start };
      let held = books(start);
      let credited = 0;
      const report = () => {
        const counted = countCoins(held, total, COINS);
        credited += worthOf(counted.coins);
        held = after(held, counted.counters);
      };
      for (const { key, pulses, isLost, isTwice } of all) {
        total[key]! += pulses;
        if (!isLost) report();
        if (!isLost && isTwice) report();
      }
      report();
      const fallen = COINS.reduce(
        (sum, { key, amount, pulses }) => sum + Math.floor((total[key]! - start) / pulses) * amount,
        0,
      );
      expect(credited).toBe(fallen);
    }),
  );
});
