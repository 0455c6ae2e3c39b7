import type { Code } from '../../src/domain/vouchers/voucher-code';
import { ApiShop } from '../support/api-shop';

/** Subscribers, their plans, invoices and payments by the API; the books are those of the pages. */

const PLAN = { billing_cycle: 'monthly', rate_up: '2M', rate_down: '5M' };
let api: ApiShop;

beforeEach(async () => {
  api = await ApiShop.open({
    profiles: [
      { name: 'Home', price: '300', data_cap: '1GB', throttle_policy: 'block', ...PLAN },
      { name: 'Fast', price: '600', ...PLAN, rate_down: '20M' },
      { name: 'P5' },
    ],
  });
  api.shop.clock.set('2027-01-09T18:00:00Z'); // 2 in the night of the 10th in Manila
});
afterEach(() => api.close());

async function joy(): Promise<string> {
  const body = { name: 'Joy', login: 'joy', password: 'secret' };
  const added = await api.post('/subscribers', body);
  expect(added).toMatchObject({ status: 201, body: { login: 'joy', hasPassword: true } });
  expect(JSON.stringify(added.body)).not.toContain('secret');
  const path = `/subscribers/${(added.body as { id: number }).id}`;
  const assigned = await api.post(`${path}/assign`, { plan: 'Home' });
  expect(assigned.body).toMatchObject({ cycleEndsAt: '2027-02-09T16:00:00.000Z' });
  return path;
}

const itemsOf = async (path: string) =>
  ((await api.get(path)).body as { items: Record<string, unknown>[] }).items;

test('a subscriber is added, found page by page, and changed by one at a time', async () => {
  const path = await joy();
  await api.post('/subscribers', { name: 'Ana' });
  const first = await api.get('/subscribers?limit=1');
  expect(first.body).toMatchObject({ items: [{ name: 'Ana' }], next: expect.any(String) });
  const { next } = first.body as { next: string };
  const second = await api.get(`/subscribers?limit=1&cursor=${next}`);
  expect(second.body).toMatchObject({ items: [{ name: 'Joy' }], next: null });

  const etag = (await api.get(path)).headers.get('etag')!;
  const change = (body: object) => api.ask('PATCH', path, { body, headers: { 'if-match': etag } });
  expect(await change({ discountPercent: 12.5 })).toMatchObject({
    ...{ status: 200, body: { name: 'Joy', login: 'joy', discountPercent: 12.5 } },
  });
  expect((await change({ name: 'Joyce' })).status).toBe(412);
  expect((await api.get(path)).body).toMatchObject({ name: 'Joy' });
  expect(await api.post('/subscribers', { name: 'Joy 2', login: 'joy' })).toMatchObject({
    ...{ status: 409, body: { type: 'urn:pisonet:problem:conflict' } },
  });
});

test('a plan is assigned, changed at the end of the cycle, and the change cancelled', async () => {
  const path = await joy();
  expect((await api.get(`${path}/subscription`)).body).toMatchObject({
    ...{ plan: 'Home', cycle: 'monthly', owed: { amount: 30_000, currency: 'PHP' }, pending: [] },
  });
  const changed = await api.post(`${path}/change-plan`, { plan: 'fast', when: 'cycle-end' });
  expect(changed.body).toMatchObject({ plan: 'Fast', at: '2027-02-09T16:00:00.000Z' });
  const [pending] = await itemsOf('/plan-changes');
  expect(pending).toMatchObject({ plan: 'Fast', subscriberId: 1, by: 'token admin program' });
  const drop = () => api.ask('DELETE', `/plan-changes/${String(pending!.id)}`);
  expect((await drop()).status).toBe(204);
  expect((await drop()).status).toBe(409);

  await api.post(`${path}/change-plan`, { plan: 'Fast', when: '2027-01-20' });
  api.shop.clock.advance(15 * 86_400_000);
  expect((await api.post('/plan-changes/process')).body).toMatchObject({ changes: 1 });
  expect((await api.get(`${path}/subscription`)).body).toMatchObject({ plan: 'Fast', pending: [] });
  const late = await api.post(`${path}/assign`, { plan: 'Home' });
  expect(late.status).toBe(409);
  const old = await api.post('/subscribers', { name: 'Old' });
  const of = `/subscribers/${(old.body as { id: number }).id}/assign`;
  expect((await api.post(of, { plan: 'Home', from: '1999-01-01' })).status).toBe(422);
});

test('invoices are paid, refunded at most by what was paid, and voided', async () => {
  const path = await joy();
  const [issued] = await itemsOf('/invoices');
  expect(issued).toMatchObject({ number: 1, status: 'issued', total: { amount: 30_000 } });
  const invoice = `/invoices/${String(issued!.id)}`;
  expect((await api.get(invoice)).body).toMatchObject({
    lines: [{ kind: 'plan', money: { amount: 30_000, currency: 'PHP' } }],
  });
  const { sell } = api.tokens;
  const pay = { amount: 30_000, method: 'gcash' };
  const key = { token: sell, headers: { 'idempotency-key': 'receipt-7' } };
  const paid = await api.post(`${path}/payments`, pay, key);
  expect(paid.status).toBe(201);
  expect((await api.post(`${path}/payments`, pay, key)).body).toEqual(paid.body);
  expect((await api.get(invoice)).body).toMatchObject({ status: 'paid' });
  expect(await itemsOf('/payments?subscriber=1')).toMatchObject([
    { money: { amount: 30_000 }, method: 'gcash', by: 'token sell program' },
  ]);

  const refund = (amount: number) => api.post(`${path}/refunds`, { amount });
  expect((await refund(30_001)).status).toBe(409);
  expect((await api.post(`${path}/refunds`, { amount: 1 }, { token: sell })).status).toBe(403);
  expect((await refund(10_000)).status).toBe(201);
  expect((await api.post(`${invoice}/void`, { reason: '' })).status).toBe(422);
  const voided = await api.post(`${invoice}/void`, { reason: 'typed twice' });
  expect(voided.body).toMatchObject({ status: 'void', voidReason: 'typed twice' });
  expect((await api.get(`${path}/subscription`)).body).toMatchObject({ owed: { amount: -20_000 } });
  expect(await api.shop.app.services.money.verify()).toMatchObject({ fault: undefined });
});

test('a reset cycle begins at once, with usage at zero and the rest of the old one credited', async () => {
  const path = await joy();
  const phone = api.shop.phone();
  const logIn = async () => {
    const host = (await api.shop.controller.whoIsAt(phone.address))!;
    const typed = { password: 'secret' };
    await api.shop.app.services.redemptions.redeem('joy' as Code, host, typed);
  };
  await logIn();
  phone.download('700M');
  await api.shop.reconcile();
  const quota = async () => (await api.get(`${path}/quota`)).body;
  expect(await quota()).toMatchObject({ usedBytes: 700_000_000, cap: { leftBytes: 300_000_000 } });
  expect((await api.get(`${path}/policy`)).body).toMatchObject({
    ...{ login: 'joy', devices: [{ mac: phone.mac, reason: 'full speed', rateDown: 5_000_000 }] },
  });
  const project = await api.post(`${path}/projection`, { bytes: 400_000_000 });
  expect(project.body).toMatchObject({ wouldExceed: true });

  api.shop.clock.advance(5 * 86_400_000);
  const reset = await api.post(`${path}/reset-cycle`);
  expect(reset.body).toMatchObject({ cycleEndsAt: '2027-02-14T16:00:00.000Z' });
  await api.shop.reconcile();
  expect(await quota()).toMatchObject({ usedBytes: 0, cap: { leftBytes: 1_000_000_000 } });
  phone.download('100M');
  await api.shop.reconcile();
  expect(await quota()).toMatchObject({ usedBytes: 100_000_000 });
  // 26 of the 31 days were paid in advance.
  const [second] = await itemsOf('/invoices');
  expect(second).toMatchObject({ number: 2, total: { amount: 30_000 - 25_161 } });
  expect(phone.online).toBe(true);
});

test('suspended, resumed, charged and cancelled', async () => {
  const path = await joy();
  expect((await api.post(`${path}/suspend`, { reason: 'away' })).body).toMatchObject({
    ...{ status: 'suspended', suspendedFor: 'by hand' },
  });
  expect((await api.post(`${path}/suspend`, {})).status).toBe(409);
  expect((await api.post(`${path}/resume`)).body).toMatchObject({ status: 'active' });
  const charge = { text: 'cable', amount: 15_000 };
  expect((await api.post(`${path}/charges`, charge)).status).toBe(204);
  const cancelled = await api.post(`${path}/cancel`, { when: 'now' });
  expect(cancelled.body).toMatchObject({ plan: null });
  expect((await api.get(path)).body).toMatchObject({ status: 'cancelled' });
  expect((await api.get(`${path}/quota`)).status).toBe(404);
  // The login of a subscriber is no voucher.
  expect((await api.get('/vouchers/joy')).status).toBe(404);
});
