import { hashOf, type MoneyRow } from '../../src/domain/money/money-journal';
import { onPostgres } from '../support/postgres/books';
import { refuseInserts } from '../support/refuse-inserts';
import { TestApp } from '../support/test-app';
import { HOUR } from '../support/builders';

/** Every movement of money, in a chain in which nothing can be changed unseen. */

let shop: TestApp;

beforeEach(async () => {
  shop = await TestApp.start();
});

afterEach(() => shop.close());

const journal = () => shop.app.services.money.list();
const verify = (head?: string) => shop.app.services.money.verify(head);
const inShort = ({ seq, kind, subject, amount, seller, by }: MoneyRow) => [
  ...[seq, kind, subject, amount, seller, by],
];

/** What somebody does who has the database's password and its file. */
async function tamper(how: () => Promise<unknown>): Promise<void> {
  const { db } = shop.app;
  const triggers = ['keep_money_journal_update', 'keep_money_journal_delete'];
  const off = onPostgres
    ? ['alter table money_journal disable trigger all']
    : triggers.map((name) => `drop trigger ${name}`);
  for (const statement of off) await db.raw(statement);
  await how();
}

/** @returns their codes */
async function sell(count: number): Promise<string[]> {
  const codes: string[] = [];
  for (let n = 0; n < count; n += 1) codes.push((await shop.online()).code);
  return codes;
}

test('a first use is a sale, a void gives it back, and a developer’s code is no money', async () => {
  const [first] = await sell(2);
  await shop.redeem(shop.phone(), await shop.code('P5', true));
  await shop.app.services.sales.void(first!, 'sold twice', 'maria');
  const sold = await journal();
  expect(sold.map(inShort)).toEqual([
    [1, 'sale', first, 500, 'test', 'test'],
    [2, 'sale', expect.any(String), 500, 'test', 'test'],
    [3, 'void', first, -500, 'test', 'maria'],
  ]);
  expect(sold.map(({ detail }) => JSON.parse(detail) as unknown)).toEqual([
    ...[{ plan: 'P5' }, { plan: 'P5' }, { reason: 'sold twice' }],
  ]);
  shop.clock.advance(2 * HOUR); // they run out, which is no sale
  await shop.reconcile();
  await shop.reconcile();
  expect(await verify()).toEqual({
    ...{ rows: 3, head: sold[2]!.hash, fault: undefined, differences: [] },
  });
});

test('a sale that cannot be entered in the journal does not happen', async () => {
  const allow = await refuseInserts(shop.app.db, 'money_journal', 'no room');
  const code = await shop.code();
  const phone = shop.phone();
  await expect(shop.redeem(phone, code)).rejects.toThrow();
  expect((await shop.voucher(code)).activatedAt).toBeNull();
  await allow();
  await shop.redeem(phone, code);
  expect((await journal()).map(({ subject }) => subject)).toEqual([code]);
});

test('a day that two programs close at once is closed once', async () => {
  const { money } = shop.app.services;
  await sell(1);
  shop.clock.advance(24 * HOUR);
  const now = shop.clock.now();
  const closed = await Promise.all([money.closeDue(now), money.closeDue(now)]);
  expect(closed.filter((one) => one !== undefined)).toHaveLength(1);
  expect((await journal()).filter(({ kind }) => kind === 'closing')).toHaveLength(1);
});

test('two sales at once get two numbers', async () => {
  const codes = await Promise.all([shop.code(), shop.code(), shop.code()]);
  const phones = codes.map(() => shop.phone());
  await Promise.all(codes.map((code, n) => shop.redeem(phones[n]!, code)));
  expect((await journal()).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect((await verify()).fault).toBeUndefined();
});

test('the database refuses to change or delete a row', async () => {
  await sell(1);
  const { db } = shop.app;
  const words = /never changed or deleted/;
  await expect(db('money_journal').update({ amount_minor: 0 })).rejects.toThrow(words);
  await expect(db('money_journal').delete()).rejects.toThrow(words);
  expect(await journal()).toHaveLength(1);
});

describe('one row of nine is', () => {
  let rows: MoneyRow[];
  const table = () => shop.app.db('money_journal');

  beforeEach(async () => {
    await sell(9);
    rows = await journal();
    expect((await verify(rows[4]!.hash)).fault).toBeUndefined();
  });

  test.each(['amount_minor', 'seller', 'at', 'detail', 'subject'])(
    'altered in its %s: found and named',
    async (column) => {
      await tamper(() => table().where({ seq: 5 }).update({ [column]: column === 'at' ? '2026-01-01T00:00:00.000Z' : 7 })); // prettier-ignore
      expect((await verify()).fault).toEqual({ seq: 5, what: 'altered' });
    },
  );

  test('altered, its hash made to fit: found and named', async () => {
    const hash = hashOf({ ...rows[4]!, amount: 1 });
    await tamper(() => table().where({ seq: 5 }).update({ amount_minor: 1, hash }));
    expect((await verify()).fault).toEqual({ seq: 5, what: 'altered' });
  });

  test('removed: found and named, even if those after it are renumbered', async () => {
    await tamper(() => table().where({ seq: 5 }).delete());
    expect((await verify()).fault).toEqual({ seq: 5, what: 'removed' });
    for (let seq = 6; seq <= 9; seq += 1)
      await table()
        .where({ seq })
        .update({ seq: seq - 1 });
    expect((await verify()).fault).toEqual({ seq: 5, what: 'removed' });
  });

  test('put in between: found and named, even with a hash that fits', async () => {
    const like = (await table().where({ seq: 5 }).first()) as object;
    const { hash: before } = rows[3]!;
    await tamper(async () => {
      for (let seq = 9; seq >= 5; seq -= 1)
        await table()
          .where({ seq })
          .update({ seq: seq + 1 });
      if (onPostgres)
        await shop.app.db.raw('alter table money_journal drop constraint money_journal_previous_hash_unique'); // prettier-ignore
      else await shop.app.db.raw('drop index money_journal_previous_hash_unique');
      const hash = hashOf({ ...rows[4]!, seq: 5, amount: 9, previousHash: before });
      await table().insert({ ...like, seq: 5, amount_minor: 9, previous_hash: before, hash });
    });
    expect((await verify()).fault).toEqual({ seq: 5, what: 'put in between' });
  });

  test('the last one, removed: only the head that was printed tells', async () => {
    const { head } = await verify();
    await tamper(() => table().where({ seq: 9 }).delete());
    expect((await verify()).fault).toBeUndefined();
    expect((await verify(head)).fault).toEqual({ seq: 9, what: 'removed' });
  });
});

describe('at the end of the day', () => {
  const close = (day?: string) => shop.app.services.money.closeDay('maria', day);
  const sums = ({ totals }: Awaited<ReturnType<typeof close>>) =>
    totals.map(({ kind, count, amount }) => [kind, count, amount]);

  test('all that moved since the last closing is added up, each row once', async () => {
    const [first] = await sell(3);
    await shop.app.services.sales.void(first!, 'sold twice', 'maria');
    shop.clock.advance(1_000);
    const today = await close();
    expect([today.day, ...sums(today)]).toEqual([
      ...['2026-11-21', ['sale', 3, 1500], ['void', 1, -500]],
    ]);
    await sell(1); // after the closing: the next one has it
    await expect(close()).rejects.toThrow('2026-11-21 is already closed');
    shop.clock.advance(24 * HOUR);
    await sell(2);
    shop.clock.advance(24 * HOUR);
    await sell(5); // of the day after
    const next = await close('2026-11-22');
    expect(sums(next)).toEqual([['sale', 3, 1500]]);
    const rows = await journal();
    expect(rows.at(-1)).toMatchObject({ kind: 'closing', subject: '2026-11-22', amount: 1500 });
    expect((await verify(today.head)).fault).toBeUndefined();
    expect((await verify(next.head)).head).toBe(next.head);
    shop.clock.advance(24 * HOUR);
    expect(sums(await close())).toEqual([['sale', 5, 2500]]);
  });

  test('the server closes yesterday by itself, once, and only if money moved', async () => {
    const tend = () => shop.clock.passingFor(shop.app.services.historyKeeper.tend());
    const closings = async () =>
      (await journal()).filter(({ kind }) => kind === 'closing').map(({ subject }) => subject);
    await sell(1);
    await tend();
    expect(await closings()).toEqual([]);
    shop.clock.advance(24 * HOUR);
    await tend();
    await tend();
    expect(await closings()).toEqual(['2026-11-21']);
    shop.clock.advance(48 * HOUR);
    await tend();
    expect(await closings()).toEqual(['2026-11-21']);
  });
});
