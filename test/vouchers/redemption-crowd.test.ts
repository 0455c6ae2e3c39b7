import type { Mac } from '../../src/domain/units';
import type { SimulatedDevice } from '../../src/simulator/simulator';
import { OnlineAlready, RouterRefused, RouterUnreachable } from '../../src/errors';
import { DEFAULT_LIMITS, type ConnectionLimits } from '../../src/routeros/api/connection';
import { LineClock } from '../support/line-clock';
import { TestApp } from '../support/test-app';

/** Customers who press the button in the same moment are let in together, and each hears of their own only. */

const CROWD = 60;

let app: TestApp;
afterEach(() => app.close());

async function crowd(
  size = CROWD,
  limits?: ConnectionLimits,
): Promise<{ phones: SimulatedDevice[]; codes: string[] }> {
  app = await TestApp.start(limits && { limits, line: new LineClock() });
  await app.reconcile();
  const { vouchers } = await app.app.services.batches.generate({ plan: 'P5', count: size }, 'test');
  const phones = vouchers.map(() => app.phone());
  return { phones, codes: vouchers.map(({ code }) => code) };
}

function redeemAll(phones: readonly SimulatedDevice[], codes: readonly string[]) {
  return Promise.allSettled(phones.map((phone, n) => app.redeem(phone, codes[n]!)));
}

const reasons = (outcomes: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as unknown) : 'in'));

test('sixty are in after a few rounds, each under the own code', async () => {
  const { phones, codes } = await crowd();
  app.simulator.log.clear();
  expect(reasons(await redeemAll(phones, codes))).toEqual(phones.map(() => 'in'));
  const sessions = app.simulator.active().map(({ mac, user }) => `${mac} ${user}`);
  expect(sessions.sort()).toEqual(phones.map(({ mac }, n) => `${mac} ${codes[n]!}`).sort());
  const rounds = app.simulator.log.commands.filter(
    ({ menu, command }) => menu === '/ip/hotspot/active' && command === 'print',
  );
  expect(rounds.length).toBeLessThanOrEqual(5);
  app.simulator.log.clear();
  await app.reconcile();
  expect(app.simulator.log.writes).toEqual([]);
});

test('one who needs no voucher is told so and keeps the code, and the others are in', async () => {
  const { phones, codes } = await crowd(8);
  app.simulator.run([
    '/ip/hotspot/ip-binding/add',
    `=mac-address=${phones[3]!.mac}`,
    '=type=bypassed',
  ]);
  const outcomes = reasons(await redeemAll(phones, codes));
  expect(outcomes[3]).toBeInstanceOf(OnlineAlready);
  expect(outcomes.toSpliced(3, 1)).toEqual(Array.from({ length: 7 }, () => 'in'));
  const voucher = await app.app.stores.vouchers.find(codes[3]!);
  expect(voucher).toMatchObject({ status: 'unused', startedAt: null });
});

test('one whose code somebody else uses on the router is told so, and the others are in', async () => {
  const { phones, codes } = await crowd(8);
  app.simulator.run(['/ip/hotspot/user/add', `=name=${codes[5]!}`, '=comment=not ours']);
  const outcomes = reasons(await redeemAll(phones, codes));
  expect(outcomes[5]).toBeInstanceOf(RouterRefused);
  expect(String(outcomes[5])).toContain(codes[5]);
  expect(outcomes.toSpliced(5, 1)).toEqual(Array.from({ length: 7 }, () => 'in'));
});

test('one whose login the router refuses for a moment is in after a round of their own', async () => {
  const { phones, codes } = await crowd(8);
  app.simulator.faults.on(
    { menu: '/ip/hotspot/active', command: 'login', after: 4 },
    { kind: 'trap', message: 'already authorizing, retry later' },
  );
  expect(reasons(await redeemAll(phones, codes))).toEqual(phones.map(() => 'in'));
  expect(phones.filter(({ online }) => online)).toHaveLength(8);
});

test('when the router is lost, all are told, and no code is used by who is not in', async () => {
  const { phones, codes } = await crowd(8);
  app.simulator.faults.on(
    { menu: '/ip/hotspot/active', command: 'login', after: 4 },
    { kind: 'drop-before' },
  );
  const outcomes = reasons(await redeemAll(phones, codes));
  for (const [n, outcome] of outcomes.entries()) {
    if (phones[n]!.online) expect(outcome).toBe('in');
    else expect(outcome).toBeInstanceOf(RouterUnreachable);
  }
  const again = phones.filter(({ online }) => !online);
  expect(again.length).toBeGreaterThan(0);
  for (const phone of again) await app.redeem(phone, codes[phones.indexOf(phone)]!);
  expect(phones.filter(({ online }) => online)).toHaveLength(8);
});

test('on a slow board nobody waits for those behind them', async () => {
  const { phones, codes } = await crowd(3, DEFAULT_LIMITS);
  app.simulator.faults.commandMs = 300;
  await app.reconcile();
  const online = () => phones.filter((phone) => phone.online).length;
  const counts: number[] = [];
  await Promise.all(
    phones.map((phone, n) => app.redeem(phone, codes[n]!).then(() => counts.push(online()))),
  );
  expect(counts).toEqual([1, 2, 3]);
});

test('a device with two codes at once has both, one behind the other', async () => {
  const { phones, codes } = await crowd(8);
  phones[7] = phones[6]!;
  expect(reasons(await redeemAll(phones, codes))).toEqual(phones.map(() => 'in'));
  const own = await app.app.stores.sessions.ofDevice(phones[6]!.mac as Mac);
  expect(own.map(({ code, state }) => [code, state]).sort()).toEqual(
    codes
      .slice(6)
      .map((code) => [code, 'open'])
      .sort(),
  );
});
