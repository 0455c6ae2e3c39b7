import { join } from 'node:path';
import { parseCode } from '../../src/domain/vouchers/voucher-code';
import { OutageWatch } from '../../src/services/loop/time/outage-watch';
import { ShopWatch } from '../../src/services/loop/shop-watch';
import { USUAL_SETTINGS } from '../../src/services/router/added-routers';
import { Simulator, type SimulatedDevice } from '../../src/simulator/simulator';
import type { ManualClock } from '../support/manual-clock';
import { temporaryFolder } from '../support/temporary-folder';
import { TestApp, type TestAppOptions } from '../support/test-app';

/** A shop with two routers: one account for a customer, a loop of its own for each router. */

const MB = 1_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SECRET_KEY = 'a key of this test that is long enough for one';
const PASSWORD = 'not-in-the-books-1';
const PLANS = [
  { name: 'P5' },
  { name: 'CAP', data_cap: '10MB', throttle_policy: 'block', users: '2' },
];

let first: Simulator;
let second: Simulator;
let shop: TestApp;
let clock: ManualClock;
let options: TestAppOptions;

beforeEach(async () => {
  options = {
    database: join(temporaryFolder(), 'books.db'),
    env: { SECRET_KEY },
    profiles: PLANS,
    simulator: { serial: 'FIRST' },
  };
  const before = await TestApp.start(options);
  clock = before.clock;
  first = before.simulator;
  second = await Simulator.start({ clock, serial: 'SECOND', password: PASSWORD });
  const settings = {
    ...{ ...USUAL_SETTINGS, title: 'Purok 3', site: 'Purok 3', username: 'admin' },
    ...{ host: '127.0.0.1', port: second.port },
  };
  await before.app.services.addedRouters.add(settings, PASSWORD, 'maria');
  await before.app.close();
  shop = await TestApp.beside(first, clock, options);
});

afterEach(async () => {
  await shop.close();
  await first.stop();
  await second.stop();
});

const sides = () => shop.app.routerSides;
const reconcile = async () => {
  for (const { controller } of sides()) await controller.reconcile();
};

/** The first router is seen before the second one, and written down after it: both go by the same past. */
async function together(): Promise<void> {
  const [one, other] = sides().map(({ controller }) => controller);
  const seen = jest.spyOn(ShopWatch.prototype, 'noteWan').mockImplementationOnce(async () => {
    await other!.reconcile();
  });
  await one!.reconcile();
  expect(seen).toHaveBeenCalled();
  seen.mockRestore();
}

function phoneAt(router: Simulator, n: number, address = `10.5.50.${n}`): SimulatedDevice {
  return router.addDevice({ mac: `02:00:00:00:01:${n}`, address });
}

/** As the portal does: whose phone it is, then the code. */
async function redeem(phone: SimulatedDevice, code: string, key?: string) {
  const { loop, redemptions } = shop.app.services;
  const host = await loop.whoIsAt(phone.address, key);
  if (!host) throw new Error(`${phone.address} is not in a host table`);
  return redemptions.redeem(parseCode(code), host);
}

test('a voucher used at two routers is one account: cap, usage and number of devices', async () => {
  await reconcile();
  const code = await shop.code('CAP');
  const [here, there] = [phoneAt(first, 20), phoneAt(second, 30)];
  await redeem(here, code);
  await redeem(there, code);
  expect([here.online, there.online]).toEqual([true, true]);
  await expect(redeem(phoneAt(second, 31), code)).rejects.toThrow('cannot be used');

  here.download('6M');
  there.download('3M');
  await reconcile();
  expect((await shop.voucher(code)).used.down).toBe(9 * MB);
  expect([here.online, there.online]).toEqual([true, true]);
  there.download('2M');
  await reconcile();
  await reconcile();
  expect(await shop.voucher(code)).toMatchObject({ status: 'exhausted', used: { down: 11 * MB } });
  expect([here.online, there.online]).toEqual([false, false]);
  expect([first.users(), second.users()]).toEqual([[], []]);
});

test('who walks to the other router goes on there: what was used before is booked, the time runs on', async () => {
  await reconcile();
  const code = await shop.code();
  const here = phoneAt(first, 20);
  await redeem(here, code);
  const { startedAt, expiresAt } = await shop.voucher(code);
  here.download('4M'); // nobody has read this yet
  clock.advance(60_000);
  const there = phoneAt(second, 20, '10.5.50.77');
  await redeem(there, code);
  expect(there.online).toBe(true);
  there.download('3M');
  await reconcile();
  expect(here.online).toBe(false);
  expect([first.users(), first.queues().filter(({ dynamic }) => !dynamic)]).toEqual([[], []]);
  expect(await shop.voucher(code)).toMatchObject({
    ...{ status: 'active', startedAt, expiresAt, stoppedAt: null },
    used: { down: 7 * MB },
  });
  await reconcile();
  expect((await shop.voucher(code)).used.down).toBe(7 * MB);
  const open = await shop.app.stores.sessions.ofInterest();
  expect(open.map(({ state, onRouter }) => [state, onRouter])).toEqual([['open', true]]);
});

test('a router that is away is told of by its name, and the other one works as before', async () => {
  await reconcile();
  await second.stop();
  await reconcile();
  const alerts = await shop.app.services.alerts.open();
  expect(alerts.map(({ kind, subject }) => [kind, subject])).toEqual([['router away', 'Purok 3']]);
  const here = phoneAt(first, 20);
  const code = await shop.code();
  await sides()[0]!.controller.reconcile();
  await redeem(here, code);
  here.download('5M');
  expect((await sides()[0]!.controller.reconcile()).errors).toBe(0);
  expect((await shop.voucher(code)).used.down).toBe(5 * MB);
  expect(await shop.app.services.alerts.open()).toHaveLength(1);
});

test('where both routers have a device at an address, the key of the link says which; it grants nothing by itself', async () => {
  await reconcile();
  const [here, there] = [phoneAt(first, 20, '10.5.50.9'), phoneAt(second, 30, '10.5.50.9')];
  const { key } = (await shop.app.services.addedRouters.list())[0]!;
  const code = await shop.code();
  await expect(redeem(here, code)).rejects.toThrow('Two routers');
  await redeem(there, code, key);
  expect([here.online, there.online]).toEqual([false, true]);
  // At the first router only: the key of the second does not move anybody there.
  const other = phoneAt(first, 21);
  expect(await shop.app.services.loop.whoIsAt(other.address, key)).toMatchObject({ router: 0 });
  expect(await shop.app.services.loop.whoIsAt('10.5.50.200', key)).toBeUndefined();
});

test('a clock that was set is corrected once, not once for each router', async () => {
  await reconcile();
  const code = await shop.code('CAP');
  await redeem(phoneAt(first, 20), code);
  await redeem(phoneAt(second, 30), code);
  await reconcile();
  const { expiresAt } = await shop.voucher(code);
  const day = 86_400_000;
  clock.set(new Date(clock.now().getTime() + day).toISOString());
  await reconcile();
  await reconcile();
  expect((await shop.voucher(code)).expiresAt).toEqual(new Date(expiresAt!.getTime() + day));
});

test('a clock that was set is corrected once where both routers are looked at in the same moment', async () => {
  await reconcile();
  const code = await shop.code('CAP');
  await redeem(phoneAt(first, 20), code);
  await redeem(phoneAt(second, 30), code);
  clock.advance(10 * MINUTE);
  await reconcile();
  clock.advance(10_000);
  const { expiresAt } = await shop.voucher(code);
  const day = 86_400_000;
  clock.set(new Date(clock.now().getTime() + day).toISOString());
  for (let round = 0; round < 2; round += 1) {
    await together();
    expect((await shop.voucher(code)).expiresAt).toEqual(new Date(expiresAt!.getTime() + day));
  }
});

/** Off for 8 hours, and nobody can tell whether the clock is right: it is held for ten minutes. */
async function comeUpHeld(): Promise<void> {
  await reconcile();
  await shop.app.close();
  for (const router of [first, second]) router.reboot({ bootMs: 8 * HOUR, clockLost: true });
  clock.advance(8 * HOUR);
  const gone = { lease_holder: null, lease_host: null, lease_until: null };
  shop = await TestApp.beside(first, clock, options);
  await shop.app.db('routers').update(gone);
  expect(shop.app.clock.isHeld).toBe(true);
  await reconcile();
}

test('what began while the clock was held moves once, though two routers find it out at once', async () => {
  await comeUpHeld();
  const phone = phoneAt(first, 20);
  const code = await shop.code();
  await redeem(phone, code);
  clock.advance(11 * MINUTE);
  await together();
  const { startedAt, expiresAt } = await shop.voucher(code);
  expect(clock.now().getTime() - startedAt!.getTime()).toBe(11 * MINUTE);
  expect(expiresAt!.getTime() - startedAt!.getTime()).toBe(HOUR);
  await together();
  expect((await shop.voucher(code)).expiresAt).toEqual(expiresAt);
});

test('what begins at one router after the clock was let go at the other stays where it is', async () => {
  await comeUpHeld();
  const early = await shop.code();
  await redeem(phoneAt(first, 20), early);
  clock.advance(11 * MINUTE);
  const code = await shop.code();
  await redeem(phoneAt(second, 30), code);
  const { expiresAt } = await shop.voucher(code);
  expect(expiresAt!.getTime() - clock.now().getTime()).toBe(HOUR);
  await reconcile();
  await reconcile();
  expect((await shop.voucher(code)).expiresAt).toEqual(expiresAt);
  expect((await shop.voucher(early)).expiresAt!.getTime() - clock.now().getTime()).toBe(
    49 * MINUTE,
  );
});

test('a round in which the clock is let go is made again by the one that holds', async () => {
  await comeUpHeld();
  clock.advance(9 * MINUTE);
  let letGo = false;
  const does = () => {
    clock.advance(2 * MINUTE);
    letGo = !shop.app.clock.isHeld;
  };
  // It is in the middle: nothing is written yet, and the time of the round is taken.
  const asked = jest.spyOn(OutageWatch.prototype, 'mayGiveBack').mockImplementationOnce(() => {
    does();
    return Promise.resolve(true);
  });
  await sides()[0]!.controller.reconcile();
  asked.mockRestore();
  expect(letGo).toBe(true);
  expect(await shop.app.stores.routers.lastLook()).toEqual(clock.now());
});

test('the password is not in the books in clear; with another key that router waits and the first goes on', async () => {
  const rows = JSON.stringify(await shop.app.db('routers').select('*'));
  expect(rows).toContain('Purok 3');
  expect(rows).not.toContain(PASSWORD);
  await shop.app.close();
  const env = { SECRET_KEY: SECRET_KEY.toUpperCase() };
  shop = await TestApp.beside(first, clock, { ...options, env });
  expect(sides().map(({ id }) => id)).toEqual([0]);
  const [alert] = await shop.app.services.alerts.open();
  expect(alert?.message).toMatch(/password of router Purok 3 cannot be read.*routers edit/);
  expect((await shop.reconcile()).errors).toBe(0);
});

/** Which tables are read while this runs, in order. */
async function readsDuring(work: () => Promise<unknown>): Promise<string[]> {
  const tables: string[] = [];
  const note = ({ sql }: { sql: string }) => {
    const table = /^select [^]*? from [`"]?(\w+)/i.exec(sql)?.[1];
    if (table) tables.push(table);
  };
  shop.app.db.on('query', note);
  await work();
  shop.app.db.off('query', note);
  return tables;
}
const ofState = (tables: string[]) =>
  tables.filter((table) => ['vouchers', 'sessions', 'counter_readings'].includes(table));

test('rounds of one router do not make the other read its books again, until a voucher is used at both', async () => {
  await reconcile();
  const [own, shared] = [await shop.code(), await shop.code('CAP')];
  const [here, there] = [phoneAt(first, 20), phoneAt(second, 30)];
  await redeem(here, own);
  await redeem(there, shared);
  for (let round = 0; round < 3; round += 1) await reconcile();
  const rounds = async () => {
    here.download('1M');
    there.download('1M');
    clock.advance(10_000);
    await reconcile();
  };
  expect(ofState(await readsDuring(rounds))).toEqual([]);
  expect((await shop.voucher(own)).used.down).toBe(MB);

  // What was used at the second router so far counts at the first as soon as the voucher is used there too.
  const third = phoneAt(first, 21);
  await redeem(third, shared);
  third.download('9M');
  await reconcile();
  await reconcile();
  expect(await shop.voucher(shared)).toMatchObject({
    status: 'exhausted',
    used: { down: 10 * MB },
  });
  expect([here.online, there.online, third.online]).toEqual([true, false, false]);
});
