import { createHmac } from 'node:crypto';
import { ApiShop } from '../support/api-shop';
import { Receiver } from '../support/peers/receiver';

/** Programs that have themselves told of events: each its own, from then on, signed. */

const PLAN = { billing_cycle: 'monthly', rate_up: '2M', rate_down: '5M', price: '300' };
let api: ApiShop;
let crm: Receiver;
let books: Receiver;

beforeEach(async () => {
  [crm, books] = await Promise.all([Receiver.start(), Receiver.start()]);
  api = await ApiShop.open({ profiles: [{ name: 'Home', ...PLAN }] });
});
afterEach(async () => {
  await api.close();
  await Promise.all([crm.stop(), books.stop()]);
});

const deliver = () => api.shop.app.services.notices.deliver();
const toldOf = (receiver: Receiver) =>
  receiver.taken.map(({ body }) => (JSON.parse(body) as { event: string }).event);

async function hook(receiver: Receiver, events?: string[]) {
  const { status, body } = await api.post('/webhooks', { url: `${receiver.url}/hook`, events });
  expect(status).toBe(201);
  const { id } = body as { id: number };
  const asked = await api.get(`/webhooks/${id}/secret`);
  return { id, secret: (asked.body as { secret: string }).secret };
}

async function subscribe(): Promise<void> {
  const { body } = await api.post('/subscribers', { name: 'Joy' });
  await api.post(`/subscribers/${(body as { id: number }).id}/assign`, { plan: 'Home' });
}

test('each is told of what it wants, from when it was added, with a signature of its own', async () => {
  await subscribe();
  const first = await hook(crm, ['subscriber.added', 'subscription.started']);
  await hook(books);
  await subscribe();
  await deliver();
  expect(toldOf(crm)).toEqual(['subscriber.added', 'subscription.started']);
  expect(toldOf(books)).toEqual(['subscriber.added', 'subscription.started', 'invoice.issued']);
  const { body, headers } = crm.taken[0]!;
  const signature = createHmac('sha256', first.secret).update(body).digest('hex');
  expect(headers['x-pisonet-signature']).toBe(`sha256=${signature}`);
  await deliver();
  expect(crm.came).toHaveLength(2);
});

test('one that fails holds up no other, says why, and has everything once it is changed', async () => {
  const { id } = await hook(crm, ['subscriber.added']);
  await hook(books, ['subscriber.added']);
  crm.status = 500;
  await subscribe();
  await deliver();
  expect(toldOf(books)).toEqual(['subscriber.added']);
  expect((await api.get(`/webhooks/${id}`)).body).toMatchObject({
    ...{ failures: 1, lastError: expect.stringContaining('500'), sentAt: null },
  });
  crm.status = 200;
  const changed = await api.ask('PATCH', `/webhooks/${id}`, { body: { url: `${crm.url}/new` } });
  expect(changed).toMatchObject({ status: 200, body: { events: ['subscriber.added'] } });
  await deliver();
  expect(crm.taken.map(({ path }) => path)).toEqual(['/new']);
  expect((await api.get('/webhooks')).body).toMatchObject({
    items: [{ id, failures: 0, lastError: null }, { events: ['subscriber.added'] }],
  });
});

test('one that was removed is told nothing any more; its secret is in no list, and no bad address is taken', async () => {
  const { id, secret } = await hook(crm);
  expect(JSON.stringify((await api.get('/webhooks')).body)).not.toContain(secret);
  const headers = { 'idempotency-key': 'once' };
  await api.ask('POST', '/webhooks', { body: { url: crm.url }, headers });
  const kept: unknown[] = await api.shop.app.db('api_answers');
  expect(JSON.stringify(kept)).not.toContain('secret');
  expect((await api.ask('DELETE', `/webhooks/${id + 1}`)).status).toBe(204);
  expect((await api.ask('DELETE', `/webhooks/${id}`)).status).toBe(204);
  await subscribe();
  await deliver();
  expect(crm.came).toEqual([]);
  expect((await api.get(`/webhooks/${id}`)).status).toBe(404);
  for (const url of ['ftp://example.com', 'http://192.168.88.1:8728/', 'https://a:b@example.com']) {
    expect((await api.post('/webhooks', { url })).status).toBe(422);
  }
  expect((await api.post('/webhooks', { url: crm.url, events: ['no.event'] })).status).toBe(422);
  expect((await api.get('/webhooks')).body).toEqual({ items: [], next: null });
});
