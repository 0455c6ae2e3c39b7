import fc from 'fast-check';
import { TestApp } from '../support/test-app';
import { DAY } from '../support/builders';

/** A billing run up to a day to come: it makes invoices, and takes nobody's line today. */

jest.setTimeout(120_000);

const PLAN = { price: '300', billing_cycle: 'monthly' };

let shop: TestApp;
beforeEach(async () => {
  const profiles = [
    { name: 'Home', ...PLAN },
    { name: 'Fast', ...PLAN, price: '600', rate_down: '9M' },
    { name: 'Day', ...PLAN, price: '10', billing_cycle: 'daily' },
  ];
  shop = await TestApp.start({ profiles });
  shop.clock.set('2027-01-01T02:00:00Z'); // ten in the morning in Manila
});
afterEach(() => shop.close());

const subscribers = () => shop.app.services.subscribers;
const billing = () => shop.app.services.billing;
const midnight = (day: string) => new Date(`${day}T00:00:00+08:00`);
const statusOf = async (id: number) => (await subscribers().find(id)).status;
const invoicesOf = (subscriberId: number) => shop.app.stores.invoices.list({ subscriberId });

async function subscribe(plan = 'Home', from?: Date): Promise<number> {
  const { id } = await subscribers().add({ name: 'Joy' }, 'maria');
  await subscribers().edit(id, { login: `joy${id}`, password: 'a secret' }, 'maria');
  await subscribers().assign(id, { plan }, from, 'maria');
  return id;
}

test('suspends nobody for what is due later, and everybody when it is', async () => {
  const id = await subscribe();
  expect(await billing().run(midnight('2027-02-20'))).toEqual({
    ...{ invoices: 1, changes: 0, suspended: 0 },
  });
  expect(await statusOf(id)).toBe('active');
  shop.clock.advance(10 * DAY - 1);
  expect((await billing().run(midnight('2027-02-20'))).suspended).toBe(0);
  shop.clock.advance(1);
  expect((await billing().run(midnight('2027-02-20'))).suspended).toBe(1);
  expect(await statusOf(id)).toBe('suspended');
});

test('an invoice made ahead is due after its cycle has begun, not before', async () => {
  const id = await subscribe();
  await billing().run(midnight('2027-02-01'));
  const due = (await invoicesOf(id)).map(({ dueAt }) => dueAt);
  expect(due).toEqual([new Date('2027-01-08T02:00:00Z'), midnight('2027-02-08')]);
});

test('a subscription that is to end later has no invoice after that, and lasts until then', async () => {
  const id = await subscribe();
  await subscribers().changePlan(id, null, 'cycle-end', 'maria');
  expect((await billing().run(midnight('2027-03-20'))).changes).toBe(0);
  expect(await statusOf(id)).toBe('active');
  expect(await invoicesOf(id)).toHaveLength(1);
  shop.clock.set(midnight('2027-02-01').toISOString());
  expect((await billing().run()).changes).toBe(1);
  expect(await statusOf(id)).toBe('cancelled');
});

test('leaves everybody’s status and access as they are now', async () => {
  const planned = fc.record({
    plan: fc.constantFrom('Home', 'Fast', 'Day', null),
    days: fc.integer({ min: 1, max: 60 }),
  });
  await fc.assert(
    fc.asyncProperty(
      ...[fc.constantFrom('Home', 'Day'), fc.array(planned, { maxLength: 3 })],
      ...[fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 60 })],
      async (plan, changes, waited, ahead) => {
        const id = await subscribe(plan);
        for (const { plan: to, days } of changes) {
          const at = new Date(shop.clock.now().getTime() + days * DAY);
          await subscribers().changePlan(id, to === null ? null : { plan: to }, at, 'maria');
        }
        shop.clock.advance(waited * DAY);
        const now = async () => ({
          status: await statusOf(id),
          access: await shop.app.stores.vouchers.accessOf(id),
        });
        await billing().run();
        const before = await now();
        await billing().run(new Date(shop.clock.now().getTime() + ahead * DAY));
        expect(await now()).toEqual(before);
      },
    ),
    { numRuns: 20 },
  );
});

test('tells for how many cycles to come there would be invoices', async () => {
  await subscribe();
  const ahead = (day: string) => billing().cyclesAhead(midnight(day));
  expect(await ahead('2027-01-31')).toBe(0);
  expect([await ahead('2027-02-01'), await ahead('2027-02-28')]).toEqual([1, 1]);
  expect([await ahead('2027-03-01'), await ahead('2063-02-28')]).toEqual([2, 433]);
  await billing().run(midnight('2027-02-01'));
  expect(await ahead('2027-03-01')).toBe(2); // one of them is there already
  await subscribe('Day', midnight('2027-04-01'));
  expect(await ahead('2027-04-02')).toBe(3); // of the other
  expect(await ahead('2027-04-11')).toBe(11);
});
