import { clearBooks } from '../../src/store/clear-books';
import { TestApp } from '../support/test-app';
import { HOUR } from '../support/builders';

/** The journal proves itself; these compare the books with it, so that a row that was changed by hand is named. */

const HOME = { name: 'Home', price: '300', billing_cycle: 'monthly' };

let shop: TestApp;
let sold: string;
beforeEach(async () => {
  shop = await TestApp.start({ profiles: [{ name: 'P5', price: '5' }, HOME] });
  const { subscribers, billing, sales, drawers } = shop.app.services;
  const { id } = await subscribers.add({ name: 'Joy' }, 'maria');
  await subscribers.assign(id, { plan: 'Home' }, undefined, 'maria');
  await billing.pay({ subscriberId: id, money: peso(101_00) }, 'ana');
  await billing.pay({ subscriberId: id, money: peso(-1_00) }, 'maria');
  await subscribers.changePlan(id, null, 'now', 'maria');
  await billing.void(2, 'mistyped', 'maria');
  sold = (await shop.online()).code;
  await sales.void(sold, 'sold twice', 'maria');
  await drawers.open('maria', peso(500_00), 'maria');
  await drawers.count('maria', peso(499_00), 'maria');
});
afterEach(() => shop.close());

const peso = (amount: number) => ({ amount, currency: 'PHP' });
const verify = () => shop.app.services.money.verify();

test('books that nobody touched are as the journal has them', async () => {
  expect(await verify()).toMatchObject({ fault: undefined, differences: [] });
});

test.each([
  [
    'payment 1',
    'changed',
    (one: TestApp) => one.app.db('payments').where({ id: 1 }).update({ amount_minor: 900_00 }),
  ],
  [
    'payment 2',
    'changed',
    (one: TestApp) => one.app.db('payments').where({ id: 2 }).update({ currency: 'USD' }),
  ],
  ['payment 1', 'removed', (one: TestApp) => one.app.db('payments').where({ id: 1 }).delete()],
  [
    'payment 3',
    'not in the journal',
    (one: TestApp) =>
      one.app.db('payments').insert({
        ...{ subscriber_id: 1, amount_minor: 5, currency: 'PHP', method: 'cash', note: '' },
        ...{ at: '2027-01-01T00:00:00.000Z', taken_by: 'ana' },
      }),
  ],
  [
    'invoice 1',
    'changed',
    (one: TestApp) => one.app.db('invoices').where({ id: 1 }).update({ total_minor: 1 }),
  ],
  [
    'lines of invoice 1',
    'changed',
    (one: TestApp) => one.app.db('invoice_lines').where({ id: 1 }).update({ amount_minor: 1 }),
  ],
  [
    'void invoice 1',
    'not in the journal',
    (one: TestApp) => one.app.db('invoices').where({ id: 1 }).update({ status: 'void' }),
  ],
  [
    'void invoice 2',
    'removed',
    (one: TestApp) => one.app.db('invoices').where({ id: 2 }).update({ status: 'issued' }),
  ],
  ['refund of CODE', 'removed', (one: TestApp) => one.app.db('sale_voids').delete()],
  [
    'refund of CODE',
    'changed',
    (one: TestApp) => one.app.db('sale_voids').update({ price_minor: 1 }),
  ],
  [
    'drawer 1',
    'changed',
    (one: TestApp) => one.app.db('drawers').update({ counted_minor: 500_00 }),
  ],
])('%s that was %s by hand is named', async (what, how, tamper) => {
  await tamper(shop);
  const { fault, differences } = await verify();
  expect(fault).toBeUndefined();
  const named = differences.map((one) => [one.what.replace(sold, 'CODE'), one.how]);
  expect(named).toContainEqual([what, how]);
  expect(named.filter(([one]) => one !== what && one !== 'lines of invoice 1')).toEqual([]);
});

test('what is left in the journal alone after the books were cleared is no difference', async () => {
  const at = shop.clock.now();
  await clearBooks(shop.app.db, { at, by: 'maria', currency: 'PHP' });
  expect(await verify()).toMatchObject({ fault: undefined, differences: [] });
  shop.clock.advance(HOUR);
  const { id } = await shop.app.services.subscribers.add({ name: 'Ana' }, 'maria');
  await shop.app.services.billing.pay({ subscriberId: id, money: peso(7) }, 'ana');
  expect((await verify()).differences).toEqual([]);
  await shop.app.db('payments').update({ amount_minor: 8 });
  expect((await verify()).differences).toHaveLength(1);
});
