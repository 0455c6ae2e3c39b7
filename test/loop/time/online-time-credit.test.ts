import type { Simulator } from '../../../src/simulator/simulator';
import type { ManualClock } from '../../support/manual-clock';
import { RestartableShop } from '../../support/restartable-shop';
import type { TestApp } from '../../support/test-app';
import { reboot } from '../../support/router/reboot';

/** Time online that was counted while the line was dead: it was sold, and nobody could use it. */

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const POLL = 10 * SECOND;

let place: RestartableShop;
let clock: ManualClock;
let simulator: Simulator;
let shop: TestApp;

beforeEach(async () => {
  place = await RestartableShop.begin({
    env: { MIKROTIK_WAN_INTERFACE: 'ether1', BROWN_OUT_CREDIT: 'on' },
    profiles: [
      { name: 'HOUR', uptime: '1h', validity: 'none' },
      { name: 'MIXED', uptime: '1h', validity: '1d' },
      { name: 'PAIR', uptime: '6h', validity: 'none', users: '2' },
      { name: 'DAY', validity: '1d' },
    ],
  });
  ({ clock, simulator } = place);
});

afterEach(() => place.close());

async function open(env?: Record<string, string>): Promise<void> {
  shop = await place.open(env);
}

async function restart(): Promise<void> {
  shop = await place.restart();
}

/** The line dies right after a round, is dead for so long, and is found up again at the next round. */
async function deadLine(ms: number): Promise<void> {
  place.setWan(false);
  await place.rounds(ms / MINUTE, MINUTE);
  place.setWan(true);
  await place.rounds(1);
}

/** What counts against the time online that was sold, ms. */
async function spent(code: string): Promise<number> {
  const { usedUptimeMs, givenUptimeMs } = await shop.voucher(code);
  expect(givenUptimeMs).toBeGreaterThanOrEqual(0);
  expect(givenUptimeMs).toBeLessThanOrEqual(usedUptimeMs);
  return usedUptimeMs - givenUptimeMs;
}

async function given(code: string) {
  return (await shop.app.stores.journal.auditOf(code)).filter(({ what }) =>
    /given|again/.test(what),
  );
}

function limitOf(code: string): number {
  return simulator.users().find(({ name }) => name === code)!.limitUptimeMs!;
}

test.each([
  ['HOUR', 'off', 0],
  ['HOUR', 'on', 40 * MINUTE + POLL],
  ['HOUR', '30m', 30 * MINUTE],
  ['MIXED', 'off', 0],
  ['MIXED', 'on', 40 * MINUTE + POLL],
  ['MIXED', '30m', 30 * MINUTE],
])(
  '%s with the rule %s gets %i ms back for forty minutes of dead line',
  async (plan, rule, back) => {
    await open({ BROWN_OUT_CREDIT: rule });
    const { code, phone } = await shop.online(plan);
    await place.rounds(10, MINUTE);
    const { expiresAt: before } = await shop.voucher(code);
    await deadLine(40 * MINUTE);
    expect(phone.online).toBe(true);
    expect(await spent(code)).toBe(50 * MINUTE + POLL - back);
    const { expiresAt: after } = await shop.voucher(code);
    expect(after?.getTime()).toBe(before ? before.getTime() + back : undefined);
    // What the router itself allows: it goes on counting.
    expect(limitOf(code)).toBe(HOUR + back);
    const lines = (await given(code)).filter(({ what }) => what === 'online time given back');
    expect(lines).toHaveLength(back > 0 ? 1 : 0);
    if (back > 0) expect(lines[0]!.detail).toMatchObject({ for: 'internet line down' });
    await place.rounds(3);
    await restart();
    await place.rounds(3);
    expect((await shop.voucher(code)).givenUptimeMs).toBe(back);
  },
);

test('what was sold is there to the last minute: the router and the books let the customer on', async () => {
  await open();
  const { code, phone } = await shop.online('HOUR');
  await place.rounds(10, MINUTE);
  await deadLine(40 * MINUTE);
  await place.rounds(49, MINUTE); // ten minutes and these are the hour, but for one minute
  expect(phone.online).toBe(true);
  expect(await shop.voucher(code)).toMatchObject({ status: 'active' });
  await place.rounds(2, MINUTE);
  expect(await shop.voucher(code)).toMatchObject({ status: 'exhausted' });
  expect(phone.online).toBe(false);
});

test.each(['HOUR', 'MIXED'])('%s that would be used up in the dead line goes on', async (plan) => {
  await open();
  const { code, phone } = await shop.online(plan);
  await place.rounds(50, MINUTE);
  place.setWan(false);
  await place.rounds(30, MINUTE);
  expect(await shop.voucher(code)).toMatchObject({ status: 'active' });
  expect(phone.online).toBe(true);
  await restart();
  await place.rounds(30, MINUTE);
  place.setWan(true);
  await place.rounds(2);
  expect(phone.online).toBe(true);
  expect(await spent(code)).toBe(50 * MINUTE + POLL);
  expect((await given(code)).length).toBeLessThan(100);
});

test('somebody at the portal in a dead line does not end the one whose time may come back', async () => {
  await open();
  const { code, phone } = await shop.online('HOUR');
  await place.rounds(58, MINUTE);
  place.setWan(false);
  await place.rounds(1);
  clock.advance(2 * MINUTE); // no look meanwhile
  await shop.redeem(phone, await shop.code('DAY'));
  expect(await shop.voucher(code)).toMatchObject({ status: 'active', endedAt: null });
  place.setWan(true);
  await place.rounds(2);
  expect(await spent(code)).toBeLessThanOrEqual(58 * MINUTE + POLL);
});

test('a dead line that was too short gives nothing, and takes what it gave too early', async () => {
  await open({ BROWN_OUT_CREDIT: 'on', BROWN_OUT_LEAST: '10m' });
  const { code } = await shop.online('HOUR');
  await place.rounds(59, MINUTE);
  place.setWan(false);
  await place.rounds(2, MINUTE);
  expect(await shop.voucher(code)).toMatchObject({ status: 'active' });
  place.setWan(true);
  await place.rounds(1);
  expect(await shop.voucher(code)).toMatchObject({ status: 'exhausted', givenUptimeMs: 0 });
  expect((await given(code)).map(({ what }) => what)).toEqual([
    'online time given back',
    'online time taken again: more than was lost',
  ]);
});

test('two phones on one voucher get back what both were counted, one that was away nothing', async () => {
  await open();
  const { code } = await shop.online('PAIR');
  await shop.redeem(shop.phone(), code);
  const away = await shop.online('HOUR');
  await place.rounds(10, MINUTE);
  away.phone.leave();
  await place.rounds(1);
  const before = await spent(code);
  const beforeAway = await spent(away.code);
  await deadLine(HOUR);
  expect((await shop.voucher(code)).givenUptimeMs).toBe(2 * (HOUR + POLL));
  expect(await spent(code)).toBe(before);
  const { usedUptimeMs, givenUptimeMs } = await shop.voucher(away.code);
  expect(usedUptimeMs - givenUptimeMs).toBe(beforeAway);
});

test('a voucher that began in the dead line gets back what was counted since', async () => {
  await open();
  await shop.online('DAY');
  await place.rounds(1);
  place.setWan(false);
  await place.rounds(30, MINUTE);
  const { code } = await shop.online('HOUR');
  await place.rounds(30, MINUTE);
  place.setWan(true);
  await place.rounds(1);
  expect((await shop.voucher(code)).usedUptimeMs).toBe(30 * MINUTE + POLL);
  expect(await spent(code)).toBe(0);
});

test('while the line is down and nobody looks, nothing is counted as lost', async () => {
  await open();
  const { code } = await shop.online('PAIR');
  await place.rounds(10, MINUTE);
  place.setWan(false);
  await place.rounds(12);
  clock.advance(2 * HOUR);
  await place.rounds(12);
  place.setWan(true);
  await place.rounds(1);
  // Two minutes before the gap, and two with the round that found it over after it.
  expect((await shop.voucher(code)).givenUptimeMs).toBe(2 * MINUTE + 2 * MINUTE);
});

test('a power cut: no time online was counted, so none comes back; inside a dead line neither', async () => {
  await open();
  const { code } = await shop.online('MIXED');
  await place.rounds(10, MINUTE);
  const cut = async () => {
    await reboot(simulator, { bootMs: 30 * MINUTE });
    clock.advance(POLL);
    expect((await shop.reconcile()).errors).toBe(1);
    clock.advance(30 * MINUTE);
    expect((await shop.reconcile()).errors).toBe(0);
  };
  await cut();
  expect((await shop.voucher(code)).givenUptimeMs).toBe(0);
  await place.rounds(10, MINUTE);
  const before = await spent(code);
  place.setWan(false);
  await place.rounds(10, MINUTE);
  await cut();
  await place.rounds(10, MINUTE);
  place.setWan(true);
  await place.rounds(1);
  expect(await spent(code)).toBe(before);
  expect((await shop.voucher(code)).givenUptimeMs).toBeLessThanOrEqual(20 * MINUTE + 2 * POLL);
});

test('a clock that is set in the middle of a dead line changes nothing', async () => {
  await open();
  const { code } = await shop.online('MIXED');
  await place.rounds(10, MINUTE);
  place.setWan(false);
  await place.rounds(12);
  clock.set(new Date(clock.now().getTime() + 2 * DAY).toISOString());
  await place.rounds(12);
  place.setWan(true);
  await place.rounds(1);
  expect(await spent(code)).toBe(10 * MINUTE);
});

test('a voucher that ended otherwise in the dead line stays ended', async () => {
  await open();
  const { code } = await shop.online('HOUR');
  await place.rounds(10, MINUTE);
  place.setWan(false);
  await place.rounds(10, MINUTE);
  await shop.app.services.vouchers.revoke(code, 'owner');
  place.setWan(true);
  await place.rounds(2);
  expect(await shop.voucher(code)).toMatchObject({ status: 'revoked', givenUptimeMs: 0 });
});

test('what an outage noted of vouchers that got nothing goes when it is over', async () => {
  await open();
  await shop.online('HOUR');
  await place.rounds(1);
  place.setWan(false);
  await place.rounds(2);
  expect(await shop.app.db('outage_credits')).toHaveLength(1);
  place.setWan(true);
  await place.rounds(1);
  expect(await shop.app.db('outage_credits')).toHaveLength(0);
});
