import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PATIENCE } from '../src/domain/guessing';
import { generateCodes } from '../src/domain/voucher-code';
import { ShopServer } from './support/shop-server';
import { TestApp } from './support/test-app';

/** Guessing codes costs ever more time; mistyping them does not. */

let server: ShopServer;

afterEach(async () => {
  await server.close();
});

/** Codes that nobody has. */
function wrongCodes(count: number): string[] {
  return generateCodes(count, { random: randomBytes, prefix: 'WRONG' });
}

async function guess(from: { address: string }, count: number): Promise<number[]> {
  const statuses: number[] = [];
  for (const code of wrongCodes(count)) statuses.push((await server.redeem(from, code)).status);
  return statuses;
}

test('somebody who mistypes five times, or seven, is let in at once', async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  const code = await server.shop.code();
  expect(new Set(await guess(phone, 7))).toEqual(new Set([422]));
  expect((await server.redeem(phone, code)).status).toBe(303);
  // The right code made up for the wrong ones.
  expect(new Set(await guess(phone, 8))).toEqual(new Set([422]));
});

test('who goes on guessing waits twice as long each time, and is told so', async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  const code = await server.shop.code();
  await guess(phone, 9);
  const waits: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const slowed = await server.redeem(phone, code);
    expect(slowed.status).toBe(429);
    waits.push(Number(slowed.headers['retry-after']));
    server.shop.clock.advance(waits.at(-1)! * 1_000);
    expect(await guess(phone, 1)).toEqual([422]);
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
  expect(answers.filter(({ status }) => status === 422)).toHaveLength(PATIENCE.device.free + 1);
});

test('waiting is not undone by a restart, nor by a clock that is set back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pisonet-'));
  const database = join(folder, 'shop.db');
  server = await ShopServer.start({ database });
  const { simulator, clock } = server.shop;
  const phone = server.phone(21);
  await guess(phone, 10);
  await server.shop.app.close();

  const restarted = await ShopServer.of(await TestApp.beside(simulator, clock, { database }));
  const slowed = await restarted.redeem(phone, wrongCodes(1)[0]!);
  expect(slowed.status).toBe(429);
  expect(slowed.headers['retry-after']).toBe('15');
  clock.set('2026-01-01T00:00:00Z');
  const later = await restarted.redeem(phone, wrongCodes(1)[0]!);
  expect(Number(later.headers['retry-after'])).toBeLessThanOrEqual(3_600);
  await restarted.close();
  rmSync(folder, { recursive: true });
});

test('a new hardware address does not help at the same address, nor new addresses in the same shop', async () => {
  server = await ShopServer.start();
  const before = server.phone(21);
  await guess(before, 8);
  before.leave();
  const after = server.shop.simulator.addDevice({
    mac: '02:00:00:00:02:21',
    address: '127.0.0.21',
  });
  await guess(after, 8);
  expect((await guess(after, 2)).at(-1)).toBe(429);

  for (let last = 30; last < 37; last += 1) await guess(server.phone(last), 8);
  expect((await guess(server.phone(40), 2)).at(-1)).toBe(429);
});

test('a regular customer need not wait because a stranger guesses', async () => {
  server = await ShopServer.start();
  const regular = server.phone(21);
  await server.redeem(regular, await server.shop.code());
  for (let last = 30; last < 39; last += 1) await guess(server.phone(last), 8);
  const code = await server.shop.code();
  expect((await server.redeem(server.phone(40), code)).status).toBe(429);
  expect((await server.redeem(regular, code)).status).toBe(303);
});

test('a code of their own, typed again and again, buys nobody free guesses', async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  const code = await server.shop.code();
  await server.redeem(phone, code);
  let wrong = 0;
  for (let round = 0; round < 12; round += 1) {
    wrong += (await guess(phone, 2)).filter((status) => status === 422).length;
    await server.ask('/portal/logout', phone, { form: {} });
    await server.redeem(phone, code);
  }
  expect(wrong).toBeLessThanOrEqual(PATIENCE.device.free + 1);
});

test('while the router is away nothing counts as a guess', async () => {
  server = await ShopServer.start();
  const { simulator } = server.shop;
  const phone = server.phone(21);
  await server.shop.pass();
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
