import { TestApp } from '../support/test-app';
import { DAY } from '../support/builders';

/** Subscribers whose circumstances change: they leave and come back, the plan is edited, the currency is another. */

jest.setTimeout(120_000);

const MONTHLY = { billing_cycle: 'monthly', rate_up: '1M', rate_down: '3M' };
const PROFILES = [
  { name: 'Home', ...MONTHLY, price: '310', setup_fee: '100' },
  { name: 'Fast', ...MONTHLY, price: '620', rate_down: '9M' },
  { name: 'Old', ...MONTHLY, price: '100' },
  { name: 'Dollar', ...MONTHLY, price: '10', currency: 'USD' },
];

let shop: TestApp;
beforeEach(async () => {
  shop = await TestApp.start({ profiles: PROFILES });
  shop.clock.set('2027-01-01T02:00:00Z'); // ten in the morning in Manila
  await billing().setRules({ graceDays: 300 }, 'maria');
});
afterEach(() => shop.close());

const subscribers = () => shop.app.services.subscribers;
const billing = () => shop.app.services.billing;
const invoicesOf = (subscriberId: number) => shop.app.stores.invoices.list({ subscriberId });
const owed = async (id: number) => (await billing().account(id)).owed;
const pay = (id: number, amount: number, currency = 'PHP') =>
  billing().pay({ subscriberId: id, money: { amount, currency } }, 'ana');

async function subscribe(plan = 'Home'): Promise<number> {
  const { id } = await subscribers().add(
    { name: 'Joy', login: 'joy', password: 'secret' },
    'maria',
  );
  await subscribers().assign(id, { plan }, undefined, 'maria');
  return id;
}

describe('who cancelled comes back', () => {
  test('later: with a new cycle from that day, no second set-up fee, and what they still owe', async () => {
    const id = await subscribe();
    shop.clock.advance(10 * DAY);
    await subscribers().changePlan(id, null, 'now', 'maria');
    expect(await shop.app.stores.vouchers.accessOf(id)).toBeUndefined();
    expect(await owed(id)).toBe(100_00 + 100_00); // ten of 31 days, and the fee
    shop.clock.advance(30 * DAY);
    await subscribers().assign(id, { plan: 'Fast' }, undefined, 'maria');
    expect(await subscribers().find(id)).toMatchObject({ status: 'active', login: 'joy' });
    expect((await shop.app.stores.vouchers.accessOf(id))?.code).toBe('joy');
    expect(await owed(id)).toBe(200_00 + 620_00);
    const last = (await invoicesOf(id)).at(-1)!;
    expect(last.cycle.startedAt).toEqual(new Date('2027-02-10T00:00:00+08:00'));
    shop.clock.set('2027-03-10T00:00:00+08:00');
    await billing().run();
    expect(await owed(id)).toBe(200_00 + 2 * 620_00);
  });

  test.each(['day', 'second'] as const)(
    'on the same day, by the %s: it costs one cycle',
    async (prorateBy) => {
      await billing().setRules({ prorateBy }, 'maria');
      const id = await subscribe('Fast');
      await subscribers().changePlan(id, null, 'now', 'maria');
      shop.clock.advance(60_000);
      await subscribers().assign(id, { plan: 'Fast' }, undefined, 'maria');
      const total = await owed(id);
      const morning = prorateBy === 'day' ? 0 : Math.round((620_00 * 10) / (31 * 24));
      expect(total).toBe(620_00 + morning);
      await subscribers().changePlan(id, null, 'now', 'maria');
      expect(await owed(id)).toBe(morning);
    },
  );

  test('to begin on a day to come', async () => {
    const id = await subscribe('Fast');
    await subscribers().changePlan(id, null, 'now', 'maria');
    await subscribers().assign(
      id,
      { plan: 'Fast' },
      new Date('2027-03-01T00:00:00+08:00'),
      'maria',
    );
    expect(await owed(id)).toBe(0);
    shop.clock.set('2027-03-01T00:00:00+08:00');
    await billing().run();
    expect(await owed(id)).toBe(620_00);
  });
});

describe('a void invoice', () => {
  test('is not charged again, unless that is asked for: then at today’s discount', async () => {
    const id = await subscribe('Fast');
    const [first] = await invoicesOf(id);
    await subscribers().edit(id, { discount: 1_000 }, 'maria');
    await billing().void(first!.id, 'no discount', 'maria', { chargeAgain: true });
    expect((await invoicesOf(id)).map(({ status, total }) => [status, total])).toEqual([
      ['void', 620_00],
      ['issued', 558_00],
    ]);
    expect(await owed(id)).toBe(558_00);
    await subscribers().changePlan(id, null, 'now', 'maria');
    expect(await owed(id)).toBe(0);
  });

  test('of a cycle to come is charged when it begins, and those after it are not charged twice', async () => {
    const id = await subscribe('Fast');
    await billing().run(new Date('2027-04-15T00:00:00+08:00'));
    const [, february] = await invoicesOf(id);
    await billing().void(february!.id, 'too early', 'maria', { chargeAgain: true });
    expect(await owed(id)).toBe(3 * 620_00);
    shop.clock.set('2027-05-15T00:00:00+08:00');
    await billing().run();
    const left = (await invoicesOf(id)).filter(({ status }) => status !== 'void');
    expect(left.map(({ cycle }) => cycle.startedAt.toISOString().slice(0, 7)).toSorted()).toEqual([
      ...['2026-12', '2027-01', '2027-02', '2027-03', '2027-04'], // UTC
    ]);
    expect(await owed(id)).toBe(5 * 620_00);
  });

  test('of somebody who cancelled, or that charged no cycle, is not', async () => {
    const id = await subscribe('Fast');
    await subscribers().changePlan(id, null, 'now', 'maria');
    const [first, credit] = await invoicesOf(id);
    const again = { chargeAgain: true };
    await expect(billing().void(credit!.id, 'x', 'maria', again)).rejects.toThrow(
      'charged no cycle',
    );
    await billing().void(credit!.id, 'x', 'maria');
    await expect(billing().void(first!.id, 'x', 'maria', again)).rejects.toThrow('is cancelled');
    expect((await invoicesOf(id))[0]!.status).toBe('issued');
  });
});

describe('a plan that subscribers have', () => {
  const edit = (keys: object) =>
    shop.app.services.plans.edit('Home', { ...PROFILES[0], ...keys }, 'maria');

  test('keeps its cycle and currency, and says how many have it; the price may change', async () => {
    await edit({ billing_cycle: 'daily' });
    await edit({});
    const id = await subscribe();
    await expect(edit({ billing_cycle: 'daily', price: '20' })).rejects.toThrow(
      'Subscribers on Home: 1. Its billing cycle and currency stay as they are',
    );
    await expect(edit({ currency: 'USD' })).rejects.toThrow('Subscribers on Home: 1');
    await edit({ price: '400' });
    await subscribers().changePlan(id, { plan: 'Fast' }, 'cycle-end', 'maria');
    await expect(edit({ billing_cycle: 'weekly' })).rejects.toThrow('Subscribers on Home: 1');
    shop.clock.set('2027-02-01T00:00:00+08:00');
    await billing().run();
    await edit({ billing_cycle: 'weekly' });
    await subscribers().changePlan(id, { plan: 'Old' }, 'cycle-end', 'maria');
    const old = { ...PROFILES[2], billing_cycle: 'daily' };
    await expect(shop.app.services.plans.edit('Old', old, 'maria')).rejects.toThrow('on Old: 1');
  });

  test('and is not on sale any more stays theirs, at another price too; others do not get it', async () => {
    const id = await subscribe('Old');
    await shop.app.services.plans.set('Old', { status: 'archived' }, 'maria');
    await subscribers().changePlan(id, { plan: 'Old', price: 50_00 }, 'cycle-end', 'maria');
    const { id: other } = await subscribers().add({ name: 'Ana' }, 'maria');
    const assigned = subscribers().assign(other, { plan: 'Old' }, undefined, 'maria');
    await expect(assigned).rejects.toThrow('Old is not on sale (archived)');
    const { id: third } = await subscribers().add({ name: 'Ben' }, 'maria');
    await subscribers().assign(third, { plan: 'Home' }, undefined, 'maria');
    const changed = subscribers().changePlan(third, { plan: 'Old' }, 'now', 'maria');
    await expect(changed).rejects.toThrow('Old is not on sale (archived)');
  });
});

describe('one currency at a time', () => {
  test('a plan in another currency is not given to subscribers', async () => {
    const id = await subscribe();
    const text = 'Dollar is priced in USD; subscribers pay in PHP';
    await expect(subscribers().changePlan(id, { plan: 'Dollar' }, 'now', 'maria')).rejects.toThrow(
      text,
    );
    await expect(pay(id, 5, 'USD')).rejects.toThrow('Payments are only taken in PHP');
  });

  test('where the shop changed its currency, the old is settled by itself and the new by itself', async () => {
    const id = await subscribe('Fast');
    shop.app.services.shop.get().currency = 'USD';
    await subscribers().changePlan(id, { plan: 'Dollar' }, 'now', 'maria');
    shop.clock.set('2027-02-01T00:00:00+08:00');
    await billing().run();
    const asked = (await invoicesOf(id)).map(({ total, currency }) => [total, currency]);
    expect(asked).toEqual([
      [620_00, 'PHP'],
      [-620_00, 'PHP'],
      [20_00, 'USD'], // January and February
    ]);
    expect(await billing().account(id)).toMatchObject({ owed: 20_00, owedElse: [] });
    await pay(id, 20_00, 'USD');
    await pay(id, 7_00, 'PHP'); // it was asked for once
    expect(await billing().account(id)).toMatchObject({
      ...{ owed: 0, owedElse: [{ amount: -7_00, currency: 'PHP' }] },
    });
    const { invoices } = await billing().account(id);
    expect(invoices.every(({ status }) => status === 'paid')).toBe(true);
    await expect(pay(id, -8_00, 'PHP')).rejects.toThrow('more than was paid');
  });
});

test('prepaid: without days and grace the line is there while there is credit, and again after a payment', async () => {
  await billing().setRules({ dueDays: 0, graceDays: 0 }, 'maria');
  const { id } = await subscribers().add({ name: 'Joy' }, 'maria');
  await pay(id, 620_00);
  await subscribers().assign(id, { plan: 'Fast' }, undefined, 'maria');
  expect((await subscribers().find(id)).status).toBe('active');
  shop.clock.set('2027-02-01T00:00:00+08:00');
  await billing().run();
  expect((await subscribers().find(id)).status).toBe('suspended');
  shop.clock.advance(DAY);
  await pay(id, 620_00);
  expect((await subscribers().find(id)).status).toBe('active');
  expect(await owed(id)).toBe(0);
});

test('the same form sent twice is one payment, and one charge', async () => {
  const id = await subscribe('Fast');
  const money = { amount: 50_00, currency: 'PHP' };
  const payment = { subscriberId: id, money, orderKey: 'ana 1 abc' };
  const ids = await Promise.all([billing().pay(payment, 'ana'), billing().pay(payment, 'ana')]);
  expect(ids[0]).toBe(ids[1]);
  const charge = { text: 'cable', money, orderKey: 'ana 1 abc' };
  await Promise.all([
    subscribers().charge(id, charge, 'ana'),
    subscribers().charge(id, charge, 'ana'),
  ]);
  expect(await shop.app.stores.invoices.openCharges(id)).toHaveLength(1);
  expect(await owed(id)).toBe(570_00);
});
