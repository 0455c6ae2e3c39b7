import fc from 'fast-check';
import {
  account as accountIn,
  countSince,
  uptimeSince,
  catchUpUptime,
  post,
  type Accounts,
} from '../../src/domain/loop/accounting';
import type { Counter, LoopState, ObservationTimes } from '../../src/domain/loop/loop-state';
import type { BoostWindow } from '../../src/domain/plans/plan';
import { ShopCalendar } from '../../src/domain/shop/shop-calendar';
import {
  userComment,
  type ActiveSession,
  type SimpleQueue,
} from '../../src/domain/network/network';
import { hasRestarted } from '../../src/domain/loop/time/router-restart';
import { total, type Rates } from '../../src/domain/units';
import {
  aForeignQueue,
  anActive,
  aQueue,
  aReading,
  aRunningVoucher,
  aSession,
  at,
  aUser,
  DAY,
  HOUR,
  macOf,
  MINUTE,
  rates,
  SECOND,
  someBooks,
  someTerms,
} from '../support/builders';

const CALENDAR = new ShopCalendar('Asia/Manila');

function account(
  books: LoopState,
  queues: readonly SimpleQueue[],
  active: readonly ActiveSession[],
  look: ObservationTimes,
): Accounts {
  return accountIn(books, queues, active, look, CALENDAR);
}

const LOOK: ObservationTimes = { at: at(10 * SECOND), previousAt: at(0), boot: 1 };

describe('bytes between two rounds', () => {
  const last: Counter = { queueId: '*A1', boot: 3, bytes: rates(100, 1000) };

  test.each<[string, Partial<Counter>, Rates, string | undefined]>([
    ['a counter that grew', { bytes: rates(150, 1700) }, rates(50, 700), undefined],
    ['a counter that stood still', {}, rates(0, 0), undefined],
    [
      'a router that restarted',
      { boot: 4, bytes: rates(7, 5000) },
      rates(7, 5000),
      'router restarted',
    ],
    [
      'a queue made anew',
      { queueId: '*A2', bytes: rates(7, 5000) },
      rates(7, 5000),
      'queue made anew',
    ],
    ['counters reset', { bytes: rates(3, 4) }, rates(3, 4), 'counters reset'],
    [
      'counters reset, upload already past',
      { bytes: rates(500, 999) },
      rates(500, 999),
      'counters reset',
    ],
    [
      'counters reset, download already past',
      { bytes: rates(99, 2000) },
      rates(99, 2000),
      'counters reset',
    ],
    ['counters reset to zero', { bytes: rates(0) }, rates(0), 'counters reset'],
    [
      'a restart and a new queue',
      { boot: 4, queueId: '*1', bytes: rates(1) },
      rates(1),
      'router restarted',
    ],
  ])('%s', (_, seen, bytes, loss) => {
    expect(countSince(last, { ...last, ...seen })).toEqual({ bytes, loss });
  });

  test('the first round counts all there is, and nothing is missing', () => {
    expect(countSince(undefined, last)).toEqual({ bytes: rates(100, 1000), loss: undefined });
  });

  test('are never negative, and never more than the counter shows', () => {
    const counter = fc.record({
      queueId: fc.constantFrom('*1', '*2'),
      boot: fc.nat(1),
      bytes: fc.record({ up: fc.maxSafeNat(), down: fc.maxSafeNat() }),
    });
    fc.assert(
      fc.property(fc.option(counter, { nil: undefined }), counter, (before, seen) => {
        const { bytes } = countSince(before, seen);
        for (const way of ['up', 'down'] as const) {
          expect(bytes[way]).toBeGreaterThanOrEqual(0);
          expect(bytes[way]).toBeLessThanOrEqual(seen.bytes[way]);
        }
      }),
    );
  });

  test('online time follows the same rule', () => {
    const before = { activeId: '*B1', uptimeMs: 60_000 };
    expect(uptimeSince(before, { activeId: '*B1', uptimeMs: 70_000 })).toBe(10_000);
    expect(uptimeSince(before, { activeId: '*B2', uptimeMs: 70_000 })).toBe(70_000);
    expect(uptimeSince(before, { activeId: '*B1', uptimeMs: 5_000 })).toBe(5_000);
    expect(uptimeSince(undefined, before)).toBe(60_000);
  });
});

describe('whether the router started again', () => {
  test.each<[string, number, number, number, boolean]>([
    ['runs on', HOUR, HOUR + 10 * SECOND, 10 * SECOND, false],
    ['runs on, its answer late by a moment', HOUR, HOUR + 6 * SECOND, 10 * SECOND, false],
    ['has less uptime than before', HOUR, 20 * SECOND, 30 * SECOND, true],
    ['has less uptime, though only just', HOUR, HOUR - SECOND, 10 * SECOND, true],
    ['was young and restarted at once', 20 * SECOND, 25 * SECOND, MINUTE, true],
    ['restarted while we were off for a day', MINUTE, 10 * HOUR, DAY, true],
    ['restarted at once after our last look, a day ago', MINUTE, DAY - SECOND, DAY, true],
    ['runs on while we were off for a day', MINUTE, DAY + MINUTE, DAY, false],
    [
      'runs on, our clock was set forward by two hours',
      10 * HOUR,
      10 * HOUR + 10 * SECOND,
      2 * HOUR,
      false,
    ],
    ['runs on, our clock was set back by two hours', HOUR, HOUR + 10 * SECOND, -2 * HOUR, false],
    ['runs on, the PC slept for a night and its timer with it', HOUR, 9 * HOUR, 10 * SECOND, false],
    ['runs on, the PC slept for a night and its timer ran', HOUR, 9 * HOUR, 8 * HOUR, false],
    ['restarted, our clock was set back', HOUR, 30 * SECOND, -2 * HOUR, true],
  ])('%s', (_, last, seen, elapsed, restarted) => {
    expect(hasRestarted(last, seen, elapsed)).toBe(restarted);
  });

  test('a clock that was set forward by more than the uptime is told from a restart by the counters', () => {
    const [last, seen] = [HOUR, HOUR + 5 * MINUTE];
    expect(hasRestarted(last, seen, DAY, () => true)).toBe(false);
    expect(hasRestarted(last, seen, DAY, () => false)).toBe(true);
    expect(hasRestarted(HOUR, MINUTE, DAY, () => true)).toBe(true);
    // Nobody's clock was set: a router up for twenty seconds, twice, with as many bytes each time.
    expect(hasRestarted(20_000, 20_000, 30_000, () => true)).toBe(true);
    expect(hasRestarted(20_000, 20_000, MINUTE, () => true)).toBe(true);
    expect(hasRestarted(20_000, 20_000, MINUTE + 1, () => true)).toBe(false);
  });

  test('a router that just runs on never seems restarted, with whole seconds and late answers', () => {
    const late = fc.integer({ min: 0, max: 3_900 });
    fc.assert(
      fc.property(fc.nat(90 * DAY), fc.nat(7 * DAY), late, late, (uptime, elapsed, one, two) => {
        const whole = (ms: number) => Math.floor(ms / 1000) * 1000;
        const last = whole(uptime + one);
        expect(hasRestarted(last, Math.max(last, whole(uptime + elapsed + two)), elapsed)).toBe(
          false,
        );
      }),
    );
  });

  test('a restart is seen whenever it happened between the looks', () => {
    fc.assert(
      fc.property(
        fc.nat(90 * DAY),
        fc.integer({ min: 10_000, max: 7 * DAY }),
        fc.nat(),
        (uptime, elapsed, n) => {
          const since = Math.floor((n % (elapsed - 5_000)) / 1000) * 1000;
          // A router that had just started and did so again within the tolerance cannot be told apart.
          fc.pre(uptime > 5_000);
          expect(hasRestarted(uptime, since, elapsed)).toBe(true);
        },
      ),
    );
  });
});

describe('an account of one round', () => {
  const voucher = aRunningVoucher('A');

  test("a device's bytes go to the session of its last reading, and the reading moves on", () => {
    const last = aReading(1, 'A', { counter: { queueId: '*A1', boot: 1, bytes: rates(10, 100) } });
    const books = someBooks([voucher], [aSession(1, 'A')], [last]);
    const accounts = account(
      books,
      [aQueue(1, { bytes: rates(15, 170) })],
      [anActive(1, 'A')],
      LOOK,
    );
    expect(accounts).toEqual({
      usage: [{ code: 'A', mac: macOf(1), bytes: rates(5, 70), freeBytes: 0 }],
      uptime: new Map(),
      readings: [],
      moved: [{ ...last, counter: { ...last.counter, bytes: rates(15, 170) } }],
      gaps: [],
    });
    expect(post(books, accounts).vouchers.get('A')!.used).toEqual(rates(5, 70));
  });

  test('nothing moved: nothing to write', () => {
    const counter = { queueId: '*A1', boot: 1, bytes: rates(10, 100) };
    const books = someBooks([voucher], [aSession(1, 'A')], [aReading(1, 'A', { counter })]);
    const accounts = account(books, [aQueue(1, { bytes: rates(10, 100) })], [], LOOK);
    expect(accounts).toEqual({ usage: [], uptime: new Map(), readings: [], moved: [], gaps: [] });
  });

  test('without a reading the first bytes go to the session we put on the router', () => {
    const waiting = aSession(1, 'A', { id: 7, onRouter: false });
    const running = aSession(1, 'B', { id: 8 });
    const books = someBooks([voucher, aRunningVoucher('B')], [waiting, running]);
    const { usage, readings } = account(books, [aQueue(1, { bytes: rates(1, 2) })], [], LOOK);
    expect(usage).toMatchObject([{ code: 'B', mac: macOf(1), bytes: rates(1, 2) }]);
    expect(readings).toMatchObject([{ sessionId: 8, code: 'B' }]);
  });

  test('a device that went over to another voucher is billed to the old one up to that round, then to the new', () => {
    const old = aReading(1, 'A', { counter: { queueId: '*A1', boot: 1, bytes: rates(10, 10) } });
    const books = someBooks(
      [voucher, aRunningVoucher('B')],
      [aSession(1, 'A', { id: 1 }), aSession(1, 'B', { id: 2 })],
      [old],
    );
    const first = account(books, [aQueue(1, { bytes: rates(30, 10) })], [], LOOK);
    const posted = post(books, first);
    const switched = new Map(posted.readings);
    switched.set(macOf(1), { ...posted.readings.get(macOf(1))!, sessionId: 2, code: 'B' });
    const after = { ...posted, readings: switched };
    const second = account(after, [aQueue(1, { bytes: rates(30, 55) })], [], LOOK);
    const end = post(after, second);
    expect(end.vouchers.get('A')!.used).toEqual(rates(20, 0));
    expect(end.vouchers.get('B')!.used).toEqual(rates(0, 45));
    expect(end.readings.get(macOf(1))).toMatchObject({ code: 'B', sessionId: 2 });
  });

  test("somebody else's queues, dynamic ones and unknown devices are nobody's to pay", () => {
    const books = someBooks([voucher], [aSession(1, 'A')]);
    const bytes = rates(1000);
    const accounts = account(
      books,
      [
        aForeignQueue('*1', { bytes }),
        aQueue(1, { id: '*2', bytes, comment: '' }),
        aQueue(1, { id: '*3', bytes, dynamic: true }),
        aQueue(99, { bytes }),
      ],
      [],
      LOOK,
    );
    expect(accounts).toEqual({ usage: [], uptime: new Map(), readings: [], moved: [], gaps: [] });
  });

  test.each([
    ['router restarted', {}, { boot: 2 }],
    ['queue made anew', { id: '*F' }, {}],
    ['counters reset', {}, {}],
  ] as const)(
    '%s: what it shows counts, and the gap is noted with its bounds',
    (reason, queue, look) => {
      const last = aReading(1, 'A', {
        counter: { queueId: '*A1', boot: 1, bytes: rates(500, 500) },
      });
      const books = someBooks([voucher], [aSession(1, 'A')], [last]);
      const seen = aQueue(1, { bytes: rates(3, 4), ...queue });
      const accounts = account(books, [seen], [], { ...LOOK, ...look });
      expect(accounts.usage).toMatchObject([{ code: 'A', bytes: rates(3, 4) }]);
      expect(accounts.gaps).toEqual([
        { mac: macOf(1), code: 'A', reason, from: LOOK.previousAt, to: LOOK.at },
      ]);
    },
  );

  test('of doubles only the queue that was read before counts, wherever it stands', () => {
    const last = aReading(1, 'A', { counter: { queueId: '*A1', boot: 1, bytes: rates(500, 500) } });
    const books = someBooks([voucher], [aSession(1, 'A')], [last]);
    const queues = [
      aQueue(1, { id: '*D', name: 'copy', bytes: rates(9) }),
      aQueue(1, { bytes: rates(501, 502) }),
      aQueue(1, { id: '*E', name: 'copy2', bytes: rates(9) }),
    ];
    const accounts = account(books, queues, [], LOOK);
    expect(accounts.usage).toMatchObject([{ bytes: rates(1, 2) }]);
    expect(accounts.gaps).toEqual([]);
    expect(account(post(books, accounts), queues, [], LOOK).usage).toEqual([]);
  });

  describe('online time', () => {
    const budgeted = aRunningVoucher('A', { terms: someTerms({ uptimeSeconds: 1800 }) });
    const session = aSession(1, 'A');
    const uptime = (uptimeMs: number, id = '*B1', user = 'A') => [
      anActive(1, user, { id, uptimeMs }),
    ];

    test('is counted where a plan sells it', () => {
      const books = someBooks([budgeted], [session]);
      const first = post(books, account(books, [aQueue(1)], uptime(5_000), LOOK));
      const second = post(first, account(first, [aQueue(1)], uptime(15_000), LOOK));
      const relogged = post(second, account(second, [aQueue(1)], uptime(4_000, '*B2'), LOOK));
      const offline = post(relogged, account(relogged, [aQueue(1)], [], LOOK));
      expect(first.vouchers.get('A')!.usedUptimeMs).toBe(5_000);
      expect(second.vouchers.get('A')!.usedUptimeMs).toBe(15_000);
      expect(offline.vouchers.get('A')!.usedUptimeMs).toBe(19_000);
    });

    test('begins anew with the router, even where a session happens to get the old id', () => {
      const last = aReading(1, 'A', { activeId: '*B1', uptimeMs: 60_000 });
      const books = someBooks([budgeted], [session], [last]);
      const accounts = account(books, [aQueue(1)], uptime(90_000), { ...LOOK, boot: 2 });
      expect(accounts.uptime).toEqual(new Map([['A', 90_000]]));
    });

    test('is not counted without a budget, or under another code', () => {
      const plain = someBooks([voucher], [session]);
      expect(account(plain, [aQueue(1)], uptime(5_000), LOOK).uptime).toEqual(new Map());
      const books = someBooks([budgeted], [session]);
      expect(account(books, [aQueue(1)], uptime(5_000, '*B1', 'other'), LOOK).uptime).toEqual(
        new Map(),
      );
    });

    test('of two devices of one voucher adds up', () => {
      const books = someBooks([budgeted], [aSession(1, 'A'), aSession(2, 'A')]);
      const active = [anActive(1, 'A', { uptimeMs: 5_000 }), anActive(2, 'A', { uptimeMs: 7_000 })];
      const posted = post(books, account(books, [aQueue(1), aQueue(2)], active, LOOK));
      expect(posted.vouchers.get('A')!.usedUptimeMs).toBe(12_000);
    });

    test('that nobody looked at is taken from the user row, never twice', () => {
      const books = someBooks([{ ...budgeted, usedUptimeMs: 100_000 }], [session]);
      const base = { wallMs: 0, uptimeMs: 90_000, bytes: 0 };
      const row = (uptimeMs: number) => aUser('A', { comment: userComment('A', base), uptimeMs });
      const caughtUp = (uptimeMs: number) => {
        const accounts = account(books, [], [], LOOK);
        catchUpUptime(books, accounts, [row(uptimeMs)]);
        return post(books, accounts).vouchers.get('A')!.usedUptimeMs;
      };
      expect(caughtUp(40_000)).toBe(130_000);
      expect(caughtUp(10_000)).toBe(100_000);
      expect(caughtUp(0)).toBe(100_000);
    });

    test("of somebody else's row, or where no plan sells it, is not taken", () => {
      const books = someBooks([budgeted, aRunningVoucher('B')], [session, aSession(2, 'B')]);
      const accounts = account(books, [], [], LOOK);
      catchUpUptime(books, accounts, [
        aUser('A', { comment: 'theirs', uptimeMs: HOUR }),
        aUser('B', { uptimeMs: HOUR }),
        aUser('C', { uptimeMs: HOUR }),
      ]);
      expect(accounts.uptime).toEqual(new Map());
    });
  });
});

/** A router as it is: what flowed, and what its counters show of it. */
type Event =
  | { what: 'flow'; device: number; bytes: Rates }
  | { what: 'reset' | 'anew'; device: number }
  | { what: 'reboot' | 'look' };

test('over any run of traffic, looks and losses the books hold exactly what the router could tell', () => {
  const DEVICES = 3;
  const device = fc.nat(DEVICES - 1);
  const bytes = fc.record({ up: fc.nat(1000), down: fc.nat(5000) });
  const event: fc.Arbitrary<Event> = fc.oneof(
    { weight: 6, arbitrary: fc.record({ what: fc.constant('flow' as const), device, bytes }) },
    { weight: 4, arbitrary: fc.constant({ what: 'look' as const }) },
    fc.record({ what: fc.constantFrom('reset' as const, 'anew' as const), device }),
    fc.constant({ what: 'reboot' as const }),
  );

  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const devices = Array.from({ length: DEVICES }, (_, n) => n);
      // The router.
      let boot = 1;
      let nextId = 100;
      const queues = devices.map((n) => ({ id: `*${n}`, bytes: rates(0) }));
      // The oracle: bytes since the last round, thrown away by whoever loses them, and where the
      // counter stood at that round.
      const expected = devices.map(() => 0);
      const unseen = devices.map(() => rates(0));
      const lossSince = devices.map(() => false);
      const stoodAt = devices.map(() => rates(0));
      // The books.
      let books = someBooks(
        devices.map((n) => aRunningVoucher(`V${n}`)),
        devices.map((n) => aSession(n, `V${n}`)),
      );
      let booked = 0;

      const lose = (n: number) => {
        queues[n]!.bytes = rates(0);
        unseen[n] = rates(0);
      };
      const look = () => {
        const seen = queues.map((queue, n) =>
          aQueue(n, { id: queue.id, bytes: { ...queue.bytes } }),
        );
        const accounts = account(books, seen, [], { ...LOOK, boot });
        for (const one of accounts.usage) {
          expect(one.bytes.up).toBeGreaterThanOrEqual(0);
          expect(one.bytes.down).toBeGreaterThanOrEqual(0);
          booked += total(one.bytes);
        }
        books = post(books, accounts);
        for (const n of devices) {
          const flowed = unseen[n]!;
          const before = stoodAt[n]!;
          // A reset that was overtaken in both directions leaves no trace: less is counted, never more.
          const isHidden = lossSince[n] && flowed.up >= before.up && flowed.down >= before.down;
          expected[n]! += total(flowed) - (isHidden ? total(before) : 0);
          stoodAt[n] = { ...queues[n]!.bytes };
          unseen[n] = rates(0);
          lossSince[n] = false;
        }
      };
      const handle = (one: Event) => {
        if (one.what === 'look') look();
        else if (one.what === 'flow') {
          for (const way of ['up', 'down'] as const) {
            queues[one.device]!.bytes[way] += one.bytes[way];
            unseen[one.device]![way] += one.bytes[way];
          }
        } else if (one.what === 'reset') {
          lose(one.device);
          lossSince[one.device] = true;
        } else if (one.what === 'anew') {
          lose(one.device);
          queues[one.device]!.id = `*${(nextId += 1)}`;
          stoodAt[one.device] = rates(0); // a new id is always seen, so nothing is hidden by it
        } else {
          boot += 1;
          for (const n of devices) {
            lose(n);
            stoodAt[n] = rates(0);
          }
        }
      };

      look();
      for (const one of events) handle(one);
      look();
      const inBooks = devices.map((n) => total(books.vouchers.get(`V${n}`)!.used));
      expect(inBooks).toEqual(expected);
      expect(booked).toBe(expected.reduce((sum, one) => sum + one, 0));
    }),
    { numRuns: 500 },
  );
});

describe('free hours', () => {
  // 20:00 in Manila is noon in UTC.
  const free = { start: '20:00', end: '21:00', unlimited: true, multiplier: 1 };

  function freeBytes(window: BoostWindow, fromMs: number, toMs: number, bytes = rates(1000, 3000)) {
    const voucher = aRunningVoucher('A', { terms: someTerms({ window }) });
    const books = someBooks([voucher], [aSession(1, 'A')], [aReading(1, 'A')]);
    const look = { at: at(toMs), previousAt: at(fromMs), boot: 1 };
    const accounts = account(books, [aQueue(1, { bytes })], [], look);
    const posted = post(books, accounts).vouchers.get('A')!;
    expect(total(posted.used)).toBe(total(bytes));
    expect(posted.freeBytes).toBe(accounts.usage[0]!.freeBytes);
    return posted.freeBytes;
  }

  test.each<[string, number, number, number]>([
    ['before them', -MINUTE, 0, 0],
    ['in them', 0, MINUTE, 4000],
    ['after them', HOUR, HOUR + MINUTE, 0],
    ['half before, half in them', -MINUTE, MINUTE, 2000],
    ['a quarter in them, where nobody looked for hours', -3 * HOUR, HOUR, 1000],
  ])('%s', (_, from, to, expected) => {
    expect(freeBytes(free, from, to)).toBe(expected);
  });

  test('part of a byte is free as a whole, and never more than there were', () => {
    expect(freeBytes(free, -2 * MINUTE, MINUTE, rates(0, 1))).toBe(1);
    expect(freeBytes(free, 0, MINUTE, rates(0, 1))).toBe(1);
  });

  test('that only are faster count as ever', () => {
    expect(freeBytes({ ...free, unlimited: false, multiplier: 2 }, 0, MINUTE)).toBe(0);
  });
});
