import type { SimulatedDevice } from '../../src/simulator/simulator';
import { ModelBox } from '../support/model-box';
import { ShopServer } from '../support/program/shop-server';

/** A customer with coins: the slot, what fell, and time for it, by pages that need no script. */

let server: ShopServer;
let box: ModelBox;

beforeEach(async () => {
  server = await ShopServer.start();
  box = await ModelBox.paired(server.shop.app, 'Front');
  server.shop.clock.advance(1_000);
});
afterEach(() => server.close());

const services = () => server.shop.app.services;
const report = () => box.report(services().coinReports);
const page = (phone: SimulatedDevice) => server.ask('/portal/coins', phone);
const press = (phone: SimulatedDevice, what: string, form = {}) =>
  server.ask(`/portal/coins/${what}`, phone, { form: { box: String(box.id), ...form } });
const insert = async (...coins: string[]) => {
  for (const coin of coins) box.insert(coin);
  await report();
};
const journal = async () => {
  const rows = await services().money.list();
  return rows.map(({ kind, subject, amount, seller }) => [kind, subject, amount, seller]);
};
const creditOf = async ({ mac }: SimulatedDevice) =>
  (await services().coinBoxes.credits()).find((one) => String(one.mac) === mac)?.amount ?? 0;

test('coins become a voucher of exactly their worth, and the phone is online', async () => {
  const phone = server.phone(11);
  expect((await server.ask('/portal', phone)).text).toContain('href="/portal/coins"');
  expect((await page(phone)).text).toContain('Insert coin');
  expect(await press(phone, 'open')).toMatchObject({ status: 303, location: '/portal/coins' });
  const waiting = await page(phone);
  expect(waiting.headers.refresh).toBe('3');
  expect(waiting.text).toContain('Put your coins into Front now');
  expect(waiting.text).toContain('The slot closes in 1 minute.');
  expect((await report()).open).toBe(true);

  await insert('5', '1', '1');
  const paid = await page(phone);
  expect(paid.text).toContain('₱7.00 = 52 minutes');
  expect(paid.text).toContain('₱5 = 40 minutes + 2 × ₱1 = 6 minutes');
  expect(await press(phone, 'done')).toMatchObject({ status: 303, location: '/portal/status' });
  expect((await server.ask('/portal/status', phone)).text).toContain('52 minutes');
  expect(await creditOf(phone)).toBe(0);
  expect((await report()).open).toBe(false);

  const [code] = (await server.shop.app.stores.vouchers.list()).map((one) => one.code);
  const voucher = await server.shop.voucher(code!);
  expect(voucher).toMatchObject({ status: 'active', seller: 'Front', planName: 'P5' });
  expect(voucher.terms).toMatchObject({ price: { amount: 7_00 }, validitySeconds: 52 * 60 });
  // Cash as it fell; the sale adds nothing to that.
  expect(await journal()).toEqual([
    ['payment', `coin box ${box.id}`, 7_00, 'Front'],
    ['sale', code, 7_00, 'Front'],
    ['adjustment', `coins ${code}`, -7_00, 'Front'],
  ]);
  expect(await services().money.besidesSales('2026-11-21', '2026-11-21')).toBe(0);
  expect((await services().money.verify()).differences).toEqual([]);
});

test('a refund of what was bought with coins comes out of the drawer of whoever gives it', async () => {
  const phone = server.phone(10);
  await press(phone, 'open');
  await insert('10');
  await press(phone, 'done');
  const [voucher] = await server.shop.app.stores.vouchers.list();
  await services().drawers.open('maria', { amount: 50_00, currency: 'PHP' }, 'maria');
  await services().sales.endAndRefund(voucher!.code, 'slow', 'maria');
  const own = await services().drawers.count('maria', { amount: 40_00, currency: 'PHP' }, 'maria');
  expect(own.count).toMatchObject({ expected: 40_00 });
  const coins = { amount: 10_00, currency: 'PHP' };
  const collected = await services().coinBoxes.collect('Front', coins, 'maria');
  expect(collected.count).toMatchObject({ expected: 10_00 });
  expect((await services().money.verify()).differences).toEqual([]);
});

test('more coins later add up with what runs', async () => {
  const phone = server.phone(12);
  await press(phone, 'open');
  await insert('1');
  await press(phone, 'done');
  server.shop.clock.advance(60_000);
  await report();
  await press(phone, 'open');
  await insert('5');
  await press(phone, 'done');
  expect((await server.ask('/portal/status', phone)).text).toContain('45 minutes');
  expect(await journal()).toHaveLength(6);
});

test('what is not used stays with the phone, over a restart and whatever it says it is', async () => {
  const phone = server.phone(13);
  const thief = server.phone(14);
  await press(phone, 'open');
  await insert('10');
  await press(phone, 'leave');
  server.shop.clock.advance(3 * 3_600_000);
  await report();
  const own = await page(phone);
  expect(own.text).toContain('₱10.00 = 1 hour 30 minutes');
  expect((await server.ask('/portal', phone)).text).toContain('You have ₱10 in coins');
  const asked = await server.ask(`/portal/coins?mac=${phone.mac}`, thief);
  expect(asked.text).not.toContain('₱10');
  await press(thief, 'done', { mac: phone.mac });
  expect(await creditOf(phone)).toBe(10_00);
  await press(phone, 'done');
  expect(await creditOf(phone)).toBe(0);
});

test('a voucher that the router did not let in is kept, and used by the next try', async () => {
  const phone = server.phone(15);
  await press(phone, 'open');
  await insert('5');
  const refuse = { kind: 'trap', message: 'failure: not today', category: 4 } as const;
  for (let times = 0; times < 5; times += 1) {
    server.shop.simulator.faults.on({ menu: '/ip/hotspot/active', command: 'login' }, refuse);
  }
  const failed = await press(phone, 'done');
  expect(failed.status).toBe(503);
  server.shop.simulator.faults.clear();
  server.shop.clock.advance(5_000);
  const kept = await page(phone);
  expect(kept.text).toContain('You paid for this already');
  expect(await press(phone, 'done')).toMatchObject({ status: 303, location: '/portal/status' });
  const codes = (await server.shop.app.stores.vouchers.list()).map(({ status }) => status);
  expect(codes).toEqual(['active']);
  // A second press, by somebody in a hurry, costs nothing.
  expect(await press(phone, 'done')).toMatchObject({ status: 303, location: '/portal/status' });
});

test('one customer at a box, and who opens it for nothing waits longer each time', async () => {
  const [phone, other] = [server.phone(16), server.phone(17)];
  await press(phone, 'open');
  await report();
  const busy = await press(other, 'open');
  expect(busy).toMatchObject({ status: 422 });
  expect(busy.text).toContain('Somebody else is at the coin box');
  expect((await page(other)).text).toContain('disabled');
  for (let times = 0; times < 3; times += 1) {
    await press(phone, 'leave');
    server.shop.clock.advance(1_000);
    await report();
    if (times < 2) expect((await press(phone, 'open')).status).toBe(303);
  }
  const banned = await press(phone, 'open');
  expect(banned.text).toContain('without a coin. Wait 59 seconds');
  expect((await press(other, 'open')).status).toBe(303);
});

test('nobody is sent to a box that does not answer', async () => {
  server.shop.clock.advance(5 * 60_000);
  const phone = server.phone(18);
  expect((await page(phone)).text).toContain('This box does not answer');
  expect((await press(phone, 'open')).text).toContain('Do not put a coin in');
});

test('coins of a moment ago are of whoever comes next, older ones are the owner’s to give', async () => {
  const phone = server.phone(19);
  await insert('5');
  const alerts = async () => (await services().alerts.open()).map(({ kind }) => kind);
  expect(await alerts()).toContain('coins without customer');
  server.shop.clock.advance(60_000);
  await report();
  await press(phone, 'open');
  expect(await creditOf(phone)).toBe(5_00);
  expect(await alerts()).not.toContain('coins without customer');
  await press(phone, 'leave');
  server.shop.clock.advance(60_000);
  await report(); // all that fell until then was the phone's
  server.shop.clock.advance(60_000);
  await insert('10');
  server.shop.clock.advance(6 * 60_000);
  await report();
  await press(phone, 'open');
  expect(await creditOf(phone)).toBe(5_00);
  const [stray] = await services().coinBoxes.strays();
  const host = await server.shop.controller.whoIsAt(phone.address);
  await services().coinBoxes.settle(stray!.id, host!.mac, 'maria');
  expect(await creditOf(phone)).toBe(15_00);
});
