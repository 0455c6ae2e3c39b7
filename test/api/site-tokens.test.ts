import type { SimulatedDevice } from '../../src/simulator/simulator';
import { parseMac } from '../../src/domain/units';
import { SCOPES } from '../../src/store/staff/token-store';
import type { Operation } from '../../src/web/api/operation';
import { OPERATIONS } from '../../src/web/api/operations';
import { ApiShop } from '../support/api-shop';

/** Programs with a token of one site: each operation there is, asked for things of another site. */

let api: ApiShop;
let town: string;
let beach: { code: string; used: string; phone: SimulatedDevice };

const BODIES: Record<string, unknown> = {
  setLimit: { rateUp: 64_000, rateDown: 64_000 },
  extendVoucher: { seconds: 60 },
  projectVoucher: { bytes: 1 },
  makeVouchers: { plan: 'SURF' },
  redeemVoucher: { ip: '10.5.50.10' },
};

beforeEach(async () => {
  api = await ApiShop.open({ profiles: [{ name: 'P5' }, { name: 'SURF', price: '9' }] });
  const { batches, devices, plans, sites, tokens } = api.shop.app.services;
  await sites.add('Town', 'test');
  await sites.add('Beach', 'test');
  const [p5, surf] = [(await plans.find('P5')).id, (await plans.find('SURF')).id];
  const offers = [
    { planId: surf, isSold: false, price: null },
    { planId: p5, isSold: true, price: 600 },
  ];
  await sites.edit('Town', { offers }, 'test');
  await sites.edit('Beach', { hasFirstRouter: true }, 'test');
  town = (await tokens.add({ name: 'till', scope: 'admin', site: 'town' }, 'test')).token;
  const order = { plan: 'SURF', count: 2, site: 'Beach' };
  const [unused, used] = (await batches.generate(order, 'zenaida')).vouchers;
  const phone = api.shop.phone();
  await api.shop.redeem(phone, used!.code);
  await devices.setLimit(parseMac(phone.mac), { up: 1_000, down: 1_000 }, null, 'zenaida');
  beach = { code: unused!.code, used: used!.code, phone };
});

afterEach(() => api.close());

function ask({ id, method, path }: Operation, code: string, token = town) {
  const values: Record<string, string> = { mac: beach.phone.mac, code, name: 'SURF' };
  const asked = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? '1');
  const body = method === 'get' || method === 'delete' ? undefined : (BODIES[id] ?? {});
  return api.ask(method.toUpperCase(), asked, { token, body, headers: { 'if-match': '*' } });
}

async function books(): Promise<string> {
  const { db } = api.shop.app;
  const tables = ['vouchers', 'batches', 'manual_limits', 'sessions', 'plans', 'alerts', 'sale_voids']; // prettier-ignore
  return JSON.stringify(await Promise.all(tables.map((table) => db(table).select('*'))));
}

test('a token of one site meets nothing of another by any operation, and changes nothing there', async () => {
  const before = await books();
  for (const operation of OPERATIONS) {
    for (const code of [beach.code, beach.used]) {
      const { status, body } = await ask(operation, code);
      const isNamed = /\{(?:mac|code)\}/.test(operation.path);
      if (!operation.isOfSites) expect([operation.id, status]).toEqual([operation.id, 403]);
      else if (isNamed) expect([operation.id, status]).toEqual([operation.id, 404]);
      const shown = JSON.stringify(body ?? '').replaceAll(isNamed ? code : '-', '');
      const secrets = [beach.code, beach.used, 'zenaida', 'Beach', '"SURF"'];
      expect([operation.id, secrets.filter((one) => shown.includes(one))]).toEqual([operation.id, []]); // prettier-ignore
    }
  }
  for (const path of ['/admin/api/user-traffic', '/admin/api/set-bandwidth']) {
    const headers = { authorization: `Bearer ${town}` };
    const method = path.endsWith('traffic') ? 'GET' : 'POST';
    expect((await fetch(api.origin + path, { method, headers })).status).toBe(404);
  }
  expect(await books()).toBe(before);
});

test('a token of a site sells its plans at its prices, and sees its customers and sales alone', async () => {
  const { sites, vouchers } = api.shop.app.services;
  const plans = (await api.get('/plans', { token: town })).body;
  expect(plans).toMatchObject({ items: [{ name: 'P5', price: { amount: 600 } }] });
  const made = await api.post('/vouchers', { plan: 'P5' }, { token: town });
  const [{ code }] = (made.body as { vouchers: [{ code: string }] }).vouchers;
  expect((await vouchers.find(code)).terms.price.amount).toBe(600);
  const named = await api.post('/vouchers', { plan: 'P5', seller: 'zenaida' }, { token: town });
  expect(named.status).toBe(422);
  const listed = await api.get('/vouchers', { token: town });
  expect(listed.body).toMatchObject({ items: [{ code }] });

  await sites.edit('Town', { hasFirstRouter: true }, 'test');
  const phone = api.shop.phone();
  await api.shop.redeem(phone, code);
  const online = (await api.get('/sessions', { token: town })).body;
  expect(online).toMatchObject({
    items: expect.arrayContaining([
      expect.objectContaining({ mac: phone.mac, user: code }),
      expect.objectContaining({ mac: beach.phone.mac, user: null }),
    ]),
  });
  const sales = (await api.get('/sales', { token: town })).body;
  expect(sales).toMatchObject({ totals: [{ amount: 600 }] });
  const limited = await api.ask('PUT', `/devices/${phone.mac}/limit`, {
    ...{ token: town, body: BODIES['setLimit'] },
  });
  expect(limited).toMatchObject({ status: 200, body: { mac: phone.mac, rateDown: 64_000 } });
  expect((await api.post(`/vouchers/${code}/revoke`, {}, { token: town })).status).toBe(200);
  expect((await vouchers.find(code)).status).toBe('revoked');
});

test('a token of a site brings devices online at its own routers alone', async () => {
  const { sites } = api.shop.app.services;
  const made = await api.post('/vouchers', { plan: 'P5' }, { token: town });
  const [{ code }] = (made.body as { vouchers: [{ code: string }] }).vouchers;
  const phone = api.shop.phone();
  const redeem = () => api.post(`/vouchers/${code}/redeem`, { ip: phone.address }, { token: town });
  expect((await redeem()).status).toBe(404);
  expect(phone.online).toBe(false);
  await sites.edit('Town', { hasFirstRouter: true }, 'test');
  expect(await redeem()).toMatchObject({ status: 200, body: { code } });
  expect(phone.online).toBe(true);
});

test.each(SCOPES)(
  'a token of scope %s keeps it at a site, and a site that is gone is no site',
  async (scope) => {
    const { sites, tokens } = api.shop.app.services;
    await expect(tokens.add({ name: 'x', scope, site: 'Moon' }, 'test')).rejects.toThrow('Moon');
    const { token } = await tokens.add({ name: 'kiosk', scope, site: 'Town' }, 'test');
    const revoke = OPERATIONS.find(({ id }) => id === 'revokeVoucher')!;
    expect((await ask(revoke, beach.code, token)).status).toBe(scope === 'admin' ? 404 : 403);
    await sites.remove('Town', 'test');
    expect((await api.get('/plans', { token })).body).toMatchObject({ items: [] });
    expect((await api.get('/sessions', { token })).body).toMatchObject({ items: [] });
    if (scope !== 'read') {
      expect((await api.get('/vouchers', { token })).body).toMatchObject({ items: [] });
      expect((await api.post('/vouchers', { plan: 'P5' }, { token })).status).toBe(404);
    }
  },
);
