import { join } from 'node:path';
import type { Knex } from 'knex';
import { Billing } from '../../src/services/billing/billing';
import { noRouter } from '../../src/services/loop/no-router';
import { openDatabase } from '../../src/store/database/database';
import { Stores } from '../../src/store/stores';
import { refuseInserts } from '../support/refuse-inserts';
import { temporaryFolder } from '../support/temporary-folder';
import { TestApp } from '../support/test-app';
import { DAY } from '../support/builders';

/** Billing, whatever happens to the server meanwhile. */

jest.setTimeout(120_000);

const PLAN = { price: '300', billing_cycle: 'monthly' };
const PROFILES = [
  { name: 'Home', ...PLAN },
  { name: 'Fast', ...PLAN, price: '600', rate_down: '9M' },
  { name: 'Year', ...PLAN, price: '3000', billing_cycle: 'annual' },
  { name: 'P5' },
];

let shop: TestApp;

const open = async (database?: string) => {
  shop = await TestApp.start({ profiles: PROFILES, ...(database !== undefined && { database }) });
  shop.clock.set('2027-01-30T16:00:00Z'); // the 31st in Manila begins
  await billing().setRules({ graceDays: 400 }, 'maria'); // nobody is suspended, but where the test is about it
};

afterEach(() => shop.close());

const subscribers = () => shop.app.services.subscribers;
const billing = () => shop.app.services.billing;
const dayText = (at: Date) => new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);

async function subscribe(plan = 'Home', name = 'Joy'): Promise<number> {
  const { id } = await subscribers().add({ name }, 'maria');
  await subscribers().assign(id, { plan }, undefined, 'maria');
  return id;
}

const pay = (subscriberId: number, amount: number) =>
  billing().pay({ subscriberId, money: { amount, currency: 'PHP' } }, 'ana');

async function invoicesOf(id: number) {
  const found = await shop.app.stores.invoices.list({ subscriberId: id });
  return found.map(({ number, status, total, cycle }) => [
    ...[number, status, total, dayText(cycle.startedAt)],
  ]);
}

/** All that must hold whenever nobody is in the middle of anything. */
async function expectWhole(db: Knex, cyclesOfEach: number): Promise<void> {
  const stores = new Stores(db);
  const invoices = await stores.invoices.list();
  expect(invoices.map(({ number }) => number).sort((a, b) => a! - b!)).toEqual(
    invoices.map((_, n) => n + 1),
  );
  const people = await stores.subscribers.list();
  const cycles = invoices.map((one) => `${one.subscriberId} ${one.cycle.startedAt.toISOString()}`);
  expect(new Set(cycles).size).toBe(cycles.length);
  expect(cycles).toHaveLength(people.length * cyclesOfEach);
  for (const { id, total } of invoices) {
    const lines = await stores.invoices.linesOf(id);
    expect(lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(total);
  }
  const asked = (await stores.money.list()).filter(({ kind }) => kind === 'invoice');
  expect(asked.map(({ subject }) => subject)).toEqual(invoices.map((_, n) => `invoice ${n + 1}`));
}

test('a process that dies at any of its statements leaves one invoice for each subscriber and cycle', async () => {
  const name = join(temporaryFolder(), 'books.db');
  await open(name);
  for (let n = 0; n < 3; n += 1) await subscribe('Home', `Subscriber ${n}`);
  const { database } = shop.app.config;
  const address = database.kind === 'sqlite' ? database.file : database.url;
  let died = 0;
  let months = 1;
  for (let at = 1; at <= 60; months += 1) {
    shop.clock.advance(31 * DAY);
    for (let isDone = false; !isDone && at <= 60; at += 1) {
      const db = await openDatabase(address);
      const revive = dieAt(db, at);
      const here = { timeZone: 'Asia/Manila', currency: 'PHP' };
      const run = new Billing(new Stores(db), shop.clock, here, noRouter);
      await run.run().then(
        () => (isDone = true),
        () => (died += 1),
      );
      revive();
      await db.destroy();
    }
  }
  expect(died).toBeGreaterThanOrEqual(50);
  await billing().run();
  const { length } = await invoicesOf(1);
  expect(length).toBeGreaterThan(1);
  await expectWhole(shop.app.db, length);
});

/** From this statement on nothing reaches the database any more, not even a rollback. @returns what ends it */
function dieAt(db: Knex, statement: number): () => void {
  // Each transaction has a client of its own; what they share is the class.
  const clients = Object.getPrototypeOf(db.client) as { query: (...given: unknown[]) => unknown };
  const { query } = clients;
  let count = 0;
  clients.query = function (...given) {
    count += 1;
    if (count >= statement) return Promise.reject(new Error('the process died'));
    return query.apply(this, given);
  };
  return () => (clients.query = query);
}

test('a run that is repeated, or made twice at once, does nothing twice', async () => {
  await open();
  for (let n = 0; n < 4; n += 1) await subscribe('Home', `Subscriber ${n}`);
  shop.clock.advance(30 * DAY);
  await Promise.all([billing().run(), billing().run()]);
  expect(await billing().run()).toEqual({ invoices: 0, changes: 0, suspended: 0 });
  await expectWhole(shop.app.db, 2);
});

test('an invoice whose journal row cannot be written does not exist, nor does its number', async () => {
  await open();
  const id = await subscribe();
  shop.clock.advance(30 * DAY);
  const allow = await refuseInserts(shop.app.db, 'money_journal', 'no room');
  await expect(billing().run()).rejects.toThrow('no room');
  expect(await invoicesOf(id)).toHaveLength(1);
  await allow();
  await billing().run();
  await expectWhole(shop.app.db, 2);
});

test('after months without the server each cycle is invoiced, due from today, and changes were made in time', async () => {
  await open();
  await billing().setRules({ graceDays: 3 }, 'maria');
  const id = await subscribe();
  await pay(id, 300_00);
  await subscribers().changePlan(id, { plan: 'Fast' }, 'cycle-end', 'maria');
  shop.clock.set('2027-05-10T00:00:00Z');
  expect(await billing().run()).toEqual({ invoices: 3, changes: 1, suspended: 0 });
  expect(await invoicesOf(id)).toEqual([
    [1, 'paid', 300_00, '2027-01-31'],
    [2, 'issued', 600_00, '2027-02-28'],
    [3, 'issued', 600_00, '2027-03-31'],
    [4, 'issued', 600_00, '2027-04-30'],
  ]);
  expect((await subscribers().find(id)).status).toBe('active');
  shop.clock.advance(10 * DAY);
  expect((await billing().run()).suspended).toBe(1);
});

test('the server bills by itself, after the clock is trusted', async () => {
  await open();
  const tend = () => shop.clock.passingFor(shop.app.services.historyKeeper.tend());
  const id = await subscribe();
  await tend();
  shop.clock.advance(29 * DAY);
  await tend();
  expect(await invoicesOf(id)).toHaveLength(2);
});

describe('a subscriber', () => {
  beforeEach(() => open());

  test('who does not pay is suspended after the grace, is not charged, and resumes by paying', async () => {
    await billing().setRules({ graceDays: 3 }, 'maria');
    const id = await subscribe();
    await pay(id, 100_00);
    shop.clock.advance(10 * DAY);
    await billing().run();
    const status = async () => (await subscribers().find(id)).status;
    expect(await status()).toBe('suspended');
    await expect(subscribers().resume(id, 'maria')).rejects.toThrow('has not paid');
    shop.clock.advance(33 * DAY); // March 15th: a cycle began on February 28th
    await billing().run();
    expect(await invoicesOf(id)).toHaveLength(1);
    await pay(id, 150_00);
    expect(await status()).toBe('suspended');
    await pay(id, 60_00);
    expect(await status()).toBe('active');
    // 16 of 31 days are left; 10 pesos are there already.
    expect(await invoicesOf(id)).toEqual([
      [1, 'paid', 300_00, '2027-01-31'],
      [2, 'issued', 154_84, '2027-02-28'],
    ]);
    expect((await billing().account(id)).owed).toBe(144_84);
  });

  test('changes plan now: credit and charge are on the next invoice', async () => {
    const id = await subscribe();
    shop.clock.set('2027-02-14T02:00:00Z');
    await subscribers().changePlan(id, { plan: 'Fast' }, 'now', 'maria');
    shop.clock.set('2027-02-28T00:00:00Z');
    await billing().run();
    const [, second] = await shop.app.stores.invoices.list({ subscriberId: id });
    const lines = await shop.app.stores.invoices.linesOf(second!.id);
    expect(lines.map(({ kind, text, amount }) => [kind, text, amount])).toEqual([
      ['credit', 'Home', -150_00],
      ['charge', 'Fast', 300_00],
      ['plan', 'Fast', 600_00],
    ]);
    const { plan } = await subscribers().show(id);
    expect(plan).toMatchObject({ name: 'Fast', kind: 'upgrade', cycle: 'monthly' });
  });

  test('changes to another cycle: it begins with the day, and what is left of the old is credit', async () => {
    const id = await subscribe();
    shop.clock.set('2027-02-14T02:00:00Z');
    await subscribers().changePlan(id, { plan: 'Year', price: 2_800_00 }, 'now', 'maria');
    expect(await invoicesOf(id)).toEqual([
      [1, 'issued', 300_00, '2027-01-31'],
      [2, 'issued', 2_650_00, '2027-02-14'],
    ]);
    shop.clock.set('2028-02-13T16:00:00Z');
    await billing().run();
    expect((await invoicesOf(id)).at(-1)).toEqual([3, 'issued', 2_800_00, '2028-02-14']);
  });

  test('cancels now: the rest is credit, and nothing follows', async () => {
    const id = await subscribe();
    await pay(id, 300_00);
    shop.clock.set('2027-02-14T02:00:00Z');
    await subscribers().changePlan(id, { plan: 'Fast' }, 'cycle-end', 'maria');
    await subscribers().changePlan(id, null, 'now', 'maria');
    expect((await invoicesOf(id)).at(-1)).toEqual([2, 'paid', -150_00, '2027-02-14']);
    expect((await billing().account(id)).owed).toBe(-150_00);
    await pay(id, -150_00);
    await expect(pay(id, -150_01)).rejects.toThrow('You cannot refund more');
    shop.clock.advance(400 * DAY);
    expect(await billing().run()).toEqual({ invoices: 0, changes: 0, suspended: 0 });
    expect(await subscribers().changes()).toEqual([]);
    expect((await billing().account(id)).owed).toBe(0);
    const kinds = (await shop.app.services.money.list()).map(({ kind, amount }) => [kind, amount]);
    expect(kinds).toEqual([
      ...[['invoice', 300_00], ['payment', 300_00]],
      ...[['invoice', -150_00], ['refund', -150_00]],
    ]); // prettier-ignore
  });

  test('has pending changes, which can be dropped', async () => {
    const id = await subscribe();
    const at = new Date('2027-03-15T00:00:00Z');
    const change = await subscribers().changePlan(id, { plan: 'Fast' }, at, 'maria');
    expect(await subscribers().changes(id)).toMatchObject([{ id: change.id, at }]);
    await subscribers().dropChange(change.id, 'maria');
    await expect(subscribers().dropChange(change.id, 'maria')).rejects.toThrow('not pending');
    shop.clock.set('2027-04-01T00:00:00Z');
    expect((await billing().run()).changes).toBe(0);
    const past = subscribers().changePlan(id, { plan: 'Fast' }, at, 'maria');
    await expect(past).rejects.toThrow('That time is past');
  });

  test('has overage, a discount and tax as lines; a void invoice gives its number and overage to nobody else', async () => {
    await billing().setRules({ tax: 1_200 }, 'maria');
    const id = await subscribe();
    await subscribers().edit(id, { discount: 1_000 }, 'maria');
    const overage = {
      kind: 'overage',
      text: '5 GB',
      money: { amount: 50_00, currency: 'PHP' },
    } as const;
    await subscribers().charge(id, overage, 'maria');
    shop.clock.advance(28 * DAY);
    await billing().run();
    const [first, second] = await shop.app.stores.invoices.list({ subscriberId: id });
    const lines = await shop.app.stores.invoices.linesOf(second!.id);
    expect(lines.map(({ kind, amount }) => [kind, amount])).toEqual([
      ...[['plan', 300_00], ['overage', 50_00], ['discount', -30_00], ['tax', 38_40]],
    ]); // prettier-ignore
    await pay(id, first!.total);
    await billing().void(second!.id, 'typing error', 'maria');
    await expect(billing().void(second!.id, 'again', 'maria')).rejects.toThrow('already void');
    expect((await billing().account(id)).owed).toBe(0);
    shop.clock.advance(31 * DAY);
    await billing().run();
    const third = (await shop.app.stores.invoices.list({ subscriberId: id })).at(-1)!;
    expect([third.number, third.total]).toEqual([3, 358_40]);
  });

  test('may have drafts, which take a number when they are issued', async () => {
    const id = await subscribe();
    shop.clock.advance(28 * DAY);
    await billing().run(shop.clock.now(), true);
    const [, draft] = await shop.app.stores.invoices.list({ subscriberId: id });
    expect([draft!.status, draft!.number]).toEqual(['draft', null]);
    expect((await billing().account(id)).owed).toBe(300_00);
    expect(await billing().issue(draft!.id, 'maria')).toBe(2);
    expect((await billing().account(id)).owed).toBe(600_00);
    await expect(billing().issue(draft!.id, 'maria')).rejects.toThrow('issued already');
  });

  test('needs a name, a login of its own, a plan with cycles, and has one plan at a time', async () => {
    const id = await subscribe();
    await subscribers().edit(id, { login: 'joy' }, 'maria');
    await expect(subscribers().add({ name: ' ' }, 'maria')).rejects.toThrow('needs a name');
    const twin = subscribers().add({ name: 'Twin', login: 'joy' }, 'maria');
    await expect(twin).rejects.toThrow('login joy');
    const again = subscribers().assign(id, { plan: 'Fast' }, undefined, 'maria');
    await expect(again).rejects.toThrow('has a plan already');
    const { id: other } = await subscribers().add({ name: 'Ben' }, 'maria');
    const voucher = subscribers().assign(other, { plan: 'P5' }, undefined, 'maria');
    await expect(voucher).rejects.toThrow('sold by the voucher');
    const none = subscribers().changePlan(other, { plan: 'Fast' }, 'now', 'maria');
    await expect(none).rejects.toThrow('no plan to change');
    await expect(subscribers().show(99)).rejects.toThrow('no subscriber 99');
  });
});
