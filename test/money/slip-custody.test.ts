import { TestApp } from '../support/test-app';

/** Printed slips in the hands of sellers: what was given, what came back, and the money in between. */

let shop: TestApp;
let batch: number;
let codes: string[];

beforeEach(async () => {
  shop = await TestApp.start({ profiles: [{ name: 'P20', price: '20' }] });
  const made = await shop.app.services.batches.generate({ plan: 'P20', count: 10 }, 'maria');
  batch = made.batch;
  codes = made.vouchers.map(({ code }) => code);
});

afterEach(() => shop.close());

const custodies = () => shop.app.services.slipCustodies;
const use = async (count: number) => {
  for (const code of codes.splice(0, count)) await shop.redeem(shop.phone(), code);
};
const journal = async () => {
  const rows = await shop.app.services.money.list();
  return rows.map(({ kind, amount, seller, subject }) => [kind, amount, seller, subject]);
};
const inTotal = async () => {
  const rows = await shop.app.services.money.list();
  return rows.reduce((sum, { amount }) => sum + amount, 0);
};
const alerts = async () =>
  (await shop.app.services.alerts.open())
    .filter(({ kind }) => kind === 'slips differ')
    .map(({ message }) => message);

test('what is used was sold by who has the slips, and all others are back: nothing to tell', async () => {
  await custodies().give(batch, 'ana', 'maria');
  await use(4);
  const { count } = await custodies().count(batch, 6, 'maria');
  expect(count).toMatchObject({ unused: 6, back: 6, settlement: null });
  expect(await alerts()).toEqual([]);
  expect((await shop.app.services.money.list()).map(({ seller }) => seller)).toEqual(
    Array.from({ length: 4 }, () => 'ana'),
  );
  // What came back is the shop's to sell.
  const [next] = codes;
  await use(1);
  expect((await journal()).at(-1)).toEqual(['sale', 20_00, 'maria', next]);
  await expect(custodies().settle(1, 'paid', 'maria')).rejects.toThrow('nothing to settle');
});

test('missing slips that are paid for are money once, whether they are used later or not', async () => {
  await shop.app.services.drawers.open('ana', { amount: 0, currency: 'PHP' }, 'ana');
  await custodies().give(batch, 'ana', 'maria');
  await use(3);
  await custodies().count(batch, 5, 'maria');
  expect(await alerts()).toEqual([
    `Unused slips of batch ${batch} that ana did not bring back: 2, worth ₱40.00. See Money > Drawers.`,
  ]);
  expect(await inTotal()).toBe(60_00);
  await custodies().settle(1, 'paid', 'maria');
  expect(await inTotal()).toBe(100_00);
  expect((await journal()).at(-1)).toEqual(['payment', 40_00, 'maria', 'slips 1']);
  expect(await alerts()).toEqual([]); // settled: nothing is left to do
  await expect(custodies().settle(1, 'paid', 'maria')).rejects.toThrow('nothing to settle');

  await use(2);
  expect(await inTotal()).toBe(100_00);
  await use(1);
  expect(await inTotal()).toBe(120_00);
  expect((await shop.app.services.money.verify()).fault).toBeUndefined();
  const drawer = await shop.app.services.drawers.count(
    'ana',
    { amount: 60_00, currency: 'PHP' },
    'ana',
  );
  expect(drawer.count).toMatchObject({ expected: 60_00, counted: 60_00 });
});

test('missing slips that are written off are in no drawer when they are used', async () => {
  await shop.app.services.drawers.open('maria', { amount: 0, currency: 'PHP' }, 'maria');
  await custodies().give(batch, 'ana', 'maria');
  await custodies().count(batch, 9, 'maria');
  await custodies().settle(1, 'written off', 'maria');
  await use(1);
  expect(await inTotal()).toBe(0);
  await use(1);
  const { count } = await shop.app.services.drawers.count(
    'maria',
    { amount: 20_00, currency: 'PHP' },
    'maria',
  );
  expect(count).toMatchObject({ expected: 20_00 });
});

test('a slip that is still there though its code was used is told', async () => {
  await custodies().give(batch, 'ana', 'maria');
  await use(2);
  await custodies().count(batch, 9, 'maria');
  expect(await alerts()).toEqual([
    `Slips of batch ${batch} that ana brought back though their codes are used: 1. See Money > Drawers.`,
  ]);
});

test('a batch is with one seller at a time, and no more comes back than was given', async () => {
  await custodies().give(batch, 'ana', 'maria');
  await expect(custodies().give(batch, 'ben', 'maria')).rejects.toThrow('with a seller already');
  await expect(custodies().count(batch, 11, 'maria')).rejects.toThrow('was given 10 slips');
  await custodies().count(batch, 10, 'maria');
  await expect(custodies().count(batch, 10, 'maria')).rejects.toThrow('Nobody has slips');
  await custodies().give(batch, 'ANA ', 'maria');
  expect((await custodies().list()).map(({ seller }) => seller)).toEqual(['ana', 'ana']);
  await use(10);
  await custodies().count(batch, 0, 'maria');
  await expect(custodies().give(batch, 'ana', 'maria')).rejects.toThrow('no unused vouchers');
  await expect(custodies().give(99, 'ana', 'maria')).rejects.toThrow('no batch 99');
});

test('two who use the last missing slip at once are one covered and one sale', async () => {
  await custodies().give(batch, 'ana', 'maria');
  await custodies().count(batch, 9, 'maria');
  await custodies().settle(1, 'paid', 'maria');
  const phones = [shop.phone(), shop.phone()];
  await Promise.all(phones.map((phone, n) => shop.redeem(phone, codes[n]!)));
  expect(await inTotal()).toBe(40_00);
  expect((await custodies().list())[0]!.coveredLeft).toBe(0);
});
