import { getEventListeners } from 'node:events';
import { LONGEST_WAIT_IN_QUEUE_MS, BACKOFF } from '../../src/domain/vouchers/guessing';
import { Conflict, QueueTooLong, ShuttingDown } from '../../src/errors';
import { GuessQueue } from '../../src/services/portal/guess-queue';
import { ManualClock } from '../support/manual-clock';

/** Who is looked at next, while somebody guesses from ever new devices: none of them is worse than a newcomer. */

const REST_MS = BACKOFF.shop.longestWaitMs;

let clock: ManualClock;
let queue: GuessQueue;
let looked: number;

beforeEach(() => {
  clock = new ManualClock();
  queue = new GuessQueue(clock);
  looked = 0;
});

/** @returns how it ended, and how long that took in ms */
async function tryWrong(rank = 1): Promise<{ end: unknown; ms: number }> {
  const begun = clock.elapsedMs();
  const work = () => {
    looked += 1;
    queue.rest(REST_MS);
    return Promise.reject(new Conflict('wrong'));
  };
  const end: unknown = await queue.inTurn(work, rank).catch((error: unknown) => error);
  return { end, ms: clock.elapsedMs() - begun };
}

async function tryRight(rank = 1): Promise<number> {
  const begun = clock.elapsedMs();
  await queue.inTurn(() => Promise.resolve(), rank);
  return clock.elapsedMs() - begun;
}

async function tryAll(count: number, rank?: number) {
  return Promise.all(Array.from({ length: count }, () => tryWrong(rank)));
}

test('a crowd of new devices that press at once keeps nobody out who comes behind it', async () => {
  const crowd = tryAll(200);
  const newcomers = Promise.all([tryRight(), tryRight(), tryRight()]);
  const waited = await clock.passingFor(newcomers);
  expect(Math.max(...waited)).toBeLessThanOrEqual(2 * REST_MS);
  const ends = await clock.passingFor(crowd);
  expect(looked).toBe(1 + LONGEST_WAIT_IN_QUEUE_MS / REST_MS);
  expect(ends.filter(({ end }) => end instanceof QueueTooLong)).toHaveLength(200 - looked);
  const longest = Math.max(...ends.map(({ ms }) => ms));
  expect(longest).toBeLessThanOrEqual(LONGEST_WAIT_IN_QUEUE_MS + REST_MS);
});

test('a new device that always comes just before the rest is over keeps nobody out either', async () => {
  await tryWrong();
  const newcomer = tryRight();
  let isIn = false;
  void newcomer.then(() => (isIn = true));
  const guesses: Promise<unknown>[] = [];
  while (!isIn) {
    clock.advance(REST_MS - 1);
    guesses.push(tryWrong());
    clock.advance(1);
    await new Promise(setImmediate);
  }
  expect(await newcomer).toBeLessThanOrEqual(2 * REST_MS);
  await clock.passingFor(Promise.all(guesses));
});

test('a queue that is full lets go of the worst, not of who comes', async () => {
  await tryWrong();
  const crowd = tryAll(2_000, 3);
  const newcomer = tryRight();
  expect(await clock.passingFor(newcomer)).toBe(REST_MS);
  await clock.passingFor(crowd);
  expect(looked).toBeLessThanOrEqual(2 + LONGEST_WAIT_IN_QUEUE_MS / REST_MS);
});

test('nothing listens any more for the end of a request that has its answer', async () => {
  const { signal } = new AbortController();
  await queue.inTurn(() => Promise.resolve(), 1, signal);
  const wrong = queue.inTurn(() => Promise.reject(new Conflict('wrong')), 1, signal);
  await expect(wrong).rejects.toThrow(Conflict);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('when the program ends, nothing more is looked at and everybody is told', async () => {
  await tryWrong();
  const crowd = tryAll(20);
  queue.close();
  const ends = [...(await crowd), await tryWrong()];
  for (const { end } of ends) expect(end).toBeInstanceOf(ShuttingDown);
  expect(looked).toBe(1);
});
