import type { Habit } from '../../src/simulator/engine/router-kinds';
import { MB, MINUTE, SECOND } from '../support/builders';
import { TestApp } from '../support/test-app';

/** What a router was seen to do while the shop ran, for its report. */

const FAIR = {
  ...{ name: 'FAIR', validity: '1d', fup_threshold: '10MB' },
  ...{ fup_rate_up: '128K', fup_rate_down: '256K' },
};

let app: TestApp;
afterEach(() => app.close());

async function start(habits: Partial<Record<Habit, boolean>> = {}): Promise<void> {
  app = await TestApp.start({ profiles: [FAIR], simulator: { habits, version: '7.24' } });
}

/** What is in the books after the next round that writes it down. */
async function tallies(): Promise<Record<string, Record<string, number>>> {
  app.clock.advance(10 * MINUTE);
  await app.reconcile();
  const found: Record<string, Record<string, number>> = {};
  for (const { what, value, times } of await app.app.stores.tallies.list()) {
    (found[what] ??= {})[value] = times;
  }
  return found;
}

test.each([
  [false, 'kept'],
  [true, 'anew'],
])('max-limit begins counters anew: %s; it is seen when a plan slows down', async (has, seen) => {
  await start({ limitClearsBytes: has });
  const { phone } = await app.online('FAIR');
  phone.download(9 * MB);
  await app.reconcile();
  phone.download(2 * MB);
  await app.reconcile();
  expect(app.simulator.queueOf(phone.mac)!.maxLimit.down).toBe(256_000);
  expect(await tallies()).toMatchObject({
    ...{ 'counters of a queue after set max-limit': { [seen]: 1 } },
    ...{ 'login by': { 'its only address': 1 } },
  });
});

test('a queue that stands still beside its session is counted', async () => {
  await start({ queuesCountNothing: true });
  const { phone } = await app.online('FAIR');
  for (let round = 0; round < 4; round += 1) {
    phone.download(MB);
    app.clock.advance(30 * SECOND);
    await app.reconcile();
  }
  expect((await tallies())['queue beside its session']).toEqual({ 'stands still': 1 });
});

test('refusals come in the words of the router, without whom they were about', async () => {
  await start();
  const { code } = await app.online('FAIR');
  app.simulator.faults.on(
    { menu: '/ip/hotspot/active', command: 'remove', times: 1 },
    { kind: 'trap', message: `failure: can not remove ${code} now`, category: 4 },
  );
  await app.app.services.vouchers.revoke(code, 'x');
  await app.reconcile();
  expect((await tallies())['refused: logged out']).toEqual({
    'failure: can not remove … now (category 4)': 1,
  });
});

test('minutes between kicks, by how many there are', async () => {
  await start();
  const codes = [await app.online('FAIR'), await app.online('FAIR'), await app.online('FAIR')];
  for (const { code } of codes) {
    app.clock.advance(3 * MINUTE);
    await app.app.services.vouchers.revoke(code, 'x');
    await app.reconcile();
  }
  expect((await tallies())['minutes between kicks']).toEqual({ '1 to 5': 2 });
});

test('they are of this version and board, add up over restarts, and the report has them', async () => {
  await start();
  await app.online('FAIR');
  await tallies();
  await app.online('FAIR');
  expect((await tallies())['login by']).toEqual({ 'its only address': 2 });
  const { services, routerSide } = app.app;
  const report = await services.routerReports.read(routerSide);
  expect(report.tallies).toContainEqual({
    ...{ version: '7.24 (stable)', board: 'CCR2004-16G-2S+' },
    ...{ what: 'login by', value: 'its only address', times: 2 },
  });
  const timed = report.tallies!.filter(({ what }) => what === 'time of command');
  expect(timed.map(({ value }) => value)).toContain('/queue/simple/print');
});

test('a round in between writes none of them, and the loop does not read its books again for them', async () => {
  await start();
  await app.online('FAIR');
  app.clock.advance(MINUTE);
  await app.reconcile();
  expect(await app.app.stores.tallies.list()).toEqual([]);
  await tallies();
  const reads: string[] = [];
  app.app.db.on('query', ({ sql }: { sql: string }) => void reads.push(sql));
  app.clock.advance(MINUTE);
  await app.reconcile();
  expect(reads.filter((sql) => /from .?vouchers/.test(sql))).toEqual([]);
});
