import { TestApp } from '../support/test-app';

/** Time that was charged in advance, and what changed in it since: every invoice counts, not the newest alone. */

jest.setTimeout(120_000);

const MONTHLY = { billing_cycle: 'monthly' };

let shop: TestApp;
beforeEach(async () => {
  const profiles = [
    { name: 'Home', ...MONTHLY, price: '300', setup_fee: '500' },
    { name: 'Fast', ...MONTHLY, price: '2000', rate_down: '9M' },
    { name: 'Weekly', price: '70', billing_cycle: 'weekly' },
  ];
  shop = await TestApp.start({ profiles });
  shop.clock.set('2027-01-01T02:00:00Z'); // ten in the morning in Manila
  await billing().setRules({ graceDays: 300 }, 'maria');
});
afterEach(() => shop.close());

const subscribers = () => shop.app.services.subscribers;
const billing = () => shop.app.services.billing;
const midnight = (day: string) => new Date(`${day}T00:00:00+08:00`);
const invoicesOf = (subscriberId: number) => shop.app.stores.invoices.list({ subscriberId });
const owed = async (id: number) => (await billing().account(id)).owed;
const linesOf = async (id: number) =>
  (await shop.app.stores.invoices.linesOf(id)).map(({ kind, text, amount }) => [
    kind,
    text,
    amount,
  ]);

async function subscribe(plan = 'Fast'): Promise<number> {
  const { id } = await subscribers().add({ name: 'Joy' }, 'maria');
  await subscribers().assign(
    id,
    { plan, price: plan === 'Fast' ? 300_00 : undefined },
    undefined,
    'maria',
  );
  return id;
}

test.each([0, 1, 3])('a change of plan reaches all of %i invoices made ahead', async (ahead) => {
  const id = await subscribe();
  await billing().run(midnight(`2027-0${ahead + 1}-01`));
  await subscribers().changePlan(id, { plan: 'Fast' }, 'now', 'maria');
  shop.clock.set('2027-05-01T00:00:00Z');
  await billing().run();
  const totals = (await invoicesOf(id)).map(({ total }) => total);
  expect(totals.slice(0, ahead + 1)).toEqual(Array.from({ length: ahead + 1 }, () => 300_00));
  expect(await owed(id)).toBe(5 * 2_000_00); // January to May
});

test('of drafts made ahead what changes is owed with them', async () => {
  const id = await subscribe();
  await billing().run(midnight('2027-02-01'), true);
  await subscribers().changePlan(id, { plan: 'Fast' }, 'now', 'maria');
  shop.clock.set('2027-03-01T00:00:00Z');
  await billing().run();
  const [, draft, last] = await invoicesOf(id);
  expect([draft!.status, last!.status]).toEqual(['draft', 'draft']);
  await expect(billing().issue(last!.id, 'maria')).rejects.toThrow('Issue draft 2 first');
  await billing().issue(draft!.id, 'maria');
  await billing().issue(last!.id, 'maria');
  expect(await owed(id)).toBe(3 * 2_000_00);
});

test('a plan with another cycle gives back all that was charged ahead, and the end does', async () => {
  const id = await subscribe();
  await billing().run(midnight('2027-03-01'));
  await subscribers().changePlan(id, { plan: 'Weekly' }, 'cycle-end', 'maria');
  shop.clock.set('2027-02-01T00:00:00Z');
  await billing().run();
  expect(await linesOf((await invoicesOf(id)).at(-1)!.id)).toEqual([
    ['credit', 'Fast', -300_00],
    ['credit', 'Fast', -300_00],
    ['plan', 'Weekly', 70_00],
  ]);
  await subscribers().changePlan(id, null, 'now', 'maria');
  expect(await owed(id)).toBe(300_00);
});

test('what a later change replaced before it began is of no account', async () => {
  const id = await subscribe();
  await subscribers().changePlan(id, { plan: 'Fast' }, midnight('2027-02-15'), 'maria');
  await billing().run(midnight('2027-03-01'));
  await subscribers().resetCycle(id, 'maria');
  await subscribers().changePlan(id, null, 'now', 'maria');
  expect(await owed(id)).toBe(0);
});

test('a line gives back at most what it charged, however parts are counted since', async () => {
  await billing().setRules({ prorateBy: 'second' }, 'maria');
  const id = await subscribe();
  shop.clock.set('2027-01-11T02:00:00Z');
  await subscribers().changePlan(id, { plan: 'Fast' }, 'now', 'maria');
  await billing().run(midnight('2027-02-01'));
  await billing().setRules({ prorateBy: 'day' }, 'maria');
  shop.clock.advance(1);
  await subscribers().changePlan(id, null, 'now', 'maria');
  const total = (await invoicesOf(id)).reduce((sum, one) => sum + one.total, 0);
  const days = Date.parse('2027-01-11T02:00:00Z') - midnight('2027-01-01').getTime();
  expect(total).toBe(Math.round((300_00 * days) / (31 * 86_400_000)));
});

test('the set-up fee is asked once, and comes again after the invoice that asked is void', async () => {
  const id = await subscribe('Home');
  const [first] = await invoicesOf(id);
  expect(await linesOf(first!.id)).toEqual([
    ['plan', 'Home', 300_00],
    ['setup fee', 'Home', 500_00],
  ]);
  await billing().void(first!.id, 'mistyped', 'maria');
  shop.clock.set('2027-02-01T00:00:00Z');
  await billing().run();
  shop.clock.set('2027-03-01T00:00:00Z');
  await billing().run();
  expect((await invoicesOf(id)).map(({ total }) => total)).toEqual([800_00, 800_00, 300_00]);
});
