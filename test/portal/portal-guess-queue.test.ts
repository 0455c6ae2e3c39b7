import { BACKOFF, LONGEST_WAIT_IN_QUEUE_MS } from '../../src/domain/vouchers/guessing';
import { GuessQueue } from '../../src/services/portal/guess-queue';
import { besiege, guess, wrongCodes } from '../support/guesses';
import { longTest, runs } from '../support/program/run-counts';
import { ShopServer } from '../support/program/shop-server';

/** While somebody guesses, all codes wait for their turn: those who come first, and regulars, not for long. */

let server: ShopServer;

afterEach(async () => {
  jest.restoreAllMocks();
  await server.close();
});

/** From now on: until so many codes have come to the queue. */
function watchQueue(): (count: number) => Promise<void> {
  const { calls } = jest.spyOn(GuessQueue.prototype, 'inTurn').mock;
  return async (count) => {
    while (calls.length < count) await new Promise(setImmediate);
  };
}

test('newcomers with a right code get in soon, however long somebody guesses from ever new devices', async () => {
  server = await ShopServer.start();
  const { clock } = server.shop;
  await besiege(server);
  const waited: number[] = [];
  for (let round = 0; round < runs(40, 15); round += 1) {
    const stranger = server.shop.simulator.addDevice({
      mac: `06:00:00:00:00:${round.toString(16).padStart(2, '0')}`,
      address: `127.0.1.${round + 1}`,
    });
    await clock.passingFor(guess(server, stranger, 8));
    const code = await server.shop.code();
    const begun = clock.now().getTime();
    const phone = server.phone(121 + round);
    expect((await clock.passingFor(server.redeem(phone, code))).status).toBe(303);
    waited.push(clock.now().getTime() - begun);
    clock.advance(5_000);
  }
  expect(Math.max(...waited)).toBeLessThanOrEqual(LONGEST_WAIT_IN_QUEUE_MS);
});

longTest(
  'many devices that guess at the same time leave room in the queue for one that comes first',
  async () => {
    server = await ShopServer.start();
    const { clock } = server.shop;
    await besiege(server);
    // All of them have been wrong before, and ask as often as they like.
    const strangers = Array.from({ length: 20 }, (_, n) => server.phone(130 + n));
    for (const stranger of strangers) await clock.passingFor(guess(server, stranger, 1));
    clock.advance(5 * 60_000);
    await besiege(server, 160);
    const standing = watchQueue();
    const guesses = Promise.all(strangers.map((stranger) => guess(server, stranger, 1)));
    await standing(strangers.length);
    const newcomer = server.redeem(server.phone(60), await server.shop.code());
    await standing(strangers.length + 1);
    clock.advance(BACKOFF.shop.longestWaitMs);
    expect((await newcomer).status).toBe(303);
    const answers = (await clock.passingFor(guesses)).flat();
    expect(answers.filter((status) => status === 429).length).toBeGreaterThan(0);
    expect(new Set(answers)).toEqual(new Set([422, 429]));
  },
);

longTest(
  'somebody who mistypes five times while a stranger guesses gets in all the same',
  async () => {
    server = await ShopServer.start();
    const { clock } = server.shop;
    await besiege(server);
    const phone = server.phone(21);
    const typed = [...wrongCodes(5), await server.shop.code()];
    for (const code of typed) {
      const answer = await clock.passingFor(server.redeem(phone, code));
      if (answer.status !== 429) continue;
      clock.advance(Number(answer.headers['retry-after']) * 1_000);
      await clock.passingFor(server.redeem(phone, code));
    }
    expect(phone.online).toBe(true);
  },
);

test('all devices together try no more codes than the queue lets through', async () => {
  server = await ShopServer.start();
  const { clock } = server.shop;
  const begun = clock.now().getTime();
  const strangers = Array.from({ length: 60 }, (_, n) => server.phone(100 + n));
  let looked = 0;
  for (let round = 0; round < 6; round += 1) {
    const all = Promise.all(strangers.map((stranger) => guess(server, stranger, 1)));
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
  await besiege(server);
  await clock.passingFor(guess(server, server.phone(108), 1));
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
  await besiege(server);
  await clock.passingFor(guess(server, server.phone(108), 1));
  const phone = server.phone(21);
  const code = await server.shop.code();
  const presses = [1, 2, 3].map(() => server.redeem(phone, code));
  const answers = await clock.passingFor(Promise.all(presses));
  expect(phone.online).toBe(true);
  for (const { text } of answers) expect(text).not.toContain('Too many');
  const last = await clock.passingFor(server.redeem(phone, code));
  expect(last.text).toContain('You have that code on this device already');
});

longTest(
  'regular customers come before ever new devices, and guess no faster than others',
  async () => {
    server = await ShopServer.start();
    const { clock } = server.shop;
    const regular = server.phone(21);
    await server.redeem(regular, await server.shop.code());
    await besiege(server);
    const strangers = Array.from({ length: 20 }, (_, n) => server.phone(130 + n));
    const standing = watchQueue();
    const guesses = Promise.all(strangers.map((stranger) => guess(server, stranger, 1)));
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
      const statuses = await clock.passingFor(guess(server, phone, 8));
      looked += statuses.filter((status) => status === 422).length;
    }
    const passedMs = clock.now().getTime() - start;
    expect(looked).toBeLessThanOrEqual(1 + passedMs / BACKOFF.shop.forgetMs);
  },
);
