import { copyFileSync, rmSync } from 'node:fs';
import type { SimulatedDevice } from '../../src/simulator/simulator';
import { HOUR, MB, MINUTE } from '../support/builders';
import { RestartableShop } from '../support/restartable-shop';
import type { TestApp } from '../support/test-app';

/** What customers notice of a program that starts anew, or with books from a backup. */

let place: RestartableShop;
afterEach(() => place.close());

/** As many as an evening brings, each with a voucher, let in by one round. */
async function crowdOnline(app: TestApp, count: number): Promise<SimulatedDevice[]> {
  const { services, stores, clock } = app.app;
  const phones = Array.from({ length: count }, () => app.phone());
  const { vouchers } = await services.batches.generate({ plan: 'P5', count }, 'test');
  await stores.transaction(async ({ sessions }) => {
    const now = clock.now();
    for (const [index, { code }] of vouchers.entries()) {
      const { mac, address } = phones[index]!;
      await sessions.seeDevices([{ mac: mac as never, address }], now);
      await sessions.addPending(code, mac as never, now, new Date(now.getTime() + HOUR));
    }
  });
  await place.rounds(2);
  return phones;
}

test.each([
  [500, 'ran on'],
  [20, 'restarted'],
  [20, 'stopped cleanly'],
] as const)(
  'a start with %i online cuts nobody and writes nothing (the computer %s)',
  async (count, computer) => {
    place = await RestartableShop.begin();
    const phones = await crowdOnline(await place.open(), count);
    expect(phones.filter(({ online }) => online)).toHaveLength(count);
    const sessions = place.simulator.active().map(({ id }) => id);
    place.simulator.log.clear();
    const app = await place.restart({}, computer);
    const [report] = await place.rounds(1);
    expect(report).toMatchObject({ writes: 0, errors: 0, devices: count });
    expect(place.simulator.log.writes).toEqual([]);
    expect(place.simulator.active().map(({ id }) => id)).toEqual(sessions);
    expect((await app.app.db('audit').where({ who: 'loop', what: 'logged out' })).length).toBe(0);
  },
);

test('books from a backup neither take paid time nor give it away', async () => {
  place = await RestartableShop.begin();
  let app = await place.open();
  const { phone: early, code: earlyCode } = await app.online();
  const lateCode = await app.code();
  early.download(10 * MB);
  await place.rounds(1);
  const backup = `${place.database}.copy`;
  await app.app.db.raw(`vacuum into '${backup}'`);
  const promised = (await app.voucher(earlyCode)).expiresAt;

  // What the backup does not know: more traffic, a code that was used, and one that was made.
  early.download(5 * MB);
  const late = app.phone();
  await app.redeem(late, lateCode);
  const { phone: unknown, code: unknownCode } = await app.online();
  place.clock.advance(10 * MINUTE);
  await place.rounds(1);

  await place.stop('stopped cleanly');
  for (const ending of ['-wal', '-shm']) rmSync(place.database + ending, { force: true });
  copyFileSync(backup, place.database);
  app = await place.open();
  await place.rounds(2);

  expect(early.online).toBe(true);
  expect(await app.voucher(earlyCode)).toMatchObject({
    expiresAt: promised,
    used: { down: 15 * MB },
  });
  expect([late.online, unknown.online]).toEqual([false, false]);
  expect(place.simulator.users().map(({ name }) => name)).toEqual([earlyCode]);
  await expect(app.voucher(unknownCode)).rejects.toThrow();
  // The customer's paper is worth its whole hour: nobody can tell how much of it was used.
  await app.redeem(late, lateCode);
  expect(late.online).toBe(true);
  expect((await place.rounds(2)).at(-1)!.writes).toBe(0);
});
