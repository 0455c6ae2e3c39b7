import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { systemClock } from '../../src/clock';
import { LONGEST_WAIT_IN_QUEUE_MS } from '../../src/domain/vouchers/guessing';
import { generateCodes } from '../../src/domain/vouchers/voucher-code';
import { DEFAULT_LIMITS } from '../../src/routeros/api/connection';
import { Simulator } from '../../src/simulator/simulator';
import { FastClock } from '../support/fast-clock';
import { ShopServer } from '../support/program/shop-server';
import { TestApp } from '../support/test-app';

/** Honest people in a crowd: of others like them, or of people who guess. */

jest.setTimeout(60_000);

/** The customers' own machine, router and shop share one process here: nothing is quick. */
const AS_SOLD = { limits: DEFAULT_LIMITS };

let server: ShopServer;

afterEach(async () => {
  await server.close();
});

async function validCodes(count: number): Promise<string[]> {
  const order = { plan: 'P5', count };
  const { vouchers } = await server.shop.app.services.batches.generate(order, 'test');
  return vouchers.map(({ code }) => code);
}

test('two hundred phones with a right code each get in at once, when a shop opens', async () => {
  const simulator = await Simulator.start({ clock: systemClock });
  server = await ShopServer.of(await TestApp.beside(simulator, systemClock, AS_SOLD, true));
  await server.shop.reconcile();
  const phones = Array.from({ length: 200 }, (_, n) => server.phone(n + 2));
  const codes = await validCodes(phones.length);
  const answers = await Promise.all(phones.map((phone, n) => server.redeem(phone, codes[n]!)));
  expect(answers.map(({ status }) => status)).toEqual(phones.map(() => 303));
  // Some may be shown the waiting page on a busy machine.
  await server.shop.app.services.redemptions.idle();
  expect(phones.filter(({ online }) => online)).toHaveLength(200);
}, 60_000);

test('newcomers overtake eighty devices that guess', async () => {
  const clock = new FastClock(5);
  const simulator = await Simulator.start({ clock });
  server = await ShopServer.of(await TestApp.beside(simulator, clock, {}, true));
  await server.shop.reconcile();
  const done = new AbortController();
  setMaxListeners(0, done.signal);
  const wrong = generateCodes(10_000, { random: randomBytes, prefix: 'WRONG' });
  let looked = 0;
  const guessing = Array.from({ length: 80 }, async (_, n) => {
    const phone = server.phone(n + 2);
    while (!done.signal.aborted) {
      const { status } = await server.redeem(phone, wrong.pop()!, { accept: 'application/json' });
      if (status === 422) looked += 1;
      else await clock.wait(3_000, done.signal);
    }
  });
  const codes = await validCodes(9);
  while (looked < 60) await clock.wait(100);
  const arrivals = codes.map(async (code, n) => {
    await clock.wait(n * 1_000);
    const begun = clock.elapsedMs();
    const { status } = await server.redeem(server.phone(n + 100), code);
    return status === 303 ? clock.elapsedMs() - begun : Infinity;
  });
  const waited = await Promise.all(arrivals);
  done.abort();
  await Promise.all(guessing);
  expect(Math.max(...waited)).toBeLessThanOrEqual(LONGEST_WAIT_IN_QUEUE_MS);
});
