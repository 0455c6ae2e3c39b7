import {
  asText,
  idOf,
  inMinor,
  isSignedNow,
  moneyOfMinor,
  part,
  purposeOf,
  purposesIn,
  type Checkouts,
  type Gateway,
  type GatewayEvent,
} from './gateway';

/** Currencies of which Stripe counts other digits than two; it counts ISK and UGX with two. */
const WITHOUT_MINOR: ReadonlySet<string> = new Set([
  ...['BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA'],
  ...['PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'],
]);
const OF_THOUSAND: ReadonlySet<string> = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);

const PAID: readonly unknown[] = [
  ...['checkout.session.completed', 'checkout.session.async_payment_succeeded'],
];
const REFUNDED: readonly unknown[] = ['refund.created', 'refund.updated', 'charge.refund.updated'];

/**
 * Checkout Sessions, as https://docs.stripe.com/api/checkout/sessions/create has them. The same key with the same form
 * is the same session for a day.
 */
const checkouts: Checkouts = {
  api: 'https://api.stripe.com',
  keyIs: 'a secret or restricted key that may write Checkout Sessions (sk_live_... or rk_live_...)',
  hosts: ['checkout.stripe.com', '*.stripe.com', '*.stripe.network', '*.stripecdn.com'],
  takes: () => true,

  request({ reference, money, description, returnUrl, until }, key, { methods = [] }) {
    const price = 'line_items[0][price_data]';
    const form = new URLSearchParams({
      ...{ mode: 'payment', client_reference_id: reference },
      ...{ success_url: returnUrl, cancel_url: returnUrl },
      expires_at: String(Math.round(until.getTime() / 1000)),
      // Whoever pays sees, and pays, the price as it was ordered.
      'adaptive_pricing[enabled]': 'false',
      'line_items[0][quantity]': '1',
      [`${price}[currency]`]: money.currency.toLowerCase(),
      [`${price}[unit_amount]`]: String(inMinor(money, digitsOf(money.currency))),
      [`${price}[product_data][name]`]: description,
    });
    for (const [n, method] of methods.entries()) form.set(`payment_method_types[${n}]`, method);
    return {
      path: '/v1/checkout/sessions',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/x-www-form-urlencoded',
        'idempotency-key': reference,
      },
      body: form.toString(),
    };
  },

  pageIn: (answer) => asText(part(answer, 'url')),
  problemIn: (answer) => asText(part(answer, 'error', 'message')),
};

/** Stripe: payment links and Checkout. A session that is completed may be paid only days later. */
export const stripe: Gateway = {
  title: 'Stripe',
  checkouts,
  secretIs: "the signing secret of the webhook endpoint (whsec_...), in Stripe's dashboard",

  isGenuine: (secret, { header, body }, now) =>
    isSignedNow(secret, header('stripe-signature'), ['v1'], body, now),

  read(event) {
    if (part(event, 'livemode') === false) return [];
    const type = part(event, 'type');
    const object = part(event, 'data', 'object');
    const isPaid = PAID.includes(type) && part(object, 'payment_status') === 'paid';
    if (isPaid && part(object, 'mode') === 'payment') return [paid(object)];
    const isRefund = REFUNDED.includes(type) && part(object, 'status') === 'succeeded';
    return isRefund ? [refunded(object)] : [];
  },
};

function paid(session: unknown): GatewayEvent {
  const purpose = purposeOf([
    part(session, 'client_reference_id'),
    ...purposesIn(part(session, 'metadata')),
  ]);
  const id = idOf(part(session, 'payment_intent') ?? part(session, 'id'));
  const money = amountOf(part(session, 'amount_total'), part(session, 'currency'));
  return { kind: 'payment', report: { id, money, ...purpose, note: '' } };
}

function refunded(refund: unknown): GatewayEvent {
  const payment = idOf(part(refund, 'payment_intent') ?? part(refund, 'charge'));
  const money = amountOf(part(refund, 'amount'), part(refund, 'currency'));
  return { kind: 'refund', refund: { id: idOf(part(refund, 'id')), payment, money } };
}

function amountOf(amount: unknown, currency: unknown) {
  const code = asText(currency).toUpperCase();
  return moneyOfMinor(amount, code, digitsOf(code));
}

/** @param code in capitals */
function digitsOf(code: string): number {
  if (WITHOUT_MINOR.has(code)) return 0;
  return OF_THOUSAND.has(code) ? 3 : 2;
}
