import type { ConnectionLimits } from '../../src/routeros/api/connection';
import type { SimulatedDevice } from '../../src/simulator/simulator';
import { logLines } from '../support/program/log-lines';
import { ShopServer, type Answer } from '../support/program/shop-server';
import type { TestAppOptions } from '../support/test-app';
import { longTest } from '../support/program/run-counts';

/** Customers of a router that takes longer than a browser should wait. */

let server: ShopServer;

afterEach(async () => {
  await server.close();
});

const LIMITS: ConnectionLimits = {
  ...{ connectMs: 5_000, loginMs: 5_000, commandMs: 5_000, longMs: 5_000 },
  ...{ inFlight: 24, queued: 50_000, queuedMs: 5_000 },
};
const ORIG = 'http://news.example/today';

async function slowShop(options: TestAppOptions = {}): Promise<void> {
  const slowRouter = { timeoutMs: 30, renewMs: 10 };
  server = await ShopServer.start({ limits: LIMITS, slowRouter, ...options });
  await server.shop.reconcile();
}

/** The next device to be let in keeps the router busy for this long. */
function activationTakes(ms: number): void {
  const trigger = { menu: '/ip/hotspot/active', command: 'login' };
  server.shop.simulator.faults.on(trigger, { kind: 'delay', ms });
}

/** What the browser shows once the router is done: it asks by itself, every few seconds. */
async function follow(phone: SimulatedDevice, first: Answer): Promise<Answer> {
  const { controller, app } = server.shop;
  await controller.whoIsAt(phone.address).catch(() => undefined);
  await app.services.redemptions.idle();
  let answer = await server.ask(first.location!, phone);
  while (answer.headers.refresh !== undefined) answer = await server.ask(first.location!, phone);
  return answer;
}

test('a slow activation is told so, without script, and leads to the time that is left', async () => {
  await slowShop();
  const phone = server.phone(21);
  const code = await server.shop.code();
  activationTakes(1_500);
  const first = await server.redeem(phone, code, { form: { 'link-orig': ORIG } });
  expect(first.status).toBe(303);
  expect(first.location).toMatch(/^\/portal\/waiting\?ticket=[\w-]{22}&link-orig=/);
  expect(phone.online).toBe(false);

  const page = await server.ask(first.location!, phone);
  expect(page.status).toBe(200);
  expect(page.headers.refresh).toBe('3');
  expect(page.text).toContain('Connecting you …');
  expect(page.text).not.toContain('<script');
  const headers = { 'accept-language': 'fil' };
  const inFilipino = await server.ask(first.location!, phone, { headers });
  expect(inFilipino.text).toContain('Inaasikaso na ng Wi-Fi.');

  const done = await follow(phone, first);
  expect(done).toMatchObject({ status: 303 });
  expect(done.location).toBe(`/portal/status?${new URLSearchParams({ 'link-orig': ORIG })}`);
  expect(phone.online).toBe(true);
  expect((await server.shop.voucher(code)).status).toBe('active');
});

test('who types it again while waiting, or reloads, waits for the same and uses nothing twice', async () => {
  await slowShop();
  const phone = server.phone(21);
  const code = await server.shop.code();
  activationTakes(1_500);
  const first = await server.redeem(phone, code);
  const second = await server.redeem(phone, code);
  expect(second.location).toContain('/portal/waiting');
  const ends = await Promise.all([follow(phone, first), follow(phone, second)]);
  expect(ends.map(({ location }) => location)).toEqual(['/portal/status', '/portal/status']);
  expect(server.shop.simulator.active()).toHaveLength(1);
  expect(await server.shop.app.stores.sessions.ofDevice(phone.mac as never)).toHaveLength(1);
  // Looked at again it is the same, and typed once more it is theirs already.
  expect((await server.ask(first.location!, phone)).location).toBe('/portal/status');
  expect((await server.redeem(phone, code)).text).toContain('You have that code on this device');
});

test('nobody else gets the code meanwhile, however long the router takes', async () => {
  await slowShop();
  const [phone, other] = [server.phone(21), server.phone(22)];
  const code = await server.shop.code();
  activationTakes(3_000);
  const first = await server.redeem(phone, code);
  const { stores } = server.shop.app;
  for (let minute = 0; minute < 3; minute += 1) {
    server.shop.clock.advance(50_000);
    const now = server.shop.clock.now();
    const longer = now.getTime() + 50_000;
    for (let until = 0; until < longer;) {
      const [session] = await stores.sessions.ofDevice(phone.mac as never);
      until = session!.pendingUntil!.getTime();
    }
    expect((await server.redeem(other, code)).status).toBe(422);
  }
  expect((await follow(phone, first)).location).toBe('/portal/status');
  expect(phone.online).toBe(true);
  expect(other.online).toBe(false);
});

test('a router that restarts meanwhile leaves the code as good as new, and the page says so', async () => {
  await slowShop();
  const phone = server.phone(21);
  const code = await server.shop.code();
  activationTakes(10_000);
  const first = await server.redeem(phone, code);
  const { log } = server.shop.simulator;
  const isAsked = () => log.commands.some(({ words }) => words[0] === '/ip/hotspot/active/login');
  while (!isAsked()) await new Promise(setImmediate);
  server.shop.simulator.reboot();
  const end = await follow(phone, first);
  expect(end.status).toBe(503);
  expect(end.text).toContain('Nothing was used up');
  expect(end.text).toContain(`value="${code}"`);
  expect((await server.shop.voucher(code)).status).toBe('unused');
  await server.shop.reconcile();
  const again = await server.redeem(phone, code);
  expect(again.status).toBe(303);
  await follow(phone, again); // a busy machine may lead to the waiting page
  expect(phone.online).toBe(true);
});

longTest('who closes the page is let in all the same', async () => {
  await slowShop();
  const phone = server.phone(21);
  activationTakes(200);
  await server.redeem(phone, await server.shop.code());
  await server.shop.app.services.redemptions.idle();
  expect(phone.online).toBe(true);
});

longTest('a router that is slow to say who asks does not hold up the browser either', async () => {
  await slowShop();
  const phone = server.phone(21);
  const trigger = { menu: '/ip/hotspot/host', command: 'print' };
  server.shop.simulator.faults.on(trigger, { kind: 'delay', ms: 300 });
  const first = await server.redeem(phone, 'NSVCHQQQ');
  expect(first.location).toContain('/portal/waiting');
  const end = await follow(phone, first);
  expect(end.status).toBe(422);
  expect(end.text).toContain('cannot be used');
});

test('the same as JSON, and a ticket that nobody has', async () => {
  await slowShop();
  const phone = server.phone(21);
  const code = await server.shop.code();
  const accept = 'application/json';
  activationTakes(1_500);
  const first = await server.redeem(phone, code, { accept });
  expect(first.status).toBe(202);
  const { next, ...told } = JSON.parse(first.text) as { next: string };
  expect(told).toEqual({ ok: true, waiting: true, message: 'Connecting you …' });
  expect((await server.ask(next, phone, { accept })).status).toBe(202);
  await server.shop.app.services.redemptions.idle();
  const done = await server.ask(next, phone, { accept });
  expect(JSON.parse(done.text)).toMatchObject({ ok: true, code });
  const unknown = await server.ask('/portal/waiting?ticket=none', phone);
  expect(unknown).toMatchObject({ status: 303, location: '/portal/status' });
});

test('a button answers before the router has done it', async () => {
  await slowShop({ profiles: [{ name: 'P5', validity: '1d', uptime: '1h' }] });
  const phone = server.phone(21);
  const code = await server.shop.code();
  await follow(phone, await server.redeem(phone, code));
  const trigger = { menu: '/ip/hotspot/active', command: 'remove' };
  server.shop.simulator.faults.on(trigger, { kind: 'delay', ms: 1_500 });
  const paused = await server.ask('/portal/pause', phone, { form: {} });
  expect(paused).toMatchObject({ status: 303, location: '/portal/status' });
  expect(phone.online).toBe(true);
  // The button's own work may not have begun yet; a round does the same.
  while (phone.online) await server.shop.reconcile();
  expect((await server.shop.voucher(code)).status).toBe('paused');
});

longTest(
  'a crowd that asks a router that is away again and again is one line in the log',
  async () => {
    const { log, lines } = logLines();
    await slowShop({ log });
    const { faults } = server.shop.simulator;
    faults.refuseConnections = 'accept-then-close';
    server.shop.simulator.dropConnections('rst');
    const phones = Array.from({ length: 20 }, (_, n) => server.phone(n + 30));
    const code = await server.shop.code();
    const before = lines.length;
    for (let time = 0; time < 3; time += 1) {
      await Promise.all(phones.map((phone) => server.redeem(phone, code)));
    }
    expect(lines.slice(before).filter((line) => line.includes('customer')).length).toBeLessThan(3);
  },
);
