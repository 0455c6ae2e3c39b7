import { ApiShop } from '../support/api-shop';

/** What programs see and do of devices, usage and the shop, against the router and the books. */

let api: ApiShop;

beforeEach(async () => {
  api = await ApiShop.open({
    profiles: [
      {
        name: 'P5',
        ...{
          data_cap: '100MB',
          throttle_policy: 'overage',
          overage_price: '1',
          overage_unit: '10MB',
        },
        ...{ fup_threshold: '50MB', fup_rate_up: '256K', fup_rate_down: '256K' },
      },
    ],
  });
});
afterEach(() => api.close());

const code = async () => {
  const { body } = await api.post('/vouchers', { plan: 'P5' });
  return (body as { vouchers: { code: string }[] }).vouchers[0]!.code;
};

test('a voucher brings a device online, is extended, and ended', async () => {
  const phone = api.shop.phone();
  const made = await code();
  const typed = `${made.slice(0, 4)}-${made.slice(4).toLowerCase()}`;
  expect((await api.post(`/vouchers/${typed}/redeem`, { ip: '10.5.250.1' })).status).toBe(404);
  const redeemed = await api.post(`/vouchers/${typed}/redeem`, { ip: phone.address });
  expect(redeemed).toMatchObject({ status: 200, body: { code: made } });
  expect(api.shop.simulator.queueOf(phone.mac)).toBeDefined();
  const { expiresAt } = redeemed.body as { expiresAt: string };

  const extended = await api.post(`/vouchers/${made}/extend`, { seconds: 600 });
  expect(extended.body).toMatchObject({
    ...{ status: 'active', devices: [{ mac: phone.mac, ip: phone.address }] },
    expiresAt: new Date(Date.parse(expiresAt) + 600_000).toISOString(),
  });

  const revoke = (token: string) => api.post(`/vouchers/${made}/revoke`, {}, { token });
  expect((await revoke(api.tokens.sell)).status).toBe(403);
  expect(await revoke(api.tokens.admin)).toMatchObject({ body: { status: 'revoked' } });
  await api.shop.reconcile();
  expect(api.shop.simulator.queueOf(phone.mac)).toBeUndefined();
  expect((await revoke(api.tokens.admin)).status).toBe(409);

  const unrevoke = (token: string) => api.post(`/vouchers/${made}/unrevoke`, {}, { token });
  expect((await unrevoke(api.tokens.sell)).status).toBe(403);
  expect(await unrevoke(api.tokens.admin)).toMatchObject({
    ...{ status: 200, body: { status: 'active', endedAt: null } },
  });
  await api.shop.redeem(phone, made);
  expect(api.shop.simulator.queueOf(phone.mac)).toBeDefined();
  expect((await unrevoke(api.tokens.admin)).status).toBe(409);
});

test('who is online, why at that speed, and a speed by hand', async () => {
  const { phone, code: used } = await api.shop.online();
  const sessions = await api.get('/sessions', { token: api.tokens.read });
  expect(sessions.body).toMatchObject({
    items: [{ mac: phone.mac, ip: phone.address, user: used, plan: 'P5', reason: 'full speed' }],
    next: null,
  });
  await api.shop.reconcile();
  const policy = () => api.get(`/devices/${phone.mac}/policy`);
  expect((await policy()).body).toMatchObject({ reason: 'full speed', rateDown: 2_000_000 });

  const limit = { rateUp: 64_000, rateDown: 128_000, until: null };
  const put = await api.ask('PUT', `/devices/${phone.mac.toLowerCase()}/limit`, { body: limit });
  expect(put).toMatchObject({ status: 200, body: { mac: phone.mac, by: 'token admin program' } });
  await api.shop.reconcile();
  expect((await policy()).body).toMatchObject({
    ...{ reason: 'manual limit', rateUp: 64_000, limit: { rateDown: 128_000, until: null } },
  });
  expect(api.shop.simulator.queueOf(phone.mac)!.maxLimit).toEqual({ up: 64_000, down: 128_000 });
  const removed = await api.ask('DELETE', `/devices/${phone.mac}/limit`);
  expect(removed).toMatchObject({ status: 204, body: undefined });
  expect(((await api.get('/limits')).body as { items: [] }).items).toEqual([]);

  expect((await api.post(`/sessions/${phone.mac}/log-out`)).status).toBe(204);
  await api.shop.reconcile();
  expect((await api.get('/sessions')).body).toEqual({
    ...{ items: [], next: null },
    observedAt: api.shop.clock.now().toISOString(),
  });
});

test('usage, what is left, and what would happen if more were used', async () => {
  const { phone, code: used } = await api.shop.online();
  phone.download('60M');
  await api.shop.reconcile();
  expect((await api.get(`/usage?mac=${phone.mac}`)).body).toMatchObject({
    ...{ unit: 'hour', bytesDown: 60_000_000, bytesUp: 0 },
  });
  const twice = await api.get(`/usage?mac=${phone.mac}&plan=P5`);
  expect(twice.status).toBe(422);
  expect((await api.get('/usage/top?by=plan')).body).toEqual({
    items: [{ name: 'P5', bytesUp: 0, bytesDown: 60_000_000 }],
  });

  expect((await api.get(`/vouchers/${used}/quota`)).body).toMatchObject({
    ...{ usedBytes: 60_000_000, isSlowed: true, overage: null, capPolicy: 'overage' },
    cap: { leftBytes: 40_000_000, ofBytes: 100_000_000 },
    fairUse: { leftBytes: 0, ofBytes: 50_000_000 },
  });
  const project = async (bytes: number) =>
    (await api.post(`/vouchers/${used}/projection`, { bytes })).body;
  expect(await project(40_000_000)).toMatchObject({ wouldExceed: false, overage: null });
  expect(await project(55_000_000)).toEqual({
    ...{ bytes: 55_000_000, wouldExceed: true, wouldPassFairUse: true },
    overage: { bytes: 15_000_000, charge: { amount: 200, currency: 'PHP' } },
  });
});

test('routers, alerts and sales', async () => {
  await api.shop.online();
  await api.shop.reconcile();
  expect((await api.get('/routers')).body).toEqual({
    items: [
      {
        ...{ id: 0, name: 'First router', connected: true },
        ...{ state: 'served', devices: 1, secondsAgo: 0 },
      },
    ],
  });
  const sales = await api.get('/sales?by=plan', { token: api.tokens.read });
  expect(sales.body).toMatchObject({
    rows: [{ name: 'P5', sold: 1, voided: 0, total: { amount: 500, currency: 'PHP' } }],
    totals: [{ amount: 500, currency: 'PHP' }],
  });
  const { journal } = api.shop.app.stores;
  await journal.raise('router away', 'router', 'Something is wrong', api.shop.clock.now());
  const { items } = (await api.get('/alerts')).body as { items: { id: number }[] };
  expect(items).toMatchObject([{ kind: 'router away', message: 'Something is wrong' }]);
  const clear = () => api.post(`/alerts/${items[0]!.id}/clear`);
  expect((await clear()).status).toBe(204);
  expect((await clear()).status).toBe(404);
});

test('codes nobody used are shown to none whose scope is only to read', async () => {
  const made = await code();
  const { read } = api.tokens;
  expect((await api.get('/vouchers', { token: read })).status).toBe(403);
  expect((await api.get(`/vouchers/${made}`, { token: read })).status).toBe(403);
  expect((await api.get(`/vouchers/${made}/quota`, { token: read })).status).toBe(403);
});
