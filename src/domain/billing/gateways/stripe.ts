import {
  asText,
  idOf,
  isSignedNow,
  moneyOfMinor,
  part,
  purposeOf,
  purposesIn,
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

/** Stripe: payment links and Checkout. A session that is completed may be paid only days later. */
export const stripe: Gateway = {
  title: 'Stripe',
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
  const digits = WITHOUT_MINOR.has(code) ? 0 : OF_THOUSAND.has(code) ? 3 : 2;
  return moneyOfMinor(amount, code, digits);
}
