import fc from 'fast-check';
import { difference, type Departure } from '../../../src/domain/network/diff';
import { RowPasswords } from '../../../src/domain/network/row-passwords';
import { massRemoval } from '../../../src/domain/network/safety-catch';
import { clockJump, shiftClocks } from '../../../src/domain/loop/time/shop-clock';
import {
  aDesiredDevice,
  aDesiredUser,
  aForeignQueue,
  aNetwork,
  aQueue,
  aRunningVoucher,
  aSession,
  at,
  aUser,
  aVoucher,
  DAY,
  HOUR,
  macOf,
  MINUTE,
  rates,
  SECOND,
  someBooks,
} from '../../support/builders';

describe('a clock that was set', () => {
  const last = { at: at(0), uptimeMs: DAY };
  const seen = (clockMs: number, uptimeMs: number) => ({
    at: at(clockMs),
    uptimeMs: DAY + uptimeMs,
  });

  test.each([
    ['two hours forward', 2 * HOUR + 10 * SECOND, 10 * SECOND, 2 * HOUR],
    ['two hours back', 10 * SECOND - 2 * HOUR, 10 * SECOND, -2 * HOUR],
    ['from 1970 to now', 20_000 * DAY, 10 * SECOND, 20_000 * DAY - 10 * SECOND],
    ['not at all', 10 * SECOND, 10 * SECOND, 0],
    ['not at all while the PC slept', 9 * HOUR, 9 * HOUR, 0],
    ['by drift of a minute', 70 * SECOND, 10 * SECOND, 0],
    ['by drift of a minute back', -50 * SECOND, 10 * SECOND, 0],
    ['by a bit more than a minute', 71 * SECOND, 10 * SECOND, 61 * SECOND],
  ])('%s', (_, clockMs, uptimeMs, jumpMs) => {
    expect(clockJump(last, seen(clockMs, uptimeMs))).toBe(jumpMs);
  });

  test('takes every running voucher and every dated limit along, by exactly the jump', () => {
    const running = aRunningVoucher('A', { used: rates(1, 2), usedUptimeMs: 3 });
    const stopped = aRunningVoucher('B', { stoppedAt: at(5 * MINUTE) });
    const ended = aRunningVoucher('C', { endedAt: at(HOUR), status: 'expired' });
    const fresh = aVoucher('D');
    const sessions = [aSession(1, 'A'), aSession(2, 'B'), aSession(3, 'C'), aSession(4, 'D')];
    const books = someBooks([running, stopped, ended, fresh], sessions);
    const dated = { mac: macOf(1), rate: rates(1), until: at(HOUR) };
    const endless = { mac: macOf(2), rate: rates(1), until: null };
    books.limits.set(dated.mac, dated).set(endless.mac, endless);

    fc.assert(
      fc.property(fc.integer({ min: -900 * DAY, max: 900 * DAY }), (jumpMs) => {
        const shifted = shiftClocks(books, jumpMs, { previousAt: null, at: at(0) });
        const moved = {
          ...running,
          startedAt: at(jumpMs),
          expiresAt: at(HOUR + jumpMs),
        };
        expect(shifted.vouchers).toEqual([
          moved,
          {
            ...stopped,
            startedAt: at(jumpMs),
            expiresAt: at(HOUR + jumpMs),
            stoppedAt: at(5 * MINUTE + jumpMs),
          },
        ]);
        expect(shifted.limits).toEqual([{ ...dated, until: at(HOUR + jumpMs) }]);
        expect([...shifted.state.vouchers]).toEqual([
          ['A', moved],
          ['B', shifted.vouchers[1]],
          ['C', ended],
          ['D', fresh],
        ]);
        expect(shifted.state.limits.get(endless.mac)).toBe(endless);
        expect(shifted.state.sessions).toBe(books.sessions);
      }),
      { numRuns: 50 },
    );
    expect(books.vouchers.get('A')).toBe(running);
  });
});

test('the cycles of a subscriber stay where the calendar has them', () => {
  const access = { kind: 'pppoe', subscriberId: 1, password: 'x', address: null } as const;
  const joy = aRunningVoucher('joy', { access: { ...access, suspended: false } });
  const shifted = shiftClocks(someBooks([joy], [aSession(1, 'joy')]), 30 * DAY, {
    previousAt: null,
    at: at(0),
  });
  expect(shifted.vouchers).toEqual([]);
  expect(shifted.state.vouchers.get('joy')).toBe(joy);
});

describe('the safety catch', () => {
  /** `count` devices on the router, each with its user and its queue. */
  function shop(count: number) {
    const numbers = Array.from({ length: count }, (_, n) => n + 1);
    return {
      numbers,
      actual: aNetwork({
        users: numbers.map((n) => aUser(`V${n}`)),
        queues: [...numbers.map((n) => aQueue(n)), aForeignQueue('*F')],
      }),
      wanted: (which: readonly number[]) => ({
        users: which.map((n) => aDesiredUser(`V${n}`)),
        devices: which.map((n) => aDesiredDevice(n, `V${n}`)),
        pool: null,
      }),
    };
  }

  function question(count: number, keep: number, departures: readonly Departure[] = []) {
    const { actual, wanted, numbers } = shop(count);
    const desired = wanted(numbers.slice(0, keep));
    const diff = difference(desired, actual, departures, new RowPasswords('secret'));
    expect(diff.removeUsers).toHaveLength(count - keep);
    expect(diff.removeQueues).toHaveLength(count - keep);
    return massRemoval(diff, actual, { desired, departures });
  }

  test('holds back fresh books on a busy router, and says what to do', () => {
    expect(question(6, 0)).toBe(
      '12 of 12 entries of ours on the router belong to nothing in these books. If the books are ' +
        'the right ones, let the removal go on',
    );
    expect(question(500, 0)).toContain('1000 of 1000');
  });

  test('lets go what the books say is over, however many', () => {
    const departures = Array.from({ length: 500 }, (_, n) => ({
      mac: macOf(n + 1),
      code: `V${n + 1}`,
    }));
    expect(question(500, 0, departures)).toBeUndefined();
    expect(question(500, 0, departures.slice(0, 250))).toBeUndefined();
    expect(question(500, 0, departures.slice(0, 249))).toContain('502 of 1000');
  });

  test('lets go half, and holds back more than half', () => {
    expect(question(10, 5)).toBeUndefined();
    expect(question(10, 4)).toContain('12 of 20');
  });

  test('leaves a small shop alone', () => {
    expect(question(4, 0)).toBeUndefined();
    expect(question(5, 0)).toContain('10 of 10');
  });
});
