import type { SimulatedDevice } from '../../src/simulator/simulator';
import { ShopServer } from '../support/program/shop-server';

/** Phones behind the router's NAT, as MikroTik's Hotspot Setup leaves it: they all come by the router's address. */

let server: ShopServer;
let phone: SimulatedDevice;
afterEach(() => server.close());

const PHONES = '127.9.0.0/24';

beforeEach(async () => {
  server = await ShopServer.start();
  const { shop } = server;
  run('/ip/address/add', '=address=127.0.0.254/24', '=interface=ether2');
  run(...['/ip/firewall/nat/add', '=chain=srcnat', '=action=masquerade', `=src-address=${PHONES}`]);
  phone = shop.simulator.addDevice({ mac: '02:00:00:00:09:21', address: '127.9.0.21' });
  await shop.reconcile();
  await shop.controller.checkUp();
});

function run(...words: string[]): void {
  server.shop.simulator.run(words);
}

/** What staff are told is up, after the round that follows. */
async function alerts(): Promise<string[]> {
  const { shop } = server;
  await shop.reconcile();
  await shop.controller.checkUp();
  return (await shop.app.stores.journal.openAlerts()).map(({ kind }) => kind);
}

test('the customer reads that the router is the cause, and staff are told until phones come through again', async () => {
  const { shop } = server;
  const code = await shop.code();
  for (const accept of ['text/html', 'application/json']) {
    const { text } = await server.redeem(phone, code, { accept });
    expect(text).toContain('router hides this device');
    expect(text).not.toMatch(/connect to it/);
  }
  expect((await server.ask('/portal/status', phone)).text).toContain('router hides this device');
  expect((await shop.voucher(code)).status).toBe('unused');
  expect(phone.online).toBe(false);
  expect(await alerts()).toEqual(['phones hidden']);
  expect(await alerts()).toEqual(['phones hidden']);

  const [rule] = shop.simulator.rows('/ip/firewall/nat');
  run(
    ...['/ip/firewall/nat/add', '=chain=srcnat', '=action=accept', `=src-address=${PHONES}`],
    ...['=dst-address=127.0.0.1', `=place-before=${rule!['.id']}`],
  );
  expect((await server.redeem(phone, code)).status).toBe(303);
  expect(phone.online).toBe(true);
  // Those at another port of the router may be hidden still.
  expect(await alerts()).toEqual(['phones hidden']);
  shop.clock.advance(16 * 60_000);
  await server.redeem(phone, await shop.code());
  expect(await alerts()).toEqual([]);
});

test('who is really not on the Wi-Fi is told so', async () => {
  const { text } = await server.redeem({ address: '127.0.0.77' }, await server.shop.code());
  expect(text).toContain('is not on');
  expect(await alerts()).toEqual([]);
});
