import { ApiShop } from '../support/api-shop';

/** Invoices made by hand, payments for one of them, and what other programs are told of subscribers and plans. */

const PLAN = { billing_cycle: 'monthly', rate_up: '2M', rate_down: '5M' };
let api: ApiShop;

beforeEach(async () => {
  api = await ApiShop.open({
    profiles: [
      { name: 'Home', price: '300', ...PLAN },
      { name: 'Fast', price: '600', ...PLAN },
    ],
  });
});
afterEach(() => api.close());

const bodyOf = async <T>(path: string) => (await api.get(path)).body as T;
const peso = (amount: number) => ({ amount, currency: 'PHP' });

async function joy(): Promise<number> {
  const { body } = await api.post('/subscribers', { name: 'Joy', login: 'joy' });
  const { id } = body as { id: number };
  await api.post(`/subscribers/${id}/assign`, { plan: 'Home' });
  return id;
}

test('an invoice is made by hand, as a draft or issued, with the tax of today', async () => {
  await api.shop.app.services.billing.setRules({ tax: 1_200 }, 'maria');
  const subscriber = await joy();
  const lines = [
    { text: 'cable', amount: 100_00 },
    { text: 'sorry', amount: -10_00 },
  ];
  const made = await api.post('/invoices', { subscriber, lines });
  expect(made).toMatchObject({
    status: 201,
    body: { number: 2, status: 'issued', total: peso(100_80), plan: '' },
  });
  const { id } = made.body as { id: number };
  expect(made.headers.get('location')).toBe(`/api/v1/invoices/${id}`);
  expect(await bodyOf(`/invoices/${id}`)).toMatchObject({
    lines: [
      { kind: 'other', text: 'cable', money: peso(100_00) },
      { kind: 'other', text: 'sorry', money: peso(-10_00) },
      { kind: 'tax', text: '12%', money: peso(10_80) },
    ],
  });
  const draft = await api.post('/invoices', { subscriber, lines, draft: true });
  expect(draft.body).toMatchObject({ number: null, status: 'draft' });
  const { body } = await api.post(
    `/invoices/${(draft.body as { id: number }).id}/issue`,
    undefined,
  );
  expect(body).toMatchObject({ number: 3, status: 'issued' });

  const { body: other } = await api.post('/subscribers', { name: 'Ana' });
  const early = { subscriber: (other as { id: number }).id, lines };
  expect((await api.post('/invoices', early)).status).toBe(409);
  expect((await api.post('/invoices', { subscriber: 99, lines })).status).toBe(404);
  expect((await api.post('/invoices', { subscriber, lines: [] })).status).toBe(422);
});

test('a payment for an invoice pays that one first, and the oldest with the rest', async () => {
  const subscriber = await joy();
  const lines = [{ text: 'cable', amount: 100_00 }];
  const { body } = await api.post('/invoices', { subscriber, lines });
  const { id: cable } = body as { id: number };
  const pay = (amount: number, invoice?: number) =>
    api.post(`/subscribers/${subscriber}/payments`, { amount, invoice });
  const statuses = async () => {
    const { items } = await bodyOf<{ items: { id: number; status: string }[] }>('/invoices');
    return items.toReversed().map(({ status }) => status);
  };
  await pay(99_00, cable);
  expect(await statuses()).toEqual(['issued', 'issued']);
  await pay(5_00, cable); // four are left for the oldest
  expect(await statuses()).toEqual(['issued', 'paid']);
  expect((await pay(1, cable)).status).toBe(409);
  expect((await pay(1, 99)).status).toBe(404);
  await pay(296_00);
  expect(await statuses()).toEqual(['paid', 'paid']);
  await api.post(`/subscribers/${subscriber}/refunds`, { amount: 1_00 });
  const listed = async (status: string) =>
    (await bodyOf<{ items: object[] }>(`/payments?status=${status}`)).items;
  expect(await listed('refunded')).toMatchObject([{ money: peso(-1_00), status: 'refunded' }]);
  expect(await listed('received')).toMatchObject([
    { money: peso(296_00), invoiceId: null, status: 'received' },
    { money: peso(5_00), invoiceId: cable },
    { money: peso(99_00), invoiceId: cable },
  ]);
});

test('of plans, subscribers and their subscriptions other programs are told', async () => {
  const id = await joy();
  await api.post(`/subscribers/${id}/change-plan`, { plan: 'Fast' });
  await api.post(`/subscribers/${id}/cancel`, { when: 'now' });
  await api.post(`/subscribers/${id}/assign`, { plan: 'Home' });
  const keys = { name: 'Slow', price: '100', ...PLAN };
  await api.post('/plans', keys);
  const etag = (await api.get('/plans/Slow')).headers.get('etag')!;
  const headers = { 'if-match': etag };
  await api.ask('PUT', '/plans/Slow', { body: { ...keys, price: '90' }, headers });
  const { items } = await bodyOf<{ items: { event: string; data: object }[] }>('/events?limit=50');
  const told = items
    .filter(({ event }) => /^(plan|subscri)/.test(event))
    .map(({ event, data }) => [event, (data as { plan?: string }).plan]);
  expect(told).toEqual([
    ['subscriber.added', undefined],
    ['subscription.started', 'Home'],
    ['subscription.changed', 'Fast'],
    ['subscription.ended', undefined],
    ['subscriber.resumed', undefined],
    ['subscription.started', 'Home'],
    ['plan.added', 'Slow'],
    ['plan.changed', 'Slow'],
  ]);
});

test('other programs keep their id and values beside a plan', async () => {
  const keys = { name: 'Slow', price: '100', ...PLAN };
  const sent = { ...keys, external_id: 'crm-1', metadata: { colour: 'blue' } };
  const added = await api.post('/plans', sent);
  expect(added).toMatchObject({
    ...{ status: 201, body: { external_id: 'crm-1', metadata: { colour: 'blue' } } },
  });
  expect((await api.post('/plans', { ...sent, name: 'Other' })).status).toBe(409);
  const named = async (query: string) =>
    (await bodyOf<{ items: { name: string }[] }>(`/plans${query}`)).items.map(({ name }) => name);
  expect(await named('')).toEqual(['Home', 'Fast', 'Slow']); // the other was not kept
  expect(await named('?external_id=crm-1')).toEqual(['Slow']);
  expect(await named('?external_id=crm-2')).toEqual([]);
  const replace = async (body: object) => {
    const etag = (await api.get('/plans/Slow')).headers.get('etag')!;
    return api.ask('PUT', '/plans/Slow', { body, headers: { 'if-match': etag } });
  };
  expect((await replace({ ...keys, price: '90' })).body).toMatchObject({ external_id: 'crm-1' });
  expect((await replace({ ...keys, external_id: null })).body).toMatchObject({ external_id: null });
  expect(await named('?external_id=crm-1')).toEqual([]);
});
