import fc from 'fast-check';
import { cycleAt, cycleStart, type Cycle } from '../../src/domain/billing/billing-cycle';
import {
  changeLines,
  planLine,
  sumOf,
  withPercentages,
  type InvoiceLine,
  type PricedPlan,
} from '../../src/domain/billing/invoice-lines';
import { changeKind, changeMoment, type PlanOffer } from '../../src/domain/billing/plan-change';
import { partOfPrice, shareOf, type ProrateBy } from '../../src/domain/billing/proration';
import { graceEnd, settle, standingAt } from '../../src/domain/billing/standing';
import type { Span } from '../../src/domain/shop/shop-calendar';
import { DAY, rates } from '../support/builders';

const MANILA = 'Asia/Manila';
const BERLIN = 'Europe/Berlin'; // its clocks change
const CYCLES: Cycle[] = ['daily', 'weekly', 'monthly', 'quarterly', 'annual'];

/** Midnight in Manila, eight hours before UTC's. */
const manila = (day: string) => new Date(`${day}T00:00:00+08:00`);
const dayIn = (at: Date) => new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
const starts = (day: string, cycle: Cycle, count: number) =>
  Array.from({ length: count }, (_, n) => dayIn(cycleStart(manila(day), cycle, n, MANILA)));

const moment = fc
  .integer({ min: Date.parse('2024-01-01') / 1000, max: Date.parse('2029-01-01') / 1000 })
  .map((seconds) => new Date(seconds * 1000));
const cycleKind = fc.constantFrom(...CYCLES);
const zone = fc.constantFrom(MANILA, BERLIN, 'America/St_Johns');
const by = fc.constantFrom<ProrateBy>('second', 'day');
const price = fc.integer({ min: 0, max: 10_000_000 });
const NO_PERCENTAGES = { discount: 0, tax: 0 };
const termsOf = ({ price: of, currency }: PricedPlan, cycle: Span, prorateBy: ProrateBy) => ({
  ...{ ...NO_PERCENTAGES, subscriberPlanId: 1, price: of, currency, cycle, prorateBy },
});

test('the day a cycle begins on is kept through short months and leap years', () => {
  expect(starts('2027-10-31', 'monthly', 7)).toEqual([
    ...['2027-10-31', '2027-11-30', '2027-12-31', '2028-01-31', '2028-02-29', '2028-03-31'],
    '2028-04-30',
  ]);
  expect(starts('2027-01-29', 'monthly', 3)).toEqual(['2027-01-29', '2027-02-28', '2027-03-29']);
  expect(starts('2026-11-30', 'quarterly', 3)).toEqual(['2026-11-30', '2027-02-28', '2027-05-30']);
  expect(starts('2024-02-29', 'annual', 5)).toEqual([
    ...['2024-02-29', '2025-02-28', '2026-02-28', '2027-02-28', '2028-02-29'],
  ]);
  expect(starts('2028-02-27', 'daily', 4).at(-1)).toBe('2028-03-01');
  expect(starts('2028-02-28', 'weekly', 2).at(-1)).toBe('2028-03-06');
});

test('cycles follow each other without a gap, and each moment is in one', () => {
  fc.assert(
    fc.property(moment, moment, cycleKind, zone, (one, other, cycle, where) => {
      const [anchor, at] = one < other ? [one, other] : [other, one];
      const found = cycleAt(anchor, cycle, at, where);
      expect(found.startedAt.getTime()).toBeLessThanOrEqual(at.getTime());
      expect(found.endsAt.getTime()).toBeGreaterThan(at.getTime());
      expect(found.endsAt).toEqual(cycleStart(anchor, cycle, found.index + 1, where));
      const next = cycleAt(anchor, cycle, found.endsAt, where);
      expect([next.index, next.startedAt]).toEqual([found.index + 1, found.endsAt]);
    }),
  );
});

test('the parts of a cycle, cut anywhere, add up to its price to the centavo', () => {
  fc.assert(
    fc.property(
      ...([moment, cycleKind, zone, by, price] as const),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
      (anchor, kind, where, unit, whole, cuts) => {
        const cycle = cycleAt(anchor, kind, anchor, where);
        const from = cycle.startedAt.getTime();
        const length = cycle.endsAt.getTime() - from;
        const bounds = [0, ...cuts.toSorted((a, b) => a - b), 1].map(
          (cut) => new Date(from + Math.floor(cut * length)),
        );
        const parts = bounds
          .slice(1)
          .map((end, n) => partOfPrice(whole, cycle, bounds[n]!, end, { by: unit, zone: where }));
        expect(parts.reduce((sum, one) => sum + one, 0)).toBe(whole);
        expect(parts.every((one) => Number.isSafeInteger(one) && one >= 0)).toBe(true);
      },
    ),
  );
});

test('a share is rounded to the nearest unit, a half away from zero, below zero as above', () => {
  expect([shareOf(5, 1, 2), shareOf(-5, 1, 2), shareOf(100, 1, 3), shareOf(200, 1, 3)]).toEqual([
    ...[3, -3, 33, 67],
  ]);
  expect(shareOf(-1, 1, 3)).toBe(0);
  expect(Object.is(shareOf(-1, 1, 3), 0)).toBe(true);
});

test('by the day the day of the change is the new plan’s; by the second the rest of that day is', () => {
  const cycle = cycleAt(manila('2028-02-01'), 'monthly', manila('2028-02-01'), MANILA);
  const noon = new Date('2028-02-15T12:00:00+08:00');
  const left = (unit: ProrateBy) =>
    partOfPrice(290_00, cycle, noon, cycle.endsAt, { by: unit, zone: MANILA });
  expect(left('day')).toBe(150_00); // the 15th to the 29th
  expect(left('second')).toBe(145_00);
});

test('a change has a credit for the old plan and a charge for the new one, for the rest of the cycle', () => {
  const cycle = cycleAt(manila('2027-01-01'), 'monthly', manila('2027-01-01'), MANILA);
  const [slow, fast, gold] = [
    { name: 'Slow', price: 310_00, currency: 'PHP' },
    { name: 'Fast', price: 620_00, currency: 'PHP' },
    { name: 'Gold', price: 930_00, currency: 'PHP' },
  ];
  const lines = changeLines(
    planLine('Slow', termsOf(slow, cycle, 'day'), cycle, MANILA),
    [
      { at: manila('2027-01-11'), subscriberPlanId: 2, to: fast },
      { at: manila('2027-01-31'), subscriberPlanId: 3, to: gold },
    ],
    { ...NO_PERCENTAGES, prorateBy: 'day' },
    MANILA,
  );
  expect(lines.map(({ kind, text, amount }) => [kind, text, amount])).toEqual([
    ['credit', 'Slow', -210_00],
    ['charge', 'Fast', 420_00],
    ['credit', 'Fast', -20_00],
    ['charge', 'Gold', 30_00],
  ]);
  // What was used of each: ten days, twenty days and one.
  expect(310_00 + sumOf(lines)).toBe(100_00 + 400_00 + 30_00);
});

test('however a plan changes, credits and charges leave the price of what was used', () => {
  fc.assert(
    fc.property(
      ...([moment, cycleKind, zone, by] as const),
      fc.array(fc.record({ price, at: fc.double({ min: 0, max: 1, noNaN: true }) }), {
        minLength: 1,
        maxLength: 5,
      }),
      price,
      (anchor, kind, where, unit, planned, first) => {
        const cycle = cycleAt(anchor, kind, anchor, where);
        const length = cycle.endsAt.getTime() - cycle.startedAt.getTime();
        const changes = planned
          .toSorted((a, b) => a.at - b.at)
          .map(({ at, price: of }, n) => ({
            at: new Date(cycle.startedAt.getTime() + Math.floor(at * (length - 1000))),
            subscriberPlanId: n + 2,
            to: { name: `plan ${n}`, price: of, currency: 'PHP' },
          }));
        const charged = { name: 'first', price: first, currency: 'PHP' };
        const proration = { by: unit, zone: where };
        const line = planLine('first', termsOf(charged, cycle, unit), cycle, where);
        const present = { ...NO_PERCENTAGES, prorateBy: unit };
        const lines = [line, ...changeLines(line, changes, present, where)];
        const times = [cycle.startedAt, ...changes.map(({ at }) => at), cycle.endsAt];
        const used = [charged, ...changes.map(({ to }) => to)].map(({ price: of }, n) =>
          partOfPrice(of, cycle, times[n]!, times[n + 1]!, proration),
        );
        expect(sumOf(lines)).toBe(used.reduce((sum, one) => sum + one, 0));
      },
    ),
  );
});

test('discount and tax are lines, each rounded once, and the total is the sum of the lines', () => {
  const line = (kind: InvoiceLine['kind'], amount: number): InvoiceLine => ({
    ...{ kind, text: kind, amount, period: null },
  });
  const lines = withPercentages([line('plan', 999_05), line('setup fee', 500_00)], {
    discount: 1_000,
    tax: 1_200,
  });
  expect(lines.slice(2).map(({ kind, text, amount }) => [kind, text, amount])).toEqual([
    ['discount', '10%', -99_91],
    ['tax', '12%', 167_90], // 12 % of 1,399.14
  ]);
  expect(sumOf(lines)).toBe(999_05 + 500_00 - 99_91 + 167_90);
  expect(withPercentages([line('credit', -100_00)], { discount: 5_000, tax: 0 })).toHaveLength(2);
});

test('more for more is an upgrade, less for less a downgrade, the rest is a switch', () => {
  const offer = (more: Partial<PlanOffer>): PlanOffer => ({
    ...{ price: 500_00, cycle: 'monthly', rate: rates(10_000_000), capBytes: 100 },
    ...more,
  });
  const kinds = (more: Partial<PlanOffer>) => changeKind(offer({}), offer(more));
  expect(kinds({ price: 900_00, rate: rates(20_000_000) })).toBe('upgrade');
  expect(kinds({ capBytes: null })).toBe('upgrade');
  expect(kinds({ price: 300_00, rate: rates(5_000_000) })).toBe('downgrade');
  expect(kinds({ price: 300_00, rate: rates(20_000_000) })).toBe('switch');
  expect(kinds({})).toBe('switch');
  // A year for eleven months' money costs less a day.
  expect(kinds({ price: 5_500_00, cycle: 'annual' })).toBe('downgrade');
  expect(kinds({ price: 7_000_00, cycle: 'annual', rate: rates(20_000_000) })).toBe('upgrade');
});

test('a change is now, when the cycle ends, or on a date', () => {
  const assigned = { anchor: manila('2027-01-31'), cycle: 'monthly' } as const;
  const now = manila('2027-02-10');
  const at = (when: 'now' | 'cycle-end' | Date) => changeMoment(when, now, assigned, MANILA);
  expect([at('now'), at('cycle-end'), at(manila('2027-07-01'))]).toEqual([
    ...[now, manila('2027-02-28'), manila('2027-07-01')],
  ]);
});

describe('who owes', () => {
  const due = (day: number) => new Date(Date.UTC(2027, 0, day));
  const invoices = [
    { id: 1, total: 500, dueAt: due(5) },
    { id: 2, total: -200, dueAt: due(10) },
    { id: 3, total: 400, dueAt: due(12) },
  ];

  test('money goes to the oldest invoice, and an invoice below zero pays for others', () => {
    const { invoices: settled, credit } = settle(invoices, 450);
    expect(settled.map(({ paid, isPaid }) => [paid, isPaid])).toEqual([
      ...[[500, true], [0, true], [150, false]], // prettier-ignore
    ]);
    expect(credit).toBe(0);
    expect(settle(invoices, 1_000).credit).toBe(300);
  });

  test('money is neither made nor lost', () => {
    const invoice = fc.record({
      id: fc.integer(),
      total: fc.integer({ min: -1_000, max: 1_000 }),
      dueAt: moment,
    });
    fc.assert(
      fc.property(fc.array(invoice), fc.nat(20_000), (some, received) => {
        const { invoices: settled, credit } = settle(some, received);
        const asked = some.reduce((sum, { total }) => sum + total, 0);
        const open = settled.reduce((sum, one) => sum + Math.max(0, one.total) - one.paid, 0);
        expect(received - asked).toBe(credit - open);
        // A later invoice is paid only after all before it.
        const firstOpen = settled.findIndex(({ isPaid }) => !isPaid);
        const later = firstOpen < 0 ? [] : settled.slice(firstOpen + 1);
        expect(later.every(({ paid }) => paid === 0)).toBe(true);
      }),
    );
  });

  test('open, overdue, past the grace, clear', () => {
    const { invoices: unpaid } = settle(invoices, 0);
    const standing = (at: Date) => standingAt(unpaid, at, 3 * DAY);
    expect([due(4), due(5), due(7), due(8)].map(standing)).toEqual([
      ...['open', 'overdue', 'overdue', 'past-grace'],
    ]);
    expect(graceEnd(unpaid, 3 * DAY)).toEqual(due(8));
    expect(standingAt(settle(invoices, 900).invoices, due(30), 0)).toBe('clear');
  });
});
