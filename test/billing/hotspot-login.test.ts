import { lineOf } from '../../src/domain/billing/access';
import type { Code } from '../../src/domain/vouchers/voucher-code';
import type { SimulatedDevice } from '../../src/simulator/simulator';
import { ShopServer } from '../support/program/shop-server';
import { TestApp } from '../support/test-app';
import { DAY, MB, MINUTE } from '../support/builders';

/** Subscribers who log in at the portal with a password: from then on as a voucher's devices. */

jest.setTimeout(30_000);

const HOME = {
  ...{ name: 'Home', price: '300', billing_cycle: 'monthly', rate_up: '2M', rate_down: '5M' },
  ...{ fup_threshold: '1GB', fup_rate_up: '512K', fup_rate_down: '1M', users: '2' },
};

let shop: TestApp;

beforeEach(async () => {
  shop = await TestApp.start({ profiles: [HOME, { name: 'P5' }] });
});

afterEach(() => shop.close());

async function joy(app = shop): Promise<number> {
  const { subscribers } = app.app.services;
  const { id } = await subscribers.add({ name: 'Joy', login: 'joy', password: 'secret' }, 'maria');
  await subscribers.assign(id, { plan: 'Home' }, undefined, 'maria');
  return id;
}

async function logIn(phone: SimulatedDevice, password?: string, login = 'joy'): Promise<unknown> {
  const host = (await shop.controller.whoIsAt(phone.address))!;
  const waiting = password === undefined ? {} : { password };
  return shop.app.services.redemptions.redeem(login as Code, host, waiting);
}

test('with the password any device comes in, as many as the plan allows, at its speed', async () => {
  await joy();
  const [phone, laptop, third] = [shop.phone(), shop.phone(), shop.phone()];
  await logIn(phone, 'secret');
  await logIn(laptop, 'secret');
  expect([phone.online, laptop.online]).toEqual([true, true]);
  expect(shop.simulator.queueOf(phone.mac)!.maxLimit).toEqual({ up: 2_000_000, down: 5_000_000 });
  expect(shop.simulator.users()).toMatchObject([{ name: 'joy', password: 'secret' }]);
  expect(await shop.reconcile()).toMatchObject({ writes: 0 });
  shop.clock.advance(10 * MINUTE);
  await logIn(third, 'secret'); // the slot of the one that was silent for longest
  expect([phone.online, laptop.online, third.online].filter(Boolean)).toHaveLength(2);
});

test('not without the password, nor with another one, nor by the code of a voucher with one', async () => {
  await joy();
  const phone = shop.phone();
  const words = /cannot be used/;
  await expect(logIn(phone)).rejects.toThrow(words);
  await expect(logIn(phone, 'Secret')).rejects.toThrow(words);
  await expect(logIn(phone, '')).rejects.toThrow(words);
  const code = await shop.code();
  await expect(logIn(phone, 'secret', code)).rejects.toThrow(words);
  await expect(logIn(phone, 'secret', 'nobody')).rejects.toThrow(words);
  expect(phone.online).toBe(false);
  const device = `device ${phone.mac}`;
  const guesses = await shop.app.stores.guesses.of([device]);
  expect(guesses.get(device)!.failures).toBe(5);
});

test('a login may be typed in capitals, unless two differ by them alone; a password may not', async () => {
  await joy();
  const { subscribers, selfService } = shop.app.services;
  expect(await selfService.loginOf('JOY')).toBe('joy');
  expect(await selfService.signIn('Joy', 'secret', '10.5.0.9')).toBeDefined();
  expect(await selfService.signIn('Joy', 'Secret', '10.5.0.9')).toBeUndefined();
  await subscribers.add({ name: 'Joy Cruz', login: 'JOY', password: 'other' }, 'maria');
  expect(await selfService.loginOf('JOY')).toBe('JOY');
  expect(await selfService.loginOf('Joy')).toBe('Joy'); // it could be either
  expect(await selfService.signIn('joy', 'secret', '10.5.0.9')).toBeDefined();
});

test('nobody logs in at the portal under the login of a PPPoE line', async () => {
  const { subscribers } = shop.app.services;
  const id = await joy();
  await subscribers.edit(id, { loginKind: 'pppoe' }, 'maria');
  await expect(logIn(shop.phone(), 'secret')).rejects.toThrow(/cannot be used/);
  expect(lineOf('joy')).toBe('joy');
});

test('fair use, suspension and payment reach the device, which needs to type nothing', async () => {
  const id = await joy();
  const { billing } = shop.app.services;
  const phone = shop.phone();
  await logIn(phone, 'secret');
  phone.download(1_100 * MB);
  await shop.reconcile();
  expect(shop.simulator.queueOf(phone.mac)!.maxLimit).toEqual({ up: 512_000, down: 1_000_000 });
  shop.clock.advance(10 * DAY); // not paid
  await billing.run();
  await shop.reconcile();
  expect([phone.online, shop.simulator.users()]).toEqual([false, []]);
  await billing.pay({ subscriberId: id, money: { amount: 300_00, currency: 'PHP' } }, 'maria');
  await shop.reconcile();
  expect(phone.online).toBe(true);
});

test('a new password is on the router with the next round', async () => {
  const id = await joy();
  await logIn(shop.phone(), 'secret');
  await shop.app.services.subscribers.edit(id, { password: 'other' }, 'maria');
  await shop.reconcile();
  expect(shop.simulator.users()).toMatchObject([{ name: 'joy', password: 'other' }]);
  await expect(logIn(shop.phone(), 'secret')).rejects.toThrow(/cannot be used/);
});

test('the portal has a form for it, where there are subscribers', async () => {
  const server = await ShopServer.start({ profiles: [HOME, { name: 'P5' }] });
  try {
    const { simulator, app } = server.shop;
    const page = () => fetch(`${server.origin}/portal`).then((answer) => answer.text());
    expect(await page()).not.toContain('/portal/login');
    await joy(server.shop);
    server.shop.clock.advance(MINUTE);
    expect(await page()).toContain('action="/portal/login"');
    const phone = simulator.addDevice({ mac: '02:00:00:00:00:77', address: '127.0.0.1' });
    const body = new URLSearchParams({ login: 'joy', password: 'wrong' });
    const post = () => fetch(`${server.origin}/portal/login`, { method: 'POST', body, redirect: 'manual' }); // prettier-ignore
    expect((await post()).status).toBe(422);
    body.set('password', 'secret');
    server.shop.clock.advance(10 * MINUTE);
    expect((await post()).status).toBe(303);
    expect(phone.online).toBe(true);
    expect((await app.stores.journal.openAlerts()).map(({ kind }) => kind)).toEqual([]);
  } finally {
    await server.close();
  }
});

test('who has not paid is led from the portal to the account, and can still type a voucher', async () => {
  const server = await ShopServer.of(shop);
  const id = await joy();
  const phone = server.phone(21);
  await logIn(phone, 'secret');
  expect((await server.ask('/portal', phone)).status).toBe(200);
  const toAccount = 'href="/portal/account"';
  expect((await server.ask('/portal/status', phone)).text).toContain(toAccount);
  const other = server.phone(22);
  await shop.redeem(other, await shop.code());
  expect((await server.ask('/portal/status', other)).text).not.toContain(toAccount);
  shop.clock.advance(10 * DAY); // not paid
  const { billing } = shop.app.services;
  await billing.run();
  await shop.reconcile();
  const led = await server.ask('/portal', phone);
  expect([led.status, led.location]).toEqual([303, '/portal/account']);
  const account = await server.ask('/portal/account', phone);
  expect(account.text).toContain('href="/portal?code="');
  expect((await server.ask('/portal?code=', phone)).text).toContain('action="/portal/redeem"');
  expect((await server.redeem(phone, 'WRONG234')).text).toContain('action="/portal/redeem"');
  await billing.pay({ subscriberId: id, money: { amount: 300_00, currency: 'PHP' } }, 'maria');
  await shop.reconcile();
  expect((await server.ask('/portal', phone)).status).toBe(200);
  await server.closePages();
});
