import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { LONGEST_WAIT_IN_QUEUE_MS, BACKOFF } from '../../src/domain/vouchers/guessing';
import { generateCodes } from '../../src/domain/vouchers/voucher-code';
import { GuessQueue } from '../../src/services/portal/guess-queue';
import { runs } from '../support/program/run-counts';
import { ShopServer } from '../support/program/shop-server';
import { temporaryFolder } from '../support/temporary-folder';
import { TestApp } from '../support/test-app';

/** Guessing codes costs ever more time; mistyping them does not. */

let server: ShopServer;

afterEach(async () => {
  jest.restoreAllMocks();
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

/** From now on: until so many codes have come to the queue. */
function watchQueue(): (count: number) => Promise<void> {
  const { calls } = jest.spyOn(GuessQueue.prototype, 'inTurn').mock;
  return async (count) => {
    while (calls.length < count) await new Promise(setImmediate);
  };
}

/** Wrong codes of ever new devices, until one more has to wait for its turn. */
async function besiege(first = 100): Promise<void> {
  for (let n = 0; n < 7; n += 1) await guess(server.phone(first + n), 8);
  await guess(server.phone(first + 7), 4);
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
  expect(answers.filter(({ status }) => status === 422)).toHaveLength(BACKOFF.device.free + 1);
});

test('waiting is not undone by a restart, nor by a clock that is set back', async () => {
  const database = join(temporaryFolder(), 'shop.db');
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

  for (let last = 30; last < 35; last += 1) await guess(server.phone(last), 8);
  await guess(server.phone(39), 3);
  const begun = server.shop.clock.now().getTime();
  expect(await server.shop.clock.passingFor(guess(server.phone(40), 2))).toEqual([422, 422]);
  expect(server.shop.clock.now().getTime()).toBeGreaterThanOrEqual(begun + 4_000);
});

test('newcomers with a right code get in soon, however long somebody guesses from ever new devices', async () => {
  server = await ShopServer.start();
  const { clock } = server.shop;
  await besiege();
  const waited: number[] = [];
  for (let round = 0; round < runs(40, 15); round += 1) {
    const stranger = server.shop.simulator.addDevice({
      mac: `06:00:00:00:00:${round.toString(16).padStart(2, '0')}`,
      address: `127.0.1.${round + 1}`,
    });
    await clock.passingFor(guess(stranger, 8));
    const code = await server.shop.code();
    const begun = clock.now().getTime();
    const phone = server.phone(121 + round);
    expect((await clock.passingFor(server.redeem(phone, code))).status).toBe(303);
    waited.push(clock.now().getTime() - begun);
    clock.advance(5_000);
  }
  expect(Math.max(...waited)).toBeLessThanOrEqual(LONGEST_WAIT_IN_QUEUE_MS);
});

test('many devices that guess at the same time leave room in the queue for one that comes first', async () => {
  server = await ShopServer.start();
  const { clock } = server.shop;
  await besiege();
  // All of them have been wrong before, and ask as often as they like.
  const strangers = Array.from({ length: 20 }, (_, n) => server.phone(130 + n));
  for (const stranger of strangers) await clock.passingFor(guess(stranger, 1));
  clock.advance(5 * 60_000);
  await besiege(160);
  const standing = watchQueue();
  const guesses = Promise.all(strangers.map((stranger) => guess(stranger, 1)));
  await standing(strangers.length);
  const newcomer = server.redeem(server.phone(60), await server.shop.code());
  await standing(strangers.length + 1);
  clock.advance(BACKOFF.shop.longestWaitMs);
  expect((await newcomer).status).toBe(303);
  const answers = (await clock.passingFor(guesses)).flat();
  expect(answers.filter((status) => status === 429).length).toBeGreaterThan(0);
  expect(new Set(answers)).toEqual(new Set([422, 429]));
});

test('somebody who mistypes five times while a stranger guesses gets in all the same', async () => {
  server = await ShopServer.start();
  const { clock } = server.shop;
  await besiege();
  const phone = server.phone(21);
  const typed = [...wrongCodes(5), await server.shop.code()];
  for (const code of typed) {
    const answer = await clock.passingFor(server.redeem(phone, code));
    if (answer.status !== 429) continue;
    clock.advance(Number(answer.headers['retry-after']) * 1_000);
    await clock.passingFor(server.redeem(phone, code));
  }
  expect(phone.online).toBe(true);
});

test('all devices together try no more codes than the queue lets through', async () => {
  server = await ShopServer.start();
  const { clock } = server.shop;
  const begun = clock.now().getTime();
  const strangers = Array.from({ length: 60 }, (_, n) => server.phone(100 + n));
  let looked = 0;
  for (let round = 0; round < 6; round += 1) {
    const all = Promise.all(strangers.map((stranger) => guess(stranger, 1)));
    const statuses = (await clock.passingFor(all)).flat();
    looked += statuses.filter((status) => status === 422).length;
    clock.advance(10_000);
  }
  const passedMs = clock.now().getTime() - begun;
  const { free, forgetMs } = BACKOFF.shop;
  expect(looked).toBeLessThanOrEqual(free + 1 + passedMs / forgetMs);
});

test('a turn in the queue is given up by who leaves, and kept by who presses the button again', async () => {
  server = await ShopServer.start();
  const { clock } = server.shop;
  await besiege();
  await clock.passingFor(guess(server.phone(108), 1));
  const phone = server.phone(21);
  const code = await server.shop.code();
  const standing = watchQueue();
  const first = server.redeem(phone, code);
  await standing(1);
  const again = server.redeem(phone, code);
  expect((await first).status).toBe(429);
  expect((await clock.passingFor(again)).status).toBe(303);
});

test('who presses three times at once is never told to have typed wrong codes', async () => {
  server = await ShopServer.start();
  const { clock } = server.shop;
  await besiege();
  await clock.passingFor(guess(server.phone(108), 1));
  const phone = server.phone(21);
  const code = await server.shop.code();
  const presses = [1, 2, 3].map(() => server.redeem(phone, code));
  const answers = await clock.passingFor(Promise.all(presses));
  expect(phone.online).toBe(true);
  for (const { text } of answers) expect(text).not.toContain('Too many');
  const last = await clock.passingFor(server.redeem(phone, code));
  expect(last.text).toContain('You have that code on this device already');
});

test('regular customers come before ever new devices, and guess no faster than others', async () => {
  server = await ShopServer.start();
  const { clock } = server.shop;
  const regular = server.phone(21);
  await server.redeem(regular, await server.shop.code());
  await besiege();
  const strangers = Array.from({ length: 20 }, (_, n) => server.phone(130 + n));
  const standing = watchQueue();
  const guesses = Promise.all(strangers.map((stranger) => guess(stranger, 1)));
  await standing(strangers.length);
  const again = server.redeem(regular, await server.shop.code());
  await standing(strangers.length + 1);
  clock.advance(BACKOFF.shop.longestWaitMs);
  expect((await again).status).toBe(303);
  await clock.passingFor(guesses);

  // Whoever copies the addresses of regulars gets as far as the queue, and no further.
  let looked = 0;
  const regulars = Array.from({ length: 12 }, (_, n) => server.phone(150 + n));
  for (const phone of regulars) {
    const code = await server.shop.code();
    expect((await clock.passingFor(server.redeem(phone, code))).status).toBe(303);
  }
  const start = clock.now().getTime();
  for (const phone of regulars) {
    const statuses = await clock.passingFor(guess(phone, 8));
    looked += statuses.filter((status) => status === 422).length;
  }
  const passedMs = clock.now().getTime() - start;
  expect(looked).toBeLessThanOrEqual(1 + passedMs / BACKOFF.shop.forgetMs);
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
  await guess(server.phone(21), 8);
  await pass(60_000);
  expect(await told()).toEqual([]);
  await besiege();
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
