import fc from 'fast-check';
import { DateTime } from 'luxon';
import { daysBefore, daysOf, rangesBetween } from '../../src/domain/shop/shop-day';

const ZONES = ['Asia/Manila', 'Europe/Berlin', 'America/Santiago', 'Pacific/Apia'];

test('days or months lie side by side, from the first day to the end of the last', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.integer({ min: 0, max: 12_000 }),
      fc.integer({ min: 0, max: 6_000 }),
      (zone, start, length) => {
        const first = DateTime.fromObject({ year: 2000 }, { zone }).plus({ days: start });
        const last = first.plus({ days: length });
        const { unit, spans } = rangesBetween(first.toISODate()!, last.toISODate()!, zone);
        expect(unit).toBe(length < 366 ? 'day' : 'month');
        expect(spans[0]!.from).toEqual(first.startOf('day').toJSDate());
        expect(spans.at(-1)!.to).toEqual(last.startOf('day').plus({ days: 1 }).toJSDate());
        for (const [at, { from, to }] of spans.entries()) {
          expect(from.getTime()).toBeLessThan(to.getTime());
          if (at > 0) expect(from).toEqual(spans[at - 1]!.to);
        }
        expect(new Set(spans.map(({ name }) => name)).size).toBe(spans.length);
      },
    ),
    { numRuns: 100 },
  );
});

test.each([
  ['2026-11-22', '2026-11-21', 'must not be after'],
  ['yesterday', '2026-11-21', 'must not be after'],
  ['1900-01-01', '2026-11-21', 'fifty years'],
])('from %s to %s is refused in words', (first, last, words) => {
  expect(() => rangesBetween(first, last, 'Asia/Manila')).toThrow(words);
});

test.each([
  ['today', '2026-03-01', '2026-03-01'],
  ['yesterday', '2026-02-28', '2026-02-28'],
  ['7 days', '2026-02-23', '2026-03-01'],
  ['this month', '2026-03-01', '2026-03-01'],
  ['last month', '2026-02-01', '2026-02-28'],
] as const)('%s is %s to %s, by the shop’s clock', (period, from, to) => {
  const now = new Date('2026-02-28T17:00:00Z'); // one in the morning in Manila
  expect(daysOf(period, now, 'Asia/Manila')).toEqual({ from, to });
});

test('the days before are as many, and end where these begin', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.integer({ min: 0, max: 12_000 }),
      fc.integer({ min: 0, max: 400 }),
      (zone, start, length) => {
        const first = DateTime.fromObject({ year: 2000 }, { zone }).plus({ days: start });
        const days = { from: first.toISODate()!, to: first.plus({ days: length }).toISODate()! };
        const before = daysBefore(days, zone);
        expect(before.to).toBe(first.minus({ days: 1 }).toISODate());
        expect(before.from).toBe(first.minus({ days: length + 1 }).toISODate());
      },
    ),
  );
});
