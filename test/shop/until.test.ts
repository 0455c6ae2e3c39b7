import { parseUntil } from '../../src/domain/shop/until';

/** The end of a limit, as staff write it. */

const until = (typed: string, now: string, zone = 'Asia/Manila') =>
  parseUntil(typed, new Date(now), zone).toISOString();

test('a length of time counts from now', () => {
  expect(until('1h30m', '2026-11-21T12:00:00Z')).toBe('2026-11-21T13:30:00.000Z');
  expect(until('1 hour 30 min', '2026-11-21T12:00:00Z')).toBe('2026-11-21T13:30:00.000Z');
});

test('a date is by the shop’s clock, unless it names its own', () => {
  const now = '2026-11-21T12:00:00Z';
  expect(until('2026-12-24T18:00', now)).toBe('2026-12-24T10:00:00.000Z');
  expect(until('2026-12-24 18:00', now)).toBe('2026-12-24T10:00:00.000Z');
  expect(until('2026-12-24', now)).toBe('2026-12-23T16:00:00.000Z');
  expect(until('2026-12-24T18:00Z', now)).toBe('2026-12-24T18:00:00.000Z');
});

test('a time of day is the next one: today if it is ahead, otherwise tomorrow', () => {
  const at20 = '2026-11-21T12:00:00Z';
  expect(until('21:00', at20)).toBe('2026-11-21T13:00:00.000Z');
  expect(until('18:00', at20)).toBe('2026-11-22T10:00:00.000Z');
  expect(until('20:00', at20)).toBe('2026-11-22T12:00:00.000Z'); // it is that now
  expect(until('20:00:30', at20)).toBe('2026-11-21T12:00:30.000Z');
  expect(until('02:00', '2026-11-21T15:00:00Z')).toBe('2026-11-21T18:00:00.000Z'); // at 23:00
  expect(until('02:00', '2026-11-21T16:30:00Z')).toBe('2026-11-21T18:00:00.000Z'); // at 00:30
  expect(until('24:00', at20)).toBe('2026-11-21T16:00:00.000Z');
  expect(until('18:00Z', at20)).toBe('2026-11-21T18:00:00.000Z'); // of its own zone
});

test('on the day on which clocks change it is what the clock on the wall shows next', () => {
  const zone = 'Europe/Berlin';
  // Forward: at 02:00 of 29 March it is 03:00, and 02:30 is passed over.
  expect(until('04:00', '2026-03-28T23:00:00Z', zone)).toBe('2026-03-29T02:00:00.000Z');
  expect(until('18:00', '2026-03-28T18:00:00Z', zone)).toBe('2026-03-29T16:00:00.000Z');
  expect(until('02:30', '2026-03-28T23:00:00Z', zone)).toBe('2026-03-29T01:30:00.000Z');
  // Back: at 03:00 of 25 October it is 02:00 once more, and 02:30 comes twice.
  expect(until('02:30', '2026-10-24T23:00:00Z', zone)).toBe('2026-10-25T00:30:00.000Z');
  expect(until('02:30', '2026-10-25T00:45:00Z', zone)).toBe('2026-10-25T01:30:00.000Z');
  expect(until('02:30', '2026-10-25T01:45:00Z', zone)).toBe('2026-10-26T01:30:00.000Z');
  expect(until('18:00', '2026-10-24T17:00:00Z', zone)).toBe('2026-10-25T17:00:00.000Z');
});

test.each(['tomorrow', '25:00', '2026-02-30', '18', '12:61', '-1h', '2026-13-01T00:00'])(
  '%s is no time',
  (typed) => {
    expect(() => until(typed, '2026-11-21T12:00:00Z')).toThrow('write it like 2h');
  },
);
