import { createHash } from 'node:crypto';
import { ApiShop } from '../support/api-shop';
import { Staff, PASSWORD } from '../support/admin-shop';

/** What holds for every operation: who may ask, how errors look, and what happens when a request is repeated. */

let api: ApiShop;

beforeEach(async () => {
  api = await ApiShop.open({ profiles: [{ name: 'P5' }, { name: 'P10', price: '10' }] });
});
afterEach(() => api.close());

const vouchers = async () => (await api.shop.app.services.vouchers.list({})).length;

test('without a valid token there is nothing, and a signed-in browser is no program', async () => {
  const none = await api.get('/plans', { token: null });
  expect(none).toMatchObject({
    status: 401,
    body: { type: 'urn:pisonet:problem:no-token', title: 'Unauthorized', status: 401 },
  });
  expect(none.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(none.headers.get('www-authenticate')).toMatch(/^Bearer/);

  await api.shop.app.services.accounts.add(
    { name: 'owner', role: 'owner', password: PASSWORD },
    'test',
  );
  const owner = new Staff(api.origin);
  await owner.signIn('owner', PASSWORD);
  const headers = { cookie: owner.cookie, 'x-csrf-token': owner.token };
  expect((await api.get('/plans', { token: null, headers })).status).toBe(401);
  expect((await api.post('/vouchers', { plan: 'P5' }, { token: null, headers })).status).toBe(401);
  expect(await vouchers()).toBe(0);
});

test('a revoked token is refused at once, an expired one when its time has come', async () => {
  const { tokens } = api.shop.app.services;
  const { id, token } = await tokens.add({ name: 'till', scope: 'sell' }, 'test');
  expect((await api.get('/plans', { token })).status).toBe(200);
  await tokens.revoke(id, 'test');
  expect((await api.get('/plans', { token })).status).toBe(401);

  const short = await tokens.add({ name: 'till', scope: 'sell', expires: '1h' }, 'test');
  expect((await api.get('/plans', { token: short.token })).status).toBe(200);
  api.shop.clock.advance(3_600_000);
  expect((await api.get('/plans', { token: short.token })).status).toBe(401);
});

test('wrong tokens are slowed down, and right ones from the same address are not', async () => {
  const statuses: number[] = [];
  for (let n = 0; n < 22; n += 1) {
    statuses.push((await api.get('/plans', { token: `wrong${n}` })).status);
  }
  expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401));
  expect(statuses.slice(20)).toEqual([429, 429]);
  const slowed = await api.get('/plans', { token: 'wrong' });
  expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await api.get('/plans')).status).toBe(200);
});

test('what is wrong is named by its place', async () => {
  const { status, body } = await api.post('/vouchers', { plan: 7, count: 0, colour: 'red' });
  expect(status).toBe(422);
  expect(body).toMatchObject({
    type: 'urn:pisonet:problem:invalid-input',
    errors: [
      { pointer: '#/plan', detail: expect.any(String) },
      { pointer: '#/count', detail: expect.any(String) },
      { pointer: '#/colour', detail: 'is not known here' },
    ],
  });
  const list = await api.get('/vouchers?limit=0&color=red');
  expect(list).toMatchObject({
    status: 422,
    body: { errors: [{ parameter: 'limit' }, { parameter: 'color' }] },
  });
  const plan = { name: 'New', price: '5', rate_up: 'fast', rate_down: '2M' };
  expect(await api.post('/plans', plan)).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '#/rate_up' }] },
  });
  expect(await vouchers()).toBe(0);
});

test('what is no JSON, no address or no method of it is said as such', async () => {
  const broken = await api.post('/vouchers', '{"plan":');
  expect(broken).toMatchObject({ status: 400, body: { type: 'urn:pisonet:problem:unreadable' } });
  const form = await api.ask('POST', '/vouchers', {
    body: 'plan=P5',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect(form.status).toBe(415);
  expect((await api.get('/nothing')).status).toBe(404);
  const deleted = await api.ask('DELETE', '/plans');
  expect(deleted.status).toBe(405);
  expect(deleted.headers.get('allow')).toBe('GET, POST');
  expect((await api.post('/vouchers', { plan: 'x'.repeat(200_000) })).status).toBe(413);
  expect(await vouchers()).toBe(0);
});

test('a list is read page by page, each row once', async () => {
  await api.post('/vouchers', { plan: 'P5', count: 7 });
  const seen: string[] = [];
  let path = '/vouchers?limit=3';
  for (;;) {
    const { items, next } = (await api.get(path)).body as {
      items: { code: string }[];
      next: string | null;
    };
    expect(items.length).toBeLessThanOrEqual(3);
    seen.push(...items.map(({ code }) => code));
    if (next === null) break;
    path = `/vouchers?limit=3&cursor=${next}`;
  }
  const all = await api.shop.app.services.vouchers.list({});
  expect(seen).toEqual(all.map(({ code }) => code));
  expect((await api.get('/vouchers?cursor=bogus')).status).toBe(422);
});

describe('with an Idempotency-Key', () => {
  const key = { headers: { 'idempotency-key': 'order-1' } };

  test('a request that is sent again is done once and answered alike', async () => {
    const first = await api.post('/vouchers', { plan: 'P5', count: 2 }, key);
    expect(first.status).toBe(201);
    const again = await api.post('/vouchers', { plan: 'P5', count: 2 }, key);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(await vouchers()).toBe(2);
    // Another program may use the same key.
    const { token } = await api.shop.app.services.tokens.add({ name: 'b', scope: 'sell' }, 'test');
    await api.post('/vouchers', { plan: 'P5', count: 2 }, { ...key, token });
    expect(await vouchers()).toBe(4);
  });

  test('another body with the same key is refused', async () => {
    await api.post('/vouchers', { plan: 'P5' }, key);
    const other = await api.post('/vouchers', { plan: 'P10' }, key);
    expect(other).toMatchObject({ status: 422, body: { type: 'urn:pisonet:problem:key-reused' } });
    expect(await vouchers()).toBe(1);
  });

  test('of many at the same instant one is done', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => api.post('/vouchers', { plan: 'P5' }, key)),
    );
    expect(await vouchers()).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  test('what it changes is on the router with the next round', async () => {
    const { phone, code } = await api.shop.online();
    await api.shop.reconcile();
    expect((await api.post(`/vouchers/${code}/revoke`, {}, key)).status).toBe(200);
    await api.shop.reconcile();
    expect(phone.online).toBe(false);
  });

  test('work that asks the router and was cut short is done again after two minutes', async () => {
    const [phone, code] = [api.shop.phone(), await api.shop.code()];
    const path = `/vouchers/${code}/redeem`;
    const request = JSON.stringify([path, {}, { ip: phone.address }]);
    const hash = createHash('sha256').update(request).digest('hex');
    const all = await api.shop.app.services.tokens.list();
    const { id } = all.find(({ name }) => name === 'admin program')!;
    const { answers } = api.shop.app.stores;
    await answers.begin({ tokenId: id, key: 'order-1' }, hash, api.shop.clock.now());
    const send = () => api.post(path, { ip: phone.address }, { ...key, token: api.tokens.admin });
    expect((await send()).status).toBe(409);
    api.shop.clock.advance(2 * 60_000);
    expect((await send()).status).toBe(200);
    expect(phone.online).toBe(true);
  });

  test('a refused one may be tried again, and after a day the key is free', async () => {
    expect((await api.post('/vouchers', { plan: 'P7' }, key)).status).toBe(404);
    const plan = { name: 'P7', price: '7', rate_up: '1M', rate_down: '1M', validity: '1h' };
    expect((await api.post('/plans', plan)).status).toBe(201);
    expect((await api.post('/vouchers', { plan: 'P7' }, key)).status).toBe(201);
    api.shop.clock.advance(24 * 3_600_000);
    expect((await api.post('/vouchers', { plan: 'P5' }, key)).status).toBe(201);
    expect(await vouchers()).toBe(2);
  });
});

test('who changes what somebody else changed meanwhile is told so', async () => {
  const read = await api.get('/plans/p5');
  const etag = read.headers.get('etag')!;
  const keys = { ...(read.body as { keys: object }).keys, price: '6' };
  const put = (headers: Record<string, string>) =>
    api.ask('PUT', '/plans/P5', { body: keys, headers });
  expect((await put({})).status).toBe(428);
  const changed = await put({ 'if-match': etag });
  expect(changed).toMatchObject({ status: 200, body: { price: { amount: 600 }, version: 2 } });
  expect((await put({ 'if-match': etag })).status).toBe(412);

  const fresh = await api.get('/plans/P5');
  expect(fresh.headers.get('etag')).toBe(changed.headers.get('etag'));
  const same = await api.get('/plans/P5', {
    headers: { 'if-none-match': fresh.headers.get('etag')! },
  });
  expect(same).toMatchObject({ status: 304, body: undefined });
});

test('a list that is kept is the same for the same question only, and new after a change', async () => {
  const names = async (query: string) =>
    ((await api.get(`/plans${query}`)).body as { items: { name: string }[] }).items.map(
      ({ name }) => name,
    );
  for (let n = 0; n < 2; n += 1) {
    expect(await names('')).toEqual(['P5', 'P10']);
    expect(await names('?limit=1')).toEqual(['P5']);
    expect(await names('?status=archived')).toEqual([]);
  }
  await api.post('/plans/P5/archive', {});
  expect(await names('?status=archived')).toEqual(['P5']);
  expect(await names('?onSale=true')).toEqual(['P10']);
});

test('each answer says how many requests are left, and who did it is in the audit', async () => {
  const { headers } = await api.get('/plans');
  expect(headers.get('ratelimit-policy')).toBe('"token";q=1200;w=60');
  expect(headers.get('ratelimit')).toMatch(/^"token";r=1199;t=\d+$/);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  const { body } = await api.post('/vouchers', { plan: 'P5' }, { token: api.tokens.sell });
  const { batch } = body as { batch: number };
  const audit = await api.shop.app.stores.journal.auditOf(`batch ${batch}`);
  expect(audit).toMatchObject([{ who: 'token sell program', what: 'vouchers generated' }]);
});

test('the addresses for programs below /admin take a token, and no other page does', async () => {
  const { phone } = await api.shop.online();
  const ask = (path: string, token: string, body?: object) =>
    fetch(`${api.origin}/admin${path}`, {
      ...{ method: body ? 'POST' : 'GET', redirect: 'manual' },
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  const { read, sell, admin } = api.tokens;
  const traffic = await ask('/api/user-traffic', read);
  expect(await traffic.json()).toMatchObject({ success: true, users: [{ mac: phone.mac }] });

  const limit = { mac: phone.mac, upload: '1M', download: '2M' };
  expect((await ask('/api/set-bandwidth', read, limit)).status).toBe(403);
  expect((await ask('/api/set-bandwidth', `${sell}x`, limit)).status).toBe(401);
  expect(await api.shop.app.services.devices.limits()).toEqual([]);
  expect((await ask('/api/set-bandwidth', sell, limit)).status).toBe(200);
  expect(await api.shop.app.services.devices.limits()).toMatchObject([
    { mac: phone.mac, rate: { up: 1_000_000, down: 2_000_000 }, by: 'token sell program' },
  ]);

  expect((await ask('/vouchers', admin)).headers.get('location')).toMatch(/sign-in/);
  expect((await ask('/vouchers/revocations', admin, { code: 'X' })).status).toBe(401);
});

test.each(['1e0', '0x1', '%201', '1.0', '+1'])(
  'a number in an address is digits, and %s is none',
  async (odd) => {
    const made = await api.post('/subscribers', { name: 'Ana' });
    expect([made.status, (made.body as { id: number }).id]).toEqual([201, 1]);
    expect((await api.get('/subscribers/1')).status).toBe(200);
    for (const path of [`/subscribers/${odd}`, `/subscribers?limit=${odd.replace('+', '%2B')}`]) {
      const { status, body } = await api.get(path);
      expect([path, status]).toEqual([path, 422]);
      expect(body).toMatchObject({ errors: [{ detail: 'Write it in digits' }] });
    }
  },
);
