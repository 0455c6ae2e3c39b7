import { writeFileSync } from 'node:fs';
import { AdminShop, type Staff } from '../support/admin-shop';
import { ApiShop } from '../support/api-shop';
import { CliShop } from '../support/program/cli-shop';
import type { TestApp } from '../support/test-app';

/** What subscribers' books refuse, the page, the API and the terminal refuse: one table goes through all doors. */

jest.setTimeout(120_000);

const MONTHLY = { price: '300', rate_up: '1M', rate_down: '3M', billing_cycle: 'monthly' };
const PROFILES = [
  { name: 'Home', ...MONTHLY },
  { name: 'Voucher', price: '5', rate_up: '1M', rate_down: '3M', validity: '1h' },
  { name: 'Old', ...MONTHLY, status: 'archived' },
  { name: 'Dollar', ...MONTHLY, currency: 'USD' },
];
const LONG = 'x'.repeat(10_000);
const ADMIN = '/admin/subscribers';

interface Bad {
  what: string;
  page?: [path: string, form: Record<string, string>];
  api: [path: string, body: object];
  line: string;
  /** On standard input. */
  input?: string;
}

// Subscriber 1 has the plan Home and paid for it; subscriber 2 has none.
const BAD: Bad[] = [
  {
    what: 'a name of 10,000 characters',
    page: [ADMIN, { name: LONG }],
    api: ['/subscribers', { name: LONG }],
    line: `subscribers add --name ${LONG}`,
  },
  {
    what: 'notes of 10,000 characters',
    page: [ADMIN, { name: 'Ben', notes: LONG }],
    api: ['/subscribers', { name: 'Ben', notes: LONG }],
    line: `subscribers add --name Ben --notes ${LONG}`,
  },
  {
    what: 'a discount above 100 percent',
    page: [ADMIN, { name: 'Ben', discount: '101' }],
    api: ['/subscribers', { name: 'Ben', discountPercent: 101 }],
    line: 'subscribers add --name Ben --discount 101',
  },
  {
    what: 'a login that another one has',
    page: [ADMIN, { name: 'Ben', login: 'joy' }],
    api: ['/subscribers', { name: 'Ben', login: 'joy' }],
    line: 'subscribers add --name Ben --login joy',
  },
  {
    what: 'a payment of nothing',
    page: [`${ADMIN}/1/payments`, { amount: '0' }],
    api: ['/subscribers/1/payments', { amount: 0 }],
    line: 'payments add --subscriber 1 --amount 0',
  },
  {
    what: 'a payment of more than there is',
    page: [`${ADMIN}/1/payments`, { amount: '99999999999999', confirmed: 'yes' }],
    api: ['/subscribers/1/payments', { amount: 10 ** 15 }],
    line: 'payments add --subscriber 1 --amount 99999999999999 --yes',
  },
  {
    what: 'a refund of more than was paid',
    page: [`${ADMIN}/1/refunds`, { amount: '301', confirmed: 'yes' }],
    api: ['/subscribers/1/refunds', { amount: 301_00 }],
    line: 'payments add --subscriber 1 --amount 301 --refund --yes',
  },
  {
    what: 'a charge without a text',
    page: [`${ADMIN}/1/charges`, { text: '', amount: '5' }],
    api: ['/subscribers/1/charges', { text: '', amount: 5 }],
    line: 'subscribers charge 1 --for \t --amount 5',
  },
  {
    what: 'a charge with a text of 10,000 characters',
    page: [`${ADMIN}/1/charges`, { text: LONG, amount: '5' }],
    api: ['/subscribers/1/charges', { text: LONG, amount: 5 }],
    line: `subscribers charge 1 --for ${LONG} --amount 5`,
  },
  {
    what: 'a first plan for who has one',
    api: ['/subscribers/1/assign', { plan: 'Home' }],
    line: 'subscribers assign 1 --plan Home',
  },
  {
    what: 'a plan that is sold by the voucher',
    page: [`${ADMIN}/2/plan`, { plan: 'Voucher' }],
    api: ['/subscribers/2/assign', { plan: 'Voucher' }],
    line: 'subscribers assign 2 --plan Voucher',
  },
  {
    what: 'an archived plan',
    page: [`${ADMIN}/2/plan`, { plan: 'Old' }],
    api: ['/subscribers/2/assign', { plan: 'Old' }],
    line: 'subscribers assign 2 --plan Old',
  },
  {
    what: 'a change to an archived plan',
    page: [`${ADMIN}/1/plan`, { plan: 'Old', when: 'now' }],
    api: ['/subscribers/1/change-plan', { plan: 'Old' }],
    line: 'subscribers change-plan 1 --plan Old',
  },
  {
    what: 'a plan in another currency',
    page: [`${ADMIN}/2/plan`, { plan: 'Dollar' }],
    api: ['/subscribers/2/assign', { plan: 'Dollar' }],
    line: 'subscribers assign 2 --plan Dollar',
  },
  {
    what: 'a price of their own that is more than there is',
    page: [`${ADMIN}/2/plan`, { plan: 'Home', price: '99999999999999' }],
    api: ['/subscribers/2/assign', { plan: 'Home', price: 10 ** 15 }],
    line: 'subscribers assign 2 --plan Home --price 99999999999999',
  },
  {
    what: 'a plan that begins two years ago',
    page: [`${ADMIN}/2/plan`, { plan: 'Home', when: '2020-01-01' }],
    api: ['/subscribers/2/assign', { plan: 'Home', from: '2020-01-01' }],
    line: 'subscribers assign 2 --plan Home --from 2020-01-01',
  },
  {
    what: 'the end of what never began',
    page: [`${ADMIN}/2/cancellation`, { confirmed: 'yes' }],
    api: ['/subscribers/2/cancel', {}],
    line: 'subscribers cancel 2',
  },
  {
    what: 'the resumption of who is not suspended',
    page: [`${ADMIN}/1/resumption`, {}],
    api: ['/subscribers/1/resume', {}],
    line: 'subscribers resume 1',
  },
  {
    what: 'a suspension with a reason of 10,000 characters',
    page: [`${ADMIN}/1/suspension`, { reason: LONG }],
    api: ['/subscribers/1/suspend', { reason: LONG }],
    line: `subscribers suspend 1 --reason ${LONG}`,
  },
  {
    what: 'a void invoice without a reason',
    page: ['/admin/invoices/1/void', { reason: '' }],
    api: ['/invoices/1/void', { reason: '' }],
    line: 'invoices void 1 --reason \t',
  },
  {
    what: 'nobody’s payment',
    page: [`${ADMIN}/99/payments`, { amount: '5', confirmed: 'yes' }],
    api: ['/subscribers/99/payments', { amount: 5 }],
    line: 'payments add --subscriber 99 --amount 5 --yes',
  },
];

const TABLES = [
  ...(['subscribers', 'subscriber_plans', 'plan_changes', 'subscriber_states'] as const),
  ...(['invoices', 'invoice_lines', 'subscriber_charges', 'payments', 'money_journal'] as const),
];

async function booksOf({ app }: TestApp): Promise<unknown> {
  const books: Record<string, unknown> = {};
  for (const table of TABLES) {
    books[table] = await app.db(table).orderBy(table === 'money_journal' ? 'seq' : 'id');
  }
  return books;
}

async function furnish({ app: { services } }: TestApp): Promise<void> {
  await services.subscribers.add({ name: 'Joy', login: 'joy', password: 'secret' }, 'maria');
  await services.subscribers.assign(1, { plan: 'Home' }, undefined, 'maria');
  await services.subscribers.add({ name: 'Ana' }, 'maria');
  const money = { amount: 300_00, currency: 'PHP' };
  await services.billing.pay({ subscriberId: 1, money }, 'maria');
}

describe('the pages', () => {
  let open: AdminShop;
  let owner: Staff;
  beforeAll(async () => {
    open = await AdminShop.open({ profiles: PROFILES });
    await furnish(open.shop);
    owner = await open.signedIn('owner', 'maria');
  });
  afterAll(() => open.close());

  test.each(BAD.filter(({ page }) => page))('refuse $what', async ({ page }) => {
    const before = await booksOf(open.shop);
    const { status } = await owner.post(...page!);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(await booksOf(open.shop)).toEqual(before);
  });

  test('ask before they take much more than usual, and take a form that is sent twice once', async () => {
    const { payments } = open.shop.app.stores;
    const { id } = await open.shop.app.services.subscribers.add({ name: 'Ben' }, 'maria');
    await open.shop.app.services.subscribers.assign(id, { plan: 'Home' }, undefined, 'maria');
    const form = { amount: '3000.01', order_key: 'abc' };
    const asked = await owner.post(`${ADMIN}/${id}/payments`, form);
    expect(asked.text).toContain('This is much more than usual for this subscriber.');
    expect(await payments.list(id)).toEqual([]);
    const sure = { ...form, confirmed: 'yes' };
    await Promise.all([
      owner.post(`${ADMIN}/${id}/payments`, sure),
      owner.post(`${ADMIN}/${id}/payments`, sure),
    ]);
    expect((await payments.list(id)).map(({ money }) => money.amount)).toEqual([3_000_01]);
  });

  test('give money back, after a question', async () => {
    const { subscribers, billing } = open.shop.app.services;
    const { id } = await subscribers.add({ name: 'Cora' }, 'maria');
    await billing.pay({ subscriberId: id, money: { amount: 50_00, currency: 'PHP' } }, 'maria');
    const form = { amount: '10', order_key: 'def', note: 'too slow' };
    const asked = await owner.post(`${ADMIN}/${id}/refunds`, form);
    expect(asked.text).toContain('Give ₱10.00 back to Cora?');
    await owner.post(`${ADMIN}/${id}/refunds`, { ...form, confirmed: 'yes' });
    const [last] = await open.shop.app.stores.payments.newest({ subscriberId: id }, 1);
    expect(last).toMatchObject({ money: { amount: -10_00 }, note: 'too slow', by: 'maria' });
  });

  test('let nobody undo what somebody else changed meanwhile', async () => {
    const page = await owner.get(`${ADMIN}/2/edit`);
    const seen = /name="seen" value="([^"]+)"/.exec(page.text)![1]!;
    const save = (form: Record<string, string>) =>
      owner.post(`${ADMIN}/2`, { name: 'Ana', seen, ...form });
    expect((await save({ contact: '0917' })).status).toBe(303);
    const late = await save({ address: 'Cubao' });
    expect(late.status).toBe(422);
    expect(late.text).toContain('Somebody else changed Ana meanwhile');
    expect(await open.shop.app.services.subscribers.find(2)).toMatchObject({
      ...{ contact: '0917', address: '' },
    });
  });
});

describe('the API', () => {
  let api: ApiShop;
  beforeAll(async () => {
    api = await ApiShop.open({ profiles: PROFILES });
    await furnish(api.shop);
  });
  afterAll(() => api.close());

  test.each(BAD)('refuses $what', async ({ api: [path, body] }) => {
    const before = await booksOf(api.shop);
    const { status } = await api.post(path, body);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(await booksOf(api.shop)).toEqual(before);
  });
});

describe('the terminal', () => {
  let shop: CliShop;
  const shown = async () => [
    await shop.json('subscribers list'),
    await shop.json('invoices list'),
    await shop.json('payments list'),
    await shop.json('money journal'),
  ];
  beforeAll(async () => {
    shop = CliShop.open();
    writeFileSync(shop.path('profiles.json'), JSON.stringify(PROFILES));
    await shop.json('subscribers add --name Joy --login joy');
    await shop.json('subscribers assign 1 --plan Home');
    await shop.json('subscribers add --name Ana');
    await shop.json('payments add --subscriber 1 --amount 300');
  });
  afterAll(() => shop.close());

  test('refuses them all, in words, and changes nothing', async () => {
    const before = await shown();
    for (const { what, line } of BAD) {
      const { code, out, err } = await shop.run(line);
      expect([what, code === 0, out, err.trim() === '']).toEqual([what, false, '', false]);
    }
    expect(await shown()).toEqual(before);
  });

  test('refuses rules that would stop all billing', async () => {
    const rules = await shop.json('invoices rules');
    for (const rule of ['--grace 99999999999', '--due 3651', '--tax 101']) {
      expect((await shop.run(`invoices rules ${rule}`)).code).not.toBe(0);
    }
    expect(await shop.json('invoices rules')).toEqual(rules);
  });

  test('asks before it takes much more than usual', async () => {
    const { id } = await shop.json<{ id: number }>('subscribers add --name Ben');
    const line = `payments add --subscriber ${id} --amount 5`; // who owes nothing, and has no plan
    const { code, err } = await shop.run(line);
    expect([code === 0, err]).toEqual([false, expect.stringContaining('much more than usual')]);
    await shop.json(`${line} --yes`);
  });
});
