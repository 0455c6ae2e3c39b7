import { type Habit } from '../../src/simulator/engine/router-kinds';
import type { SimulatedDevice } from '../../src/simulator/simulator';
import { MB, rates, SECOND } from '../support/builders';
import { RestartableShop } from '../support/restartable-shop';
import { reboot } from '../support/router/reboot';
import { TestApp, type TestAppOptions } from '../support/test-app';

/** A router whose queues shape and do not count: what the hotspot session counted is the usage, once. */

let app: TestApp;
let habits: Partial<Record<Habit, boolean>>;

afterEach(() => app?.close());

async function start(options: TestAppOptions = {}) {
  habits = { queuesCountNothing: true };
  app = await TestApp.start({ profiles: [{ name: 'P5' }], ...options, simulator: { habits } });
}

const counting = (isCounting: boolean) =>
  Object.assign(habits, { queuesCountNothing: !isCounting });
const used = async (code: string) => (await app.voucher(code)).used;
const alerts = async () => (await app.app.services.alerts.open()).map(({ kind }) => kind);
const switches = async (mac: string) =>
  (await app.app.stores.journal.auditOf(mac))
    .filter(
      (one) => one.what === 'usage counted by session' || one.what === 'usage counted by queue',
    )
    .map(({ what, detail }) => [what, detail.usedBytes]);

async function busy(phone: SimulatedDevice, down = MB, up = down) {
  phone.download(down);
  phone.upload(up);
  app.clock.advance(10 * SECOND);
  await app.reconcile();
}

test('the session is billed from the second round on with the first, said once, until the queue counts again', async () => {
  await start();
  const { phone, code } = await app.online('P5');
  await busy(phone, 4 * MB, 2 * MB);
  expect(await used(code)).toEqual(rates(0));
  await busy(phone, 5 * MB, MB);
  expect(await used(code)).toEqual(rates(3 * MB, 9 * MB));
  expect(await alerts()).toEqual(['queue counts nothing']);
  await busy(phone);
  await busy(phone);
  expect(await used(code)).toEqual(rates(5 * MB, 11 * MB));
  expect(await alerts()).toEqual(['queue counts nothing']);
  counting(true);
  await busy(phone);
  await busy(phone);
  expect(await used(code)).toEqual(phone.counted);
  expect(await alerts()).toEqual([]);
  expect(await switches(phone.mac)).toEqual([
    ['usage counted by session', 12 * MB],
    ['usage counted by queue', 2 * MB],
  ]);
  expect((await app.reconcile()).writes).toBe(0);
});

test('two devices of one voucher are counted each by its own, and the cap of both holds', async () => {
  const plan = {
    name: 'TWO',
    users: 2,
    validity: '1d',
    data_cap: '20MB',
    throttle_policy: 'block',
  };
  await start({ profiles: [plan] });
  const { phone, code } = await app.online('TWO');
  const other = app.phone();
  await app.redeem(other, code);
  for (let round = 0; round < 2; round += 1) {
    other.download(2 * MB);
    await busy(phone, MB);
  }
  expect(await used(code)).toEqual(rates(2 * MB, 6 * MB));
  expect(await alerts()).toEqual(['queue counts nothing']);
  other.download(8 * MB);
  await busy(phone, 4 * MB, MB);
  expect(await app.voucher(code)).toMatchObject({ status: 'exhausted' });
  expect(await used(code)).toEqual({
    up: phone.counted.up + other.counted.up,
    down: phone.counted.down + other.counted.down,
  });
  expect([phone.online, other.online]).toEqual([false, false]);
  await app.reconcile();
  expect(await alerts()).toEqual([]);
});

test.each([
  ['before it is doubted', 0],
  ['in doubt', 1],
  ['when it is known', 2],
])(
  'a router that restarts %s loses what passed since the last round, and in doubt the round before',
  async (_, rounds) => {
    await start();
    const { phone, code } = await app.online('P5');
    await app.reconcile();
    for (let round = 0; round < rounds; round += 1) await busy(phone);
    phone.download(3 * MB);
    await reboot(app.simulator);
    expect(phone.online).toBe(true);
    await busy(phone);
    await busy(phone);
    await busy(phone);
    // What was only doubted is gone with the session that would have proved it.
    const known = rounds === 2 ? 2 * MB : 0;
    expect(await used(code)).toEqual(rates(known + 3 * MB));
  },
);

describe('another start of the program', () => {
  let place: RestartableShop;
  afterEach(() => place.close());

  test.each([0, 1, 2, 3])(
    'after %i rounds counts nothing twice, and loses nothing',
    async (rounds) => {
      habits = { queuesCountNothing: true };
      place = await RestartableShop.begin({ profiles: [{ name: 'P5' }], simulator: { habits } });
      app = await place.open();
      const { phone, code } = await app.online('P5');
      await app.reconcile();
      for (let round = 0; round < rounds; round += 1) await busy(phone);
      phone.download(2 * MB);
      app = await place.restart();
      await busy(phone);
      await busy(phone);
      expect(await used(code)).toEqual(phone.counted);
      counting(true);
      phone.download(2 * MB);
      app = await place.restart();
      await busy(phone);
      await busy(phone);
      expect(await used(code)).toEqual(phone.counted);
    },
  );
});
