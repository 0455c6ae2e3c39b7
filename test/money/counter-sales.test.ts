import { TestApp } from '../support/test-app';
import type { Mac } from '../../src/domain/units';
import type { Code } from '../../src/domain/vouchers/voucher-code';
import { DAY } from '../support/builders';
import { rangesBetween } from '../../src/domain/shop/shop-day';

/** On which day what is sold at the counter counts. */

let shop: TestApp;
let made = 0;

beforeEach(async () => {
  shop = await TestApp.start({ profiles: [{ name: 'P5' }, { name: 'P20', price: '20' }] });
});

afterEach(() => shop.close());

const sell = async (plan: string, count = 1) =>
  (await shop.app.services.batches.sell({ plan, count, key: `an-order-key-number-${(made += 1)}` }, 'ana')).codes; // prettier-ignore

/** By day: how many were sold and refunded, and how much came in. */
async function days(whose: { seller?: string } = {}) {
  const { spans } = rangesBetween('2026-11-21', '2026-11-24', 'Asia/Manila');
  const { income } = shop.app.services;
  const rows = await income.during(spans, whose);
  const { bySpan, byPlan, bySeller } = await income.tables(spans, whose);
  expect(bySpan).toEqual(rows);
  const total = rows.reduce((sum, row) => sum + row.total.amount, 0);
  for (const table of [byPlan, bySeller]) {
    expect(table.reduce((sum, row) => sum + row.total.amount, 0)).toBe(total);
  }
  return rows.map(({ name, sold, voided, total: { amount } }) => [name, sold, voided, amount]);
}

test('a sale by a tap is of the day of the tap, and a batch of the day of each first use', async () => {
  const [later] = await sell('P5');
  const { vouchers } = await shop.app.services.batches.generate({ plan: 'P20', count: 2 }, 'ana');
  expect(await days()).toEqual([['2026-11-21', 1, 0, 500]]);
  shop.clock.advance(DAY);
  await shop.redeem(shop.phone(), later!);
  await shop.redeem(shop.phone(), vouchers[0]!.code);
  const both = [
    ['2026-11-21', 1, 0, 500],
    ['2026-11-22', 1, 0, 2000],
  ];
  expect(await days()).toEqual(both);
  expect(await days({ seller: 'ana' })).toEqual(both);
  expect(await days({ seller: 'ben' })).toEqual([]);
});

test('what was sold is not deleted, not handed to another seller, and not undone by halves', async () => {
  const codes = await sell('P20', 3);
  const { vouchers, batches } = shop.app.services;
  expect((await vouchers.deleteUnused(codes, 'maria')).done).toEqual([]);
  await expect(batches.handOverOne(codes[0]!, 'ben', 'maria')).rejects.toThrow('was sold');
  const now = shop.clock.now();
  const later = new Date(now.getTime() + 60_000);
  // A customer types one of them just now.
  expect(await shop.app.stores.vouchers.hold(codes[0]! as Code, shop.phone().mac as Mac, now, later)).toBe(true); // prettier-ignore
  await expect(vouchers.undoSale(codes[1]!, 'ana')).rejects.toThrow('Too late');
  expect(await days()).toEqual([['2026-11-21', 3, 0, 6000]]);
});

test('a form whose sale was undone sells nothing when it is sent again', async () => {
  const order = { plan: 'P5', key: 'an-order-key-that-was-undone' };
  const { batches, vouchers } = shop.app.services;
  const { codes } = await batches.sell(order, 'ana');
  await vouchers.undoSale(codes[0]!, 'ana');
  await expect(batches.sell(order, 'ana')).rejects.toThrow('was undone');
});

test('three of a kind are three sales; a refund is of the day on which it was made, used or not', async () => {
  const [first, second] = await sell('P20', 3);
  await shop.redeem(shop.phone(), first!);
  shop.clock.advance(DAY);
  const { sales, vouchers } = shop.app.services;
  await sales.refund(first!, 'Does not work', 'maria');
  await sales.refund(second!, 'Wrong plan', 'maria');
  const refunded = [
    ['2026-11-21', 3, 0, 6000],
    ['2026-11-22', 0, 2, -4000],
  ];
  expect(await days()).toEqual(refunded);
  await expect(sales.refund(second!, 'again', 'maria')).rejects.toThrow('nothing to refund');
  // An undone tap never was.
  await vouchers.undoSale((await sell('P5', 2))[1]!, 'ana');
  expect(await days()).toEqual(refunded);
  expect(await vouchers.list({ status: 'unused' })).toHaveLength(1);
});
