import { setMaxListeners } from 'node:events';
import { BooksUnavailable } from '../../src/errors';
import { AdminShop } from '../support/admin-shop';
import { fillDisk, makeRoom } from '../support/program/full-disk';
import { Receiver } from '../support/peers/receiver';
import { ShopServer, type Answer } from '../support/program/shop-server';

/** What a shop does whose computer cannot save: it says so, gives nothing away, and heals by itself. */

let server: ShopServer | undefined;
let office: AdminShop | undefined;
let hook: Receiver | undefined;

afterEach(async () => {
  await server?.close();
  await office?.close();
  await hook?.stop();
  server = office = hook = undefined;
});

const NOBODY = { address: '127.0.0.1' };
const FULL = "The disk of the shop's computer is full";

async function ready(shop: ShopServer): Promise<{ status: number; said: Record<string, unknown> }> {
  const { status, text } = await shop.ask('/readyz', NOBODY);
  return { status, said: JSON.parse(text) as Record<string, unknown> };
}

const wordsOf = ({ text }: Answer) => /role="alert">([^<]*)</.exec(text)?.[1];

test('codes typed while the disk is full are refused in words, and good once there is room', async () => {
  server = await ShopServer.start();
  const { shop } = server;
  const { db, services } = shop.app;
  await shop.reconcile();
  const { vouchers } = await services.batches.generate({ plan: 'P5', count: 20 }, 'test');
  expect(await ready(server)).toMatchObject({ status: 200 });
  await fillDisk(db);
  const answers: Answer[] = [];
  for (const [index, { code }] of vouchers.entries()) {
    const language = index % 2 === 0 ? 'en' : 'fil';
    const phone = server.phone(20 + index);
    for (let times = 0; times < 3; times += 1) {
      const headers = { 'accept-language': language };
      answers.push(await server.redeem(phone, code, { headers }));
    }
  }
  const [english, , , filipino] = answers;
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  expect(english!.headers['retry-after']).toBe('30');
  expect(wordsOf(english!)).toContain('your code was not used. Tell the staff');
  expect(wordsOf(filipino!)).toContain('hindi nagamit ang code mo. Sabihin sa bantay');
  const json = await server.redeem({ address: '127.0.0.20' }, vouchers[0]!.code, {
    accept: 'application/json',
  });
  expect(json.status).toBe(503);
  expect(JSON.parse(json.text)).toMatchObject({ ok: false });
  expect(await ready(server)).toMatchObject({
    status: 503,
    said: { status: 'not ready', books: 'not writable', reason: 'full' },
  });
  for (const { code } of vouchers) expect((await shop.voucher(code)).status).toBe('unused');
  expect(shop.simulator.active()).toEqual([]);
  expect(shop.simulator.users().filter(({ name }) => name !== 'default-trial')).toEqual([]);

  await makeRoom(db);
  expect(await ready(server)).toMatchObject({ status: 200 });
  for (const [index, { code }] of vouchers.entries()) {
    const { status } = await server.redeem({ address: `127.0.0.${20 + index}` }, code);
    expect(status).toBe(303);
  }
});

test('who is let in hears so, though the books take nothing more', async () => {
  server = await ShopServer.start();
  const { shop } = server;
  await shop.online(); // the router is known
  const code = await shop.code();
  const phone = server.phone(30);
  const { stores } = shop.app;
  const full = () => Promise.reject(new BooksUnavailable('full'));
  const forget = jest.spyOn(stores.guesses, 'forget').mockImplementation(full);
  const answer = await server.redeem(phone, code);
  forget.mockRestore();
  expect([answer.status, answer.location]).toEqual([303, '/portal/status']);
  expect(phone.online).toBe(true);

  // What fails later is not told as if the code were good still.
  const other = server.phone(31);
  const found = jest.spyOn(stores.sessions, 'ofDevice').mockImplementationOnce(full);
  const late = await server.redeem(other, await shop.code());
  found.mockRestore();
  expect([late.status, wordsOf(late)]).toEqual([503, expect.stringContaining('cannot save')]);
  expect(late.text).not.toContain('your code was not used');
  // Nor is a button a code.
  await fillDisk(shop.app.db);
  const logout = await server.ask('/portal/logout', phone, { form: {} });
  expect([logout.status, wordsOf(logout)]).toEqual([503, expect.stringContaining('cannot save')]);
  expect(logout.text).not.toContain('your code was not used');
});

test('the loop leaves the router as it is, and loses no byte', async () => {
  server = await ShopServer.start();
  const { shop } = server;
  const { phone, code } = await shop.online();
  await shop.reconcile();
  await fillDisk(shop.app.db);
  const before = shop.simulator.exported();
  for (let round = 0; round < 5; round += 1) {
    phone.download('3M');
    shop.clock.advance(10_000);
    await shop.reconcile().catch(() => undefined);
  }
  expect(Object.keys(shop.simulator.exported())).toEqual(Object.keys(before));
  expect(shop.simulator.active().map(({ user }) => user)).toEqual([code]);
  // Pages that only read are shown all the same.
  expect((await server.ask('/portal', NOBODY)).status).toBe(200);
  await makeRoom(shop.app.db);
  await shop.reconcile();
  expect((await shop.voucher(code)).used.down).toBe(15_000_000);
  expect((await shop.reconcile()).writes).toBe(0);
});

test('who was let in as the disk became full is taken out again', async () => {
  server = await ShopServer.start();
  const { shop } = server;
  await shop.online(); // the router is known
  const code = await shop.code();
  const phone = server.phone(40);
  const { faults } = shop.simulator;
  faults.on({ menu: '/ip/hotspot/active', command: 'login' }, { kind: 'delay', ms: 300 });
  const answer = server.redeem(phone, code);
  while (!shop.simulator.users().some(({ name }) => name === code)) {
    await new Promise((look) => setTimeout(look, 5));
  }
  await fillDisk(shop.app.db);
  expect((await answer).status).toBe(503);
  expect(shop.simulator.active().filter(({ user }) => user === code)).toEqual([]);
  expect(shop.simulator.users().filter(({ name }) => name === code)).toEqual([]);
  expect(shop.simulator.queueOf(phone.mac)).toBeUndefined();
  await makeRoom(shop.app.db);
  expect((await server.redeem(phone, code)).status).toBe(303);
  expect(shop.simulator.queueOf(phone.mac)).toBeDefined();
});

test('a stop does not wait for a receiver that never answers', async () => {
  hook = await Receiver.start();
  hook.hold = new Promise(() => undefined);
  const env = { WEBHOOK_URL: hook.url, WEBHOOK_SECRET: 'a secret of the shop' };
  server = await ShopServer.start({ env });
  const { db, services } = server.shop.app;
  await fillDisk(db);
  services.books.doubt(new BooksUnavailable('full'));
  const stopping = new AbortController();
  const running = services.books.run(stopping.signal);
  while (hook.came.length === 0) await new Promise((look) => setTimeout(look, 5));
  const begun = performance.now();
  stopping.abort();
  await running;
  expect(performance.now() - begun).toBeLessThan(1_000);
});

test('the owner is told once, on the pages and past the books, and once when it is over', async () => {
  hook = await Receiver.start();
  office = await AdminShop.open({
    env: { WEBHOOK_URL: hook.url, WEBHOOK_SECRET: 'a secret of the shop' },
  });
  const { app, clock } = office.shop;
  const owner = await office.signedIn('owner');
  const operator = await office.signedIn('operator', 'sam');
  await app.services.notices.deliver(); // the line begins
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const running = Promise.all([
    app.services.books.run(stopping.signal),
    app.services.notices.run(stopping.signal),
  ]);
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1_000);
      await new Promise((look) => setTimeout(look, 4));
    }
  };
  const told = () =>
    hook!.taken
      .map(({ headers, body }) => [headers['x-pisonet-event'], body] as const)
      .filter(([, body]) => body.includes('books unavailable'))
      .map(([name]) => name);

  await fillDisk(app.db);
  await pass(130);
  expect(told()).toEqual(['alert.raised']);
  for (const path of ['/admin', '/admin/alerts']) {
    const page = await owner.get(path);
    expect(page.status).toBe(200);
    expect(page.text).toContain('The disk of the shop&#39;s computer is full');
    expect(page.text).not.toContain('/admin/alerts/0/clearing');
  }
  const sold = await operator.post('/admin/batches', { plan: 'P5', count: '5' });
  expect([sold.status, sold.headers.get('retry-after')]).toEqual([503, '30']);
  expect(sold.text).toContain('Free some room on it');
  const door = await office.visitor().get('/admin/sign-in');
  expect(door.status).toBe(200);

  await makeRoom(app.db);
  await pass(15);
  expect(told()).toEqual(['alert.raised', 'alert.cleared']);
  expect((await owner.get('/admin/alerts')).text).not.toContain('is full');
  const [entry] = (await app.stores.journal.auditAfter(0)).filter(
    (one) => one.what === 'books could not be written',
  );
  expect(entry?.detail.message).toContain(FULL);
  stopping.abort();
  await running;
});
