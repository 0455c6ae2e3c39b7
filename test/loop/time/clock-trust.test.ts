import { isClockTrusted } from '../../../src/domain/loop/time/clock-trust';
import { DAY, HOUR, MINUTE } from '../../support/builders';

test('how long a clock must run evenly grows with how far it is off', () => {
  const now = new Date('2026-11-21T08:00:00Z');
  const ago = (ms: number) => new Date(now.getTime() - ms);
  expect(isClockTrusted(now, null, 9 * MINUTE)).toBe(false);
  expect(isClockTrusted(now, null, 10 * MINUTE)).toBe(true);
  expect(isClockTrusted(now, ago(DAY), 10 * MINUTE)).toBe(true);
  expect(isClockTrusted(now, ago(30 * DAY), 10 * MINUTE)).toBe(false);
  expect(isClockTrusted(now, ago(-2 * DAY), 10 * MINUTE)).toBe(false);
  expect(isClockTrusted(now, ago(30 * DAY), 6 * HOUR)).toBe(true);
});
