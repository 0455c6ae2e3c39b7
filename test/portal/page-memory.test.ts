import { join } from 'node:path';
import type { SimulatedDevice } from '../../src/simulator/simulator';
import { connectAsIs } from '../../src/store/database/database';
import { temporaryFolder } from '../support/temporary-folder';
import { ShopServer } from '../support/program/shop-server';
import type { TestAppOptions } from '../support/test-app';
import { reboot } from '../support/router/reboot';

/** What pages tell that grant nothing: from the memory of the loop, at most a round old. */

let server: ShopServer;
/** Statements since the shop was opened. */
let statements: string[];

const LIKE_A_SHOP: TestAppOptions = { pageQuestionMs: 1_000, pageAgeMs: 20_000 };

async function open(options: TestAppOptions = {}): Promise<void> {
  server = await ShopServer.start({ ...LIKE_A_SHOP, ...options });
  statements = [];
  server.shop.app.db.on('query', ({ sql }: { sql: string }) => statements.push(sql));
}

afterEach(async () => {
  await server.close();
});

async function customer(last = 21): Promise<{ phone: SimulatedDevice; code: string }> {
  const phone = server.phone(last);
  const code = await server.shop.code();
  expect((await server.redeem(phone, code)).status).toBe(303);
  await server.shop.reconcile();
  return { phone, code };
}

const see = async (phone: SimulatedDevice, path = '/portal/status') =>
  (await server.ask(path, phone)).text;

/** @returns what it cost, in statements and in sentences to the router */
async function costOf(paths: readonly string[], phone: SimulatedDevice): Promise<number[]> {
  const { commands } = server.shop.simulator.log;
  const before = [statements.length, commands.length] as const;
  for (const path of paths) expect((await server.ask(path, phone)).status).toBe(200);
  return [statements.length - before[0], commands.length - before[1]];
}

test('who is online, what is left and what is sold cost no statement and no question', async () => {
  await open();
  const { phone } = await customer();
  const paths = ['/portal', '/captive-portal/api', '/portal/status', '/portal/status.json'];
  for (const path of paths) await see(phone, path); // prices and earlier stays are read once
  expect(await costOf(paths, phone)).toEqual([0, 0]);
  // What shows codes asks the router once a second, for all pages together.
  server.shop.clock.advance(1_500);
  expect(await costOf(['/portal/status', '/portal/status'], phone)).toEqual([0, 1]);
  phone.download('5M');
  await server.shop.reconcile();
  expect(await see(phone)).toContain('5 MB used');
  expect(await costOf(paths, phone)).toEqual([0, 0]);
});

test('a stranger costs the books one statement, and the next page none', async () => {
  await open();
  const phone = server.phone(21);
  await server.shop.reconcile();
  await see(server.phone(22), '/portal');
  expect(await costOf(['/portal'], phone)).toEqual([1, 0]);
  expect(await costOf(['/portal', '/captive-portal/api'], phone)).toEqual([0, 0]);
});

test('what staff do here is told at once', async () => {
  await open();
  const { phone, code } = await customer();
  expect(await see(phone)).toContain('1 hour left');
  await server.shop.app.services.vouchers.revoke(code, 'maria');
  expect(await see(phone)).toContain('no voucher running');
});

test('what another program writes is told after the next round', async () => {
  const database = join(temporaryFolder(), 'shop.db');
  await open({ database });
  const { phone } = await customer();
  expect(await see(phone)).toContain('1 hour left');
  const other = connectAsIs(database);
  await other('blocked_devices').insert({
    mac: phone.mac,
    reason: 'noisy',
    blocked_by: 'maria',
    blocked_at: new Date().toISOString(),
  });
  await other.destroy();
  await server.shop.reconcile();
  expect(await see(phone)).toContain('No internet right now');
});

test('a redemption the router refused leaves nothing on the page', async () => {
  await open();
  const phone = server.phone(21);
  await server.shop.reconcile();
  const refuse = { kind: 'trap', message: 'failure: busy' } as const;
  server.shop.simulator.faults.on({ menu: '/ip/hotspot/active', command: 'login' }, refuse);
  const answer = await server.redeem(phone, await server.shop.code());
  expect(answer.status).toBe(503);
  expect(answer.text).not.toContain('Almost');
  expect(JSON.parse(await see(phone, '/portal/status.json'))).toMatchObject({ state: 'none' });
});

test('a phone that a round let in, or whose time ended, is told so before the next one', async () => {
  await open();
  const { phone } = await customer();
  await reboot(server.shop.simulator);
  await server.shop.reconcile();
  await server.shop.reconcile();
  expect(phone.online).toBe(true);
  const { text } = await server.ask('/captive-portal/api', phone);
  expect(JSON.parse(text)).toMatchObject({ captive: false, 'seconds-remaining': 3_600 });
  server.shop.clock.advance(3_600_000);
  await server.shop.reconcile();
  expect(phone.online).toBe(false);
  expect(JSON.parse((await server.ask('/captive-portal/api', phone)).text)).toMatchObject({
    captive: true,
  });
  expect(await see(phone)).toContain('Earlier on this device');
});

test('pages go on from the books while no round gets through', async () => {
  await open();
  const { phone } = await customer();
  server.shop.clock.advance(25_000);
  statements = [];
  expect(await see(phone)).toContain('59 minutes left');
  expect(statements.length).toBeGreaterThan(0);
});
