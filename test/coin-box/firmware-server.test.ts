import { Board } from '../support/firmware/board';
import { ShopServer } from '../support/program/shop-server';
import { runs } from '../support/program/run-counts';

/** The firmware of the coin box, under MicroPython, against the server: over TCP, with real signatures. */

let server: ShopServer;
let board: Board;

beforeEach(async () => {
  server = await ShopServer.start();
  board = await Board.on(Number(new URL(server.origin).port));
});
afterEach(async () => {
  await board.close();
  await server.close();
});

const services = () => server.shop.app.services;
const port = () => Number(new URL(server.origin).port);
const pair = async () => {
  await board.until('w.board.shown[0] == "Number of box:"');
  await untilOneKnocks();
  const number = await board.value<string>('w.box.client.number');
  await services().coinPairing.pair(number, { name: 'Front', plan: 'P5' }, 'maria');
  await board.until('w.box.client.accepted is not None');
};
const untilOneKnocks = async () => {
  while ((await services().coinPairing.waiting()).length === 0) await board.run('w.turn()');
};
const openSlot = async () => {
  const phone = server.phone(7);
  const host = (await server.shop.controller.whoIsAt(phone.address))!;
  await services().coinSlots.open(host);
  return host;
};
const credit = async () => (await services().coinBoxes.credits()).map(({ amount }) => amount);
/** What the books hold is what is in flash. */
const allTold = () => board.until('w.box.client.accepted == w.box._pulses()');

test('a box is paired by its number, hears of a customer, and its first coin is theirs', async () => {
  await pair();
  expect(await board.value('w.is_open')).toBe(false);
  const { mac } = await openSlot();
  await board.until('w.is_open');
  expect(await board.value('list(w.board.shown)')).toEqual(['Insert coin', 'P5 = 40m']);
  await board.run('w.insert("5")');
  await allTold();
  expect(await services().coinBoxes.credits()).toMatchObject([{ mac, amount: 5_00 }]);
  await board.until('w.board.shown[0] == "P5 = 40m"');
});

test('a report that somebody sends again credits nothing, and the box goes on', async () => {
  await pair();
  await openSlot();
  await board.until('w.is_open');
  await board.run('w.insert("10")');
  await allTold();
  const report = (await board.requests()).findLast((one) => one.includes('/report '))!;
  const [head = '', body] = report.split('\r\n\r\n');
  const headers = Object.fromEntries(
    [...head.matchAll(/^(X-Box-\w+): (.*?)\r?$/gm)].map(([, name, value]) => [name, value]),
  ) as Record<string, string>;
  const path = '/coin/v1/report';
  const again = await fetch(server.origin + path, { method: 'POST', body: body!, headers });
  expect(again.status).toBe(409);
  expect(await credit()).toEqual([10_00]);
  await board.run('w.insert("1")');
  await allTold();
  expect(await credit()).toEqual([11_00]);
});

test('without Wi-Fi the slot is closed, and what fell is told when it is back', async () => {
  await pair();
  await openSlot();
  await board.until('w.is_open');
  await board.network(undefined);
  await board.until('not w.is_open');
  await board.run('w.insert("5")');
  expect(await credit()).toEqual([]);
  await board.network(port());
  await board.until('w.is_open');
  await allTold();
  expect(await credit()).toEqual([5_00]);
});

test('the power goes at any instant: what is in flash is credited once, and nothing else', async () => {
  await pair();
  await openSlot();
  for (let cut = 0; cut < runs(60, 12); cut += 1) {
    await board.until('w.is_open');
    await board.run(`
from model_board import PowerCut
w.board.flash.power_for = ${(cut * 7) % 19}
try:
    w.insert("1")
    w.insert("5")
    w.insert("1")
except PowerCut:
    pass
w.restart()
refused = not w.is_open`);
    expect(await board.value('refused')).toBe(true);
    await allTold();
    const [ones, fives] = await board.value<number[]>('[w.box.log.value(0), w.box.log.value(1)]');
    expect(await credit()).toEqual(ones! + fives! > 0 ? [ones! * 100 + fives! * 500] : []);
  }
  expect((await credit())[0]).toBeGreaterThan(0);
});

test('a power cut while it is paired costs nothing but the moment', async () => {
  await board.until('w.box.client.number is not None');
  await untilOneKnocks();
  const number = await board.value<string>('w.box.client.number');
  await services().coinPairing.pair(number, { name: 'Front', plan: 'P5' }, 'maria');
  // The key is made, and the power goes before it is kept.
  await board.run('kept = dict(w.board.saved)');
  await board.until('w.box.client.is_paired');
  await board.run('w.board.saved = kept\nw.restart()');
  await board.until('w.box.client.accepted is not None');
  expect(await services().coinBoxes.list()).toHaveLength(1);
});

test('flash that was lost is told to the owner, and the box counts on', async () => {
  await pair();
  await board.run('w.insert("20")');
  await allTold();
  await board.run('from model_board import ModelFlash');
  await board.run('w.board.flash = ModelFlash(sectors=4, sector_bytes=1024)\nw.restart()');
  await allTold();
  expect((await services().alerts.open()).map(({ kind }) => kind)).toContain('coin counter fell');
  await openSlot();
  await board.until('w.is_open');
  const before = (await credit())[0] ?? 0;
  await board.run('w.insert("1")');
  await allTold();
  expect((await credit())[0]).toBe(before + 1_00);
});

test('a box whose key is wrong stays closed', async () => {
  await pair();
  await openSlot();
  await board.until('w.is_open');
  await board.run('w.board.saved["key"] = "00" * 32\nw.restart()');
  await board.until('w.board.shown[0] == "Not paired"');
  expect(await board.value('w.is_open')).toBe(false);
});
