import type { ShopEvent } from '../../src/domain/notices/event';
import type { Mac } from '../../src/domain/units';
import { ClockWitness } from '../../src/services/shop/clock-witness';
import { HistoryKeeper } from '../../src/services/history/history-keeper';
import { clearBooks } from '../../src/store/clear-books';
import { DAY, MINUTE } from '../support/builders';
import { ManualClock } from '../support/manual-clock';
import { TestApp } from '../support/test-app';

const NOW = Date.parse('2026-11-21T08:00:00Z');
const PHONE = '02:00:00:00:00:01' as Mac;
const KEEP = { rawDays: 2, hourlyDays: 60, dailyDays: 90 };

let shop: TestApp;

beforeEach(async () => {
  shop = await TestApp.start();
});

afterEach(() => shop.close());

function daysAgo(days: number): Date {
  return new Date(NOW - days * DAY);
}

function keeperBy(clock: ManualClock): HistoryKeeper {
  const { stores, log } = shop.app;
  const witness = new ClockWitness(stores.rollup, clock);
  return new HistoryKeeper(stores, witness, clock, log, { timeZone: 'Asia/Manila' }, KEEP);
}

function tidy(): Promise<boolean> {
  return keeperBy(shop.clock).rollUp(new Date(NOW));
}

/** A device that had one speed after the other, each from one of these days until the next. */
async function speeds(...days: number[]): Promise<void> {
  for (const [index, day] of days.entries()) {
    const change = {
      mac: PHONE,
      code: 'A',
      at: daysAgo(day),
      isLast: false,
      rate: { up: 1_000 + index, down: 2_000 },
      reason: 'full speed' as const,
      because: { usedBytes: 0, limitBytes: null, until: null },
    };
    await shop.app.stores.speeds.save({ changes: [change], over: [] }, daysAgo(day));
  }
}

function event(subject: string, days: number): ShopEvent {
  return { name: 'alert.raised', at: daysAgo(days), subject, data: {} };
}

function subjects(table: string): Promise<string[]> {
  return shop.app.db(table).orderBy('id').pluck('subject');
}

test('speeds go with the hours of usage, and the present one stays however old', async () => {
  await speeds(200, 100, 70, 65);
  await tidy();
  const left = await shop.app.stores.speeds.history({ mac: PHONE }, 10);
  // Until 65 days ago it is history nobody keeps; since then it goes on.
  expect(left.map(({ at, until }) => [at, until])).toEqual([[daysAgo(65), null]]);
  await speeds(50);
  await tidy();
  expect(await shop.app.stores.speeds.history({ mac: PHONE }, 10)).toHaveLength(2);
});

test('an event that waits for its receiver stays, and goes once it was taken or given up', async () => {
  const { events, subscriptions } = shop.app.stores;
  await events.add([event('a', 200), event('b', 40), event('c', 35), event('d', 10)]);
  const ids = (await shop.app.db('events').orderBy('id').pluck('id')) as number[];
  await subscriptions.begin('webhook', ids[0]!);
  await subscriptions.begin('mail', ids[2]!);
  await tidy();
  expect(await subjects('events')).toEqual(['b', 'c', 'd']);
  await subscriptions.skip('webhook', ids[0]!, ids[1]!);
  await tidy();
  expect(await subjects('events')).toEqual(['c', 'd']);
  await subscriptions.end('webhook');
  await tidy();
  expect(await subjects('events')).toEqual(['d']);
});

test('the newest event stays however old, so that ids never come again', async () => {
  await shop.app.stores.events.add([event('a', 300), event('b', 200)]);
  await tidy();
  expect(await subjects('events')).toEqual(['b']);
});

test('alerts that are up stay', async () => {
  const { journal } = shop.app.stores;
  await journal.raise('oversold', 'old', 'x', daysAgo(200));
  await journal.raise('oversold', 'gone', 'x', daysAgo(200));
  await journal.clear('oversold', 'gone', daysAgo(61));
  await journal.raise('oversold', 'lately', 'x', daysAgo(200));
  await journal.clear('oversold', 'lately', daysAgo(59));
  await tidy();
  expect(await subjects('alerts')).toEqual(['old', 'lately']);
});

test('what the loop and customers did is told for 400 days, what staff did for ever', async () => {
  const { journal } = shop.app.stores;
  const entry = (who: string, days: number) => {
    const subject = `${who} ${days}`;
    return { at: daysAgo(days), who, what: 'logged out by customer', subject, detail: {} } as const;
  };
  const staff = ['maria', 'cli:ben', '02', 'loopy'];
  await journal.audit([
    ...staff.map((who) => entry(who, 900)),
    // The clock was not always right: what says that it is younger stays.
    ...[900, 399, 500, 401, 398].flatMap((days) => [entry('loop', days), entry(PHONE, days)]),
    ...staff.map((who) => entry(who, 1)),
  ]);
  await tidy();
  const left = await subjects('audit');
  const of = (who: string) => left.filter((subject) => subject.startsWith(`${who} `));
  expect(of('loop')).toEqual(['loop 399', 'loop 398']);
  expect(of(PHONE)).toEqual([`${PHONE} 399`, `${PHONE} 398`]);
  for (const who of staff) expect(of(who)).toEqual([`${who} 900`, `${who} 1`]);
});

test('what customers did long ago goes thousands at a time, and without looking at all the rest', async () => {
  const { db } = shop.app;
  const { journal } = shop.app.stores;
  const entries = (who: string, days: number) =>
    Array.from({ length: 1_200 }, (_, n) => {
      const detail = { resumed: [] };
      return { at: daysAgo(days), who, what: 'came back' as const, subject: `${who} ${n}`, detail };
    });
  await journal.audit([...entries(PHONE, 500), ...entries('maria', 500), ...entries(PHONE, 1)]);
  const asked: { sql: string; bindings: string[] }[] = [];
  const note = (query: (typeof asked)[number]) => void asked.push(query);
  db.on('query', note);
  const left = async () => Number((await db('audit').count({ left: '*' }))[0]!.left);
  let steps = 1;
  while (await journal.forgetAudit(daysAgo(400), 500)) steps += 1;
  db.off('query', note);
  expect(steps).toBe(3);
  expect(await left()).toBe(2_400);
  const { sql, bindings } = asked.findLast((query) => query.sql.startsWith('delete'))!;
  const plan: { detail: string }[] = await db.raw(`explain query plan ${sql}`, bindings);
  expect(plan.map(({ detail }) => detail).join('\n')).toContain(
    'USING INDEX audit_of_customers (at<?)',
  );
});

test('wrong codes, wrong passwords and sessions of staff go once they count for nothing', async () => {
  const { guesses, signIns } = shop.app.stores;
  for (const days of [3, 1]) {
    await guesses.save(`device ${days}`, {
      failures: 9,
      countedAt: daysAgo(days),
      blockedUntil: null,
    });
    const lastAt = daysAgo(days - 0.5);
    await signIns.save(`ben ${days}`, { failures: 9, lastAt, lockedUntil: null });
  }
  // By the time of the computer, as the package that keeps sessions goes by.
  for (const [sid, hours] of [
    ['over', -1],
    ['here', 1],
  ] as const) {
    const expired = new Date(Date.now() + hours * 3_600_000).toISOString();
    await shop.app.db('web_sessions').insert({ sid, sess: '{}', expired });
  }
  await tidy();
  expect(await shop.app.db('guess_tallies').pluck('subject')).toEqual(['device 1']);
  expect(await shop.app.db('sign_in_failures').pluck('subject')).toEqual(['ben 1']);
  expect(await shop.app.db('web_sessions').pluck('sid')).toEqual(['here']);
});

test('outages go with what they gave; one that goes on stays', async () => {
  const { outages } = shop.app.stores;
  const { db } = shop.app;
  for (const [from, to] of [
    [70, 69],
    [61, 59],
  ] as const) {
    const id = await outages.begin(1, 'router', daysAgo(from), daysAgo(from));
    await outages.credit(id, [{ code: 'A', ms: 5 }]);
    await outages.end(id, { from: daysAgo(from), to: daysAgo(to) });
  }
  await outages.begin(1, 'wan', daysAgo(100), daysAgo(100));
  await tidy();
  expect(await db('outages').orderBy('from_at').pluck('kind')).toEqual(['wan', 'router']);
  expect(await db('outage_credits').count({ rows: '*' })).toEqual([{ rows: 1 }]);
});

test('thresholds go when their voucher or their period is long over', async () => {
  const [live, over] = [await shop.code(), await shop.code()];
  await shop.app.db('vouchers').where({ code: over }).update({ status: 'expired' });
  const { quotas } = shop.app.stores;
  const period = daysAgo(61).toISOString();
  const marks = [live, over].flatMap((code) => [
    { code, period: '', kind: 'cap' as const, percent: 80 },
    { code, period, kind: 'cap' as const, percent: 80 },
  ]);
  await quotas.record(marks, daysAgo(61));
  await quotas.record([{ code: over, period: '', kind: 'fair use', percent: 100 }], daysAgo(59));
  await tidy();
  expect(await quotas.recorded([live, over])).toEqual(
    new Set([`${live}  80 cap`, `${over}  100 fair use`]),
  );
});

test('thresholds that count are looked at in small steps, and not each time', async () => {
  const { quotas } = shop.app.stores;
  const codes = await Promise.all(Array.from({ length: 7 }, () => shop.code()));
  const over = codes.slice(0, 2);
  await shop.app.db('vouchers').whereIn('code', over).update({ status: 'expired' });
  const marks = codes.map((code) => ({ code, period: '', kind: 'cap' as const, percent: 80 }));
  await quotas.record(marks, daysAgo(90));
  const forget = (days: number) => quotas.forget(daysAgo(days), 3, new Date(NOW));
  const left = async () => (await quotas.recorded(codes)).size;
  let steps = 1;
  while (await forget(60)) steps += 1;
  expect(steps).toBeGreaterThan(1);
  expect(steps).toBeLessThan(4);
  expect(await quotas.recorded(codes)).toEqual(
    new Set(codes.slice(2).map((code) => `${code}  80 cap`)),
  );
  // A mark that was looked at rests: those that count still cost nothing each time.
  const writes = (await shop.app.stores.stamp()).here;
  expect(await forget(60)).toBe(false);
  expect((await shop.app.stores.stamp()).here).toBe(writes);
  await shop.app.db('vouchers').whereIn('code', codes).update({ status: 'expired' });
  await forget(60);
  expect(await left()).toBe(5);
  while (await forget(-1)) expect(await left()).toBeLessThan(5);
  expect(await left()).toBe(0);
});

test('thousands of rows go step by step, and the loop need not read its books for it', async () => {
  await tidy(); // the sums of usage begin
  const rows = Array.from({ length: 2_300 }, (_, n) => event(`e${n}`, 100));
  await shop.app.stores.events.add([...rows, event('last', 1)]);
  const stamp = await shop.app.stores.stamp();
  let runs = 0;
  const keeper = keeperBy(shop.clock);
  while (!(await keeper.rollUp(new Date(NOW), 1))) {
    runs += 1;
    const [{ left }] = (await shop.app.db('events').count({ left: '*' })) as [{ left: number }];
    expect(left).toBe(2_301 - runs * 500);
  }
  expect(runs).toBe(4);
  expect(await subjects('events')).toEqual(['last']);
  expect(await shop.app.stores.stamp()).toEqual(stamp);
});

test('a clock that jumps years ahead deletes nothing', async () => {
  await speeds(20, 10);
  await shop.app.stores.events.add([event('a', 10), event('b', 9)]);
  const clock = new ManualClock(new Date(NOW).toISOString());
  const keeper = keeperBy(clock);
  const tendAfter = async (minutes: number) => {
    clock.advance(minutes * MINUTE);
    return clock.passingFor(keeper.tend());
  };
  await tendAfter(0);
  expect(await tendAfter(11)).toBe(true);
  clock.set('2036-11-21T08:00:00Z');
  expect(await tendAfter(0)).toBe(false);
  expect(await tendAfter(11)).toBe(false);
  expect(await subjects('events')).toEqual(['a', 'b']);
  expect(await shop.app.stores.speeds.history({ mac: PHONE }, 10)).toHaveLength(2);
});

test('books that were cleared take usage again', async () => {
  await clearBooks(shop.app.db, { at: shop.clock.now(), by: 'maria', currency: 'PHP' });
  const { phone } = await shop.online();
  phone.download(5_000_000);
  await shop.reconcile();
  expect((await shop.app.stores.usage.totals()).down).toBeGreaterThanOrEqual(5_000_000);
});
