import type { Simulator } from '../../../src/simulator/simulator';
import type { ManualClock } from '../../support/manual-clock';
import { RestartableShop, type Computer } from '../../support/restartable-shop';
import type { TestApp } from '../../support/test-app';
import { reboot } from '../../support/router/reboot';

/** Time that customers could not use, given back: power cuts, a dead line, and what only looks like one. */

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const POLL = 10 * SECOND;

let place: RestartableShop;
let clock: ManualClock;
let simulator: Simulator;
let shop: TestApp;

beforeEach(async () => {
  place = await RestartableShop.begin({
    env: { MIKROTIK_WAN_INTERFACE: 'ether1', BROWN_OUT_CREDIT: 'on' },
    profiles: [
      { name: 'P5' },
      { name: 'DAY', validity: '1d', users: '2' },
      {
        name: 'FAIR',
        validity: '1d',
        users: '2',
        fup_threshold: '1MB',
        fup_rate_up: '64k',
        fup_rate_down: '64k',
      },
    ],
  });
  ({ clock, simulator } = place);
});

afterEach(() => place.close());

async function open(env?: Record<string, string>): Promise<void> {
  shop = await place.open(env);
}

async function restart(computer: Computer): Promise<void> {
  shop = await place.restart({}, computer);
}

async function endsAt(code: string): Promise<number> {
  return (await shop.voucher(code)).expiresAt!.getTime();
}

async function history(code: string) {
  return (await shop.app.stores.journal.auditOf(code)).filter(
    ({ what }) => what === 'time given back',
  );
}

function limitOf(code: string): number {
  return simulator.users().find(({ name }) => name === code)!.limitUptimeMs!;
}

/** The router loses its power, is away for so long, and is looked at a poll after it is back. */
async function powerCut(ms: number): Promise<void> {
  await reboot(simulator, { bootMs: ms });
  clock.advance(POLL);
  expect((await shop.reconcile()).errors).toBe(1);
  clock.advance(ms);
  expect((await shop.reconcile()).errors).toBe(0);
}

test('a power cut of half an hour comes back, once, in the books, on the router and in the history', async () => {
  await open();
  const { code } = await shop.online();
  await shop.reconcile();
  const before = await endsAt(code);
  expect(limitOf(code)).toBe(HOUR);
  await powerCut(30 * MINUTE);
  expect(await endsAt(code)).toBe(before + 30 * MINUTE);
  expect(limitOf(code)).toBe(HOUR + 30 * MINUTE);
  await place.rounds(3);
  await restart('ran on');
  await place.rounds(3);
  expect(await endsAt(code)).toBe(before + 30 * MINUTE);
  expect(await history(code)).toMatchObject([{ detail: { time: '30m', for: 'router down' } }]);
  const outages = await shop.app.stores.journal.auditOf('router');
  expect(outages).toMatchObject([{ what: 'outage', detail: { lasted: '30m', vouchers: 1 } }]);
});

test('a voucher that would have ended in the dark goes on, and its customer is let in again', async () => {
  await open();
  const { phone, code } = await shop.online();
  clock.advance(50 * MINUTE);
  await shop.reconcile();
  await powerCut(2 * HOUR);
  await shop.reconcile();
  expect((await shop.voucher(code)).status).toBe('active');
  expect(phone.online).toBe(true);
  clock.advance(10 * MINUTE + POLL);
  await shop.reconcile();
  expect((await shop.voucher(code)).status).toBe('expired');
});

test.each([
  ['off', 0],
  ['on', 3 * HOUR],
  ['2h', 2 * HOUR],
])('the rule %s gives %i ms back for three hours', async (rule, given) => {
  await open({ BROWN_OUT_CREDIT: rule });
  const { code } = await shop.online('DAY');
  await shop.reconcile();
  const before = await endsAt(code);
  await powerCut(3 * HOUR);
  expect((await endsAt(code)) - before).toBe(given);
});

test('what is shorter than the least length does not count', async () => {
  await open({ BROWN_OUT_CREDIT: 'on', BROWN_OUT_LEAST: '10m' });
  const { code } = await shop.online('DAY');
  await shop.reconcile();
  const before = await endsAt(code);
  await powerCut(9 * MINUTE);
  expect(await endsAt(code)).toBe(before);
  await powerCut(11 * MINUTE);
  expect((await endsAt(code)) - before).toBe(11 * MINUTE);
});

test('when only our cable was pulled, customers were online: nothing comes back', async () => {
  await open();
  const { code, phone } = await shop.online('DAY');
  await shop.reconcile();
  const before = await endsAt(code);
  simulator.faults.refuseConnections = 'accept-then-close';
  simulator.dropConnections('rst');
  for (let n = 0; n < 3; n += 1) {
    clock.advance(10 * MINUTE);
    expect((await shop.reconcile()).errors).toBe(1);
  }
  simulator.faults.clear();
  await place.rounds(2);
  expect(phone.online).toBe(true);
  expect(await endsAt(code)).toBe(before);
  // And it is forgotten: a later restart of the router is not counted from back then.
  await powerCut(5 * MINUTE);
  expect((await endsAt(code)) - before).toBe(5 * MINUTE);
});

test('an outage that was none goes, though a clock went on while it was thought to be one', async () => {
  await open();
  const { phone, code } = await shop.online('FAIR');
  phone.download(2_000_000);
  await shop.reconcile();
  await shop.redeem(phone, await shop.code('DAY'));
  const before = await endsAt(code);
  clock.advance(POLL);
  // One command gets no answer: the connection stays, and the router seems to be away.
  simulator.faults.on({ menu: '/ip/hotspot/user', command: 'print' }, { kind: 'no-answer' });
  expect((await shop.reconcile()).errors).toBe(1);
  expect(await shop.app.stores.outages.open()).toHaveLength(1);
  await shop.redeem(shop.phone(), code);
  await place.rounds(2);
  expect(await shop.app.stores.outages.open()).toEqual([]);
  expect(await endsAt(code)).toBe(before + POLL);
});

/** The router answers, and refuses what every round asks for. */
async function refuses(confirm = false): Promise<void> {
  simulator.faults.on(
    { menu: '/ip/hotspot/host', command: 'print' },
    { kind: 'trap', message: 'not now' },
  );
  expect((await shop.reconcile(confirm)).errors).toBe(1);
}

test('a refusal or two around a power cut does not take the time back', async () => {
  await open();
  const { code } = await shop.online('DAY');
  await shop.reconcile();
  const before = await endsAt(code);
  await refuses();
  await reboot(simulator, { bootMs: 2 * HOUR });
  clock.advance(POLL);
  expect((await shop.reconcile()).errors).toBe(1);
  clock.advance(2 * HOUR);
  await refuses();
  await place.rounds(3);
  expect((await endsAt(code)) - before).toBe(2 * HOUR);
});

test('a router that refused us for hours was up, though it restarts in the end', async () => {
  await open();
  const { code } = await shop.online('DAY');
  await shop.reconcile();
  const before = await endsAt(code);
  simulator.faults.refuseConnections = 'accept-then-close';
  simulator.dropConnections('rst');
  clock.advance(POLL);
  await shop.reconcile();
  simulator.faults.clear();
  for (let n = 0; n < 5; n += 1) {
    clock.advance(HOUR);
    await refuses();
  }
  await reboot(simulator, { bootMs: 5 * MINUTE });
  clock.advance(6 * MINUTE);
  await place.rounds(2);
  expect(await endsAt(code)).toBe(before);
});

test('a router that broke and was replaced: the time until the new one let somebody in comes back', async () => {
  await open();
  const { code } = await shop.online('DAY');
  await shop.reconcile();
  const before = await endsAt(code);
  await reboot(simulator, { bootMs: 2 * HOUR });
  clock.advance(POLL);
  expect((await shop.reconcile()).errors).toBe(1);
  clock.advance(2 * HOUR);
  await shop.app.db('routers').update({ serial: 'BROKEN' });
  expect((await shop.reconcile()).errors).toBe(1); // nobody said that it was replaced
  clock.advance(10 * MINUTE);
  await refuses(true);
  expect((await shop.reconcile(true)).errors).toBe(0);
  expect((await endsAt(code)) - before).toBe(2 * HOUR + 10 * MINUTE + POLL);
  await place.rounds(3);
  expect((await endsAt(code)) - before).toBe(2 * HOUR + 10 * MINUTE + POLL);
});

test.each([
  ['nobody looked before it broke', 'stopped cleanly', 20 * MINUTE],
  ['the power went for both', 'restarted', 10 * HOUR + 21 * MINUTE],
] as const)('a router that is replaced where %s', async (_, computer, given) => {
  await open();
  const { code } = await shop.online('DAY');
  await shop.reconcile();
  const before = await endsAt(code);
  clock.advance(10 * HOUR);
  await reboot(simulator, { bootMs: 5 * MINUTE });
  clock.advance(MINUTE);
  await restart(computer);
  expect((await shop.reconcile()).errors).toBe(1);
  clock.advance(20 * MINUTE);
  await shop.app.db('routers').update({ serial: 'BROKEN' });
  expect((await shop.reconcile(true)).errors).toBe(0);
  await place.rounds(3);
  expect((await endsAt(code)) - before).toBe(given);
});

test('when only this program was off, nothing comes back, though the router restarted meanwhile', async () => {
  await open();
  const { code } = await shop.online('DAY');
  await shop.reconcile();
  const before = await endsAt(code);
  clock.advance(5 * HOUR);
  await reboot(simulator, { bootMs: MINUTE });
  clock.advance(HOUR);
  await restart('stopped cleanly');
  await place.rounds(2);
  expect(await endsAt(code)).toBe(before);
});

test('a power cut that took this computer along comes back too', async () => {
  await open();
  const { code } = await shop.online('DAY');
  await shop.reconcile();
  const before = await endsAt(code);
  await reboot(simulator, { bootMs: 2 * HOUR });
  clock.advance(2 * HOUR + 3 * MINUTE);
  await restart('restarted');
  await place.rounds(2);
  expect((await endsAt(code)) - before).toBe(2 * HOUR);
});

test('this program dies in the middle of a power cut: the next one gives all of it back, once', async () => {
  await open();
  const { code } = await shop.online('DAY');
  await shop.reconcile();
  const before = await endsAt(code);
  await reboot(simulator, { bootMs: HOUR });
  clock.advance(POLL);
  await shop.reconcile();
  clock.advance(30 * MINUTE);
  await restart('ran on');
  clock.advance(POLL);
  expect((await shop.reconcile()).errors).toBe(1);
  clock.advance(HOUR);
  await place.rounds(3);
  expect((await endsAt(code)) - before).toBe(HOUR);
});

test('a line that is down for twenty minutes comes back, to the one that would have ended too', async () => {
  await open();
  const long = await shop.online('DAY');
  const short = await shop.online('P5');
  await shop.reconcile();
  const before = await endsAt(long.code);
  clock.advance(50 * MINUTE);
  await shop.reconcile();
  await place.rounds(1);
  place.setWan(false);
  await place.rounds(40, 30 * SECOND); // twenty minutes, ten more than the short one has
  expect((await shop.app.stores.journal.openAlerts()).map(({ kind }) => kind)).toContain(
    'wan down',
  );
  expect((await shop.voucher(short.code)).status).toBe('active');
  expect(await endsAt(long.code)).toBe(before);
  place.setWan(true);
  await place.rounds(1);
  // From the round before it went to the round at which it was back.
  expect((await endsAt(long.code)) - before).toBe(20 * MINUTE + POLL);
  expect((await endsAt(short.code)) - before).toBe(20 * MINUTE + POLL - 23 * HOUR);
  expect(limitOf(short.code)).toBe(HOUR + 20 * MINUTE + POLL);
  const credits = await history(short.code);
  expect(credits.length).toBeGreaterThan(1);
  expect(credits.length).toBeLessThan(10);
  await place.rounds(3);
  await restart('ran on');
  await place.rounds(3);
  expect((await endsAt(long.code)) - before).toBe(20 * MINUTE + POLL);
  expect(await shop.app.stores.journal.openAlerts()).toEqual([]);
});

test('the last minutes are not lost in a dead line, though nobody knows yet whether it will count', async () => {
  await open({ BROWN_OUT_CREDIT: 'on', BROWN_OUT_LEAST: '10m' });
  const nearly = await shop.online();
  const before = await endsAt(nearly.code);
  clock.advance(5 * MINUTE);
  const later = await shop.online();
  clock.advance(before - clock.now().getTime() - 5 * SECOND);
  await shop.reconcile();
  place.setWan(false);
  await place.rounds(72);
  for (const { code } of [nearly, later]) expect((await shop.voucher(code)).status).toBe('active');
  place.setWan(true);
  await place.rounds(1);
  expect((await endsAt(nearly.code)) - before).toBe(12 * MINUTE + POLL);
  expect((await endsAt(later.code)) - before).toBe(17 * MINUTE + POLL);
  expect(nearly.phone.online).toBe(true);
});

test('a second code in a dead line does not end the first one before its time is given back', async () => {
  await open();
  const { phone, code } = await shop.online();
  const before = await endsAt(code);
  clock.advance(before - clock.now().getTime() - 2 * MINUTE);
  await shop.reconcile();
  place.setWan(false);
  await place.rounds(1);
  clock.advance(2 * MINUTE); // no look meanwhile
  const second = await shop.code('DAY');
  await shop.redeem(phone, second);
  expect(await shop.voucher(code)).toMatchObject({ status: 'active', endedAt: null });
  expect(phone.online).toBe(true);
  await place.rounds(12);
  place.setWan(true);
  await place.rounds(1);
  expect((await endsAt(code)) - before).toBe(4 * MINUTE + 2 * POLL);
  // The rest of the first one runs before the second one.
  expect((await shop.voucher(second)).stoppedAt ?? null).not.toBeNull();
  clock.advance(2 * MINUTE);
  await shop.reconcile();
  expect(await shop.voucher(code)).toMatchObject({ status: 'expired' });
  expect(await shop.voucher(second)).toMatchObject({ status: 'active', stoppedAt: null });
});

test('a dead line that was too short to count moves nobody’s end', async () => {
  await open({ BROWN_OUT_CREDIT: 'on', BROWN_OUT_LEAST: '10m' });
  const nearly = await shop.online();
  const long = await shop.online('DAY');
  const before = await endsAt(nearly.code);
  clock.advance(before - clock.now().getTime() - 30 * SECOND);
  await shop.reconcile();
  place.setWan(false);
  await place.rounds(18);
  expect((await shop.voucher(nearly.code)).status).toBe('active');
  place.setWan(true);
  await place.rounds(2);
  expect(await shop.voucher(nearly.code)).toMatchObject({
    status: 'expired',
    expiresAt: new Date(before),
  });
  expect(await endsAt(long.code)).toBe(before + 23 * HOUR);
  const [outage] = await shop.app.stores.journal.auditOf('internet line');
  expect(outage).toMatchObject({ what: 'outage', detail: { vouchers: 0 } });
});

test('a clock that goes on in a dead line, because somebody logged in, gets its standing time once', async () => {
  await open();
  const { phone, code } = await shop.online('FAIR');
  const before = await endsAt(code);
  phone.download(2_000_000);
  await shop.reconcile();
  await shop.redeem(phone, await shop.code('DAY'));
  expect((await shop.voucher(code)).stoppedAt).toEqual(clock.now());
  place.setWan(false);
  await place.rounds(60);
  expect(await endsAt(code)).toBe(before);
  await shop.redeem(shop.phone(), code);
  expect((await endsAt(code)) - before).toBe(10 * MINUTE);
  await place.rounds(30);
  place.setWan(true);
  await place.rounds(1);
  expect((await endsAt(code)) - before).toBe(10 * MINUTE + 5 * MINUTE + POLL);
});

test('a clock that stood still through a power cut in a dead line loses that time once', async () => {
  await open();
  const { phone, code } = await shop.online('FAIR');
  const before = await endsAt(code);
  phone.download(2_000_000);
  await shop.reconcile();
  await shop.redeem(phone, await shop.code('DAY'));
  const stoppedAt = clock.now().getTime();
  place.setWan(false);
  await place.rounds(6);
  await reboot(simulator, { bootMs: MINUTE + 30 * SECOND });
  clock.advance(MINUTE + 40 * SECOND);
  expect((await shop.reconcile()).errors).toBe(0);
  await place.rounds(6);
  await shop.redeem(shop.phone(), code);
  const pausedMs = clock.now().getTime() - stoppedAt;
  expect((await endsAt(code)) - before).toBe(pausedMs);
  await place.rounds(60);
  place.setWan(true);
  await place.rounds(1);
  // Before it went on it stood; afterwards all of its time was lost in the dead line.
  expect((await endsAt(code)) - before).toBe(pausedMs + 10 * MINUTE + POLL);
});

test('a restart in the middle of a dead line neither loses nor doubles anything', async () => {
  await open();
  const { code } = await shop.online();
  await shop.reconcile();
  const before = await endsAt(code);
  place.setWan(false);
  await place.rounds(18);
  await restart('ran on');
  await place.rounds(18);
  place.setWan(true);
  await place.rounds(2);
  expect((await endsAt(code)) - before).toBe(6 * MINUTE + POLL);
});

test('while the line is down and nobody looks, nothing is counted', async () => {
  await open();
  const { code } = await shop.online('DAY');
  await shop.reconcile();
  const before = await endsAt(code);
  place.setWan(false);
  await place.rounds(12);
  clock.advance(5 * HOUR);
  await place.rounds(12);
  place.setWan(true);
  await place.rounds(1);
  // Two minutes before the gap, and two minutes with the round that found it over after it.
  expect((await endsAt(code)) - before).toBe(2 * MINUTE + 2 * MINUTE);
});

test.each([
  ['counts once', {}, 0],
  ['that was too short to count does not make the dead line shorter', { BROWN_OUT_LEAST: '3m' }, 0],
  ['counts once though the clock is set after it', {}, 48 * HOUR],
])('a power cut inside a dead line %s', async (_, env, jumpMs) => {
  await open({ BROWN_OUT_CREDIT: 'on', ...env });
  const { code } = await shop.online('DAY');
  await shop.reconcile();
  const before = await endsAt(code);
  place.setWan(false);
  await place.rounds(6);
  await reboot(simulator, { bootMs: MINUTE + 20 * SECOND });
  clock.advance(MINUTE + 30 * SECOND);
  expect((await shop.reconcile()).errors).toBe(0);
  await place.rounds(6);
  clock.set(new Date(clock.now().getTime() + jumpMs).toISOString());
  await place.rounds(6);
  place.setWan(true);
  await place.rounds(1);
  const dead = MINUTE + (MINUTE + 30 * SECOND) + 2 * MINUTE + POLL;
  expect((await endsAt(code)) - before - jumpMs).toBe(dead);
});

test('a clock that is set in the middle of a dead line changes nothing', async () => {
  await open();
  const { code } = await shop.online();
  await shop.reconcile();
  const before = await endsAt(code);
  place.setWan(false);
  await place.rounds(12);
  clock.set(new Date(clock.now().getTime() + 48 * HOUR).toISOString());
  await place.rounds(12);
  place.setWan(true);
  await place.rounds(1);
  expect((await endsAt(code)) - before - 48 * HOUR).toBe(4 * MINUTE + POLL);
});

test('a voucher that waits, or was not used yet, has lost nothing', async () => {
  await open();
  const { phone, code } = await shop.online('DAY');
  const second = await shop.code('DAY');
  await shop.redeem(phone, second);
  const unused = await shop.code('P5');
  await shop.reconcile();
  const before = await endsAt(code);
  await powerCut(HOUR);
  expect((await endsAt(code)) - before).toBe(HOUR);
  expect(await shop.voucher(second)).toMatchObject({ startedAt: null, expiresAt: null });
  expect(await shop.voucher(unused)).toMatchObject({ status: 'unused', expiresAt: null });
});

test('looks in a dead line do not read through all credits that were ever given', async () => {
  await open();
  const { db, stores } = shop.app;
  const asked: { sql: string; bindings: string[] }[] = [];
  db.on('query', (query: { sql: string; bindings: string[] }) => asked.push(query));
  await stores.outages.past(1, clock.now());
  const [{ sql, bindings }] = asked as [(typeof asked)[0]];
  const plan: { detail: string }[] = await db.raw(`explain query plan ${sql}`, bindings);
  const steps = plan.map(({ detail }) => detail);
  expect(steps).toContainEqual(expect.stringMatching(/SEARCH outage_credits/));
  expect(steps).not.toContainEqual(expect.stringMatching(/SCAN/));
});
