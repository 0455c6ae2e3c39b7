import { writeFileSync } from 'node:fs';
import { CliShop, expectOneLine } from '../support/program/cli-shop';

jest.setTimeout(60_000);

const PLAN = { rate_up: '1M', rate_down: '3M', billing_cycle: 'monthly' };

let shop: CliShop;
beforeEach(() => {
  shop = CliShop.open();
  const plans = [
    { name: 'Home', price: '300', ...PLAN },
    { name: 'Fast', price: '600', ...PLAN, rate_down: '9M' },
  ];
  writeFileSync(shop.path('profiles.json'), JSON.stringify(plans));
});
afterEach(() => shop.close());

const peso = (amount: number) => ({ amount, currency: 'PHP' });

interface Shown {
  status: string;
  plan: string;
  owed: unknown;
  pending: { id: number }[];
  invoices: { id: number; number: number; total: unknown; paid: unknown; status: string }[];
}

test('a subscriber is added, billed, paid for, changed, suspended and cancelled by command', async () => {
  const rules = await shop.json('invoices rules --due 5 --tax 12 --self-change yes');
  expect(rules).toEqual({
    ...{ dueDays: 5, graceDays: 3, prorateBy: 'day', taxPercent: 12 },
    customersChange: true,
  });
  const added = await shop.json('subscribers add --name Joy --login joy --login-kind pppoe');
  expect(added).toMatchObject({ id: 1, name: 'Joy', login: 'joy', loginKind: 'pppoe' });
  await shop.json('subscribers edit 1 --discount 10');
  await shop.json('subscribers assign 1 --plan Home');
  const shown = () => shop.json<Shown>('subscribers show 1');
  expect(await shown()).toMatchObject({ status: 'active', plan: 'Home', owed: peso(302_40) });

  const paid = await shop.json('payments add --subscriber 1 --amount 302.40 --method GCash');
  expect(paid).toMatchObject({ id: 1, money: peso(302_40), owed: peso(0) });
  const invoice = await shop.json<{ lines: { kind: string; money: unknown }[] }>('invoices show 1');
  expect(invoice).toMatchObject({ number: 1, status: 'paid', total: peso(302_40) });
  expect(invoice.lines.map(({ kind, money }) => [kind, money])).toEqual([
    ['plan', peso(300_00)],
    ['discount', peso(-30_00)],
    ['tax', peso(32_40)],
  ]);

  await shop.json('subscribers change-plan 1 --plan Fast --at cycle-end');
  const [change] = (await shown()).pending;
  await shop.json(`subscribers drop-change ${change!.id}`);
  expect((await shown()).pending).toEqual([]);
  expect(await shop.json('subscribers suspend 1 --reason away')).toMatchObject({
    ...{ status: 'suspended', suspendedFor: 'by hand' },
  });
  expect(await shop.json('subscribers resume 1')).toMatchObject({ status: 'active' });
  expect(await shop.json('invoices run')).toEqual({ invoices: 0, changes: 0, suspended: 0 });
  expect(await shop.json('invoices void 1 --reason mistyped')).toMatchObject({ status: 'void' });
  const refund = await shop.json('payments add --subscriber 1 --amount 302.40 --refund');
  expect(refund).toMatchObject({ money: peso(-302_40), owed: peso(0) });
  await shop.json('subscribers cancel 1 --at now');
  expect(await shop.json('subscribers list')).toMatchObject([{ id: 1, status: 'cancelled' }]);
  expect(await shop.json('payments list')).toHaveLength(2);
  expect(await shop.json('invoices list --subscriber 1')).toHaveLength(1);
  const journal = await shop.json<{ kind: string; money: { amount: number } }[]>('money journal');
  expect(journal.map(({ kind, money }) => [kind, money.amount])).toEqual([
    ['invoice', 302_40],
    ['payment', 302_40],
    ['invoice void', -302_40],
    ['refund', -302_40],
  ]);
});

test('a run until a day does not begin the cycle of the day after', async () => {
  await shop.json('subscribers add --name Joy');
  await shop.json('subscribers assign 1 --plan Home --from 2030-01-01');
  const run = (day: string) => shop.json<{ invoices: number }>(`invoices run --until ${day}`);
  expect((await run('2029-12-31')).invoices).toBe(0);
  expect((await run('2030-01-31')).invoices).toBe(1);
});

test('a run more than a cycle ahead, as by a mistyped year, is asked about first', async () => {
  await shop.json('subscribers add --name Joy');
  await shop.json('subscribers assign 1 --plan Home --from 2030-01-01');
  const refused = await shop.run('invoices run --until 2030-02-01');
  expect([refused.code, refused.out]).toEqual([2, '']);
  expectOneLine(refused.err);
  expect(refused.err).toContain('up to 2 invoices');
  expect(await shop.json('invoices list')).toEqual([]);
  const made = await shop.json('invoices run --until 2030-02-01 --yes');
  expect(made).toEqual({ invoices: 2, changes: 0, suspended: 0 });
});

test('charges and credit notes come on the next invoice', async () => {
  await shop.json('subscribers add --name Joy');
  await shop.json('subscribers assign 1 --plan Home');
  await shop.json('subscribers charge 1 --for cable --amount 150');
  const note = await shop.json('subscribers charge 1 --for sorry --amount 5 --credit');
  expect(note).toEqual({ id: 1, text: 'sorry', money: peso(-5_00) });
  await shop.json('subscribers cancel 1 --at now');
  const { lines } = await shop.json<{ lines: { text: string; money: unknown }[] }>(
    'invoices show 2',
  );
  expect(lines.slice(-2).map(({ text, money }) => [text, money])).toEqual([
    ['cable', peso(150_00)],
    ['sorry', peso(-5_00)],
  ]);
  expect((await shop.run('subscribers charge 1 --for x --amount 0')).code).toBe(2);
});

test('what cannot be is said in one line', async () => {
  await shop.json('subscribers add --name Joy');
  const lines = [
    ['subscribers show 9', 1],
    ['subscribers change-plan 1 --plan Home', 1],
    ['subscribers resume 1', 1],
    ['payments add --subscriber 1 --amount 1.005', 2],
    ['payments add --subscriber 9 --amount 1', 1],
    ['subscribers assign 1 --plan Nothing', 1],
    ['subscribers assign 1 --plan Home --from 2026-02-30', 2],
    ['subscribers edit 1 --discount 101', 2],
    ['invoices void 4 --reason x', 1],
  ] as const;
  for (const [line, code] of lines) {
    const outcome = await shop.run(line);
    expect([line, outcome.code, outcome.out]).toEqual([line, code, '']);
    expectOneLine(outcome.err);
  }
});

test('people read tables', async () => {
  await shop.json('subscribers add --name Joy');
  await shop.json('subscribers assign 1 --plan Home');
  const texts: string[] = [];
  const lines = ['subscribers list', 'subscribers show 1', 'invoices list', 'invoices show 1'];
  for (const line of [...lines, 'payments list', 'invoices rules', 'money journal']) {
    const { code, out } = await shop.run(line);
    expect([line, code]).toEqual([line, 0]);
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    texts.push(out);
  }
  expect(texts[1]).toMatch(/Owes +₱300\.00/);
  expect(texts[3]).toMatch(/plan +Home +₱300\.00/);
  expect(texts[4]).toContain('Nobody has paid yet.');
});

test('the next cycle begins now by command', async () => {
  await shop.json('subscribers add --name Joy');
  expect((await shop.run('subscribers reset-cycle 1')).code).toBe(1); // no plan yet
  const from = new Date(Date.now() - 10 * 86_400_000).toISOString().slice(0, 10);
  await shop.json(`subscribers assign 1 --plan Home --from ${from}`);
  const [before] = await shop.json<{ cycleEndsAt: string }[]>('subscribers list');
  const after = await shop.json<{ cycleEndsAt: string }>('subscribers reset-cycle 1');
  expect(Date.parse(after.cycleEndsAt)).toBeGreaterThan(Date.parse(before!.cycleEndsAt));
});

test('the password of a login comes from standard input, and is shown nowhere', async () => {
  const input = 'a secret of joy\n';
  const added = await shop.run('subscribers add --name Joy --login joy --password-stdin', {
    input,
  });
  expect(added.code).toBe(0);
  expect(added.out + added.err).not.toContain('a secret');
  const shown = await shop.run('subscribers show 1 --json');
  expect(shown.out).not.toContain('a secret');
  const typed = await shop.run('subscribers edit 1 --password secret');
  expect(typed.code).toBe(2);
});
