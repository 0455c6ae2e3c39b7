import type { SimulatedDevice } from '../../src/simulator/simulator';
import { MB, SECOND } from '../support/builders';
import { ShopServer } from '../support/program/shop-server';
import { TestApp, type TestAppOptions } from '../support/test-app';

/** A phone comes back at another address, and the router still has its session at the one before. */

const POLL = 10 * SECOND;

let app: TestApp;
let server: ShopServer | undefined;

afterEach(async () => {
  if (server) await server.close();
  else await app.close();
  server = undefined;
});

async function start(options: TestAppOptions = {}): Promise<void> {
  app = await TestApp.start({ env: { POLL_SECONDS: '10' }, ...options });
  app.simulator.faults.lingering = true;
}

/** Seconds pass, with a round when the loop would have one, until the device is in. */
async function secondsOut(phone: SimulatedDevice, untilNextRound = 10): Promise<number> {
  let dueIn = untilNextRound;
  for (let second = 0; second < 600; second += 1) {
    if (phone.online) return second;
    app.clock.advance(SECOND);
    dueIn -= 1;
    if (dueIn > 0) continue;
    const { reviewAt } = await app.reconcile();
    const review = reviewAt ? new Date(reviewAt).getTime() - app.clock.now().getTime() : POLL;
    dueIn = Math.max(1, Math.ceil(Math.min(review, POLL) / SECOND));
  }
  return Infinity;
}

describe.each(['6.49.18', '7.19.4'])('on RouterOS %s', (version) => {
  test.each([1, 4, 10])('it is back within one round that comes %i s later', async (next) => {
    await start({ simulator: { version } });
    const { phone } = await app.online();
    app.clock.advance(POLL);
    await app.reconcile();
    phone.moveTo('10.5.77.77');
    expect(await secondsOut(phone, next)).toBeLessThanOrEqual(10);
    expect(app.simulator.active()).toMatchObject([{ address: '10.5.77.77' }]);
    expect((await app.reconcile()).writes).toBe(0);
  });
});

test('it is back within one round at the address before as well', async () => {
  await start();
  const { phone } = await app.online();
  const { address } = phone;
  app.clock.advance(60 * SECOND);
  await app.reconcile();
  phone.moveTo('10.5.77.77');
  expect(await secondsOut(phone)).toBeLessThanOrEqual(10);
  app.clock.advance(60 * SECOND);
  await app.reconcile();
  phone.moveTo(address);
  expect(await secondsOut(phone)).toBeLessThanOrEqual(10);
});

test('no byte is lost or billed twice, and the queue follows with its counters', async () => {
  await start();
  const { phone, code } = await app.online();
  phone.download(3 * MB);
  await app.reconcile();
  const { id } = app.simulator.queueOf(phone.mac)!;
  phone.download(4 * MB);
  phone.moveTo('10.5.77.77');
  await secondsOut(phone);
  expect((await app.voucher(code)).used.down).toBe(7 * MB);
  phone.download(2 * MB);
  await app.reconcile();
  expect((await app.voucher(code)).used).toEqual(phone.counted);
  expect(app.simulator.queueOf(phone.mac)).toMatchObject({ id, target: '10.5.77.77/32' });
});

test('a device of a voucher for two is back, and the other one stays in', async () => {
  await start({ profiles: [{ name: 'DUO', users: 2 }] });
  const { phone, code } = await app.online('DUO');
  const other = app.phone();
  await app.redeem(other, code);
  const session = () => app.simulator.active().find(({ mac }) => mac === other.mac)!.id;
  const before = session();
  phone.moveTo('10.5.77.77');
  expect(await secondsOut(phone)).toBeLessThanOrEqual(10);
  expect(session()).toBe(before);
  await app.reconcile();
  expect(app.simulator.active()).toHaveLength(2);
  expect((await app.reconcile()).writes).toBe(0);
});

test('of two devices behind one hardware address the one that works is left alone', async () => {
  await start();
  const { phone } = await app.online();
  await app.reconcile();
  const double = app.simulator.addDouble(phone, '10.5.77.78');
  const [session] = app.simulator.active();
  for (let round = 0; round < 30; round += 1) {
    app.clock.advance(7 * SECOND);
    expect((await app.reconcile()).writes).toBe(0);
  }
  expect(app.simulator.active().map(({ id }) => id)).toEqual([session!.id]);
  expect([phone.online, double.online]).toEqual([true, false]);
});

describe('at the portal', () => {
  beforeEach(async () => {
    await start();
    server = await ShopServer.of(app);
  });

  async function moved(): Promise<{ phone: SimulatedDevice; code: string }> {
    const phone = server!.phone(21);
    const code = await app.code();
    expect((await server!.redeem(phone, code)).status).toBe(303);
    app.clock.advance(60 * SECOND);
    await app.reconcile();
    phone.download(2 * MB);
    phone.moveTo('127.0.0.99');
    return { phone, code };
  }

  const state = async (phone: SimulatedDevice) =>
    (JSON.parse((await server!.ask('/portal/status.json', phone)).text) as { state: string }).state;

  test('who presses Continue is in at once', async () => {
    const { phone, code } = await moved();
    expect(await state(phone)).toBe('waiting');
    expect((await server!.ask('/portal/resume', phone, { form: {} })).status).toBe(303);
    expect(phone.online).toBe(true);
    expect(await state(phone)).toBe('online');
    expect(app.simulator.queueOf(phone.mac)).toMatchObject({ target: '127.0.0.99/32' });
    expect((await app.reconcile()).writes).toBe(0);
    expect((await app.voucher(code)).used.down).toBe(2 * MB);
  });

  test('who types the code again is in at once', async () => {
    const { phone, code } = await moved();
    expect((await server!.redeem(phone, code)).status).toBe(303);
    expect(phone.online).toBe(true);
    expect((await app.reconcile()).writes).toBe(0);
  });

  test('who types another code is in at once, and the other waits its turn', async () => {
    const { phone, code } = await moved();
    const second = await app.code();
    expect((await server!.redeem(phone, second)).status).toBe(303);
    expect(app.simulator.active()).toMatchObject([{ user: code, address: '127.0.0.99' }]);
    expect(await app.voucher(second)).toMatchObject({ status: 'active', startedAt: null });
  });

  test('a router that refuses is not told as success', async () => {
    const { phone, code } = await moved();
    const login = { menu: '/ip/hotspot/active', command: 'login', times: 9 };
    app.simulator.faults.on(login, { kind: 'trap', message: 'already authorizing, retry later' });
    expect((await server!.ask('/portal/resume', phone, { form: {} })).status).toBe(503);
    expect((await server!.redeem(phone, code)).status).toBe(503);
    expect(phone.online).toBe(false);
  });
});
