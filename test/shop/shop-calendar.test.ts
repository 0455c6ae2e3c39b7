import fc from 'fast-check';
import type { Terms } from '../../src/domain/plans/plan';
import { ShopCalendar } from '../../src/domain/shop/shop-calendar';
import { NOON } from '../support/builders';

/** The period of a cap that goes by the calendar. */
function byCalendar(capPeriod: Terms['capPeriod'], now: Date, zone: string) {
  return new ShopCalendar(zone).capPeriod({ capPeriod, capAnchor: 'calendar' }, null, now);
}

describe('periods', () => {
  const period = (kind: Terms['capPeriod'], now: string, zone: string) => {
    const { startedAt, endsAt } = byCalendar(kind, new Date(now), zone)!;
    return [startedAt.toISOString(), endsAt.toISOString()];
  };

  test("are the shop's own days, weeks from Monday, and months", () => {
    const now = '2026-11-21T15:59:59Z'; // 23:59:59 on Saturday in Manila
    expect(period('daily', now, 'Asia/Manila')).toEqual([
      '2026-11-20T16:00:00.000Z',
      '2026-11-21T16:00:00.000Z',
    ]);
    expect(period('weekly', now, 'Asia/Manila')).toEqual([
      '2026-11-15T16:00:00.000Z',
      '2026-11-22T16:00:00.000Z',
    ]);
    expect(period('monthly', now, 'Asia/Manila')).toEqual([
      '2026-10-31T16:00:00.000Z',
      '2026-11-30T16:00:00.000Z',
    ]);
    expect(period('daily', '2026-11-21T16:00:00Z', 'Asia/Manila')[0]).toBe(
      '2026-11-21T16:00:00.000Z',
    );
    expect(byCalendar('voucher', NOON, 'Asia/Manila')).toBeNull();
  });

  test('a day is 23 or 25 hours when clocks change', () => {
    expect(period('daily', '2026-03-29T10:00:00Z', 'Europe/Berlin')).toEqual([
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
    expect(period('daily', '2026-10-25T10:00:00Z', 'Europe/Berlin')).toEqual([
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ]);
  });

  test('hold their moment and join without a gap, in every zone', () => {
    const zones = ['Asia/Manila', 'Europe/Berlin', 'America/Santiago', 'Africa/Cairo', 'UTC'];
    fc.assert(
      fc.property(
        fc.constantFrom<Terms['capPeriod']>('daily', 'weekly', 'monthly'),
        fc.constantFrom(...zones),
        fc.date({
          min: new Date('2020-01-01T00:00:00Z'),
          max: new Date('2035-01-01T00:00:00Z'),
          noInvalidDate: true,
        }),
        (kind, zone, now) => {
          const { startedAt, endsAt } = byCalendar(kind, now, zone)!;
          expect(startedAt <= now && now < endsAt).toBe(true);
          expect(byCalendar(kind, endsAt, zone)!.startedAt).toEqual(endsAt);
          expect(byCalendar(kind, new Date(endsAt.getTime() - 1), zone)!.startedAt).toEqual(
            startedAt,
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});
