import { createHmac } from 'node:crypto';
import { parseMac } from '../../src/domain/units';
import { PASSWORD, Staff } from '../support/admin-shop';
import { formsOf, ShopServer, type Answer } from '../support/program/shop-server';
import { PayCompany } from '../support/pay-company';

/** Customers buy a voucher, and subscribers pay what they owe, on a page of a gateway. */

const SECRET = 'whsk_1';
const PAGE = 'https://checkout.paymongo.com/cs_1';
const HOME = { name: 'Home', price: '300', billing_cycle: 'monthly' };

let server: ShopServer;
let company: PayCompany;

const made = () => ({
  status: 200,
  body: { data: { id: 'cs_1', attributes: { checkout_url: PAGE } } },
});

beforeEach(async () => {
  company = await PayCompany.open(made);
  server = await ShopServer.start({
    profiles: [{ name: 'P5' }, { name: 'Free', price: '0' }, HOME],
  });
  const { paymentSources, subscribers, billing } = services();
  await paymentSources.connect('paymongo', 'paymongo', SECRET, 'maria');
  await paymentSources.openPages('paymongo', { key: 'sk_live_1', api: company.address }, 'maria');
  const { id } = await subscribers.add({ name: 'Joy', login: 'joy', password: 'secret' }, 'ana');
  await subscribers.assign(id, { plan: 'Home' }, undefined, 'ana');
  await billing.run();
});
afterEach(async () => {
  await server.close();
  await company.close();
});

const services = () => server.shop.app.services;
const stores = () => server.shop.app.stores;
type Phone = { address: string };
const buy = (phone: Phone, plan = 'P5') => server.ask('/portal/pay/buy', phone, { form: { plan } });
/** What the gateway was asked for last. */
const asked = () =>
  (JSON.parse(company.last.body) as { data: { attributes: Record<string, string> } }).data
    .attributes;
const pagePath = ({ location }: Answer) => location!.replace(/[?&]go=1$/, '');
const page = async (phone: Phone, bought: Answer) =>
  (await server.ask(pagePath(bought), phone)).text;

/** As PayMongo tells of a payment of a checkout. */
async function tell(reference: string | null, id = 'pay_1', amount = 5_00, currency = 'PHP') {
  const attributes = { amount, currency, status: 'paid', description: 'Wi-Fi: P5' };
  const checkout = { reference_number: reference, payments: [{ id, attributes }] };
  const [type, data] =
    reference === null
      ? ['payment.paid', { id, attributes }]
      : ['checkout_session.payment.paid', { id: 'cs_1', attributes: checkout }];
  const body = JSON.stringify({ data: { id: 'evt', attributes: { type, livemode: true, data } } });
  const seconds = Math.floor(server.shop.clock.now().getTime() / 1000);
  const signature = createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex');
  const answer = await fetch(`${server.origin}/hooks/payments/paymongo`, {
    ...{ method: 'POST', body },
    headers: { 'paymongo-signature': `t=${seconds},te=,li=${signature}` },
  });
  const said = (await answer.json()) as { payments: { status: string }[] };
  return [answer.status, ...said.payments.map(({ status }) => status)];
}
const journal = async () =>
  (await stores().money.list())
    .filter(({ kind }) => kind !== 'invoice')
    .map(({ kind, amount, seller }) => [kind, amount, seller]);
const waiting = () => services().paymentSources.waiting();
const SALE = ['sale', 5_00, 'payments paymongo'];

test('a phone buys a voucher: it pays at the gateway, gets the code, and is online with one tap', async () => {
  const phone = server.phone(21);
  const start = await server.ask('/portal', phone);
  const forms = formsOf(start.text).filter(({ action }) => action === '/portal/pay/buy');
  expect(forms.map(({ fields }) => fields)).toEqual([{ plan: 'P5' }]);
  const bought = await buy(phone);
  expect(bought).toMatchObject({ status: 303, location: expect.stringMatching(/\?go=1$/) });
  const { reference_number: reference, success_url: back } = asked();
  expect(asked()).toMatchObject({
    line_items: [{ name: 'Wi-Fi: P5', amount: 5_00, currency: 'PHP' }],
  });
  expect(back).toBe(`${server.origin}${pagePath(bought)}`);
  const going = await server.ask(bought.location!, phone);
  expect(going.headers.refresh).toBe(`0; url=${PAGE}`);
  expect(going.text).toContain(`href="${PAGE}"`);
  // Back from there, before the report.
  const early = await server.ask(pagePath(bought), phone);
  expect(early.headers.refresh).toBe('5');
  expect(early.text).toContain('your voucher appears here');
  expect(await journal()).toEqual([]);

  expect(await tell(reference!)).toEqual([200, 'booked']);
  expect(await tell(reference!)).toEqual([200, 'booked']);
  expect(await journal()).toEqual([SALE]);
  const ready = await server.ask(pagePath(bought), phone);
  expect(ready.headers.refresh).toBeUndefined();
  const { code } = (await services().vouchers.list({}))[0]!;
  expect(ready.text).toContain(code);
  expect((await server.ask('/portal', phone)).text).toContain(code);
  const [connect] = formsOf(ready.text).filter(({ action }) => action === '/portal/pay/connect');
  const answer = await server.ask(connect!.action, phone, { form: connect!.fields });
  expect(answer).toMatchObject({ status: 303, location: '/portal/status' });
  expect(phone.online).toBe(true);
  // The money came once, and is in the journal once.
  expect(await journal()).toEqual([SALE]);
  expect((await services().money.verify()).differences).toEqual([]);
  expect((await server.ask('/portal/status', phone)).text).toContain(code);
  expect(await services().payOrders.sold(5)).toMatchObject([
    { voucher: code, money: { amount: 5_00 } },
  ]);
  expect((await server.ask('/portal', phone)).text).not.toContain('Your voucher is ready');
});

test('a voucher that was bought and not used is given back by an owner, and no report counts it', async () => {
  await buy(server.phone(21));
  await tell(asked().reference_number!);
  const { code } = (await services().vouchers.list({}))[0]!;
  const { sales, income, money, accounts } = services();
  await accounts.add({ name: 'maria', role: 'owner', password: PASSWORD }, 'test');
  const owner = new Staff(server.origin);
  await owner.signIn('maria', PASSWORD);
  const payments = (await owner.get('/admin/payments')).text;
  expect(payments).toContain(`<a href="/admin/vouchers/${code}">${code}</a>`);
  expect((await services().vouchers.deleteUnused([code], 'maria')).done).toEqual([]);
  expect(await sales.refundable(code)).toEqual({ amount: 5_00, currency: 'PHP' });
  await sales.endAndRefund(code, 'bought by mistake', 'maria');
  expect(await journal()).toEqual([SALE, ['void', -5_00, 'payments paymongo']]);
  expect(await sales.refundable(code)).toBeUndefined();
  expect((await money.verify()).differences).toEqual([]);
  const now = server.shop.clock.now().getTime();
  const span = { name: 'all', from: new Date(now - 1), to: new Date(now + 86_400_000) };
  expect(await income.during([span])).toEqual([]);
  expect((await server.ask('/portal', { address: '127.0.0.21' })).text).not.toContain(code);
});

test('another browser of the phone connects without seeing the code, and another phone does neither', async () => {
  const [phone, other] = [server.phone(21), server.phone(22)];
  const bought = await buy(phone);
  await tell(asked().reference_number!);
  const { code } = (await services().vouchers.list({}))[0]!;
  server.forgetCookies(phone);
  for (const path of ['/portal', pagePath(bought)]) {
    expect((await server.ask(path, phone)).text).not.toContain(code);
    expect((await server.ask(path, other)).text).not.toContain(code);
  }
  const form = { order: '1' };
  expect((await server.ask('/portal/pay/connect', other, { form })).status).toBe(404);
  expect((await server.ask('/portal', other)).text).not.toContain('Your voucher is ready');
  expect((await server.ask('/portal', phone)).text).toContain('Your voucher is ready');
  expect((await server.ask('/portal/pay/connect', phone, { form })).status).toBe(303);
  expect(phone.online).toBe(true);
  expect(other.online).toBe(false);
});

test('a second tap, or two at once, lead to the same page and are one order', async () => {
  const phone = server.phone(21);
  const [first, second] = await Promise.all([buy(phone), buy(phone)]);
  expect(second.location).toBe(first.location);
  server.shop.clock.advance(29 * 60_000);
  expect((await buy(phone)).location).toBe(first.location);
  expect(company.got).toHaveLength(1);
  // Another phone has an order of its own, and so has this one much later.
  expect((await buy(server.phone(22))).location).not.toBe(first.location);
  server.shop.clock.advance(2 * 60_000);
  expect((await buy(phone)).location).not.toBe(first.location);
  expect(company.got).toHaveLength(3);
});

test('a gateway that is away is told in words, nothing is booked, and another tap goes on with the order', async () => {
  const phone = server.phone(21);
  for (const says of ['hang up', { status: 429, body: {} }, { status: 502, body: '' }] as const) {
    company.says = () => says;
    const answer = await buy(phone);
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('Nothing was charged');
  }
  expect(await journal()).toEqual([]);
  expect(await services().alerts.open()).toEqual([]);
  company.says = made;
  expect((await buy(phone)).status).toBe(303);
  const references = company.got.map(({ body }) => /order-\w+/.exec(body)![0]);
  expect(new Set(references).size).toBe(1);
  expect(await server.shop.app.db('pay_orders')).toHaveLength(1);
});

test('a key that is refused is told the owner, until it works', async () => {
  const phone = server.phone(21);
  const detail = 'API key sk_... is invalid.';
  company.says = () => ({ status: 401, body: { errors: [{ code: 'api_key_invalid', detail }] } });
  const answer = await buy(phone);
  expect([answer.status, answer.text.includes('pay at the shop')]).toEqual([503, true]);
  const messages = async () => (await services().alerts.open()).map(({ message }) => message);
  expect(await messages()).toEqual([expect.stringContaining(detail)]);
  company.says = made;
  await buy(phone);
  expect(await messages()).toEqual([]);
});

test('what cannot be bought is not offered, and a form for it does nothing', async () => {
  const phone = server.phone(21);
  for (const plan of ['Free', 'Home', 'Nothing']) {
    expect((await buy(phone, plan)).status).toBe(422);
  }
  await services().blocks.block(parseMac(phone.mac), 'lost', 'maria');
  expect((await buy(phone)).text).toContain('The shop has blocked this device');
  expect((await buy({ address: '127.0.0.99' })).status).toBe(422);
  expect(company.got).toEqual([]);
  await services().paymentSources.closePages('paymongo', 'maria');
  server.shop.clock.advance(5_000);
  const other = server.phone(22);
  expect((await server.ask('/portal', other)).text).not.toContain('/portal/pay/buy');
  expect((await buy(other)).status).toBe(422);
});

test('the price and the plan are those of the moment of the order, also where the plan is sold no more', async () => {
  const phone = server.phone(21);
  const bought = await buy(phone);
  const { reference_number: reference } = asked();
  await services().plans.edit('P5', { name: 'P5', price: '9', validity: '2h', rate_up: '1M', rate_down: '2M', status: 'archived' }, 'maria'); // prettier-ignore
  server.shop.clock.advance(24 * 3_600_000);
  expect(await tell(reference!)).toEqual([200, 'booked']);
  const [voucher] = await services().vouchers.list({});
  expect(voucher!.terms).toMatchObject({ price: { amount: 5_00 }, validitySeconds: 3600 });
  expect(await page(phone, bought)).toContain(voucher!.code);
});

test.each([
  ['another amount', 4_00, 'PHP'],
  ['more', 6_00, 'PHP'],
  ['another currency', 5_00, 'USD'],
])('%s than ordered waits for the owner, and is not lost', async (_, amount, currency) => {
  await buy(server.phone(21));
  const { reference_number: reference } = asked();
  expect(await tell(reference!, 'pay_1', amount, currency)).toEqual([200, 'waiting']);
  expect(await tell(reference!, 'pay_1', amount, currency)).toEqual([200, 'waiting']);
  expect(await waiting()).toMatchObject([
    { money: { amount, currency }, problem: 'Order 1 (Wi-Fi: P5) costs ₱5.00' },
  ]);
  expect(await journal()).toEqual([]);
  expect(await services().vouchers.list({})).toEqual([]);
  // The right sum may still come.
  expect(await tell(reference!, 'pay_2')).toEqual([200, 'booked']);
});

test('two payments for one order are one voucher, and the second waits for the owner', async () => {
  await buy(server.phone(21));
  const { reference_number: reference } = asked();
  const ids = ['pay_1', 'pay_2', 'pay_1', 'pay_2'];
  const told = await Promise.all(ids.map((id) => tell(reference!, id)));
  expect(told.filter(([, status]) => status === 'booked')).toHaveLength(2);
  expect(await services().vouchers.list({})).toHaveLength(1);
  expect(await journal()).toEqual([SALE]);
  expect((await waiting()).map(({ problem }) => problem)).toEqual([
    'Order 1 (Wi-Fi: P5) was paid before',
  ]);
});

test('an order that nobody knows waits, and a payment that is told twice is booked by who says more', async () => {
  expect(await tell(`order-${'z'.repeat(20)}`, 'pay_9')).toEqual([200, 'waiting']);
  await buy(server.phone(21));
  const { reference_number: reference } = asked();
  expect(await tell(null)).toEqual([200, 'waiting']);
  const results = await Promise.all([tell(reference!), tell(reference!), tell(null)]);
  expect(results.slice(0, 2)).toEqual([
    [200, 'booked'],
    [200, 'booked'],
  ]);
  expect(await journal()).toEqual([SALE]);
  expect((await waiting()).map(({ id }) => id)).toEqual(['pay_9']);
  const alerts = (await services().alerts.open()).filter(({ kind }) => kind === 'payment waiting');
  expect(alerts).toHaveLength(1);
});

test('a subscriber pays what they owe, the invoice is paid, and access comes back', async () => {
  const browser = { address: '127.0.0.90' };
  await server.ask('/portal/account/log-in', browser, {
    form: { login: 'joy', password: 'secret' },
  });
  server.shop.clock.advance(40 * 86_400_000);
  // The mark is old by then.
  await server.ask('/portal/account/log-in', browser, {
    form: { login: 'joy', password: 'secret' },
  });
  await services().billing.run();
  const subscriber = async () => (await services().subscribers.show(1)).subscriber.status;
  expect(await subscriber()).toBe('suspended');
  const { owed } = await services().billing.account(1);
  const account = (await server.ask('/portal/account', browser)).text;
  const pay = /<form method="post" action="\/portal\/account\/pay"><button>Pay ₱([\d.,]+)</;
  expect(Number(pay.exec(account)![1]) * 100).toBe(owed);
  const first = await server.ask('/portal/account/pay', browser, { form: {} });
  const second = await server.ask('/portal/account/pay', browser, { form: {} });
  expect(first).toMatchObject({ status: 303, location: second.location });
  expect(company.got).toHaveLength(1);
  expect(await page(browser, first)).toContain('Once the payment is confirmed');
  const { reference_number: reference } = asked();
  expect(await tell(reference!, 'pay_1', owed)).toEqual([200, 'booked']);
  expect(await tell(reference!, 'pay_1', owed)).toEqual([200, 'booked']);
  expect(await subscriber()).toBe('active');
  expect((await services().billing.payments()).map(({ money }) => money.amount)).toEqual([owed]);
  const [invoice] = await services().billing.invoices(1);
  expect(invoice!.status).toBe('paid');
  expect(await page(browser, first)).toContain('Paid. Thank you!');
  // Money for the same order once more is theirs too.
  expect(await tell(reference!, 'pay_2', 100_00)).toEqual([200, 'booked']);
  expect((await services().billing.account(1)).owed).toBe(
    (await services().billing.invoices(1)).reduce((sum, { total }) => sum + total, 0) -
      owed -
      100_00,
  );
});

test('who owes nothing, or has nowhere to pay, has no button', async () => {
  const browser = { address: '127.0.0.90' };
  const form = { login: 'joy', password: 'secret' };
  await server.ask('/portal/account/log-in', browser, { form });
  const account = async () => (await server.ask('/portal/account', browser)).text;
  expect(await account()).toContain('/portal/account/pay');
  await services().billing.pay(
    { subscriberId: 1, money: { amount: 300_00, currency: 'PHP' } },
    'a',
  );
  expect(await account()).not.toContain('/portal/account/pay');
  const answer = await server.ask('/portal/account/pay', browser, { form: {} });
  expect(answer.location).toBe('/portal/account?done=1');
  expect(company.got).toEqual([]);
});

test('orders that nobody paid are forgotten after a season, paid ones stay', async () => {
  await buy(server.phone(21));
  await tell(asked().reference_number!);
  await buy(server.phone(22));
  server.shop.clock.advance(91 * 86_400_000);
  await services().payOrders.forgetUnpaid(server.shop.clock.now());
  expect(await server.shop.app.db('pay_orders')).toMatchObject([{ id: 1 }]);
});

test('the key is in the books only encrypted, and another key of the shop opens nothing', async () => {
  const rows = await server.shop.app.db('payment_sources');
  expect(JSON.stringify(rows)).not.toContain('sk_live_1');
  await expect(
    services().paymentSources.openPages('paymongo', { key: ' ' }, 'maria'),
  ).rejects.toThrow('Enter the secret');
  for (const [name, settings, problem] of [
    ['paymongo', { api: 'http://elsewhere.example' }, 'begins with https://'],
    ['paymongo', { methods: ['GCash!'] }, 'Ways to pay'],
    ['gcash', {}, 'There is no payment source called gcash'],
  ] as const) {
    await expect(
      services().paymentSources.openPages(name, { key: 'x', ...settings }, 'maria'),
    ).rejects.toThrow(problem);
  }
});
