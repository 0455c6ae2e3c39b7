import fc from 'fast-check';
import { Pace } from '../../src/routeros/api/pace';

function after(...tookMs: number[]): number {
  const pace = new Pace(24);
  for (const ms of tookMs) pace.answered(ms);
  return pace.inFlight;
}

const times = (count: number, ms: number) => Array.from({ length: count }, () => ms);

test('a router is given few commands at once until it proved fast', () => {
  expect(after()).toBe(4);
  expect(after(...times(10, 2))).toBe(14);
  expect(after(...times(100, 2))).toBe(24);
});

test('a small board is given two, whatever it did before', () => {
  expect(after(...times(3, 2_600))).toBe(2);
  expect(after(...times(100, 2), ...times(4, 7_000))).toBe(2);
});

test('what is neither fast nor slow changes nothing', () => {
  expect(after(...times(100, 300))).toBe(4);
});

test('never fewer than two, nor more than the most', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(10_000)), fc.integer({ min: 2, max: 50 }), (took, most) => {
      const pace = new Pace(most);
      for (const ms of took) {
        pace.answered(ms);
        if (pace.inFlight < 2 || pace.inFlight > most) return false;
      }
      return true;
    }),
  );
});

test('a router is slow by what its answers usually take, not by a single one', () => {
  const isSlow = (took: number[]) => {
    const pace = new Pace(24);
    for (const ms of took) pace.answered(ms);
    return pace.isSlow;
  };
  expect(isSlow([])).toBe(false);
  expect(isSlow([...times(100, 5), 700])).toBe(false);
  expect(isSlow([10, 1_400, 400, 400, 600])).toBe(true);
  expect(isSlow([...times(10, 2_000), ...times(20, 5)])).toBe(false);
});
