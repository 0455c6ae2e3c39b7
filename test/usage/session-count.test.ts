import { account } from '../../src/domain/loop/accounting';
import type { SessionCounter } from '../../src/domain/loop/loop-state';
import { presences, type ActiveSession, type SimpleQueue } from '../../src/domain/network/network';
import { countSessions } from '../../src/domain/loop/session-count';
import { ShopCalendar } from '../../src/domain/shop/shop-calendar';
import {
  aForeignQueue,
  aHost,
  anActive,
  aNetwork,
  aQueue,
  aReading,
  aRunningVoucher,
  aSession,
  at,
  macOf,
  MINUTE,
  rates,
  SECOND,
  someBooks,
  someTerms,
} from '../support/builders';

const LOOK = { at: at(10 * SECOND), previousAt: at(0), boot: 1 };
const ELSEWHERE = { targets: ['10.5.99.9/32'] };

function books(counters: SessionCounter[] = []) {
  const one = someBooks([aRunningVoucher('A')], [aSession(1, 'A')], [aReading(1, 'A')]);
  return { ...one, sessionCounters: new Map(counters.map((counter) => [counter.mac, counter])) };
}

function counter(differences: Partial<SessionCounter> = {}): SessionCounter {
  return { mac: macOf(1), activeId: '*B1', boot: 1, bytes: rates(100, 1000), ...differences };
}

function count(
  active: Partial<ActiveSession>,
  queues: readonly SimpleQueue[],
  counters: SessionCounter[] = [],
  look: Partial<typeof LOOK | { previousAt: null }> = {},
) {
  const seen = anActive(1, 'A', { uptimeMs: 8 * SECOND, bytes: rates(150, 1700), ...active });
  const present = presences(aNetwork({ active: [seen], hosts: [aHost(1)] }));
  return countSessions(books(counters), queues, present, { ...LOOK, ...look });
}

test('a session that began since the last round, without its queue, is billed whole', () => {
  for (const queues of [[], [aQueue(1, ELSEWHERE)], [aQueue(1, { dynamic: true })]]) {
    const { usage, seen } = count({}, queues);
    expect(usage).toEqual([{ code: 'A', mac: macOf(1), bytes: rates(150, 1700) }]);
    expect(seen).toEqual([counter({ bytes: rates(150, 1700) })]);
  }
});

describe('with a queue of somebody else that takes its packets', () => {
  const everybody = aForeignQueue('*9', {
    name: 'hs-<hotspot1>',
    targets: ['bridge'],
    dynamic: true,
  });
  const own = aQueue(1, { bytes: rates(20, 200) });
  const pool = aQueue(1, { id: '*8', name: 'pisonet-pool', comment: 'pisonet:pool' });

  test('above its own, a session that began since the last round is billed whole, and its queue not again', () => {
    const { usage, seen, strange } = count({}, [everybody, own]);
    expect(usage).toEqual([{ code: 'A', mac: macOf(1), bytes: rates(150, 1700) }]);
    expect(seen).toEqual([counter({ bytes: rates(150, 1700) })]);
    expect(strange.get(own.id)).toEqual(rates(150, 1700));
  });

  test.each([
    ['below its own', [own, everybody], []],
    ['below the pool that its own is in', [pool, everybody, { ...own, parent: pool.name }], []],
    ['above its own, where the queue had it before', [everybody, own], [counter({ bytes: null })]],
  ])('%s, it is left to its queue', (_, queues, counters) => {
    const { usage, strange } = count({}, queues, counters);
    expect(usage).toEqual([]);
    expect(strange.size).toBe(0);
  });
});

test('one that is in the books is billed what came since, and nothing where nothing did', () => {
  const { usage } = count({}, [], [counter()]);
  expect(usage).toMatchObject([{ bytes: rates(50, 700) }]);
  const still = count({ bytes: rates(100, 1000) }, [], [counter()]);
  expect(still).toEqual({ usage: [], seen: [], gone: [], strange: new Map() });
});

test('one with its queue, be its comment lost or the queue shut, is left to it', () => {
  for (const queue of [aQueue(1), aQueue(1, { comment: '' }), aQueue(1, { disabled: true })]) {
    const { usage, seen } = count({}, [queue], [counter()]);
    expect(usage).toEqual([]);
    expect(seen).toEqual([counter({ bytes: null })]);
  }
});

test.each<[string, Partial<ActiveSession>, SessionCounter[], object]>([
  ['its queue counted it until now', {}, [counter({ bytes: null })], {}],
  ['it is older than the last look, and not in the books', { uptimeMs: MINUTE }, [], {}],
  ['nobody ever looked before', {}, [], { previousAt: null }],
])('nothing is billed that may be billed already: %s', (_, active, counters, look) => {
  const { usage, seen } = count(active, [], counters, look);
  expect(usage).toEqual([]);
  // From here on it is read.
  expect(seen).toEqual([counter({ bytes: rates(150, 1700) })]);
});

test.each<[string, SessionCounter]>([
  ['in another start of the router', counter({ boot: 0 })],
  ['with another id', counter({ activeId: '*B0', bytes: null })],
  ['whose bytes are fewer', counter({ bytes: rates(151, 1) })],
])('a session %s is a new one', (_, known) => {
  expect(count({}, [], [known]).usage).toMatchObject([{ bytes: rates(150, 1700) }]);
});

test('sessions under codes that are not in our books are nobody’s to pay', () => {
  const theirs = count({ user: 'manager' }, [], [counter()]);
  expect(theirs).toEqual({ usage: [], seen: [], gone: [macOf(1)], strange: new Map() });
});

test('who was not looked at has not left', () => {
  const known = books([counter(), counter({ mac: macOf(2) })]);
  const only = countSessions(known, [], new Map(), LOOK, (mac) => mac === macOf(1));
  expect(only.gone).toEqual([macOf(1)]);
});

test('by queue and by session in one round is one entry, and free hours are free in both', () => {
  const window = { start: '00:00', end: '23:59', unlimited: true, multiplier: 1 };
  const voucher = aRunningVoucher('A', { terms: someTerms({ window }) });
  const known = { ...books(), vouchers: new Map([['A', voucher]]) };
  const queues = [aQueue(1, { ...ELSEWHERE, bytes: rates(1, 2) })];
  const active = [anActive(1, 'A', { uptimeMs: SECOND, bytes: rates(10, 20) })];
  const sessions = countSessions(known, queues, presences(aNetwork({ active })), LOOK);
  const accounts = account(known, queues, active, LOOK, new ShopCalendar('Asia/Manila'), sessions);
  expect(accounts.usage).toEqual([
    { code: 'A', mac: macOf(1), bytes: rates(11, 22), freeBytes: 33 },
  ]);
});
