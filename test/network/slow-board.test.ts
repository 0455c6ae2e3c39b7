import { LOOP_LATE } from '../../src/domain/notices/event';
import { isHealthy } from '../../src/domain/doctor/doctor';
import { exceptOfVersion } from '../../src/domain/doctor/doctor-version';
import type { Mac } from '../../src/domain/units';
import type { ConnectionLimits } from '../../src/routeros/api/connection';
import { Simulator } from '../../src/simulator/simulator';
import { BareRouter } from '../support/router/bare-router';
import { FastClock } from '../support/fast-clock';
import { logLines } from '../support/program/log-lines';
import { TestApp } from '../support/test-app';
import { longTest } from '../support/program/run-counts';

/** The whole life on a hAP lite that is many times faster, and the client's limits with it. */

/** As in a shop, divided by the speed; reads have more, since a busy test machine takes its time too. */
const limitsAt = (speed: number): ConnectionLimits => ({
  ...{ connectMs: 1_000, loginMs: 30_000 / speed, commandMs: 30_000 / speed },
  ...{ longMs: 30_000 / speed, inFlight: 24, queued: 50_000, queuedMs: 60_000 / speed },
  pace: { fastMs: 50 / speed, usuallySlowMs: 200 / speed, slowMs: 1_000 / speed },
});

const boardAt = (speed: number) => ({ board: 'hap-lite', scale: 1 / speed }) as const;

jest.setTimeout(60_000);

let close: () => Promise<void>;
afterEach(() => close());

async function bareLife(router: BareRouter): Promise<number> {
  const { simulator } = router;
  close = () => router.close();
  expect(await router.apply()).toMatchObject({ failed: null, left: [] });
  await router.restart();
  const { server } = router;
  const phone = server.phone(21);
  const answer = await server.redeem(phone, await server.shop.code());
  expect(answer).toMatchObject({ status: 303, location: '/portal/status' });
  expect(phone.online).toBe(true);
  expect(isHealthy(exceptOfVersion(await server.shop.app.services.doctor!.examine()))).toBe(true);
  return simulator.log.commands.filter(({ menu, command }) => menu === '/' && command === 'login')
    .length;
}

test('set up from bare, a customer let in, examined: over as many connections as on a fast board', async () => {
  const onFast = await bareLife(await BareRouter.open());
  await close();
  expect(await bareLife(await BareRouter.open({ slow: boardAt(100) }))).toBe(onFast);
});

/** A shop whose loop runs, and so many phones that hold a voucher and are not let in yet. */
async function openShop(devices: number, speed: number) {
  const clock = new FastClock(speed);
  const simulator = await Simulator.start({ clock, slow: boardAt(speed) });
  const { log, lines } = logLines();
  const slowRouter = { timeoutMs: 5_000 / speed, renewMs: 20_000 / speed };
  const options = { log, limits: limitsAt(speed), slowRouter };
  const shop = await TestApp.beside(simulator, clock, options, true);
  const phones = Array.from({ length: devices }, () => shop.phone());
  for (const phone of phones) {
    const code = await shop.code();
    const now = clock.now();
    const { sessions } = shop.app.stores;
    await sessions.seeDevices([{ mac: phone.mac as Mac, address: phone.address }], now);
    await sessions.addPending(code, phone.mac as Mac, now, new Date(now.getTime() + 3_600_000));
  }
  const stopping = new AbortController();
  const running = shop.loop.run(stopping.signal);
  close = async () => {
    stopping.abort();
    shop.app.routerSide!.client.stop();
    await running;
    await shop.close();
  };
  const untilTrue = async (isSo: () => boolean) => {
    while (!isSo()) await clock.wait(1_000);
  };
  return { shop, simulator, clock, lines, phones, untilTrue };
}

longTest(
  'sixty devices are let in without a reconnect or an alert, and a customer who comes then need not wait for all',
  async () => {
    const { shop, simulator, clock, lines, phones, untilTrue } = await openShop(60, 100);
    const online = () => phones.filter((phone) => phone.online).length;
    await untilTrue(() => online() >= 4);
    const customer = shop.phone();
    const begun = clock.elapsedMs();
    await shop.redeem(customer, await shop.code());
    expect(customer.online).toBe(true);
    expect(online()).toBeLessThan(40);
    expect(clock.elapsedMs() - begun).toBeLessThan(180_000);
    await untilTrue(() => online() === 60);
    expect(lines.filter((line) => line === 'connected to the router')).toHaveLength(1);
    // Not one a device, nor one a round; a busy test machine is late by itself.
    expect(lines.length).toBeLessThan(5);
    expect(await alertsOf(shop)).toEqual([]);
    expect(simulator.queues()).toHaveLength(61);
    // Everything is as it should be, and nothing is written any more.
    await untilTrue(() => isCalm(shop));

    simulator.reboot({ bootMs: 30_000 });
    const connections = () => lines.filter((line) => line === 'connected to the router').length;
    // The devices count as online until the router's silence is noticed.
    await untilTrue(() => connections() > 1 && online() === 60 && isCalm(shop));
    expect(connections()).toBe(2);
    expect(lines.length).toBeLessThan(8);
    expect(await alertsOf(shop)).toEqual([]);
  },
);

/** Without the server being late: time goes so much faster here that any pause of this machine counts. */
async function alertsOf({ app }: TestApp): Promise<string[]> {
  const open = await app.services.alerts.open();
  return open.map(({ kind }) => kind).filter((kind) => kind !== LOOP_LATE);
}

function isCalm({ app }: TestApp): boolean {
  const { last } = app.services.loop.status;
  return typeof last === 'object' && !last.failure && last.report.writes === 0;
}

test('of ten customers at once each gets in, and nothing is written down twice', async () => {
  const { shop, lines, simulator } = await openShop(0, 40);
  const phones = Array.from({ length: 10 }, () => shop.phone());
  const codes = await Promise.all(phones.map(() => shop.code()));
  await Promise.all(phones.map((phone, n) => shop.redeem(phone, codes[n]!)));
  expect(phones.filter(({ online }) => online)).toHaveLength(10);
  expect(simulator.active()).toHaveLength(10);
  const used = await shop.app.stores.vouchers.findAll(codes);
  expect(used.map(({ status }) => status)).toEqual(codes.map(() => 'active'));
  expect(lines.length).toBeLessThan(4);
  expect(await alertsOf(shop)).toEqual([]);
});
