import fc from 'fast-check';
import { OPERATIONS } from '../../src/web/api/operations';
import { ApiShop } from '../support/api-shop';
import { runs } from '../support/program/run-counts';
import { requestsOf, type ApiDocument, type SchemaRequest } from '../support/schema-requests';

/**
 * Thousands of requests made from the document: whatever is asked, in whatever order, no bug answers, answers are as
 * documented, and afterwards the books agree with themselves.
 */

jest.setTimeout(600_000);

const PLAN = { rate_up: '1M', rate_down: '2M' };
const PROFILES = [
  { name: 'P5', price: '5', validity: '1h', ...PLAN },
  { name: 'Two', price: '8', validity: '1d', users: '2', data_cap: '1GB', ...PLAN },
  { name: 'Home', price: '300', billing_cycle: 'monthly', data_cap: '10GB', ...PLAN },
  { name: 'Daily', price: '20', billing_cycle: 'daily', ...PLAN },
];
const REQUESTS = runs(5_000, 600);
/** Each token may make so many in a minute. */
const OF_ONE_TOKEN = 1_000;

let api: ApiShop;
beforeAll(async () => {
  api = await ApiShop.open({ profiles: PROFILES });
});
afterAll(() => api.close());

const byId = new Map(OPERATIONS.map((one) => [one.id, one]));

/** What the requests may name: things that are there, and a few that are not. */
async function known() {
  const phones = Array.from({ length: 12 }, () => api.shop.phone());
  const { vouchers } = await api.shop.app.services.batches.generate(
    { plan: 'Two', count: 15 },
    'test',
  );
  for (const [n, { code }] of vouchers.slice(0, 4).entries()) {
    await api.shop.redeem(phones[n]!, code);
  }
  const names = fc.constantFrom('P5', 'Two', 'Home', 'Daily', 'home', 'No such plan');
  const id = fc.integer({ min: 1, max: 9 });
  return {
    ...{ name: names, plan: names, id, subscriber: id },
    code: fc.constantFrom(...vouchers.map(({ code }) => code), 'NOSUCHCODE'),
    mac: fc.constantFrom<string>(...phones.map(({ mac }) => mac)),
    ip: fc.constantFrom(...phones.map(({ address }) => address), '10.5.250.1'),
    login: fc.constantFrom('joy', 'ana', 'ben', null),
    ...{ rate_up: fc.constantFrom('1M', '512K'), rate_down: fc.constantFrom('2M', '3M') },
    ...{ price: fc.constantFrom('5', '300', 100, 20_000), validity: fc.constantFrom('1h', '2d') },
    billing_cycle: fc.constantFrom('monthly', 'daily', 'none'),
    amount: fc.constantFrom(1, 500, 20_000, -300),
    range: fc.constantFrom('day', 'month'),
    prefix: fc.constantFrom('', 'AB'),
    count: fc.integer({ min: 1, max: 5 }),
    length: fc.integer({ min: 6, max: 12 }),
    seller: fc.constantFrom('', 'maria'),
    cursor: fc.constant(Buffer.from('from 3').toString('base64url')),
  };
}

async function send({ id, method, path, body }: SchemaRequest, token: string) {
  const operation = byId.get(id)!;
  // As a program that has just read it.
  const headers = operation.ifMatch ? { 'if-match': '*' } : {};
  const answer = await api.ask(method, path, { body, token, headers });
  const asked = { id, method, path, body };
  if (answer.status >= 500) throw new Error(JSON.stringify({ asked, answer: answer.body }));
  if (answer.status >= 400) {
    expect(answer.body).toMatchObject({ status: answer.status, detail: expect.any(String) });
    return answer.status;
  }
  const parsed = operation.answer?.safeParse(answer.body);
  if (parsed && !parsed.success) {
    throw new Error(JSON.stringify({ asked, answer: answer.body, wrong: parsed.error.issues }));
  }
  return answer.status;
}

test('no bug, and books that agree with themselves', async () => {
  const document = (await api.get('/openapi.json')).body as ApiDocument;
  const requests = requestsOf(document, await known());
  const done = new Map<string, number>();
  let sent = 0;
  let token = '';
  await fc.assert(
    fc.asyncProperty(requests, fc.integer({ min: 1, max: 3_600_000 }), async (request, ms) => {
      if (sent % OF_ONE_TOKEN === 0) token = await newToken(sent);
      if (sent % 50 === 0) await api.shop.reconcile();
      sent += 1;
      api.shop.clock.advance(ms / 60);
      const status = await send(request, token);
      if (status < 300) done.set(request.id, (done.get(request.id) ?? 0) + 1);
    }),
    // Each request meets the books that those before it left.
    { numRuns: REQUESTS, endOnFailure: true },
  );
  expect(sent).toBe(REQUESTS);
  // Enough of them was done to have changed something.
  expect(done.size).toBeGreaterThan(OPERATIONS.length / 3);
  await expectWholeBooks();
});

async function newToken(after: number): Promise<string> {
  const name = `program ${after}`;
  return (await api.shop.app.services.tokens.add({ name, scope: 'admin' }, 'test')).token;
}

async function expectWholeBooks(): Promise<void> {
  const { services, stores, db } = api.shop.app;
  expect(await services.money.verify()).toMatchObject({ fault: undefined });

  const invoices = await stores.invoices.list();
  const numbers = invoices.flatMap(({ number }) => number ?? []).sort((a, b) => a - b);
  expect(numbers).toEqual(numbers.map((_, n) => n + 1));
  for (const { id, total } of invoices) {
    const lines = await stores.invoices.linesOf(id);
    expect(lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(total);
  }
  const cycles = invoices.map(
    (one) => `${one.subscriberPlanId} ${one.cycle.startedAt.toISOString()}`,
  );
  expect(new Set(cycles).size).toBe(cycles.length);

  const paid = new Map<number, number>();
  for (const { subscriberId, money } of await stores.payments.list()) {
    paid.set(subscriberId, (paid.get(subscriberId) ?? 0) + money.amount);
  }
  expect([...paid.values()].filter((sum) => sum < 0)).toEqual([]);

  // No code has more devices than were sold with it, and each that was used was sold once.
  const vouchers = await services.vouchers.list({});
  const sales: { subject: string }[] = await db('money_journal').where({ kind: 'sale' });
  const sold = new Map<string, number>();
  for (const { subject } of sales) sold.set(subject, (sold.get(subject) ?? 0) + 1);
  for (const { code, terms, activatedAt } of vouchers) {
    const slots = await stores.sessions.slots(code);
    expect(slots.filter(({ state }) => state !== 'ended').length).toBeLessThanOrEqual(
      terms.devices,
    );
    expect([code, sold.get(code) ?? 0]).toEqual([code, activatedAt ? 1 : 0]);
  }
}
