import { join } from 'node:path';
import { BACKOFF } from '../../src/domain/vouchers/guessing';
import { besiege, guess, wrongCodes } from '../support/guesses';
import { ShopServer } from '../support/program/shop-server';
import { temporaryFolder } from '../support/temporary-folder';
import { TestApp } from '../support/test-app';

/** Guessing codes costs ever more time; mistyping them does not. */

let server: ShopServer;

afterEach(async () => {
  await server.close();
});

test('somebody who mistypes five times, or seven, is let in at once', async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  const code = await server.shop.code();
  expect(new Set(await guess(server, phone, 7))).toEqual(new Set([422]));
  expect((await server.redeem(phone, code)).status).toBe(303);
  // The right code made up for the wrong ones.
  expect(new Set(await guess(server, phone, 8))).toEqual(new Set([422]));
});

test('who goes on guessing waits twice as long each time, and is told so', async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  const code = await server.shop.code();
  await guess(server, phone, 9);
  const waits: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const slowed = await server.redeem(phone, code);
    expect(slowed.status).toBe(429);
    waits.push(Number(slowed.headers['retry-after']));
    server.shop.clock.advance(waits.at(-1)! * 1_000);
    expect(await guess(server, phone, 1)).toEqual([422]);
  }
  expect(waits).toEqual([15, 30, 60, 120, 240]);
  const page = await server.redeem(phone, code);
  expect(page.text).toContain('Wait 8 min');
  const json = await server.redeem(phone, code, { accept: 'application/json' });
  expect(json.status).toBe(429);
  expect(JSON.parse(json.text)).toMatchObject({ ok: false });
  expect(phone.online).toBe(false);

  server.shop.clock.advance(8 * 60_000);
  expect((await server.redeem(phone, code)).status).toBe(303);
});

test('a hundred guesses at the same instant are no hundred guesses', async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  const answers = await Promise.all(wrongCodes(100).map((code) => server.redeem(phone, code)));
  expect(answers.filter(({ status }) => status === 422)).toHaveLength(BACKOFF.device.free + 1);
});

test('waiting is not undone by a restart, nor by a clock that is set back', async () => {
  const database = join(temporaryFolder(), 'shop.db');
  server = await ShopServer.start({ database });
  const { simulator, clock } = server.shop;
  const phone = server.phone(21);
  await guess(server, phone, 10);
  await server.shop.app.close();

  const restarted = await ShopServer.of(await TestApp.beside(simulator, clock, { database }));
  const slowed = await restarted.redeem(phone, wrongCodes(1)[0]!);
  expect(slowed.status).toBe(429);
  expect(slowed.headers['retry-after']).toBe('15');
  clock.set('2026-01-01T00:00:00Z');
  const later = await restarted.redeem(phone, wrongCodes(1)[0]!);
  expect(Number(later.headers['retry-after'])).toBeLessThanOrEqual(3_600);
  await restarted.close();
});

test('a new hardware address does not help at the same address, nor new addresses in the same shop', async () => {
  server = await ShopServer.start();
  const before = server.phone(21);
  await guess(server, before, 8);
  before.leave();
  const after = server.shop.simulator.addDevice({
    mac: '02:00:00:00:02:21',
    address: '127.0.0.21',
  });
  await guess(server, after, 8);
  expect((await guess(server, after, 2)).at(-1)).toBe(429);

  for (let last = 30; last < 35; last += 1) await guess(server, server.phone(last), 8);
  await guess(server, server.phone(39), 3);
  const begun = server.shop.clock.now().getTime();
  expect(await server.shop.clock.passingFor(guess(server, server.phone(40), 2))).toEqual([
    422, 422,
  ]);
  expect(server.shop.clock.now().getTime()).toBeGreaterThanOrEqual(begun + 4_000);
});

test('a code of their own, typed again and again, buys nobody free guesses', async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  const code = await server.shop.code();
  await server.redeem(phone, code);
  let wrong = 0;
  for (let round = 0; round < 12; round += 1) {
    wrong += (await guess(server, phone, 2)).filter((status) => status === 422).length;
    await server.ask('/portal/logout', phone, { form: {} });
    await server.redeem(phone, code);
  }
  expect(wrong).toBeLessThanOrEqual(BACKOFF.device.free + 1);
});

test('the owner is told once that somebody guesses, and once that it is over', async () => {
  server = await ShopServer.start();
  const { clock, loop, app } = server.shop;
  const told = async () =>
    (await app.stores.events.after(0, 100))
      .filter(({ subject }) => subject === 'codes guessed')
      .map(({ name }) => name);
  const stopping = new AbortController();
  const running = loop.run(stopping.signal);
  const pass = async (ms: number) => {
    for (const end = clock.now().getTime() + ms; clock.now().getTime() < end;) {
      clock.advance(5_000);
      await new Promise(setImmediate);
    }
  };
  await guess(server, server.phone(21), 8);
  await pass(60_000);
  expect(await told()).toEqual([]);
  await besiege(server);
  for (let n = 0; n < 2_000 && (await told()).length === 0; n += 1) await pass(5_000);
  const alerts = await app.services.alerts.open();
  const alert = alerts.find(({ kind }) => kind === 'codes guessed');
  expect(alert!.message).toContain('Somebody is guessing codes');
  for (let n = 0; n < 2_000 && (await told()).length === 1; n += 1) await pass(60_000);
  expect(await told()).toEqual(['alert.raised', 'alert.cleared']);
  stopping.abort();
  await running;
});

test('while the router is away nothing counts as a guess', async () => {
  server = await ShopServer.start();
  const { simulator } = server.shop;
  const phone = server.phone(21);
  await server.shop.reconcile();
  const code = await server.shop.code();
  for (let n = 0; n < 12; n += 1) {
    simulator.faults.on(
      { menu: '/ip/hotspot/active', command: 'login' },
      { kind: 'trap', message: 'failure: busy' },
    );
    expect((await server.redeem(phone, code)).status).toBe(503);
  }
  simulator.faults.clear();
  expect((await server.redeem(phone, code)).status).toBe(303);
});

test('wrong, used, expired and revoked codes make the same answer out of the same questions', async () => {
  server = await ShopServer.start();
  const { shop } = server;
  const used = await shop.online();
  const revoked = await shop.code();
  await shop.app.services.vouchers.revoke(revoked, 'test');
  const expired = await shop.online();
  const answers = [];
  const questions: string[][] = [];
  const listen = ({ sql }: { sql: string }) => questions.at(-1)!.push(sql);
  shop.app.db.on('query', listen);
  for (const [last, code] of [wrongCodes(1)[0]!, used.code, revoked, expired.code].entries()) {
    const phone = server.phone(30 + last);
    questions.push([]);
    answers.push(await server.redeem(phone, code, { accept: 'application/json' }));
  }
  shop.app.db.off('query', listen);
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(new Set(questions.map((asked) => asked.join('\n'))).size).toBe(1);
});
