import fc from 'fast-check';
import {
  creditOutage,
  creditRule,
  routerOutage,
  pausedDuring,
  type CreditRule,
  type Credited,
  type Span,
} from '../../../src/domain/loop/time/outage';
import type { Voucher } from '../../../src/domain/vouchers/voucher';
import {
  aRunningVoucher,
  at,
  aVoucher,
  DAY,
  HOUR,
  MINUTE,
  SECOND,
  someBooks,
  someTerms,
} from '../../support/builders';

const ON: CreditRule = { isOn: true, ceilingMs: null, leastMs: MINUTE };
const span = (from: number, to: number): Span => ({ from: at(from), to: at(to) });
const forDays = (differences: Partial<Voucher> = {}) =>
  aRunningVoucher('A', { terms: someTerms({ validitySeconds: 9 * 86_400 }), ...differences });

function given(voucher: Voucher, outage: Span, rule = ON, covered: Span[] = []): number {
  const { credits, state, vouchers } = creditOutage(
    someBooks([voucher], []),
    outage,
    rule,
    covered,
  );
  const ms = credits[0]?.ms ?? 0;
  const after = state.vouchers.get(voucher.code)!;
  expect(vouchers).toEqual(ms > 0 ? [after] : []);
  if (voucher.expiresAt) {
    expect(after).toEqual({ ...voucher, expiresAt: new Date(voucher.expiresAt.getTime() + ms) });
  }
  return ms;
}

test.each([
  ['off', null, { isOn: false, ceilingMs: null, leastMs: MINUTE }],
  ['on', null, ON],
  [' On', null, ON],
  ['2h', '5m', { isOn: true, ceilingMs: 2 * HOUR, leastMs: 5 * MINUTE }],
])('the rule %s, from %s on', (credit, least, rule) => {
  expect(creditRule(credit, least)).toEqual(rule);
});

describe('a router that was down', () => {
  const looks = { elapsedMs: HOUR, uptimeMs: MINUTE, at: at(0), restarted: true, watched: true };
  test.each([
    ['restarted under our eyes', looks, span(-HOUR, -MINUTE)],
    ['ran on, out of our reach', { ...looks, restarted: false }, undefined],
    ['restarted while nobody looked', { ...looks, watched: false }, undefined],
    ['is older than the last look', { ...looks, uptimeMs: HOUR }, undefined],
  ])('%s', (_, seen, outage) => {
    expect(routerOutage(seen)).toEqual(outage);
  });
});

describe('time given back', () => {
  test.each([
    ['all of it', forDays(), HOUR],
    ['what came after the first use', forDays({ startedAt: at(90 * MINUTE) }), HOUR / 2],
    [
      'what came before the clock stood still',
      forDays({ stoppedAt: at(70 * MINUTE) }),
      10 * MINUTE,
    ],
    ['nothing to a clock that stood still', forDays({ stoppedAt: at(30 * MINUTE) }), 0],
    ['nothing to what was not used', aVoucher('A'), 0],
    ['nothing to what is over', forDays({ status: 'expired', endedAt: at(90 * MINUTE) }), 0],
    ['all of it while paused, since the wall clock runs', forDays({ status: 'paused' }), HOUR],
    ['nothing where nothing ends', forDays({ expiresAt: null }), 0],
  ])('%s', (_, voucher, ms) => {
    expect(given(voucher, span(HOUR, 2 * HOUR))).toBe(ms);
  });

  test('has a ceiling and a least length', () => {
    const rule = { ...ON, ceilingMs: 2 * HOUR };
    expect(given(forDays(), span(0, 5 * HOUR), rule)).toBe(2 * HOUR);
    expect(given(forDays(), span(0, HOUR), rule)).toBe(HOUR);
    expect(given(forDays(), span(0, MINUTE - 1), ON)).toBe(0);
    expect(given(forDays(), span(0, HOUR), { ...ON, isOn: false })).toBe(0);
  });

  test('is given once for a moment that two outages share', () => {
    const twice = [
      span(0, 30 * MINUTE),
      span(20 * MINUTE, 40 * MINUTE),
      span(50 * MINUTE, 3 * HOUR),
    ];
    expect(given(forDays(), span(10 * MINUTE, HOUR), ON, twice)).toBe(10 * MINUTE);
  });

  test('takes standing still off only where this outage is what gives time back', () => {
    const stood = forDays({ stoppedAt: at(10 * MINUTE) });
    const goesOn = forDays();
    const covered = [span(0, 15 * MINUTE), span(20 * MINUTE, 25 * MINUTE), span(HOUR, DAY)];
    expect(pausedDuring(span(5 * MINUTE, HOUR), stood, goesOn)).toBe(50 * MINUTE);
    expect(pausedDuring(span(5 * MINUTE, HOUR), stood, goesOn, covered)).toBe(40 * MINUTE);
  });

  test('goes to who would end otherwise before anybody knows whether it counts, and back if not', () => {
    const rule = { ...ON, leastMs: 10 * MINUTE };
    const ends = aRunningVoucher('A', { expiresAt: at(2 * MINUTE) });
    const books = someBooks([ends, { ...forDays(), code: 'B' }], []);
    const meanwhile = { dueWithinMs: MINUTE, aheadMs: 4 * MINUTE, sureAfterMs: 20 * SECOND };
    const found = { ...meanwhile, at: at(2 * MINUTE) };
    const early = creditOutage(books, span(MINUTE, 2 * MINUTE), rule, [], new Map(), found);
    expect(early.credits).toEqual([{ code: 'A', ms: 5 * MINUTE }]);
    const settled = new Map([['A', { creditedMs: 5 * MINUTE, pausedMs: 0 }]]);
    const goesOn = { ...meanwhile, at: at(4 * MINUTE) };
    const next = creditOutage(early.state, span(MINUTE, 4 * MINUTE), rule, [], settled, goesOn);
    expect(next.credits).toEqual([]);
    const short = creditOutage(early.state, span(MINUTE, 5 * MINUTE), rule, [], settled);
    expect(short.credits).toEqual([{ code: 'A', ms: -5 * MINUTE }]);
    expect(short.state.vouchers.get('A')).toEqual(ends);
    const long = creditOutage(early.state, span(MINUTE, 11 * MINUTE), rule, [], settled);
    expect(long.credits).toEqual([
      { code: 'A', ms: 5 * MINUTE },
      { code: 'B', ms: 10 * MINUTE },
    ]);
  });

  test('in parts adds up to the same as at once, with clocks that start, stop and go on', () => {
    const minutes = fc.integer({ min: 0, max: 300 });
    const looks = fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 12 });
    const stands = fc.uniqueArray(minutes, { maxLength: 6 });
    const ceiling = fc.option(fc.integer({ min: 1, max: 200 }), { nil: null });
    fc.assert(
      fc.property(minutes, minutes, looks, stands, ceiling, (from, start, moments, turns, most) => {
        const rule = { isOn: true, ceilingMs: most && most * MINUTE, leastMs: SECOND };
        const steps = [...moments].sort((a, b) => a - b);
        // The clock stops and goes on at looks, as it does in the loop.
        const switches = new Set(turns.map((turn) => steps.find((look) => look >= turn)));
        let voucher = forDays({ startedAt: at(start * MINUTE), expiresAt: at(9 * DAY) });
        const settled = new Map<string, Credited>();
        let sum = 0;
        let ran = 0; // what the clock ran within the outage, minute by minute
        let runs = true;
        let last = 0;
        for (const look of steps) {
          for (let minute = last; minute < look; minute += 1) {
            if (runs && minute >= from && minute >= start) ran += 1;
          }
          last = look;
          if (look <= from) continue;
          const outage = span(from * MINUTE, look * MINUTE);
          const { credits } = creditOutage(someBooks([voucher], []), outage, rule, [], settled);
          const ms = credits[0]?.ms ?? 0;
          expect(ms).toBeGreaterThanOrEqual(0);
          sum += ms;
          const before = voucher;
          if (look >= start && switches.has(look)) {
            voucher = { ...voucher, stoppedAt: runs ? at(look * MINUTE) : null };
            runs = !runs;
          }
          const { creditedMs, pausedMs } = settled.get('A') ?? { creditedMs: 0, pausedMs: 0 };
          settled.set('A', {
            creditedMs: creditedMs + ms,
            pausedMs: pausedMs + pausedDuring(outage, before, voucher),
          });
        }
        expect(sum).toBe(Math.min(ran * MINUTE, rule.ceilingMs ?? Infinity));
      }),
      { numRuns: 500 },
    );
  });
});
