import { join } from 'node:path';
import { parseCode } from '../../src/domain/vouchers/voucher-code';
import { USUAL_SETTINGS } from '../../src/services/router/added-routers';
import { Simulator, type SimulatedDevice } from '../../src/simulator/simulator';
import { temporaryFolder } from '../support/temporary-folder';
import { TestApp, type TestAppOptions } from '../support/test-app';

/** A shop with two sites, a router at each: what is sold where, and at which a voucher is good. */

const PASSWORD = 'not-in-the-books-1';
const PLANS = [{ name: 'P5' }, { name: 'P10', price: '10' }];

let first: Simulator;
let second: Simulator;
let shop: TestApp;

beforeEach(async () => {
  const options: TestAppOptions = {
    database: join(temporaryFolder(), 'books.db'),
    env: { SECRET_KEY: 'a key of this test that is long enough for one' },
    profiles: PLANS,
    simulator: { serial: 'FIRST' },
  };
  shop = await TestApp.start(options);
  first = shop.simulator;
  second = await Simulator.start({ clock: shop.clock, serial: 'SECOND', password: PASSWORD });
  const { addedRouters, sites } = shop.app.services;
  await sites.add('Town', 'maria');
  await sites.edit('Town', { hasFirstRouter: true }, 'maria');
  const settings = {
    ...{ ...USUAL_SETTINGS, title: 'Purok 3', site: 'Beach', username: 'admin' },
    ...{ host: '127.0.0.1', port: second.port },
  };
  await addedRouters.add(settings, PASSWORD, 'maria');
  await reconcile();
});

afterEach(async () => {
  await shop.close();
  await second.stop();
});

async function reconcile(): Promise<void> {
  for (const { controller } of shop.app.routerSides) await controller.reconcile();
}

function phoneAt(router: Simulator, n: number): SimulatedDevice {
  return router.addDevice({ mac: `02:00:00:00:01:${n}`, address: `10.5.50.${n}` });
}

async function redeem(phone: SimulatedDevice, code: string): Promise<unknown> {
  const { loop, redemptions } = shop.app.services;
  const host = await loop.whoIsAt(phone.address);
  if (!host) throw new Error(`${phone.address} is not in a host table`);
  return redemptions.redeem(parseCode(code), host);
}

async function planId(name: string): Promise<number> {
  return (await shop.app.services.plans.find(name)).id;
}

async function make(plan: string, site?: string) {
  const order = { plan, count: 1, site };
  return (await shop.app.services.batches.generate(order, 'maria')).vouchers[0]!;
}

async function sellNoP10AtTheBeach(): Promise<void> {
  const offers = [{ planId: await planId('P10'), isSold: false, price: null }];
  await shop.app.services.sites.edit('Beach', { offers }, 'maria');
}

test('a voucher of a plan that a site does not sell is refused there, and good at the others', async () => {
  await sellNoP10AtTheBeach();
  const { code } = await make('P10');
  const [here, there] = [phoneAt(first, 20), phoneAt(second, 30)];
  await expect(redeem(there, code)).rejects.toThrow('other sites of the shop only');
  expect(there.online).toBe(false);
  expect(await shop.voucher(code)).toMatchObject({ status: 'unused', activatedAt: null });
  await redeem(here, code);
  expect(here.online).toBe(true);
});

test('what was made before keeps what it was sold for', async () => {
  const { code } = await make('P10');
  await sellNoP10AtTheBeach();
  const there = phoneAt(second, 30);
  await redeem(there, code);
  expect(there.online).toBe(true);
});

test('who walks to a site where the voucher is not good takes along only those that are', async () => {
  await sellNoP10AtTheBeach();
  const [everywhere, inTown] = [await make('P5'), await make('P10')];
  const here = phoneAt(first, 20);
  await redeem(here, inTown.code);
  await redeem(here, everywhere.code);
  const there = second.addDevice({ mac: '02:00:00:00:01:20', address: '10.5.50.77' });
  await expect(redeem(there, inTown.code)).rejects.toThrow('other sites');
  await redeem(there, everywhere.code);
  await reconcile();
  const sessions = await shop.app.db('sessions').whereNot({ state: 'ended' }).orderBy('code');
  const { id } = (await shop.app.services.addedRouters.list())[0]!;
  expect(sessions.map(({ code, router_id }) => [code, router_id]).sort()).toEqual(
    [
      [everywhere.code, id],
      [inTown.code, 0],
    ].sort(),
  );
  expect(second.users().map(({ name }) => name)).toEqual([everywhere.code]);
});

test('a site has its own prices, on its price list and on the vouchers made for it', async () => {
  const { sites, plans, batches } = shop.app.services;
  const offers = [
    { planId: await planId('P5'), isSold: true, price: 700 },
    { planId: await planId('P10'), isSold: false, price: null },
  ];
  await sites.edit('Beach', { offers }, 'maria');
  shop.clock.advance(3_000);
  const { id } = (await shop.app.services.addedRouters.list())[0]!;
  const priced = (list: Awaited<ReturnType<typeof plans.priceList>>) =>
    list.map(({ name, terms }) => [name, terms.price.amount]);
  expect(priced(await plans.priceList(id))).toEqual([['P5', 700]]);
  const ofShop = [
    ['P5', 500],
    ['P10', 1000],
  ];
  expect(priced(await plans.priceList(0))).toEqual(ofShop);
  expect(priced(await plans.priceList())).toEqual(ofShop);

  const { code, terms } = await make('P5', 'beach');
  expect(terms.price).toEqual({ amount: 700, currency: 'PHP' });
  expect((await make('P5', 'Town')).terms.price.amount).toBe(500);
  await expect(batches.generate({ plan: 'P10', count: 1, site: 'Beach' }, 'maria')).rejects.toThrow(
    'Plan P10 is not sold at Beach',
  );
  await redeem(phoneAt(first, 21), code);
  const sales = (await shop.app.stores.money.list()).filter(({ kind }) => kind === 'sale');
  expect(sales.map(({ amount }) => amount)).toEqual([700]);
});

test('a site goes once no router stands there; its vouchers stay good', async () => {
  const { sites } = shop.app.services;
  await expect(sites.remove('Town', 'maria')).rejects.toThrow('Routers stand at Town');
  const { code } = await make('P5', 'Town');
  await sites.edit('Beach', { hasFirstRouter: true, name: 'Shore' }, 'maria');
  await sites.remove('town', 'maria');
  expect((await sites.list()).map(({ name, routers }) => [name, routers.length])).toEqual([
    ['Shore', 2],
  ]);
  await redeem(phoneAt(first, 22), code);
  await expect(sites.add('Shore', 'maria')).rejects.toThrow('already');
});
