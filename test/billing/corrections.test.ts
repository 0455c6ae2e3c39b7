import { TestApp } from '../support/test-app';
import { DAY, MINUTE } from '../support/builders';

/** What is taken back of an invoice, whatever became of discounts, taxes and prices since. */

jest.setTimeout(120_000);

const PLAN = { price: '1000', billing_cycle: 'monthly' };

let shop: TestApp;
beforeEach(async () => {
  const profiles = [
    { name: 'Home', ...PLAN },
    { name: 'Fast', ...PLAN, price: '2000', rate_down: '9M' },
    { name: 'Weekly', ...PLAN, price: '300', billing_cycle: 'weekly' },
  ];
  shop = await TestApp.start({ profiles });
  shop.clock.set('2027-01-01T02:00:00Z'); // ten in the morning in Manila
  await billing().setRules({ graceDays: 3_650 }, 'maria'); // nobody is suspended
});
afterEach(() => shop.close());

const subscribers = () => shop.app.services.subscribers;
const billing = () => shop.app.services.billing;
const invoicesOf = (subscriberId: number) => shop.app.stores.invoices.list({ subscriberId });

async function subscribe(discount = 0): Promise<number> {
  const { id } = await subscribers().add({ name: 'Joy', discount }, 'maria');
  await subscribers().assign(id, { plan: 'Home' }, undefined, 'maria');
  return id;
}

const change = (id: number, plan: string | null, when: 'now' | Date = 'now') =>
  subscribers().changePlan(id, plan === null ? null : { plan }, when, 'maria');
const owed = async (id: number) => (await billing().account(id)).owed;

describe('a credit has the discount and tax that were charged', () => {
  test.each([
    ['a discount that ended', [5_000, 0], [0, 0]],
    ['a discount that came later', [0, 10_000], [0, 0]],
    ['a tax that ended', [0, 0], [1_200, 0]],
    ['a tax that came later', [0, 0], [0, 1_200]],
    ['both', [1_000, 2_500], [1_200, 500]],
  ])('%s: a plan cancelled on its first day costs nothing', async (_, discounts, taxes) => {
    await billing().setRules({ tax: taxes[0]! }, 'maria');
    const id = await subscribe(discounts[0]);
    await subscribers().edit(id, { discount: discounts[1]! }, 'maria');
    await billing().setRules({ tax: taxes[1]! }, 'maria');
    await change(id, null);
    const [charged, credited] = await invoicesOf(id);
    expect(credited!.total).toBe(-charged!.total);
    expect(await owed(id)).toBe(0);
  });

  test('the rest of a promo is credited as a promo, and the new plan charged without it', async () => {
    const id = await subscribe(5_000);
    await subscribers().edit(id, { discount: 0 }, 'maria');
    shop.clock.set('2027-01-11T02:00:00Z');
    await change(id, 'Fast');
    shop.clock.set('2027-01-31T16:00:00Z');
    await billing().run();
    const lines = await billing().linesOf((await invoicesOf(id))[1]!.id);
    const from = new Date('2027-01-11T02:00:00Z');
    expect(lines.map(({ kind, amount, period }) => [kind, amount, period?.startedAt])).toEqual([
      ...[['credit', -677_42, from], ['discount', 338_71, from]], // 21 of 31 days
      ['charge', 1_354_84, from],
      ['plan', 2_000_00, new Date('2027-01-31T16:00:00Z')],
    ]); // prettier-ignore
  });

  test('an invoice on which the plan and a credit cancel out still knows its discount', async () => {
    const id = await subscribe(5_000);
    await subscribers().changePlan(id, { plan: 'Weekly', price: 1_000_00 }, 'now', 'maria');
    expect((await invoicesOf(id)).map(({ total }) => total)).toEqual([500_00, 0]);
    await subscribers().edit(id, { discount: 0 }, 'maria');
    shop.clock.advance(MINUTE);
    await change(id, null);
    expect(await owed(id)).toBe(0);
  });
});

describe('a charge is taken back once', () => {
  test('an invoice that a later one credits cannot be void before that one is', async () => {
    const id = await subscribe();
    await change(id, null);
    const [charged, credited] = await invoicesOf(id);
    await expect(billing().void(charged!.id, 'mistyped', 'maria')).rejects.toThrow(
      'Void invoice 2 first: it already gives back part of this one',
    );
    expect(await owed(id)).toBe(0);
    await billing().void(credited!.id, 'mistyped', 'maria');
    await billing().void(charged!.id, 'mistyped', 'maria');
    expect(await owed(id)).toBe(0);
    const asked = await shop.app.services.money.list();
    expect(asked.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
  });

  test('a draft that credits is named by its id', async () => {
    const id = await subscribe();
    await change(id, 'Fast');
    shop.clock.set('2027-01-31T16:00:00Z');
    await billing().run(shop.clock.now(), true);
    const [charged] = await invoicesOf(id);
    await expect(billing().void(charged!.id, 'mistyped', 'maria')).rejects.toThrow(
      'Void draft 2 first',
    );
  });

  test('what a draft charges is not owed, so nothing of it is given back before it is issued', async () => {
    const id = await subscribe();
    shop.clock.set('2027-01-31T16:00:00Z');
    await billing().run(shop.clock.now(), true);
    shop.clock.advance(MINUTE);
    await change(id, null);
    expect(await owed(id)).toBe(1_000_00);
    const [, draft, credit] = await invoicesOf(id);
    expect([draft!.status, credit!.status]).toEqual(['draft', 'draft']);
    await expect(billing().issue(credit!.id, 'maria')).rejects.toThrow('Issue draft 2 first');
    await billing().issue(draft!.id, 'maria');
    await billing().issue(credit!.id, 'maria');
    expect(await owed(id)).toBe(1_000_00);
  });

  test('what is void is not credited, and what a void invoice credited is credited by the next', async () => {
    const id = await subscribe();
    shop.clock.set('2027-01-11T02:00:00Z');
    await change(id, 'Fast');
    shop.clock.set('2027-01-31T16:00:00Z');
    await billing().run();
    await billing().void((await invoicesOf(id))[1]!.id, 'mistyped', 'maria');
    shop.clock.advance(DAY);
    await change(id, null);
    const left = (await invoicesOf(id)).filter(({ status }) => status !== 'void');
    expect(left.map(({ total }) => total)).toEqual([1_000_00, 1_354_84 - 677_42]);
  });
});
