import { DemoCoinBox } from '../../src/demo/coin-box';
import { ShopServer } from '../support/program/shop-server';

/** The box of the demo: a button drops a coin, and the phone at the slot is online for it. */

test('a coin that is dropped into an open slot is the customer’s; a closed one lets it fall through', async () => {
  const server = await ShopServer.start();
  const { app } = server.shop;
  const { coinBoxes, coinSlots } = app.services;
  const stopping = new AbortController();
  const box = await DemoCoinBox.open(server.origin, app.clock);
  const running = box.run(app, stopping.signal);
  try {
    const front = async () => (await fetch(box.address)).text();
    const drop = (coin: string) =>
      fetch(box.address, { method: 'POST', body: new URLSearchParams({ coin }) });
    server.shop.clock.advance(10_000);
    await until(async () => (await coinBoxes.list())[0]?.isAway === false);
    await drop('10');
    const phone = server.phone(31);
    expect(await front()).toContain('closed');
    await coinSlots.open((await server.shop.controller.whoIsAt(phone.address))!);
    await until(async () => (await front()).includes('The slot is open'));
    await drop('5');
    await until(async () => (await coinBoxes.credits()).length > 0);
    expect(await coinBoxes.credits()).toMatchObject([{ mac: phone.mac, amount: 5_00 }]);
    expect(await coinBoxes.strays()).toEqual([]);
    const done = await server.ask('/portal/coins/done', phone, { form: {} });
    expect(done).toMatchObject({ status: 303, location: '/portal/status' });
  } finally {
    stopping.abort();
    await running;
    await server.close();
  }
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(setImmediate);
}
