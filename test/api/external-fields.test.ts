import { ApiShop } from '../support/api-shop';

/** What other programs keep beside vouchers, subscribers and payments. */

let api: ApiShop;
beforeEach(async () => {
  api = await ApiShop.open({ profiles: [{ name: 'P5' }] });
});
afterEach(() => api.close());

interface Fields {
  external_id: string | null;
  metadata: Record<string, string>;
}

const found = async (path: string) => (await api.get(path)).body as { items: Fields[] };
const FIELDS = { external_id: 'crm-7', metadata: { plate: 'ABC 123', door: 'blue' } };

test('a subscriber has them, is found by the id, and changes by its ETag', async () => {
  const made = await api.post('/subscribers', { name: 'Ana', ...FIELDS });
  expect(made).toMatchObject({ status: 201, body: FIELDS });
  await api.post('/subscribers', { name: 'Ben' });
  expect(await found('/subscribers?external_id=crm-7')).toMatchObject({
    items: [{ name: 'Ana', ...FIELDS }],
  });
  expect(await found('/subscribers?external_id=crm-8')).toEqual({ items: [], next: null });
  expect(await found('/subscribers')).toMatchObject({
    items: [FIELDS, { name: 'Ben', external_id: null, metadata: {} }],
  });
  const path = made.headers.get('location')!.slice('/api/v1'.length);
  const etag = made.headers.get('etag')!;
  const change = (body: object, match = etag) =>
    api.ask('PATCH', path, { body, headers: { 'if-match': match } });
  const changed = await change({ metadata: { door: 'red' } });
  expect(changed).toMatchObject({
    status: 200,
    body: { name: 'Ana', external_id: 'crm-7', metadata: { door: 'red' } },
  });
  // What another program keeps is part of what was read.
  expect((await change({ name: 'Anna' })).status).toBe(412);
  const two = await Promise.all(
    ['one', 'two'].map((door) => change({ metadata: { door } }, changed.headers.get('etag')!)),
  );
  expect(two.map(({ status }) => status).sort()).toEqual([200, 412]);
  const { headers } = await api.get(path);
  const gone = await change({ external_id: null, metadata: { door: 'red' } }, headers.get('etag')!);
  expect(gone).toMatchObject({
    status: 200,
    body: { external_id: null, metadata: { door: 'red' } },
  });
});

test('an id that another one has is refused, and nothing is made', async () => {
  await api.post('/subscribers', { name: 'Ana', ...FIELDS });
  expect(await api.post('/subscribers', { name: 'Ben', external_id: 'crm-7' })).toMatchObject({
    status: 409,
    body: { detail: 'Another subscriber has the external id crm-7' },
  });
  expect((await found('/subscribers')).items).toHaveLength(1);
  // Of another kind it is another thing.
  const paid = await api.post('/subscribers/1/payments', { amount: 100, external_id: 'crm-7' });
  expect(paid.status).toBe(201);
  const twice = await api.post('/subscribers/1/payments', { amount: 100, external_id: 'crm-7' });
  expect(twice.status).toBe(409);
  expect((await found('/payments')).items).toHaveLength(1);
  expect(await found('/payments?external_id=crm-7')).toMatchObject({
    items: [{ external_id: 'crm-7', metadata: {} }],
  });
});

test('a voucher gets a note, a seller and an id; what was sold stays', async () => {
  const made = await api.post('/vouchers', { plan: 'P5' });
  const [{ code }] = (made.body as { vouchers: [{ code: string }] }).vouchers;
  const patch = (body: object) => api.ask('PATCH', `/vouchers/${code}`, { body });
  const sent = { note: 'table 4', seller: 'Aling Nena', ...FIELDS };
  expect(await patch(sent)).toMatchObject({ status: 200, body: { code, ...sent } });
  expect(await found('/vouchers?external_id=crm-7')).toMatchObject({ items: [{ code, ...sent }] });
  expect(await found(`/vouchers?seller=${encodeURIComponent('Aling Nena')}`)).toMatchObject({
    items: [{ code }],
  });
  expect(await patch({ seller: '' })).toMatchObject({
    status: 200,
    body: { seller: null, note: 'table 4' },
  });
  const audit = await api.shop.app.stores.journal.auditOf(code);
  expect(audit.filter(({ what }) => what === 'batch handed over')).toMatchObject([
    { who: 'token admin program', detail: { to: 'Aling Nena', vouchers: 1 } },
    { detail: { to: 'token admin program', before: 'Aling Nena' } },
  ]);
  expect(audit.find(({ what }) => what === 'data of another program changed')).toMatchObject({
    who: 'token admin program',
    detail: { note: 'table 4', externalId: 'crm-7', metadata: FIELDS.metadata },
  });

  const used = await api.shop.online();
  const late = await api.ask('PATCH', `/vouchers/${used.code}`, {
    body: { seller: 'Rosa', note: 'late' },
  });
  expect(late.status).toBe(409);
  expect((await api.get(`/vouchers/${used.code}`)).body).toMatchObject({ seller: null, note: '' });
  const noted = await api.ask('PATCH', `/vouchers/${used.code}`, { body: { note: 'late' } });
  expect(noted).toMatchObject({ status: 200, body: { note: 'late' } });
});

test('a slip that a seller has stays with the batch', async () => {
  const { batches, slipCustodies } = api.shop.app.services;
  const { batch, vouchers } = await batches.generate({ plan: 'P5', count: 3 }, 'test');
  await slipCustodies.give(batch, 'Rosa', 'test');
  const [first] = vouchers;
  const answer = await api.ask('PATCH', `/vouchers/${first!.code}`, { body: { seller: 'Nena' } });
  expect(answer).toMatchObject({ status: 409 });
});

test('more values than twenty, or longer ones, are refused', async () => {
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`k${n}`, 'v']));
  for (const metadata of [many, { long: 'x'.repeat(501) }, { number: 5 }, ['a']]) {
    expect((await api.post('/subscribers', { name: 'Ana', metadata })).status).toBe(422);
  }
});
