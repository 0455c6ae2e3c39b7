import { ApiShop } from '../support/api-shop';

/** Usage that another program counted: it is in the history, and the plan counts it. */

let api: ApiShop;

beforeEach(async () => {
  api = await ApiShop.open({
    profiles: [
      { name: 'DATA', validity: '1d', data_cap: '100MB', throttle_policy: 'block' },
      { name: 'Home', price: '300', billing_cycle: 'monthly' },
    ],
  });
});
afterEach(() => api.close());

const record = (body: object) => api.post('/usage', { bytesUp: 0, bytesDown: 0, ...body });

test('it counts beside what the router counts, and ends a voucher at its cap', async () => {
  const { phone, code } = await api.shop.online('DATA');
  phone.download(40_000_000);
  await api.shop.reconcile();
  const headers = { 'idempotency-key': 'once' };
  const body = { voucher: code, bytesUp: 1_000_000, bytesDown: 39_000_000, note: 'other line' };
  for (let n = 0; n < 2; n += 1) {
    expect(await api.ask('POST', '/usage', { body, headers })).toMatchObject({
      ...{ status: 201, body: { code, usedBytes: 80_000_000 } },
    });
  }
  phone.download(1_000_000);
  await api.shop.reconcile();
  expect(phone.online).toBe(true);
  const { body: day } = await api.get(`/usage?voucher=${code}`);
  expect(day).toMatchObject({ bytesUp: 1_000_000, bytesDown: 80_000_000 });
  await record({ voucher: code, bytesDown: 19_000_000 });
  await api.shop.reconcile();
  expect(phone.online).toBe(false);
  expect((await api.shop.voucher(code)).status).toBe('exhausted');
  expect((await record({ voucher: code, bytesDown: 1 })).status).toBe(409);
});

test('a subscriber’s is in their days; who is unknown, or not in use, has none', async () => {
  const { subscribers } = api.shop.app.services;
  const { id } = await subscribers.add({ name: 'Joy', login: 'joy', password: 'secret' }, 'test');
  expect((await record({ subscriber: id, bytesDown: 7 })).status).toBe(409);
  await subscribers.assign(id, { plan: 'Home' }, undefined, 'test');
  expect(await record({ subscriber: id, bytesUp: 5, bytesDown: 7 })).toMatchObject({
    ...{ status: 201, body: { code: 'joy', usedBytes: 12 } },
  });
  const { body } = await api.get(`/subscribers/${id}/usage`);
  const used = (body as { items: { bytesUp: number; bytesDown: number }[] }).items.filter(
    ({ bytesDown }) => bytesDown > 0,
  );
  expect(used).toMatchObject([{ bytesUp: 5, bytesDown: 7 }]);
  const code = await api.shop.code('DATA');
  expect((await record({ voucher: code, bytesDown: 7 })).status).toBe(409);
  expect((await record({ voucher: 'joy', bytesDown: 7 })).status).toBe(404);
  expect((await record({ subscriber: 99, bytesDown: 7 })).status).toBe(404);
  for (const bad of [
    { subscriber: id },
    { bytesDown: 7 },
    { subscriber: id, voucher: code, bytesDown: 7 },
    { subscriber: id, bytesDown: -1 },
  ]) {
    expect((await record(bad)).status).toBe(422);
  }
});
