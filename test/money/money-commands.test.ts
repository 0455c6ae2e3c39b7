import { CliShop, expectOneLine } from '../support/program/cli-shop';

jest.setTimeout(60_000);

let shop: CliShop;
beforeEach(async () => {
  shop = CliShop.open();
  await shop.addRouter();
});
afterEach(() => shop.close());

interface Row {
  seq: number;
  kind: string;
  subject: string;
  money: { amount: number; currency: string };
  hash: string;
}

test('the journal is read, closed and verified by command, and a row that was altered is named', async () => {
  const [first] = await shop.online(2);
  const rows = await shop.json<Row[]>('money journal');
  expect(rows.map(({ seq, kind, money }) => [seq, kind, money])).toEqual([
    [1, 'sale', { amount: 500, currency: 'PHP' }],
    [2, 'sale', { amount: 500, currency: 'PHP' }],
  ]);
  expect(rows[0]!.subject).toBe(first!.code);
  expect(await shop.json('money journal --from 2020-01-01 --to 2020-01-31')).toEqual([]);
  expect((await shop.run('money journal --from 2020-02-30')).code).toBe(2);

  const { code, out, err } = await shop.run('money close-day --json');
  expect([code, err]).toEqual([0, expect.stringContaining('outside this computer')]);
  const closed = JSON.parse(out) as { totals: unknown; head: string };
  expect(closed.totals).toEqual([
    { kind: 'sale', count: 2, money: { amount: 1000, currency: 'PHP' } },
  ]);
  const head = `--head ${closed.head}`;
  expect(await shop.json(`money verify ${head}`)).toEqual({
    rows: 3,
    head: closed.head,
    fault: null,
    differences: [],
  });
  expect((await shop.run('money close-day')).code).toBe(1);

  await shop.look(async ({ db }) => {
    await db.raw('drop trigger keep_money_journal_update');
    await db.raw('drop trigger keep_money_journal_delete');
    await db('money_journal').where({ seq: 3 }).delete();
  });
  expect((await shop.run('money verify')).code).toBe(0);
  const cut = await shop.run(`money verify ${head} --json`);
  expect(cut.code).toBe(1);
  expect(JSON.parse(cut.out)).toMatchObject({ fault: { seq: 3, what: 'removed' } });
  expectOneLine(cut.err);
  await shop.look(({ db }) => db('money_journal').where({ seq: 1 }).update({ amount_minor: 0 }));
  expect((await shop.run('money verify')).err).toContain('Row 1 of the money journal was altered');
});

test('a shift is opened, counted blind and reported by command', async () => {
  const opened = await shop.json('drawer open --seller ana --float 100');
  expect(opened).toMatchObject({ seller: 'ana', float: { amount: 100_00 }, counted: null });
  const again = await shop.run('drawer open --seller ana --float 1');
  expect(again.code).toBe(1);
  expectOneLine(again.err);
  expect((await shop.run('drawer count --seller ana --amount 80')).out).toContain('₱20.00 short');
  const { drawers } = await shop.json<{ drawers: object[] }>('drawer report');
  expect(drawers).toMatchObject([{ id: 1, difference: { amount: -20_00, currency: 'PHP' } }]);
  expect((await shop.run('drawer report')).out).toMatch(/ana .*₱20\.00 short/);
  expect((await shop.run('drawer show 1')).out).toMatch(/Result +₱20\.00 short/);
  expect((await shop.run('drawer show 2')).code).toBe(1);
  await shop.json('drawer open --seller ana --float 80');
  expect(await shop.json('drawer close --seller ana --amount 80')).toMatchObject({ id: 2 });
});

test('slips are given, counted back and settled by command', async () => {
  await shop.json('vouchers generate --plan P5 --count 10');
  expect(await shop.json('slips give 1 --to ana')).toMatchObject({ seller: 'ana', given: 10 });
  expectOneLine((await shop.run('slips give 1 --to ben')).err);
  expect((await shop.run('slips count 1 --back 8')).out).toContain('Missing: 2, worth ₱10.00');
  expect((await shop.run('slips list')).out).toMatch(/ana .* 10 .* 8 +2 +₱10\.00 +not yet/);
  expect((await shop.run('slips settle 1 --as lost')).code).toBe(2);
  expect(await shop.json('slips settle 1 --as paid')).toMatchObject({
    count: { back: 8, missing: 2, settled: 'paid' },
  });
  expect(await shop.json('slips list --seller ben')).toEqual([]);
  expect((await shop.run('money verify')).code).toBe(0);
});
