import { join } from 'node:path';
import { clearBooks } from '../../src/store/clear-books';
import { ShopServer, type Answer } from '../support/program/shop-server';
import { TestApp } from '../support/test-app';
import { temporaryFolder } from '../support/temporary-folder';

/**
 * Books that never let anybody in, beside a router on which customers of ours are online: the shop's own books were
 * lost. However few they are, nobody is logged out before the owner says so.
 */

const NOBODY = { address: '127.0.0.1' };
let server: ShopServer;

afterEach(async () => {
  await server.close();
});

const wordsOf = ({ text }: Answer) => /role="alert">([^<]*)</.exec(text)?.[1];

async function ready(): Promise<{ status: number; said: Record<string, string> }> {
  const { status, text } = await server.ask('/readyz', NOBODY);
  return { status, said: JSON.parse(text) as Record<string, string> };
}

async function rounds(shop: TestApp, count = 3): Promise<number[]> {
  const writes: number[] = [];
  for (let round = 0; round < count; round += 1) {
    shop.clock.advance(10_000);
    writes.push((await shop.reconcile()).writes);
  }
  return writes;
}

test.each([1, 3, 8])('with %s customers online', async (count) => {
  server = await ShopServer.start();
  const { shop: old } = server;
  const codes: string[] = [];
  for (let n = 0; n < count; n += 1) codes.push((await old.online()).code);
  const { simulator, clock } = old;
  const before = simulator.exported();
  const database = join(temporaryFolder(), 'new.db');
  const shop = await TestApp.beside(simulator, clock, { database });
  const pages = server;
  server = await ShopServer.of(shop);
  const phone = server.phone(60);

  expect(await rounds(shop)).toEqual([0, 0, 0]);
  expect(await ready()).toMatchObject({
    status: 503,
    said: { status: 'not ready', books: 'lost', reason: 'lost' },
  });
  expect((await ready()).said.message).toMatch(/Restore the newest backup/);
  for (let times = 0; times < 10; times += 1) {
    const typed = await server.redeem(phone, codes[0]!);
    expect([typed.status, wordsOf(typed)]).toEqual([
      503,
      expect.stringMatching(/your code was not used. Keep it/),
    ]);
  }
  const { vouchers } = await shop.app.services.batches.generate({ plan: 'P5', count: 1 }, 'test');
  expect((await server.redeem(phone, vouchers[0]!.code)).status).toBe(503);
  const portal = await server.ask('/portal', phone);
  expect([portal.status, portal.text]).toEqual([
    503,
    expect.stringContaining('Who is online stays online'),
  ]);
  // Another start knows as little.
  const again = await TestApp.beside(simulator, clock, { database });
  expect(await rounds(again)).toEqual([0, 0, 0]);
  await again.close();
  expect(simulator.active()).toHaveLength(count);
  expect(simulator.exported()).toEqual(before);
  const alerts = await shop.app.stores.journal.openAlerts();
  expect(alerts).toMatchObject([
    { kind: 'mass removal', message: expect.stringMatching(/never let anybody in/) },
  ]);

  // The owner begins anew.
  expect((await shop.reconcile(true)).errors).toBe(0);
  expect(simulator.active()).toEqual([]);
  expect(await ready()).toMatchObject({ status: 200 });
  expect((await server.redeem(phone, vouchers[0]!.code)).status).toBe(303);
  expect((await rounds(shop, 1))[0]).toBe(0);
  expect(await shop.app.stores.journal.openAlerts()).toEqual([]);
  await shop.close();
  await server.closePages();
  server = pages;
});

test('a new shop, whose router has nothing of ours, is asked nothing', async () => {
  server = await ShopServer.start();
  const { shop } = server;
  shop.simulator.run(['/ip/hotspot/user/add', '=name=admin', '=password=x']);
  expect(await rounds(shop)).toEqual([0, 0, 0]);
  expect(await ready()).toMatchObject({ status: 200 });
  expect(await shop.app.stores.journal.openAlerts()).toEqual([]);
  expect((await server.redeem(server.phone(61), await shop.code())).status).toBe(303);
});

test('books that were cleared on purpose are not lost', async () => {
  server = await ShopServer.start();
  const { shop } = server;
  const { phone } = await shop.online();
  await shop.reconcile();
  await clearBooks(shop.app.db, { at: shop.clock.now(), by: 'maria', currency: 'PHP' });
  await rounds(shop, 2);
  expect(phone.online).toBe(false);
  expect(await ready()).toMatchObject({ status: 200 });
});
