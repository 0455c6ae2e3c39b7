import { OPERATIONS } from '../../src/web/api/operations';
import type { Operation } from '../../src/web/api/operation';
import { SCOPES } from '../../src/store/staff/token-store';
import { ApiShop, type ApiRequest } from '../support/api-shop';

/** Every operation of the table: with each scope, with good and with bad requests. A new one has to be added here. */

jest.setTimeout(60_000);

const PLAN = { price: '5', rate_up: '1M', rate_down: '2M', validity: '1h' };
const MONTHLY = { price: '300', rate_up: '1M', rate_down: '2M', billing_cycle: 'monthly' };

let api: ApiShop;
beforeAll(async () => {
  api = await ApiShop.open({
    profiles: [
      { name: 'P5' },
      { ...MONTHLY, name: 'Home' },
      { ...MONTHLY, name: 'Fast', price: '600' },
    ],
  });
});
afterAll(() => api.close());

interface Good extends ApiRequest {
  /** In place of the one of the table. */
  path?: string;
  query?: string;
}

const services = () => api.shop.app.services;
let made = 0;

async function voucher(): Promise<string> {
  const { vouchers } = await services().batches.generate({ plan: 'P5', count: 1 }, 'test');
  return vouchers[0]!.code;
}

async function webhook(): Promise<number> {
  const draft = { url: 'https://example.com/hook', events: null };
  return services().webhooks.add(draft, 'test');
}

/** With a login, and with a plan unless told otherwise. */
async function subscriber(plan: string | undefined = 'Home'): Promise<number> {
  made += 1;
  const draft = { name: `Joy ${made}`, login: `joy${made}`, password: 'secret' };
  const { id } = await services().subscribers.add(draft, 'test');
  if (plan !== '') await services().subscribers.assign(id, { plan }, undefined, 'test');
  return id;
}

const pendingChange = async () => {
  const to = { plan: 'Fast' };
  return services().subscribers.changePlan(await subscriber(), to, 'cycle-end', 'test');
};

const online = async () => {
  const { phone } = await api.shop.online();
  await api.shop.reconcile();
  return phone;
};

const invoice = async () => (await services().billing.invoices(await subscriber()))[0]!.id;

const etagOf = async (path: string) => ({
  'if-match': (await api.get(path)).headers.get('etag')!,
});

/** A request that is done, for each operation. */
const GOOD: Record<string, () => Promise<Good>> = {
  listPlans: () => Promise.resolve({ query: 'status=active&onSale=true&limit=2' }),
  addPlan: () => Promise.resolve({ body: { ...PLAN, name: 'New one' } }),
  getPlan: () => Promise.resolve({ path: '/plans/p5' }),
  replacePlan: async () => ({
    ...{ path: '/plans/P5', headers: await etagOf('/plans/P5') },
    body: { ...PLAN, name: 'P5', price: '6', alerts: [80, 90] },
  }),
  archivePlan: async () => {
    await services().plans.add({ ...PLAN, name: 'Old/one' }, 'test');
    return { path: '/plans/Old%2Fone/archive' };
  },
  listVouchers: async () => ({ query: `text=${(await voucher()).slice(0, 4)}&status=unused` }),
  makeVouchers: () => Promise.resolve({ body: { plan: 'P5', count: 3, note: 'kiosk' } }),
  getVoucher: async () => ({ path: `/vouchers/${await voucher()}` }),
  changeVoucher: async () => ({
    path: `/vouchers/${await voucher()}`,
    body: { note: 'table 4', seller: 'Rosa', external_id: 'x-1', metadata: { door: 'blue' } },
  }),
  redeemVoucher: async () => ({
    ...{ path: `/vouchers/${await voucher()}/redeem`, body: { ip: api.shop.phone().address } },
  }),
  extendVoucher: async () => ({
    ...{ path: `/vouchers/${await voucher()}/extend`, body: { seconds: 60 } },
  }),
  revokeVoucher: async () => ({ path: `/vouchers/${await voucher()}/revoke` }),
  unrevokeVoucher: async () => {
    const code = await voucher();
    await services().vouchers.revoke(code, 'test');
    return { path: `/vouchers/${code}/unrevoke` };
  },
  listSessions: () => Promise.resolve({}),
  logOutDevice: async () => ({ path: `/sessions/${(await online()).mac}/log-out` }),
  getDevicePolicy: async () => ({ path: `/devices/${(await online()).mac}/policy` }),
  listLimits: () => Promise.resolve({ query: 'limit=1' }),
  setLimit: () =>
    Promise.resolve({
      path: `/devices/${api.shop.phone().mac}/limit`,
      body: { rateUp: 64_000, rateDown: 64_000, until: '2027-01-01T00:00:00+08:00' },
    }),
  removeLimit: async () => {
    const { mac } = api.shop.phone();
    await services().devices.setLimit(mac as never, { up: 1_000, down: 1_000 }, null, 'test');
    return { path: `/devices/${mac}/limit` };
  },
  getUsage: async () => ({ query: `range=month&day=2026-11-21&voucher=${await voucher()}` }),
  getTopUsage: () => Promise.resolve({ query: 'range=year&by=voucher&limit=3' }),
  getSubscriberUsage: async () => ({
    ...{ path: `/subscribers/${await subscriber()}/usage`, query: 'from=2026-11-01&limit=3' },
  }),
  getVoucherQuota: async () => ({ path: `/vouchers/${await voucher()}/quota` }),
  projectVoucher: async () => ({
    ...{ path: `/vouchers/${await voucher()}/projection`, body: { bytes: 1_000 } },
  }),
  listRouters: () => Promise.resolve({}),
  listAlerts: () => Promise.resolve({}),
  listEvents: () => Promise.resolve({ query: 'after=1&limit=2' }),
  clearAlert: async () => {
    const { journal } = api.shop.app.stores;
    await journal.raise('wan down', 'uplink', 'The uplink is down', api.shop.clock.now());
    const [alert] = await services().alerts.open();
    return { path: `/alerts/${alert!.id}/clear` };
  },
  getSales: () => Promise.resolve({ query: 'from=2026-11-01&to=2026-11-30&by=day' }),
  listSubscribers: () => Promise.resolve({ query: 'status=active' }),
  addSubscriber: () => Promise.resolve({ body: { name: 'Ana', loginKind: 'pppoe', login: 'ana' } }),
  getSubscriber: async () => ({ path: `/subscribers/${await subscriber()}` }),
  changeSubscriber: async () => {
    const path = `/subscribers/${await subscriber()}`;
    return {
      path,
      headers: await etagOf(path),
      body: { notes: 'blue gate', discountPercent: 2.5 },
    };
  },
  suspendSubscriber: async () => ({
    ...{ path: `/subscribers/${await subscriber()}/suspend`, body: { reason: 'away' } },
  }),
  resumeSubscriber: async () => {
    const id = await subscriber();
    await services().subscribers.suspend(id, '', 'test');
    return { path: `/subscribers/${id}/resume` };
  },
  getSubscriberPolicy: async () => ({ path: `/subscribers/${await subscriber()}/policy` }),
  getSubscriberQuota: async () => ({ path: `/subscribers/${await subscriber()}/quota` }),
  projectSubscriber: async () => ({
    ...{ path: `/subscribers/${await subscriber()}/projection`, body: { bytes: 0 } },
  }),
  getSubscription: async () => ({ path: `/subscribers/${await subscriber('')}/subscription` }),
  assignPlan: async () => ({
    path: `/subscribers/${await subscriber('')}/assign`,
    body: { plan: 'Home', price: 25_000, from: '2026-11-20' },
  }),
  changePlan: async () => ({
    ...{ path: `/subscribers/${await subscriber()}/change-plan`, body: { plan: 'Fast' } },
  }),
  cancelSubscription: async () => ({
    ...{ path: `/subscribers/${await subscriber()}/cancel`, body: { when: '2026-12-24' } },
  }),
  resetCycle: async () => {
    const path = `/subscribers/${await subscriber()}/reset-cycle`;
    api.shop.clock.advance(60_000);
    return { path };
  },
  listPlanChanges: async () => ({ query: `subscriber=${(await pendingChange()).subscriberId}` }),
  dropPlanChange: async () => ({ path: `/plan-changes/${(await pendingChange()).id}` }),
  processPlanChanges: () => Promise.resolve({}),
  listInvoices: async () => ({ query: `status=issued&subscriber=${await subscriber()}` }),
  getInvoice: async () => ({ path: `/invoices/${await invoice()}` }),
  issueInvoice: async () => {
    const id = await subscriber('');
    await services().subscribers.assign(id, { plan: 'Home' }, new Date('2027-03-01'), 'test');
    await services().billing.run(new Date('2027-03-02'), true);
    return { path: `/invoices/${(await services().billing.invoices(id))[0]!.id}/issue` };
  },
  voidInvoice: async () => ({
    ...{ path: `/invoices/${await invoice()}/void`, body: { reason: 'typed twice' } },
  }),
  recordUsage: async () => ({ body: { subscriber: await subscriber(), bytesUp: 5, bytesDown: 7 } }),
  listWebhooks: () => Promise.resolve({}),
  addWebhook: () =>
    Promise.resolve({ body: { url: 'https://example.com/hook', events: ['invoice.paid'] } }),
  getWebhook: async () => ({ path: `/webhooks/${await webhook()}` }),
  getWebhookSecret: async () => ({ path: `/webhooks/${await webhook()}/secret` }),
  changeWebhook: async () => ({ path: `/webhooks/${await webhook()}`, body: { events: null } }),
  removeWebhook: async () => ({ path: `/webhooks/${await webhook()}` }),
  makeInvoice: async () => ({
    body: { subscriber: await subscriber(), lines: [{ text: 'cable', amount: 5_00 }] },
  }),
  addCharge: async () => ({
    path: `/subscribers/${await subscriber()}/charges`,
    body: { text: 'cable', amount: -500 },
  }),
  listPayments: () => Promise.resolve({ query: 'from=2026-11-01&to=2026-11-30' }),
  getPayment: async () => {
    const money = { amount: 500, currency: 'PHP' };
    const payment = { subscriberId: await subscriber(), money };
    return { path: `/payments/${await services().billing.pay(payment, 'test')}` };
  },
  takePayment: async () => ({
    ...{ path: `/subscribers/${await subscriber()}/payments`, body: { amount: 1 } },
  }),
  refundPayment: async () => {
    const subscriberId = await subscriber();
    const money = { amount: 500, currency: 'PHP' };
    await services().billing.pay({ subscriberId, money }, 'test');
    return { path: `/subscribers/${subscriberId}/refunds`, body: { amount: 500, note: 'moved' } };
  },
};

/** Parameters of the right kind, of things that need not be there. */
const samplePath = ({ path }: Operation) =>
  path
    .replace('{id}', '1')
    .replace('{code}', 'ABCDEFGH')
    .replace('{mac}', '02:00:00:00:00:99')
    .replace('{name}', 'P5');

const send = ({ method, path }: Operation, { path: own, query, ...request }: Good) =>
  api.ask(method.toUpperCase(), `${own ?? path}${query ? `?${query}` : ''}`, request);

/** Rows of the audit and of the journal of money. */
async function entriesBy(who: string): Promise<number> {
  const { db } = api.shop.app;
  const audited: unknown[] = await db('audit').where({ who }).orWhereLike('detail', `%"${who}"%`);
  const booked: unknown[] = await db('money_journal').where({ entered_by: who });
  return audited.length + booked.length;
}

test('there is a good request for every operation', () => {
  expect(Object.keys(GOOD).sort()).toEqual(OPERATIONS.map(({ id }) => id).sort());
});

/** They are posted, and change nothing; changes of plan are not due in this test. */
const ONLY_LOOKS = ['projectVoucher', 'projectSubscriber', 'processPlanChanges'];

describe.each(OPERATIONS.map((one) => [one.id, one] as const))('%s', (id, operation) => {
  const method = operation.method.toUpperCase();

  test('does what is asked with the least scope, answers as documented, and says who did it', async () => {
    const good = await GOOD[id]!();
    const before = await entriesBy(`token ${operation.scope} program`);
    // With a key the work joins one transaction: none may wait for what waits for it.
    const key = method === 'POST' ? { 'idempotency-key': id } : {};
    const { status, body } = await send(operation, {
      token: api.tokens[operation.scope],
      ...good,
      headers: { ...good.headers, ...key },
    });
    expect({ status, body }).toMatchObject({
      status: operation.answer ? (operation.status ?? 200) : 204,
    });
    // Nothing but what the schema has.
    expect(operation.answer ? operation.answer.parse(body) : undefined).toEqual(body);
    const written = (await entriesBy(`token ${operation.scope} program`)) - before;
    expect([id, written > 0]).toEqual([id, method !== 'GET' && !ONLY_LOOKS.includes(id)]);
  });

  test('is refused without a token, and with each lower scope', async () => {
    const path = samplePath(operation);
    expect((await api.ask(method, path, { token: null })).status).toBe(401);
    for (const scope of SCOPES.slice(0, SCOPES.indexOf(operation.scope))) {
      const refused = await api.ask(method, path, { token: api.tokens[scope] });
      expect(refused).toMatchObject({
        status: 403,
        body: { type: 'urn:pisonet:problem:not-allowed', status: 403 },
      });
    }
  });

  test('refuses what it does not know, naming it', async () => {
    const path = samplePath(operation);
    if (operation.query) {
      expect(await api.ask(method, `${path}?colour=red`)).toMatchObject({
        status: 422,
        body: { errors: [{ parameter: 'colour' }] },
      });
    }
    if (!operation.body) return;
    const { status, body } = await api.ask(method, path, { body: { colour: 'red' } });
    expect(status).toBe(422);
    const { errors } = body as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toContain('#/colour');
    expect((await api.ask(method, path, { body: [1] })).status).toBe(422);
    expect((await api.ask(method, path, { body: '{' })).status).toBe(400);
  });
});
