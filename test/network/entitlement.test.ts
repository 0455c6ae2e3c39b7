import type { AuditEntry } from '../../src/domain/shop/audit-entry';
import { ShopCalendar } from '../../src/domain/shop/shop-calendar';
import type { PresentSpeed } from '../../src/domain/loop/speeds';
import type { Voucher } from '../../src/domain/vouchers/voucher';
import type { LoopState } from '../../src/domain/loop/loop-state';
import { entitle, type Entitlement } from '../../src/domain/loop/entitlement';
import { presences, type ActualNetwork } from '../../src/domain/network/network';
import type { Recent } from '../../src/domain/loop/period-use';
import type { Terms } from '../../src/domain/plans/plan';
import {
  aHost,
  anActive,
  aNetwork,
  aReading,
  aRunningVoucher,
  aSession,
  at,
  aVoucher,
  DAY,
  HOUR,
  macOf,
  MB,
  MINUTE,
  NOON,
  rates,
  SECOND,
  someBooks,
  someTerms,
} from '../support/builders';

const ZONE = 'Asia/Manila';
const FAIR = someTerms({ fairUseBytes: 500 * MB, fairUseRate: rates(256_000, 512_000) });
const PAST_FAIR_USE = { terms: FAIR, used: rates(0, 500 * MB) };

function decideAll(
  books: LoopState,
  actual: Partial<ActualNetwork>,
  now: Date = NOON,
  zone = ZONE,
  recent?: Recent,
): Entitlement {
  const present = presences(aNetwork(actual));
  return entitle(books, present, now, new ShopCalendar(zone), recent && { recent });
}

/** The books after the changes, as the store would give them back at the next round. */
function applied(books: LoopState, { vouchers, sessions, readings }: Entitlement): LoopState {
  const changes = new Map(sessions.map((change) => [change.id, change]));
  return {
    ...books,
    vouchers: new Map([...books.vouchers, ...vouchers.map((one) => [one.code, one] as const)]),
    readings: new Map([...books.readings, ...readings.map((one) => [one.mac, one] as const)]),
    sessions: books.sessions.map((session) => {
      const change = changes.get(session.id);
      return change ? { ...session, state: change.state, onRouter: change.onRouter } : session;
    }),
  };
}

/** Logged in under this code. */
function online(n: number, code: string): Partial<ActualNetwork> {
  return { hosts: [aHost(n)], active: [anActive(n, code)] };
}

const codes = ({ desired }: Entitlement) => desired.devices.map(({ code }) => code);
const changed = (entitlement: Entitlement, code: string) =>
  entitlement.vouchers.find((voucher) => voucher.code === code);

describe('the clock of a voucher', () => {
  const pending = aSession(1, 'A', { state: 'pending', pendingUntil: at(MINUTE), onRouter: false });

  test('starts when the router has let the device in, not before', () => {
    const books = someBooks([aVoucher('A')], [pending]);
    const before = decideAll(books, { hosts: [aHost(1)] });
    expect(before.desired.devices).toMatchObject([
      { mac: macOf(1), code: 'A', rate: rates(1_000_000, 2_000_000) },
    ]);
    expect(before.decisions.get(macOf(1))).toMatchObject({ reason: 'not started', code: 'A' });
    expect(before.vouchers).toEqual([]);
    expect(before.sessions).toEqual([{ id: 1, state: 'pending', endReason: null, onRouter: true }]);

    const now = at(10 * SECOND);
    const inside = decideAll(applied(books, before), online(1, 'A'), now);
    expect(changed(inside, 'A')).toMatchObject({
      status: 'active',
      activatedAt: now,
      startedAt: now,
      expiresAt: at(HOUR + 10 * SECOND),
    });
    expect(inside.sessions).toEqual([{ id: 1, state: 'open', endReason: null, onRouter: true }]);
    expect(inside.reviewAt).toEqual(at(HOUR + 10 * SECOND));
    expect(decideAll(applied(books, inside), online(1, 'A'), now).vouchers).toEqual([]);
  });

  test('does not start while the device is in under another code', () => {
    const books = someBooks([aVoucher('A')], [pending]);
    expect(decideAll(books, online(1, 'somebody')).vouchers).toEqual([]);
  });

  test('never ends for a developer', () => {
    const books = someBooks([aVoucher('DEV', { developer: true })], [aSession(1, 'DEV')]);
    const entitlement = decideAll(books, online(1, 'DEV'));
    expect(changed(entitlement, 'DEV')).toMatchObject({ startedAt: NOON, expiresAt: null });
    expect(entitlement.desired.users).toMatchObject([
      { granted: { wallMs: null, uptimeMs: null, bytes: null } },
    ]);
  });

  test('a redemption that was cut short is given up, and the code is as good as new', () => {
    const books = someBooks([aVoucher('A')], [{ ...pending, onRouter: true }]);
    const inTime = decideAll(books, { hosts: [aHost(1)] }, at(MINUTE - 1));
    expect(codes(inTime)).toEqual(['A']);
    const late = decideAll(books, { hosts: [aHost(1)] }, at(MINUTE));
    expect(late.desired).toMatchObject({ users: [], devices: [] });
    expect(late.vouchers).toEqual([]);
    expect(late.sessions).toEqual([
      { id: 1, state: 'ended', endReason: 'not completed', onRouter: true },
    ]);
    expect(late.departures).toEqual([{ sessionId: 1, mac: macOf(1), code: 'A' }]);
  });

  test('a redemption that was cut short after the login counts', () => {
    const books = someBooks([aVoucher('A')], [pending]);
    const late = decideAll(books, online(1, 'A'), at(HOUR));
    expect(codes(late)).toEqual(['A']);
    expect(changed(late, 'A')).toMatchObject({ startedAt: at(HOUR) });
    expect(late.sessions).toMatchObject([{ state: 'open' }]);
  });
});

describe('a second voucher of a device', () => {
  test('waits behind the first, and its time starts only when it runs', () => {
    const first = aRunningVoucher('A');
    const books = someBooks(
      [first, aVoucher('B')],
      [aSession(1, 'A', { id: 1 }), aSession(1, 'B', { id: 2, state: 'pending', onRouter: false })],
    );
    const waiting = decideAll(books, online(1, 'A'), at(MINUTE));
    expect(codes(waiting)).toEqual(['A']);
    expect(changed(waiting, 'A')).toBeUndefined();
    expect(changed(waiting, 'B')).toMatchObject({
      status: 'active',
      activatedAt: at(MINUTE),
      startedAt: null,
      expiresAt: null,
    });
    expect(waiting.sessions).toEqual([{ id: 2, state: 'open', endReason: null, onRouter: false }]);

    const taken = applied(books, waiting);
    const over = decideAll(taken, online(1, 'A'), at(HOUR));
    expect(codes(over)).toEqual(['B']);
    expect(changed(over, 'A')).toMatchObject({
      status: 'expired',
      endedAt: at(HOUR),
      stoppedAt: null,
    });
    expect(over.departures).toEqual([{ sessionId: 1, mac: macOf(1), code: 'A' }]);
    expect(changed(over, 'B')).toBeUndefined();

    const runs = decideAll(applied(taken, over), online(1, 'B'), at(HOUR + 10 * SECOND));
    expect(changed(runs, 'B')).toMatchObject({
      startedAt: at(HOUR + 10 * SECOND),
      expiresAt: at(2 * HOUR + 10 * SECOND),
    });
  });

  test('runs at once when the first is slowed, whose clock stands still and goes on later', () => {
    const start = someBooks(
      [aRunningVoucher('A', PAST_FAIR_USE), aVoucher('B')],
      [aSession(1, 'A', { id: 1 }), aSession(1, 'B', { id: 2, onRouter: false })],
    );
    const first = decideAll(start, online(1, 'A'), at(20 * MINUTE));
    expect(codes(first)).toEqual(['B']);
    expect(changed(first, 'A')).toMatchObject({ stoppedAt: at(20 * MINUTE), status: 'active' });
    expect(first.departures).toEqual([{ sessionId: 1, mac: macOf(1), code: 'A' }]);

    const second = applied(start, first);
    const running = decideAll(second, online(1, 'B'), at(21 * MINUTE));
    expect(changed(running, 'B')).toMatchObject({ expiresAt: at(81 * MINUTE) });
    expect(changed(running, 'A')).toBeUndefined();
    // The first waits behind it: what it has left is no reason to look soon.
    expect(running.reviewAt).toEqual(at(81 * MINUTE));

    const third = applied(second, running);
    const back = decideAll(third, online(1, 'B'), at(81 * MINUTE));
    expect(codes(back)).toEqual(['A']);
    expect(changed(back, 'B')).toMatchObject({ status: 'expired' });
    // Stopped for 61 of its 60 minutes, 20 of which were gone: 40 are left.
    expect(changed(back, 'A')).toMatchObject({ stoppedAt: null, expiresAt: at(121 * MINUTE) });
    expect(back.reviewAt).toEqual(at(121 * MINUTE));
    expect(back.desired.devices).toMatchObject([{ rate: rates(256_000, 512_000) }]);
  });

  test('takes the bytes of the device from the round on at which it runs', () => {
    const books = someBooks(
      [aRunningVoucher('A', PAST_FAIR_USE), aVoucher('B')],
      [aSession(1, 'A', { id: 1 }), aSession(1, 'B', { id: 2, onRouter: false })],
      [aReading(1, 'A')],
    );
    const { readings } = decideAll(books, online(1, 'A'), at(MINUTE));
    expect(readings).toEqual([{ ...aReading(1, 'A'), sessionId: 2, code: 'B' }]);
    const without = { ...books, readings: new Map() };
    expect(decideAll(without, online(1, 'A'), at(MINUTE)).readings).toEqual([]);
  });

  test('a voucher stands still only when each of its devices runs another', () => {
    const shared = aRunningVoucher('A', {
      terms: { ...FAIR, devices: 2 },
      used: rates(0, 500 * MB),
    });
    const books = someBooks(
      [shared, aVoucher('B')],
      [aSession(1, 'A', { id: 1 }), aSession(2, 'A', { id: 2 }), aSession(1, 'B', { id: 3 })],
    );
    const actual = {
      hosts: [aHost(1), aHost(2)],
      active: [anActive(1, 'A'), anActive(2, 'A')],
    };
    const entitlement = decideAll(books, actual, at(MINUTE));
    expect(entitlement.desired.devices).toMatchObject([
      { mac: macOf(1), code: 'B' },
      { mac: macOf(2), code: 'A' },
    ]);
    expect(changed(entitlement, 'A')).toBeUndefined();
    expect(entitlement.departures).toEqual([{ sessionId: 1, mac: macOf(1), code: 'A' }]);
  });
});

describe('devices', () => {
  test('two on one voucher both get in under one user row', () => {
    const terms = someTerms({ devices: 2 });
    const books = someBooks(
      [aRunningVoucher('A', { terms, used: rates(10, 20) })],
      [aSession(1, 'A'), aSession(2, 'A')],
    );
    const { desired } = decideAll(books, online(1, 'A'), at(MINUTE));
    expect(desired.devices.map(({ mac }) => mac)).toEqual([macOf(1), macOf(2)]);
    expect(desired.users).toEqual([
      {
        code: 'A',
        devices: 2,
        mac: null,
        granted: { wallMs: HOUR, uptimeMs: null, bytes: null },
        used: { wallMs: MINUTE, uptimeMs: 0, bytes: 30 },
      },
    ]);
  });

  test('a voucher for one is bound to the one that has it now, be it here or not', () => {
    const had = aSession(1, 'A', { state: 'ended', onRouter: true });
    const books = someBooks([aRunningVoucher('A')], [had, aSession(2, 'A')]);
    const users = [{ code: 'A', mac: macOf(2) }];
    expect(decideAll(books, online(1, 'A'))).toMatchObject({ desired: { users } });
    expect(decideAll(books, {})).toMatchObject({ desired: { users } });
  });

  test('that were signed out are not let in, and leave', () => {
    const books = someBooks([aRunningVoucher('A')], [aSession(1, 'A', { signedOut: true })]);
    const entitlement = decideAll(books, online(1, 'A'));
    expect(entitlement.desired).toMatchObject({ users: [], devices: [] });
    expect(entitlement.departures).toEqual([{ sessionId: 1, mac: macOf(1), code: 'A' }]);
    expect(entitlement.sessions).toEqual([]);
  });

  test('that were signed out see their voucher end all the same', () => {
    const books = someBooks([aRunningVoucher('A')], [aSession(1, 'A', { signedOut: true })]);
    const { vouchers, sessions } = decideAll(books, {}, at(HOUR));
    expect(vouchers).toMatchObject([{ status: 'expired', endedAt: at(HOUR) }]);
    expect(sessions).toMatchObject([{ state: 'ended', endReason: 'expired' }]);
  });

  test.each<[string, Partial<Parameters<typeof aRunningVoucher>[1]>, Date]>([
    ['expired', {}, at(HOUR)],
    [
      'exhausted',
      { terms: someTerms({ capBytes: MB, capPolicy: 'block' }), used: rates(MB, 0) },
      NOON,
    ],
    ['revoked', { status: 'revoked', endedAt: NOON }, NOON],
  ])('of a voucher that is %s leave, and the books say why', (status, differences, now) => {
    const books = someBooks([aRunningVoucher('A', differences)], [aSession(1, 'A')]);
    const entitlement = decideAll(books, online(1, 'A'), now);
    expect(entitlement.desired).toMatchObject({ users: [], devices: [] });
    expect(entitlement.departures).toEqual([{ sessionId: 1, mac: macOf(1), code: 'A' }]);
    expect(entitlement.sessions).toEqual([
      { id: 1, state: 'ended', endReason: status, onRouter: true },
    ]);
    const next = applied(books, entitlement);
    expect(next.vouchers.get('A')).toMatchObject({ status, endedAt: now, stoppedAt: null });

    // Until all rows are seen gone the departure stays; then there is nothing more to do.
    const again = decideAll(next, online(1, 'A'), now);
    expect(again.departures).toHaveLength(1);
    expect(again).toMatchObject({ vouchers: [], sessions: [], audit: [], reviewAt: null });
  });

  test('paused are out, and their voucher goes on later', () => {
    const books = someBooks([aRunningVoucher('A', { status: 'paused' })], [aSession(1, 'A')]);
    const entitlement = decideAll(books, online(1, 'A'), at(MINUTE));
    expect(entitlement.departures).toHaveLength(1);
    expect(entitlement).toMatchObject({ vouchers: [], sessions: [], reviewAt: at(HOUR) });
  });

  test('with a limit by hand have that speed until it is over', () => {
    const books = someBooks([aRunningVoucher('A')], [aSession(1, 'A')]);
    const limit = { mac: macOf(1), rate: rates(64_000), until: at(MINUTE) };
    books.limits.set(macOf(1), limit);
    const limited = decideAll(books, online(1, 'A'));
    expect(limited.desired.devices).toMatchObject([{ rate: rates(64_000) }]);
    expect(limited.reviewAt).toEqual(at(MINUTE));
    const free = decideAll(books, online(1, 'A'), at(MINUTE));
    expect(free.desired.devices).toMatchObject([{ rate: rates(1_000_000, 2_000_000) }]);
  });
});

describe('the next round', () => {
  const terms = someTerms({ capBytes: 100 * MB, capPolicy: 'block', devices: 3 });
  const voucher = aRunningVoucher('A', { terms, used: rates(0, 97 * MB) });

  test('comes sooner when several devices share what is left', () => {
    const sessions = [aSession(1, 'A'), aSession(2, 'A')];
    const books = someBooks([voucher], sessions);
    expect(decideAll(books, online(1, 'A')).reviewAt).toEqual(at(8 * SECOND));
    const both = { hosts: [aHost(1), aHost(2)], active: [anActive(1, 'A'), anActive(2, 'A')] };
    expect(decideAll(books, both).reviewAt).toEqual(at(4 * SECOND));
  });

  test('counts devices that are about to be let in', () => {
    const books = someBooks([voucher], [aSession(1, 'A'), aSession(2, 'A')]);
    const hosts = { hosts: [aHost(1), aHost(2)] };
    expect(decideAll(books, hosts).reviewAt).toEqual(at(4 * SECOND));
    expect(decideAll(books, {}).reviewAt).toEqual(at(HOUR));
  });
});

describe('a cap that comes again', () => {
  const daily = (differences: Partial<Terms> = {}) =>
    someTerms({
      capBytes: 100 * MB,
      capPolicy: 'block',
      capPeriod: 'daily',
      validitySeconds: 30 * 86_400,
      ...differences,
    });
  const session = aSession(1, 'A');

  function afterMidnight(zone: string, midnight: string, previous: string) {
    const voucher = aRunningVoucher('A', {
      terms: daily(),
      startedAt: new Date(previous),
      expiresAt: new Date(new Date(midnight).getTime() + 20 * DAY),
      periodStartedAt: new Date(previous),
      used: rates(30 * MB, 70 * MB),
    });
    const books = someBooks([voucher], [session]);
    const before = decideAll(books, {}, new Date(new Date(midnight).getTime() - 1), zone);
    const after = decideAll(books, {}, new Date(midnight), zone);
    return { before, after };
  }

  test.each([
    ['Asia/Manila', '2026-11-21T16:00:00Z', '2026-11-20T16:00:00Z'],
    ['Europe/Berlin', '2026-03-29T22:00:00Z', '2026-03-28T23:00:00Z'],
    ['Europe/Berlin', '2026-10-25T23:00:00Z', '2026-10-24T22:00:00Z'],
  ])("waits until the shop's midnight in %s, %s", (zone, midnight, previous) => {
    const { before, after } = afterMidnight(zone, midnight, previous);
    expect(before.desired.devices).toEqual([]);
    expect(before.vouchers).toEqual([]);
    expect(before.reviewAt).toEqual(new Date(midnight));
    expect(codes(after)).toEqual(['A']);
    expect(changed(after, 'A')).toMatchObject({
      status: 'active',
      periodStartedAt: new Date(midnight),
      usedBeforePeriod: 100 * MB,
    });
    // The router's own ceiling grows with the day; it counts the voucher's whole life.
    expect(after.desired.users).toMatchObject([{ granted: { bytes: 200 * MB } }]);
  });

  test('counts the first day from the first byte', () => {
    const books = someBooks(
      [aRunningVoucher('A', { terms: daily(), used: rates(5, 5) })],
      [session],
    );
    const { vouchers } = decideAll(books, online(1, 'A'));
    expect(vouchers).toMatchObject([
      { periodStartedAt: new Date('2026-11-20T16:00:00Z'), usedBeforePeriod: 0 },
    ]);
  });

  test('a day begun by a wrong clock is dated anew, and what was used stays used', () => {
    const voucher = aRunningVoucher('A', {
      terms: daily(),
      periodStartedAt: at(40 * DAY),
      usedBeforePeriod: 50 * MB,
      used: rates(60 * MB, 0),
    });
    const books = someBooks([voucher], [session]);
    const now = decideAll(books, online(1, 'A'));
    expect(changed(now, 'A')).toMatchObject({
      periodStartedAt: new Date('2026-11-20T16:00:00Z'),
      usedBeforePeriod: 50 * MB,
    });
    const tomorrow = decideAll(applied(books, now), online(1, 'A'), at(DAY));
    expect(changed(tomorrow, 'A')).toMatchObject({ usedBeforePeriod: 60 * MB });
  });

  test('a voucher nobody used yet has no days', () => {
    const books = someBooks([aVoucher('A', { terms: daily() })], [session]);
    expect(decideAll(books, {}).vouchers).toEqual([]);
  });
});

describe('a cap that comes again at the hour of first use', () => {
  const terms = someTerms({
    capBytes: 100 * MB,
    capPolicy: 'block',
    capPeriod: 'monthly',
    capAnchor: 'start',
    validitySeconds: 400 * 86_400,
  });
  const startedAt = new Date('2026-01-31T02:00:00Z'); // 10:00 in Manila

  function bound(now: string) {
    const voucher = aRunningVoucher('A', {
      terms,
      activatedAt: startedAt,
      startedAt,
      expiresAt: new Date('2027-03-01T00:00:00Z'),
      periodStartedAt: startedAt,
      used: rates(0, 100 * MB),
    });
    const books = someBooks([voucher], [aSession(1, 'A')]);
    return changed(decideAll(books, {}, new Date(now)), 'A')?.periodStartedAt?.toISOString();
  }

  test.each([
    ['2026-02-28T01:59:59Z', undefined],
    ['2026-02-28T02:00:00Z', '2026-02-28T02:00:00.000Z'],
    ['2026-03-31T01:59:59Z', '2026-02-28T02:00:00.000Z'],
    ['2026-03-31T02:00:00Z', '2026-03-31T02:00:00.000Z'],
    ['2026-12-31T02:00:00Z', '2026-12-31T02:00:00.000Z'],
  ])('at %s the period began %s', (now, expected) => {
    expect(bound(now)).toBe(expected);
  });

  test('waits for that hour, then grants again', () => {
    const voucher = aRunningVoucher('A', {
      terms: { ...terms, capPeriod: 'daily' },
      expiresAt: at(30 * DAY),
      periodStartedAt: NOON,
      used: rates(0, 100 * MB),
    });
    const books = someBooks([voucher], [aSession(1, 'A')]);
    const before = decideAll(books, {}, at(DAY - 1));
    expect(before.desired.devices).toEqual([]);
    expect(before.reviewAt).toEqual(at(DAY));
    expect(codes(decideAll(books, {}, at(DAY)))).toEqual(['A']);
  });
});

test('another time zone gives nobody a second cap for the day', () => {
  const terms = someTerms({ capBytes: 100 * MB, capPolicy: 'block', capPeriod: 'daily' });
  const midnight = new Date('2026-11-20T16:00:00Z'); // in Manila
  const voucher = aRunningVoucher('A', {
    terms,
    expiresAt: at(30 * DAY),
    periodStartedAt: midnight,
    used: rates(0, 100 * MB),
  });
  const books = someBooks([voucher], [aSession(1, 'A')]);
  const hour = (count: number) => new Date(midnight.getTime() + count * HOUR);
  const isOnline = (now: Date) => codes(decideAll(books, {}, now, 'Asia/Dubai')).length > 0;
  expect(isOnline(hour(5))).toBe(false); // past midnight in Dubai
  expect(isOnline(hour(27))).toBe(false);
  expect(isOnline(hour(28))).toBe(true); // and past the next one
});

describe('data that is left over', () => {
  const terms = someTerms({
    capBytes: 100 * MB,
    capPolicy: 'block',
    capPeriod: 'daily',
    capAnchor: 'start',
    capRollover: true,
    validitySeconds: 30 * 86_400,
  });

  function carried(
    used: number,
    carriedBytes: number,
    now: Date,
    more: Partial<Terms> = {},
    recent?: Recent,
  ) {
    const voucher = aRunningVoucher('A', {
      terms: { ...terms, ...more },
      expiresAt: at(30 * DAY),
      periodStartedAt: NOON,
      used: rates(0, used),
      carriedBytes,
    });
    const books = someBooks([voucher], [aSession(1, 'A')]);
    return changed(decideAll(books, {}, now, ZONE, recent), 'A')?.carriedBytes;
  }

  test.each([
    ['of a period half used', 50 * MB, 0, 50 * MB],
    ['of an unused one', 0, 0, 100 * MB],
    ['of one used up', 100 * MB, 0, 0],
    ['of one overrun', 110 * MB, 0, 0],
    ['what was carried is used first', 50 * MB, 30 * MB, 80 * MB],
    ['never more than a cap', 0, 100 * MB, 100 * MB],
  ])('goes on: %s', (_, used, before, after) => {
    expect(carried(used, before, at(DAY))).toBe(after);
  });

  test('after periods nobody saw, what was used since the last round counts as used evenly', () => {
    const seen = (used: number, since: Date) =>
      carried(used, 0, at(3 * DAY), {}, { since, bytes: new Map([['A', 270 * MB]]) });
    expect(carried(0, 0, at(3 * DAY))).toBe(100 * MB);
    // Seen on the first day, nothing since.
    expect(carried(150 * MB, 0, at(3 * DAY))).toBe(100 * MB);
    // 90 of 100 on each day, and what is left of one goes to the next.
    expect(seen(270 * MB, NOON)).toBe(30 * MB);
    expect(seen(280 * MB, NOON)).toBe(20 * MB);
    expect(seen(270 * MB, at(2 * DAY))).toBe(0);
  });

  test('goes nowhere without rollover', () => {
    expect(carried(0, 0, at(DAY), { capRollover: false })).toBe(0);
  });

  test("raises the router's own ceiling too", () => {
    const voucher = aRunningVoucher('A', {
      terms,
      expiresAt: at(30 * DAY),
      periodStartedAt: NOON,
      carriedBytes: 30 * MB,
    });
    const books = someBooks([voucher], [aSession(1, 'A')]);
    expect(decideAll(books, online(1, 'A')).desired.users[0]!.granted.bytes).toBe(130 * MB);
  });
});

test('what a period went over its cap is noted with its price, once, when the period ends', () => {
  const overage = { price: { amount: 1000, currency: 'PHP' }, unitBytes: 10 * MB };
  const terms = someTerms({
    ...{ capBytes: 100 * MB, capPolicy: 'overage', capPeriod: 'daily', capAnchor: 'start' },
    ...{ overage, validitySeconds: 30 * 86_400 },
  });
  const voucher = aRunningVoucher('A', {
    terms,
    expiresAt: at(30 * DAY),
    periodStartedAt: NOON,
    used: rates(0, 125 * MB),
  });
  const books = someBooks([voucher], [aSession(1, 'A')]);
  expect(decideAll(books, {}, at(DAY - 1)).audit).toEqual([]);
  const after = decideAll(books, {}, at(DAY));
  expect(after.audit).toMatchObject([
    {
      what: 'overage of a period',
      subject: 'A',
      detail: { bytes: 25 * MB, charge: { amount: 3000, currency: 'PHP' } },
    },
  ]);
  const next = someBooks([changed(after, 'A')!], [aSession(1, 'A')]);
  expect(decideAll(next, {}, at(DAY + MINUTE)).audit).toEqual([]);
});

describe('bytes of a time in which nobody looked', () => {
  const overage = { price: { amount: 1000, currency: 'PHP' }, unitBytes: 10 * MB };
  const daily = someTerms({
    ...{ capBytes: 100 * MB, capPolicy: 'overage', capPeriod: 'daily', overage },
    validitySeconds: 30 * 86_400,
  });
  const midnight = new Date('2026-11-20T16:00:00Z'); // in Manila, 20 hours before noon

  /** @param seen what earlier looks had counted @param recent what this one adds */
  function after(seen: number, recent: number, since: Date, now: Date, terms: Terms = daily) {
    const voucher = aRunningVoucher('A', {
      terms,
      expiresAt: at(30 * DAY),
      periodStartedAt: midnight,
      used: rates(0, (seen + recent) * MB),
    });
    const books = someBooks([voucher], [aSession(1, 'A')]);
    const bytes = new Map([['A', recent * MB]]);
    const { audit, vouchers } = decideAll(books, {}, now, ZONE, { since, bytes });
    const overages = overagesIn(audit).map(({ from, bytes: over }) => [from, over / MB]);
    const { used, usedBeforePeriod } = vouchers[0]!;
    return { overages, inPeriod: (used.down - usedBeforePeriod) / MB };
  }
  const day = (count: number) => new Date(midnight.getTime() + count * DAY);

  test('belong to each day by its share, so that no day pays for another', () => {
    // 90 a day, on three days of which none went over its 100.
    expect(after(30, 270, at(-4 * HOUR), new Date(at(-4 * HOUR).getTime() + 3 * DAY))).toEqual({
      overages: [],
      inPeriod: 60,
    });
    expect(after(0, 480, day(0), day(4))).toEqual({
      overages: [0, 1, 2, 3].map((count) => [day(count), 20]),
      inPeriod: 0,
    });
  });

  test('what was seen before stays in its day', () => {
    expect(after(130, 60, day(0.5), day(1.5))).toEqual({ overages: [[day(0), 60]], inPeriod: 30 });
    expect(after(130, 60, day(1.25), day(1.5))).toEqual({ overages: [[day(0), 30]], inPeriod: 60 });
  });

  test('lose none and make none, however odd they are', () => {
    const { overages, inPeriod } = after(100, 0.000_007, day(0), day(2.5));
    expect(overages).toEqual([[day(0), 0.000_002]]);
    expect(inPeriod).toBeCloseTo(0.000_003, 9);
  });

  test('did not flow in free hours, which are not counted', () => {
    const window = { start: '18:00', end: '06:00', unlimited: true, multiplier: 1 };
    // From 17:00 to 07:00 on the next morning: an hour on each day counts.
    const free = after(80, 40, day(17 / 24), day(31 / 24), { ...daily, window });
    expect(free).toEqual({ overages: [], inPeriod: 20 });
  });

  test('go by the bounds of a new time zone too', () => {
    const voucher = aRunningVoucher('A', {
      ...{ terms: daily, expiresAt: at(30 * DAY), periodStartedAt: midnight },
      used: rates(0, 280 * MB),
    });
    const books = someBooks([voucher], [aSession(1, 'A')]);
    // In Dubai the day goes on until its second midnight, 28 hours after that in Manila.
    const recent = { since: midnight, bytes: new Map([['A', 280 * MB]]) };
    const now = new Date(midnight.getTime() + 56 * HOUR);
    const { audit, vouchers } = decideAll(books, {}, now, 'Asia/Dubai', recent);
    expect(overagesIn(audit).map((one) => one.bytes)).toEqual([40 * MB, 20 * MB]);
    expect(vouchers).toMatchObject([{ usedBeforePeriod: 260 * MB }]);
  });
});

test('a plan with free hours has no ceiling of bytes on the router, which would count those too', () => {
  const window = { start: '23:00', end: '07:00', unlimited: true, multiplier: 1 };
  const terms = someTerms({ capBytes: 100 * MB, capPolicy: 'block', window });
  const books = someBooks([aRunningVoucher('A', { terms })], [aSession(1, 'A')]);
  expect(decideAll(books, online(1, 'A')).desired.users[0]!.granted.bytes).toBeNull();
});

describe('what is written down of the speeds', () => {
  const fast = {
    mac: macOf(1),
    code: 'A',
    rate: rates(1_000_000, 2_000_000),
    reason: 'full speed',
  };

  function speeds(voucher: Partial<Voucher>, known?: PresentSpeed, now = at(MINUTE)) {
    const books = someBooks([aRunningVoucher('A', voucher)], [aSession(1, 'A')]);
    if (known) books.speeds.set(known.mac, known);
    return decideAll(books, online(1, 'A'), now).speeds;
  }

  test('the first, then only what changes', () => {
    const first = speeds({});
    expect(first).toMatchObject({ changes: [{ ...fast, isLast: false }], over: [] });
    expect(speeds({}, first.changes[0])).toEqual({ changes: [], over: [] });
    expect(speeds(PAST_FAIR_USE, first.changes[0]).changes).toMatchObject([
      {
        reason: 'fair use',
        rate: rates(256_000, 512_000),
        because: { usedBytes: 500 * MB, limitBytes: 500 * MB },
      },
    ]);
  });

  test('nothing before the first second online, and the end once', () => {
    expect(speeds({ startedAt: null, expiresAt: null }).changes).toMatchObject([]);
    const [first] = speeds({}).changes;
    expect(speeds({}, first, at(HOUR)).changes).toMatchObject([
      { rate: null, reason: 'time over', isLast: true },
    ]);
    expect(speeds({}, undefined, at(HOUR)).changes).toEqual([]);
  });

  test('a device that logged out is not told to be fast', () => {
    const [first] = speeds({}).changes;
    const books = someBooks([aRunningVoucher('A')], [aSession(1, 'A', { signedOut: true })]);
    books.speeds.set(macOf(1), first!);
    expect(decideAll(books, {}, at(MINUTE)).speeds.changes).toMatchObject([
      { rate: null, reason: 'logged out', isLast: false },
    ]);
  });

  test('a device without a voucher has nothing any more', () => {
    const books = someBooks([], []);
    books.speeds.set(macOf(2), {
      ...fast,
      mac: macOf(2),
      reason: 'full speed',
      because: { until: null },
    });
    expect(decideAll(books, {}).speeds).toEqual({ changes: [], over: [macOf(2)] });
  });
});

test('a round at an unchanged world changes nothing in the books', () => {
  const books = someBooks([aRunningVoucher('A')], [aSession(1, 'A')], [aReading(1, 'A')]);
  expect(decideAll(books, online(1, 'A'), at(MINUTE))).toMatchObject({
    vouchers: [],
    sessions: [],
    readings: [],
    audit: [],
    departures: [],
  });
});

test('five thousand devices with a daily cap are decided quickly', () => {
  const terms = someTerms({ capPeriod: 'daily', capBytes: 1000 * MB, capPolicy: 'throttle' });
  const numbers = Array.from({ length: 5000 }, (_, n) => n + 1);
  const books = someBooks(
    numbers.map((n) => aRunningVoucher(`V${n}`, { terms })),
    numbers.map((n) => aSession(n, `V${n}`)),
  );
  const network = {
    hosts: numbers.map((n) => aHost(n)),
    active: numbers.map((n) => anActive(n, `V${n}`)),
  };
  const startedAt = performance.now();
  expect(decideAll(books, network).desired.devices).toHaveLength(5000);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

function overagesIn(audit: readonly AuditEntry[]) {
  return audit.filter((one) => one.what === 'overage of a period').map(({ detail }) => detail);
}
