import type { CheckoutOrder } from '../../src/domain/billing/gateways/gateway';
import { GATEWAYS } from '../../src/domain/billing/gateways/gateways';
import { GatewayAway, GatewayRefused } from '../../src/errors';
import { GatewayClient } from '../../src/services/billing/gateway-client';
import { at } from '../support/builders';
import { CliShop } from '../support/program/cli-shop';
import { PayCompany } from '../support/pay-company';

/** What PayMongo, Xendit, Midtrans and Stripe are asked for a payment page, as their pages for developers say. */

const REFERENCE = `order-${'a1b2c'.repeat(4)}`;
const RETURN = 'http://10.5.0.2:5000/portal/pay/x';
const PAGE = 'https://pay.example/page';
const KEY = 'sk_live_1';
const BASIC = `Basic ${Buffer.from('sk_live_1:').toString('base64')}`;

let company: PayCompany;
beforeEach(async () => {
  company = await PayCompany.open(() => ({ status: 200, body: {} }));
});
afterEach(() => company.close());

const order = (changes: Partial<CheckoutOrder> = {}): CheckoutOrder => ({
  ...{ reference: REFERENCE, attempt: 1, money: { amount: 300_50, currency: 'PHP' } },
  ...{ description: 'Wi-Fi: 1 hour', returnUrl: RETURN, at: at(0), until: at(3_600_000) },
  ...changes,
});
const ask = (name: string, one = order(), methods?: string[], timeoutMs?: number) =>
  new GatewayClient(timeoutMs).createCheckout(
    GATEWAYS.get(name)!,
    KEY,
    { api: company.address, methods },
    one,
  );
const rupiah = { money: { amount: 15_000, currency: 'IDR' } };

/** What each answers where it makes a page, and where it refuses, by its own documents. */
const ANSWERS: Record<string, { made: unknown; refused: unknown; words: string }> = {
  paymongo: {
    made: {
      data: { id: 'cs_1', type: 'checkout_session', attributes: { checkout_url: PAGE, livemode: true } },
    },
    refused: {
      errors: [{ code: 'parameter_invalid', detail: 'amount must be at least 2000.', source: { pointer: 'attributes.amount' } }],
    },
    words: 'amount must be at least 2000.',
  },
  xendit: {
    made: { id: '579c8d61f23fa4ca35e52da4', status: 'PENDING', invoice_url: PAGE },
    refused: { error_code: 'API_VALIDATION_ERROR', message: 'There was an error with the format submitted to the server.', errors: [{ path: 'amount', message: 'amount is too low' }] },
    words: 'There was an error with the format submitted to the server.; amount is too low',
  },
  midtrans: {
    made: { token: '66e4fa55', redirect_url: PAGE },
    refused: { error_messages: ['transaction_details.gross_amount is required', 'order_id too long'] },
    words: 'transaction_details.gross_amount is required; order_id too long',
  },
  stripe: {
    made: { id: 'cs_live_1', object: 'checkout.session', url: PAGE },
    refused: { error: { type: 'invalid_request_error', code: 'amount_too_small', message: 'The amount is too small.' } },
    words: 'The amount is too small.',
  },
}; // prettier-ignore
const NAMES = Object.keys(ANSWERS);
const says = (status: number, body: unknown) => (company.says = () => ({ status, body }));

test('every company is here', () => {
  expect(NAMES).toEqual([...GATEWAYS.keys()]);
});

test('PayMongo is asked for a checkout session, in centavos', async () => {
  says(200, ANSWERS.paymongo!.made);
  expect(await ask('paymongo')).toBe(PAGE);
  const { method, path, headers, body } = company.last;
  expect([method, path, headers.authorization]).toEqual(['POST', '/v2/checkout_sessions', BASIC]);
  expect(headers['content-type']).toBe('application/json');
  expect(JSON.parse(body)).toEqual({
    data: {
      attributes: {
        line_items: [{ name: 'Wi-Fi: 1 hour', quantity: 1, currency: 'PHP', amount: 30050 }],
        payment_method_types: ['qrph'],
        ...{ description: 'Wi-Fi: 1 hour', reference_number: REFERENCE },
        ...{ success_url: RETURN, cancel_url: RETURN },
      },
    },
  });
  await ask('paymongo', order(), ['gcash', 'card']);
  expect(company.last.body).toContain('"payment_method_types":["gcash","card"]');
});

test('Xendit is asked for an invoice, in whole units', async () => {
  says(200, ANSWERS.xendit!.made);
  expect(await ask('xendit')).toBe(PAGE);
  const { method, path, headers, body } = company.last;
  expect([method, path, headers.authorization]).toEqual(['POST', '/v2/invoices', BASIC]);
  expect(JSON.parse(body)).toEqual({
    ...{ external_id: REFERENCE, description: 'Wi-Fi: 1 hour', amount: 300.5, currency: 'PHP' },
    ...{ success_redirect_url: RETURN, failure_redirect_url: RETURN, invoice_duration: 3600 },
  });
  await ask('xendit', order(rupiah));
  expect(JSON.parse(company.last.body)).toMatchObject({ amount: 15_000, currency: 'IDR' });
});

test('Midtrans is asked for a Snap transaction, and a second try has another order id', async () => {
  says(201, ANSWERS.midtrans!.made);
  expect(await ask('midtrans', order(rupiah))).toBe(PAGE);
  const { method, path, headers, body } = company.last;
  expect([method, path, headers.authorization]).toEqual(['POST', '/snap/v1/transactions', BASIC]);
  expect(headers.accept).toBe('application/json');
  expect(JSON.parse(body)).toEqual({
    transaction_details: { order_id: REFERENCE, gross_amount: 15_000 },
    item_details: [{ id: REFERENCE, price: 15_000, quantity: 1, name: 'Wi-Fi: 1 hour' }],
    callbacks: { finish: RETURN },
    page_expiry: { duration: 60, unit: 'minutes' },
  });
  const long = 'x'.repeat(80);
  await ask('midtrans', order({ ...rupiah, attempt: 2, description: long }));
  expect(JSON.parse(company.last.body)).toMatchObject({
    transaction_details: { order_id: `${REFERENCE}~2` },
    item_details: [{ name: long.slice(0, 50) }],
  });
  expect(`${REFERENCE}~99`.length).toBeLessThanOrEqual(50);
});

test('Stripe is asked for a checkout session under one key, in the units it counts', async () => {
  says(200, ANSWERS.stripe!.made);
  expect(await ask('stripe')).toBe(PAGE);
  const { method, path, headers, body } = company.last;
  expect([method, path]).toEqual(['POST', '/v1/checkout/sessions']);
  expect(headers).toMatchObject({
    ...{ authorization: 'Bearer sk_live_1', 'idempotency-key': REFERENCE },
    'content-type': 'application/x-www-form-urlencoded',
  });
  expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
    ...{ mode: 'payment', client_reference_id: REFERENCE, success_url: RETURN, cancel_url: RETURN },
    ...{ expires_at: String(at(3_600_000).getTime() / 1000), 'adaptive_pricing[enabled]': 'false' },
    ...{ 'line_items[0][quantity]': '1', 'line_items[0][price_data][currency]': 'php' },
    'line_items[0][price_data][unit_amount]': '30050',
    'line_items[0][price_data][product_data][name]': 'Wi-Fi: 1 hour',
  });
  const unitsOf = async (amount: number, currency: string) => {
    await ask('stripe', order({ money: { amount, currency } }));
    return new URLSearchParams(company.last.body).get('line_items[0][price_data][unit_amount]');
  };
  expect(await unitsOf(500, 'JPY')).toBe('500');
  expect(await unitsOf(24_145, 'IDR')).toBe('2414500');
  expect(await unitsOf(5_250, 'KWD')).toBe('5250');
});

test('a repeated try asks the very same of who knows it by a key or a reference', async () => {
  for (const name of NAMES) {
    says(200, ANSWERS[name]!.made);
    await ask(name, order(rupiah));
    const first = company.last;
    await ask(name, order(rupiah));
    expect(company.last).toEqual(first);
  }
});

test('each takes its own currencies', () => {
  const takes = (name: string, currency: string) => GATEWAYS.get(name)!.checkouts.takes(currency);
  expect(NAMES.filter((name) => takes(name, 'PHP'))).toEqual(['paymongo', 'xendit', 'stripe']);
  expect(NAMES.filter((name) => takes(name, 'IDR'))).toEqual(['xendit', 'midtrans', 'stripe']);
  expect(NAMES.filter((name) => takes(name, 'USD'))).toEqual(['stripe']);
});

describe.each(NAMES)('%s', (name) => {
  const { refused, words } = ANSWERS[name]!;

  test('that refuses is told in its own words', async () => {
    says(400, refused);
    await expect(ask(name)).rejects.toThrow(GatewayRefused);
    await expect(ask(name)).rejects.toThrow(words);
    says(401, refused);
    await expect(ask(name)).rejects.toThrow(GatewayRefused);
  });

  test.each([429, 500, 503])('that answers %d is away, and nothing was charged', async (status) => {
    says(status, status === 429 ? refused : '<html>Bad gateway</html>');
    await expect(ask(name)).rejects.toThrow(GatewayAway);
    await expect(ask(name)).rejects.toThrow('Nothing was charged');
  });

  test('that says nothing, or hangs up, is away', async () => {
    company.says = () => 'silence';
    await expect(ask(name, order(), undefined, 50)).rejects.toThrow(GatewayAway);
    company.says = () => 'hang up';
    await expect(ask(name)).rejects.toThrow(GatewayAway);
  });

  test.each([
    ['{}', 'no page'],
    ['not JSON', 'no page'],
    ['http://elsewhere.example/', 'a page without encryption'],
    ['javascript:alert(1)', 'no page of the web'],
  ])('that answers %j has %s for a phone', async (address) => {
    const made = JSON.stringify(ANSWERS[name]!.made).replace(PAGE, address);
    says(200, address.includes(':') ? made : address);
    await expect(ask(name)).rejects.toThrow('without the address of a payment page');
  });

  test('that answers without end is away, and the key follows to no other address', async () => {
    says(200, 'x'.repeat(300_000));
    await expect(ask(name)).rejects.toThrow('the answer is too long');
    says(302, '');
    await expect(ask(name)).rejects.toThrow(GatewayRefused);
    expect(company.got).toHaveLength(2);
  });
});

test('the commands open and close the pages of a company, and say what phones must reach', async () => {
  const shop = CliShop.open();
  const connect = (name: string) =>
    shop.run(`payment-sources connect ${name} --gateway ${name} --secret-stdin`, { input: 's\n' });
  await connect('paymongo');
  await connect('midtrans');
  expect((await shop.run('payment-sources open paymongo')).code).not.toBe(0);
  expect((await shop.run('payment-sources open gcash --key-stdin', { input: 'k\n' })).code).toBe(1);
  const opened = await shop.run(
    'payment-sources open paymongo --key-stdin --methods gcash,qrph --json',
    { input: 'sk_live_1\n' },
  );
  expect(JSON.parse(opened.out)).toEqual({
    ...{ id: 1, name: 'paymongo', gateway: 'paymongo', methods: ['gcash', 'qrph'], api: null },
    hosts: ['checkout.paymongo.com', '*.paymongo.com'],
  });
  const midtrans = await shop.run('payment-sources open midtrans');
  expect(midtrans.code).toBe(0);
  expect(midtrans.out + midtrans.err).toContain('*.midtrans.com');
  const online = async () =>
    (JSON.parse((await shop.run('payment-sources list --json')).out) as { paysOnline: boolean }[]).map(({ paysOnline }) => paysOnline); // prettier-ignore
  expect(await online()).toEqual([true, true]);
  expect((await shop.run('payment-sources close paymongo')).code).toBe(0);
  expect((await shop.run('payment-sources close paymongo')).code).toBe(1);
  expect(await online()).toEqual([false, true]);
  await shop.close();
});
