import { ModelBox } from '../support/model-box';
import { ShopServer } from '../support/program/shop-server';
import { refuseInserts } from '../support/refuse-inserts';
import { WireBox } from '../support/wire-box';

/** What boxes say over HTTP: pairing, signatures, requests that come twice, and orders they wait for. */

let server: ShopServer;
let box: WireBox;

beforeEach(async () => {
  server = await ShopServer.start();
  box = new WireBox(server.origin);
});
afterEach(() => server.close());

const services = () => server.shop.app.services;
const pair = async (which = box) => {
  await pairOnly(which);
  await which.send('report');
};
const pairOnly = async (which = box) => {
  await which.knock();
  await services().coinPairing.pair(
    which.number,
    { name: `Box ${which.number}`, plan: 'P5' },
    'maria',
  );
  expect(await which.knock()).toBe(200);
};
const host = async (last = 7) => {
  const phone = server.phone(last);
  return (await server.shop.controller.whoIsAt(phone.address))!;
};

test('a box waits until the owner types its number, and gets the same answer until it signed', async () => {
  expect(await box.knock()).toBe(202);
  expect(await services().coinPairing.waiting()).toMatchObject([{ number: box.number }]);
  const order = { name: 'Front', plan: 'P5' };
  await expect(services().coinPairing.pair('000000', order, 'maria')).rejects.toThrow(
    'No box shows the number 000000',
  );
  await services().coinPairing.pair(
    ` ${box.number.slice(0, 3)} ${box.number.slice(3)}`,
    order,
    'maria',
  );
  expect(await box.knock()).toBe(200);
  const { id } = box;
  expect(await box.knock()).toBe(200);
  expect(box.id).toBe(id);
  expect(await box.send('report')).toMatchObject({ status: 200, isGenuine: true });
  expect(await services().coinPairing.waiting()).toEqual([]);
  expect(await box.knock()).toBe(202); // what it signs with is told no more
});

test('a number is good for ten minutes, and of one box; only a few wait', async () => {
  await box.knock();
  const other = new WireBox(server.origin);
  Object.assign(other, { number: box.number });
  expect(await other.knock()).toBe(409);
  const more = Array.from({ length: 5 }, () => new WireBox(server.origin));
  for (const [n, one] of more.entries()) expect(await one.knock()).toBe(n < 4 ? 202 : 429);
  server.shop.clock.advance(10 * 60_000 + 1);
  const order = { name: 'Front', plan: 'P5' };
  await expect(services().coinPairing.pair(box.number, order, 'maria')).rejects.toThrow('No box');
  expect(await more[4]!.knock()).toBe(202);
});

test('a request with a wrong signature, an unknown box or other words is refused, and changes nothing', async () => {
  await pair();
  box.pulses['1'] = 5;
  const forged = JSON.stringify({ ...box.words, pulses: { 1: 5_000 } });
  expect(await box.send('report', {}, { body: forged })).toMatchObject({ status: 401 });
  expect(await box.send('report', {}, { signature: 'sha256=00' })).toMatchObject({ status: 401 });
  const id = box.id;
  box.id = 77;
  expect(await box.send('report')).toMatchObject({ status: 401, isGenuine: false });
  box.id = id;
  expect(await services().coinBoxes.strays()).toEqual([]);
  const broken = await box.send('report', { pulses: { 1: -1 } });
  expect(broken).toMatchObject({ status: 422 });
  for (let n = 0; n < 25; n += 1) await box.send('report', {}, { signature: 'sha256=00' });
  expect(await box.send('report', {}, { signature: 'x' })).toMatchObject({ status: 429 });
  expect(await box.send('report')).toMatchObject({ status: 200 }); // the box itself goes on
});

test('a request that comes again is told the last number, and credits nothing', async () => {
  await pair();
  await services().coinSlots.open(await host());
  box.pulses['5'] = 2;
  const counter = 2 ** 21;
  expect(await box.send('report', {}, { counter })).toMatchObject({ status: 200 });
  const again = await box.send('report', {}, { counter });
  expect(again).toMatchObject({ status: 409, json: { error: 'replay', counter }, isGenuine: true });
  expect(await services().coinBoxes.credits()).toMatchObject([{ amount: 10_00 }]);
});

test('a box that waits hears at once that somebody is at the slot, and of each coin', async () => {
  await pair();
  const { json: closed } = await box.send('orders');
  expect(closed).toMatchObject({ open: false, closes_in_s: 0, accepted: { 1: 0, 5: 0 } });
  const waiting = box.send('orders', { seen: closed.revision, wait_s: 25 });
  await services().coinSlots.open(await host());
  const { json: open, isGenuine } = await waiting;
  expect(isGenuine).toBe(true);
  expect(open).toMatchObject({ open: true, closes_in_s: 60, display: ['Insert coin', 'P5 = 40m'] });
  box.pulses['5'] = 1;
  const { json: paid } = await box.send('report');
  expect(paid).toMatchObject({
    open: true,
    accepted: { 5: 1 },
    display: ['P5 = 40m', 'Insert coin'],
  });
  expect(paid.revision).not.toBe(open.revision);
  const later = box.send('orders', { seen: paid.revision, wait_s: 25 });
  await server.shop.clock.passingFor(later);
  expect((await later).json).toMatchObject({ open: true, closes_in_s: 35 });
  const end = box.send('orders', { seen: paid.revision, wait_s: 50 });
  await server.shop.clock.passingFor(end);
  expect((await end).json).toMatchObject({ open: false, closes_in_s: 0 });
});

test('a box that asks before its first report begins where that report says', async () => {
  await pairOnly();
  box.pulses['5'] = 40;
  expect((await box.ask('')).status).toBe(200);
  expect(await box.send('report')).toMatchObject({ status: 200, json: { accepted: { 5: 40 } } });
  expect(await services().coinBoxes.credits()).toEqual([]);
  expect(await services().coinBoxes.strays()).toEqual([]);
});

test('a box that reports and asks apart gets the same orders', async () => {
  await pair();
  const { json: closed } = await box.send('report');
  expect((await box.ask('')).json).toEqual(closed);
  const waiting = box.ask(`seen=${String(closed.revision)}&wait_s=25`);
  await services().coinSlots.open(await host());
  expect((await waiting).json).toMatchObject({ open: true, accepted: { 5: 0 } });
  expect((await box.ask('wait_s=soon')).status).toBe(422);
});

test('who waits is answered when the server stops or the box hangs up, and no timer is left', async () => {
  await pair();
  const { json } = await box.send('orders');
  const stopping = new AbortController();
  const waits = services().coinReports.ordersAfter(
    box.id,
    Number(json.revision),
    50_000,
    stopping.signal,
  );
  await untilOneWaits();
  stopping.abort();
  expect(await waits).toMatchObject({ open: false });
  expect(server.shop.clock.waiting).toBe(0);
});

test('the slot is closed while the router or the books are away, and when the customer left', async () => {
  await pair();
  const phone = server.phone(9);
  const who = (await server.shop.controller.whoIsAt(phone.address))!;
  await services().coinSlots.open(who);
  expect((await box.send('report')).json).toMatchObject({ open: true });
  server.shop.clock.advance(1_000);
  await server.shop.reconcile();
  expect((await box.send('report')).json).toMatchObject({ open: true });

  server.shop.simulator.faults.refuseConnections = 'accept-then-close';
  server.shop.simulator.dropConnections('rst');
  await server.shop.reconcile().catch(() => undefined);
  expect((await box.send('report')).json).toMatchObject({
    open: false,
    display: ['Please wait', ''],
  });
  server.shop.simulator.faults.refuseConnections = 'none';
  await server.shop.reconcile();
  expect((await box.send('report')).json).toMatchObject({ open: true });

  const unblock = await refuseInserts(server.shop.app.db, 'coin_credits', 'disk full');
  box.pulses['1'] = 3;
  expect((await box.send('report')).status).toBeGreaterThanOrEqual(500);
  await unblock();
  expect((await box.send('report')).json).toMatchObject({ open: true, accepted: { 1: 3 } });
  expect(await services().coinBoxes.credits()).toMatchObject([{ mac: who.mac, amount: 3_00 }]);

  phone.leave();
  server.shop.clock.advance(35_000);
  await server.shop.reconcile();
  expect((await box.send('report')).json).toMatchObject({ open: false });
});

test('a counter that went down is told to the owner, and counts on from there', async () => {
  box.pulses['1'] = 100;
  await pair();
  box.pulses['1'] = 3;
  await box.send('report');
  const alerts = await services().alerts.open();
  expect(alerts.map(({ kind }) => kind)).toContain('coin counter fell');
  box.pulses['1'] = 4;
  await box.send('report');
  expect(await services().coinBoxes.strays()).toMatchObject([{ amount: 1_00 }]);
});

test('a box in the books alone is as good as one on the wire', async () => {
  const model = await ModelBox.paired(server.shop.app, 'Model');
  model.insert('10');
  await model.report(services().coinReports);
  expect(await services().coinBoxes.strays()).toMatchObject([{ boxId: model.id, amount: 10_00 }]);
});

async function untilOneWaits(): Promise<void> {
  while (server.shop.clock.waiting === 0) await new Promise(setImmediate);
}
