import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { purposeOf } from '../../src/domain/billing/gateways/gateway';
import { GATEWAYS } from '../../src/domain/billing/gateways/gateways';
import { REPORT_AGE_MS } from '../../src/domain/billing/payment-report';
import { AdminShop } from '../support/admin-shop';
import { CliShop } from '../support/program/cli-shop';
import { at } from '../support/builders';

/** What PayMongo, Xendit, Midtrans and Stripe send, as their pages for developers say, is booked once. */

const SECRET = 'whsk_1234567890';
const GIVEN_BACK = 'payment given back';
type Headers = Record<string, string>;

/** Signed as each of them documents it, with nothing of ours. */
const SIGNED: Record<string, (body: string, secret: string, seconds: number) => Headers> = {
  paymongo: (body, secret, seconds) => ({
    'paymongo-signature': `t=${seconds},te=,li=${hmac(`${seconds}.${body}`, secret)}`,
  }),
  xendit: (_, secret) => ({ 'x-callback-token': secret }),
  midtrans: () => ({}), // in the body
  stripe: (body, secret, seconds) => ({
    // The second is of a secret that is being replaced.
    'stripe-signature': `t=${seconds},v1=${hmac('other', secret)},v1=${hmac(`${seconds}.${body}`, secret)},v0=abc`,
  }),
};

function hmac(text: string, secret: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

const paymongoEvent = (type: string, data: object, livemode = true) => ({
  data: {
    id: 'evt_1',
    type: 'event',
    attributes: { type, livemode, data, previous_data: {}, created_at: 1_700_000_000 },
  },
});
const paymongoPayment = (changes: object = {}) => ({
  id: 'pay_1',
  type: 'payment',
  attributes: {
    ...{ amount: 300_00, currency: 'PHP', status: 'paid', fee: 750, net_amount: 292_50 },
    ...{ description: 'invoice-1', external_reference_number: null, metadata: null },
    ...changes,
  },
});
const paymongoCheckout = (reference: string | null, metadata: object | null = null) => ({
  id: 'cs_1',
  type: 'checkout_session',
  attributes: {
    ...{ reference_number: reference, metadata, status: 'active' },
    payments: [
      { ...paymongoPayment({ status: 'failed', description: null }), id: 'pay_0' },
      paymongoPayment({ description: null }),
    ],
  },
});
const xenditInvoice = (changes: object = {}) => ({
  ...{
    id: '579c8d61f23fa4ca35e52da4',
    external_id: 'invoice-1',
    user_id: '5781d19b2e2385880609791c',
  },
  ...{ status: 'PAID', merchant_name: 'Shop', amount: 300, paid_amount: 300, currency: 'PHP' },
  ...{ paid_at: '2026-10-12T08:15:03.404Z', payment_method: 'EWALLET', is_high: true },
  ...changes,
});
const xenditCapture = (changes: object = {}) => ({
  event: 'payment.capture',
  business_id: '6094fa76c2fd53701b8e079c',
  data: {
    ...{ payment_id: 'py-1fdaf346', payment_request_id: 'pr-1fdaf346', status: 'SUCCEEDED' },
    ...{ request_amount: 300.5, currency: 'PHP', country: 'PH', reference_id: 'login-joy' },
    ...changes,
  },
});
const midtransEvent = (changes: Record<string, string> = {}, secret = SECRET) => {
  const event: Record<string, string> = {
    ...{ transaction_time: '2026-10-24 15:34:33', transaction_status: 'settlement' },
    ...{ transaction_id: '6ee793df', status_code: '200', payment_type: 'qris' },
    ...{ order_id: 'invoice-1~2', gross_amount: '24145.00', fraud_status: 'accept' },
    ...{ currency: 'IDR', ...changes },
  };
  const signed = event.order_id! + event.status_code! + event.gross_amount! + secret;
  return { signature_key: createHash('sha512').update(signed).digest('hex'), ...event };
};
const stripeEvent = (type: string, object: object, livemode = true) => ({
  ...{ id: 'evt_1', object: 'event', created: 1_326_853_478, livemode, type, data: { object } },
});
const stripeSession = (changes: object = {}) => ({
  ...{ id: 'cs_live_1', object: 'checkout.session', mode: 'payment', payment_status: 'paid' },
  ...{ amount_total: 300_00, currency: 'php', payment_intent: 'pi_1', metadata: {} },
  ...{ client_reference_id: 'invoice-1', ...changes },
});

const read = (name: string, event: unknown) => GATEWAYS.get(name)!.read(event);
const php = (amount: number) => ({ amount, currency: 'PHP' });
const paid = (id: string, money: object, purpose: object = { invoice: 1 }) => [
  { kind: 'payment', report: { id, money, ...purpose, note: '' } },
];

describe('the payment in an event', () => {
  const CHECKOUT = 'checkout_session.payment.paid';
  test.each([
    ['paymongo', paymongoEvent('payment.paid', paymongoPayment()), paid('pay_1', php(300_00))],
    ['paymongo', paymongoEvent(CHECKOUT, paymongoCheckout('invoice-1')), paid('pay_1', php(300_00))],
    ['paymongo', paymongoEvent(CHECKOUT, paymongoCheckout(null, { login: 'joy' })), paid('pay_1', php(300_00), { login: 'joy' })],
    ['paymongo', paymongoEvent('link.payment.paid', { id: 'link_1', attributes: { remarks: 'invoice-7', payments: [{ data: paymongoPayment({ description: 'x' }) }] } }), paid('pay_1', php(300_00), { invoice: 7 })],
    ['xendit', xenditInvoice(), paid('579c8d61f23fa4ca35e52da4', php(300_00))],
    ['xendit', xenditInvoice({ status: 'SETTLED' }), paid('579c8d61f23fa4ca35e52da4', php(300_00))],
    ['xendit', xenditInvoice({ paid_amount: 1e4, currency: 'IDR' }), paid('579c8d61f23fa4ca35e52da4', { amount: 10_000, currency: 'IDR' })],
    ['xendit', xenditCapture(), paid('py-1fdaf346', php(300_50), { login: 'joy' })],
    ['midtrans', midtransEvent(), paid('invoice-1~2', { amount: 24_145, currency: 'IDR' })],
    ['midtrans', midtransEvent({ transaction_status: 'capture' }), paid('invoice-1~2', { amount: 24_145, currency: 'IDR' })],
    ['stripe', stripeEvent('checkout.session.completed', stripeSession()), paid('pi_1', php(300_00))],
    ['stripe', stripeEvent('checkout.session.async_payment_succeeded', stripeSession({ client_reference_id: null, metadata: { invoice: '9' } })), paid('pi_1', php(300_00), { invoice: 9 })],
    // Stripe counts yen in yen, the rupiah in hundredths, the dinar in thousandths.
    ['stripe', stripeEvent('checkout.session.completed', stripeSession({ currency: 'jpy', amount_total: 500 })), paid('pi_1', { amount: 500, currency: 'JPY' })],
    ['stripe', stripeEvent('checkout.session.completed', stripeSession({ currency: 'idr', amount_total: 24_145_00 })), paid('pi_1', { amount: 24_145, currency: 'IDR' })],
    ['stripe', stripeEvent('checkout.session.completed', stripeSession({ currency: 'kwd', amount_total: 5_250 })), paid('pi_1', { amount: 5_250, currency: 'KWD' })],
  ])('of %s', (name, event, expected) => {
    expect(read(name, event)).toEqual(expected);
  }); // prettier-ignore

  test.each([
    ['paymongo', paymongoEvent('payment.failed', paymongoPayment({ status: 'failed' }))],
    ['paymongo', paymongoEvent('source.chargeable', { id: 'src_1', attributes: { amount: 1 } })],
    ['paymongo', paymongoEvent('payment.paid', paymongoPayment(), false)],
    ['xendit', xenditInvoice({ status: 'EXPIRED' })],
    ['xendit', { ...xenditCapture(), event: 'payment.failure' }],
    ['midtrans', midtransEvent({ transaction_status: 'pending', status_code: '201' })],
    // Somebody changed the word, which is not signed, but cannot change the number.
    ['midtrans', midtransEvent({ status_code: '201' })],
    ['midtrans', midtransEvent({ transaction_status: 'capture', fraud_status: 'challenge' })],
    ['stripe', stripeEvent('checkout.session.completed', stripeSession({ payment_status: 'unpaid' }))],
    ['stripe', stripeEvent('checkout.session.completed', stripeSession({ mode: 'setup' }))],
    ['stripe', stripeEvent('checkout.session.completed', stripeSession(), false)],
    ['stripe', stripeEvent('customer.created', { id: 'cus_1' })],
  ])('is none of %s where nobody paid, or in a test', (name, event) => {
    expect(read(name, event)).toEqual([]);
  }); // prettier-ignore

  test.each([...GATEWAYS.keys()])('is none of %s in any other JSON', (name) => {
    fc.assert(fc.property(fc.jsonValue(), (event) => expect(read(name, event)).toEqual([])));
  });

  test('is refused without an amount, a currency or an id', () => {
    const withoutId = { ...paymongoPayment(), id: undefined };
    for (const payment of [
      ...[withoutId, paymongoPayment({ amount: 10.5 }), paymongoPayment({ amount: 0 })],
      ...[paymongoPayment({ amount: -1 }), paymongoPayment({ currency: 'pesos' })],
    ]) {
      expect(() => read('paymongo', paymongoEvent('payment.paid', payment))).toThrow('The event');
    }
  });
});

test('a reference says what a payment is for', () => {
  expect(purposeOf([null, 'Order 7', 'invoice-12'])).toEqual({ invoice: 12 });
  expect(purposeOf(['Invoice-12~3'])).toEqual({ invoice: 12 });
  expect(purposeOf(['login-joy.b@home-2~4'])).toEqual({ login: 'joy.b@home-2' });
  expect(purposeOf(['invoice-x', 'invoice-', '12', { invoice: 1 }])).toEqual({});
});

describe.each([...GATEWAYS.keys()])('the signature of %s', (name) => {
  const gateway = GATEWAYS.get(name)!;
  const seconds = at(0).getTime() / 1000;
  const bodyOf = (text: string, secret: string) =>
    JSON.stringify(name === 'midtrans' ? midtransEvent({ order_id: text }, secret) : { text });
  const isGenuine = (secret: string, body: string, headers: Headers, ms = 0) =>
    gateway.isGenuine(
      secret,
      { header: (of) => headers[of] ?? '', body: Buffer.from(body) },
      at(ms),
    );

  test('is good for this secret alone', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (text, secret) => {
        const body = bodyOf(text, secret);
        const headers = SIGNED[name]!(body, secret, seconds);
        expect(isGenuine(secret, body, headers)).toBe(true);
        expect(isGenuine(`${secret}x`, body, headers)).toBe(false);
      }),
    );
    for (const headers of [{}, { 'stripe-signature': 't=,v1=', 'paymongo-signature': 'li' }]) {
      expect(isGenuine('s', '{"signature_key":""}', headers)).toBe(false);
      expect(isGenuine('s', '{', headers)).toBe(false);
    }
  });

  if (name === 'paymongo' || name === 'stripe') {
    test('is good for these bytes and for five minutes', () => {
      const headers = SIGNED[name]!('{}', 's', seconds);
      expect(isGenuine('s', '{ }', headers)).toBe(false);
      expect(isGenuine('s', '{}', headers, REPORT_AGE_MS)).toBe(true);
      expect(isGenuine('s', '{}', headers, -REPORT_AGE_MS)).toBe(true);
      expect(isGenuine('s', '{}', headers, REPORT_AGE_MS + 1)).toBe(false);
      expect(isGenuine('s', '{}', headers, -REPORT_AGE_MS - 1)).toBe(false);
    });
  }
});

describe('at the shop', () => {
  let shop: AdminShop;

  beforeAll(async () => {
    shop = await AdminShop.open({
      profiles: [{ name: 'Home', price: '300', billing_cycle: 'monthly' }],
    });
    const { paymentSources, subscribers, billing } = shop.shop.app.services;
    for (const name of GATEWAYS.keys()) await paymentSources.connect(name, name, SECRET, 'maria');
    const { id } = await subscribers.add({ name: 'Joy', login: 'joy' }, 'maria');
    await subscribers.assign(id, { plan: 'Home' }, undefined, 'maria');
    await billing.run();
  });
  afterAll(() => shop.close());

  async function send(name: string, event: object, secret = SECRET) {
    const body = JSON.stringify(event);
    const seconds = Math.floor(shop.shop.clock.now().getTime() / 1000);
    const answer = await fetch(`${shop.address}/hooks/payments/${name}`, {
      ...{ method: 'POST', body, headers: SIGNED[name]!(body, secret, seconds) },
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  const services = () => shop.shop.app.services;
  const payments = async () =>
    (await services().billing.payments()).map(({ money, method, note }) => [money.amount, method, note]); // prettier-ignore
  const alerts = async (of: string) =>
    (await services().alerts.open()).filter(({ kind }) => kind === of);
  const messages = async (of: string) => (await alerts(of)).map(({ message }) => message);

  test.each([
    [
      'paymongo',
      paymongoEvent('payment.paid', { ...paymongoPayment(), id: 'pay_2' }),
      'pay_2',
      300_00,
    ],
    ['xendit', xenditCapture(), 'py-1fdaf346', 300_50],
    ['stripe', stripeEvent('checkout.session.completed', stripeSession()), 'pi_1', 300_00],
  ])('%s: many tries at once are one payment', async (name, event, id, amount) => {
    const before = await payments();
    const answers = await Promise.all(Array.from({ length: 6 }, () => send(name, event)));
    const [first] = answers;
    expect(first).toMatchObject({
      status: 200,
      body: { received: true, payments: [{ id, status: 'booked' }] },
    });
    expect(answers.every((one) => JSON.stringify(one) === JSON.stringify(first))).toBe(true);
    expect(await payments()).toEqual([...before, [amount, name, id]]);
    expect((await send(name, event, 'guess')).status).toBe(401);
    expect(await payments()).toHaveLength(before.length + 1);
  });

  test('a checkout and its payment are one payment, whichever of the two says more', async () => {
    await send('paymongo', paymongoEvent('payment.paid', paymongoPayment()));
    const before = await payments();
    const event = paymongoEvent('checkout_session.payment.paid', paymongoCheckout('login-joy'));
    expect((await send('paymongo', event)).body).toMatchObject({ payments: [{ id: 'pay_1' }] });
    expect(await payments()).toEqual(before);
    const other = paymongoEvent('payment.paid', paymongoPayment({ amount: 1 }));
    expect((await send('paymongo', other)).status).toBe(409);
  });

  test('money that is not the shop’s waits for staff, once', async () => {
    const before = await payments();
    for (let tries = 0; tries < 2; tries += 1) {
      const { status, body } = await send('midtrans', midtransEvent());
      expect([status, body]).toMatchObject([200, { payments: [{ status: 'waiting' }] }]);
      // The transaction is not signed: the same order with another one is the same payment.
      await send('midtrans', midtransEvent({ transaction_id: 'another' }));
    }
    expect(await payments()).toEqual(before);
    expect(await messages('payment waiting')).toEqual([
      expect.stringContaining('Payments are only taken in PHP'),
    ]);
    const [waiting] = await services().paymentSources.waiting();
    await services().paymentSources.dismiss(waiting!.number, 'sent back', 'maria');
  });

  test('a refund is told once, and books nothing', async () => {
    const session = stripeSession({ payment_intent: 'pi_2' });
    await send('stripe', stripeEvent('checkout.session.completed', session));
    const before = await payments();
    const refund = { id: 're_1', amount: 50_00, currency: 'php', payment_intent: 'pi_2' };
    const event = stripeEvent('refund.created', { ...refund, status: 'succeeded' });
    for (const type of ['refund.created', 'refund.updated']) {
      expect((await send('stripe', { ...event, type })).body).toEqual({ received: true, payments: [] }); // prettier-ignore
    }
    expect(await messages(GIVEN_BACK)).toEqual([
      expect.stringMatching(/^stripe gave ₱50\.00 of payment pi_2 \(our \d\)/),
    ]);
    const [alert] = await alerts(GIVEN_BACK);
    await services().alerts.clear(alert!.id, 'maria', true);
    await send('stripe', event);
    expect(await messages(GIVEN_BACK)).toEqual([]);
    const others: [string, object][] = [
      ['paymongo', paymongoEvent('payment.refunded', { ...paymongoPayment({ refunds: [{ id: 'ref_1', type: 'refund', attributes: { amount: 1_00, currency: 'PHP' } }] }) })],
      ['xendit', { event: 'refund.succeeded', data: { event: 'refund.succeeded', data: { id: 'rfd-1', payment_id: 'py-1fdaf346', amount: 2, currency: 'PHP', status: 'SUCCEEDED' } } }],
      ['midtrans', midtransEvent({ transaction_status: 'partial_refund', refund_amount: '145.00' })],
    ]; // prettier-ignore
    for (const [name, one] of others) expect((await send(name, one)).status).toBe(200);
    expect(await messages(GIVEN_BACK)).toEqual([
      expect.stringMatching(/^paymongo gave ₱1/),
      expect.stringMatching(/^xendit gave ₱2/),
      expect.stringMatching(/^midtrans gave IDR.145 of payment invoice-1~2/),
    ]);
    expect(await payments()).toEqual(before);
    expect(await services().paymentSources.waiting()).toEqual([]);
  });
});

test('the commands connect a company, and its secret is in the books only encrypted', async () => {
  const shop = CliShop.open();
  const connect = (name: string, gateway: string, input: string) =>
    shop.run(`payment-sources connect ${name} --gateway ${gateway} --secret-stdin --json`, {
      input,
    });
  const { out } = await connect('shop-stripe', 'stripe', `${SECRET}\n`);
  expect(JSON.parse(out)).toEqual({
    ...{ id: 1, name: 'shop-stripe', gateway: 'stripe', path: '/hooks/payments/shop-stripe' },
  });
  expect((await connect('again', 'paypal', 'x\n')).code).toBe(2);
  expect((await connect('empty', 'xendit', '\n')).code).toBe(2);
  expect((await shop.run('payment-sources list')).out).toContain('Stripe');
  await shop.look(async ({ db }) => {
    const rows = await db('payment_sources');
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(SECRET);
  });
  await shop.close();
});
