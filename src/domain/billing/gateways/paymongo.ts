import {
  asText,
  basicAuth,
  idOf,
  inMinor,
  isSignedNow,
  joined,
  listOf,
  moneyOfMinor,
  part,
  purposeOf,
  purposesIn,
  type Checkouts,
  type Gateway,
  type GatewayEvent,
} from './gateway';

/** `link.payment.paid` and `checkout_session.payment.paid` hold the payments, `payment.paid` is one. */
const HOLDERS: readonly unknown[] = ['checkout_session.payment.paid', 'link.payment.paid'];

/** Active in every account; others have to be asked for. */
const USUAL_METHODS = ['qrph'];

/** Checkout Sessions, as https://developers.paymongo.com/docs/payment-channels-hosted-checkout has them. */
const checkouts: Checkouts = {
  api: 'https://api.paymongo.com',
  keyIs: 'the secret API key (sk_live_...), in the dashboard below Settings > Developers',
  hosts: ['checkout.paymongo.com', '*.paymongo.com'],
  takes: (currency) => currency === 'PHP',

  request({ reference, money, description, returnUrl }, key, { methods = USUAL_METHODS }) {
    const item = { name: description, quantity: 1, currency: money.currency };
    const attributes = {
      line_items: [{ ...item, amount: inMinor(money, 2) }],
      payment_method_types: methods,
      ...{ description, reference_number: reference },
      ...{ success_url: returnUrl, cancel_url: returnUrl },
    };
    return {
      path: '/v2/checkout_sessions',
      headers: { authorization: basicAuth(key), 'content-type': 'application/json' },
      body: JSON.stringify({ data: { attributes } }),
    };
  },

  pageIn: (answer) => asText(part(answer, 'data', 'attributes', 'checkout_url')),
  problemIn: (answer) => joined(listOf(part(answer, 'errors')).map((one) => part(one, 'detail'))),
};

/** PayMongo (Philippines): GCash, Maya, QR Ph, cards. Amounts are centavos. */
export const paymongo: Gateway = {
  title: 'PayMongo',
  checkouts,
  secretIs:
    'the secret key of the webhook (whsk_...), which PayMongo shows where the webhook was made',

  // `te` is filled for tests, `li` for real money; which of them it is, the signed body says too.
  isGenuine: (secret, { header, body }, now) =>
    isSignedNow(secret, header('paymongo-signature'), ['te', 'li'], body, now),

  read(event) {
    const attributes = part(event, 'data', 'attributes');
    if (part(attributes, 'livemode') === false) return [];
    const type = part(attributes, 'type');
    const resource = part(attributes, 'data');
    if (type === 'payment.paid') return [paid(resource, undefined)];
    if (type === 'payment.refunded') {
      const refunds = listOf(part(resource, 'attributes', 'refunds'));
      return refunds.map((one) => refunded(one, part(resource, 'id')));
    }
    if (!HOLDERS.includes(type)) return [];
    const payments = listOf(part(resource, 'attributes', 'payments'));
    return payments
      .map((one) => part(one, 'data') ?? one)
      .filter((one) => part(one, 'attributes', 'status') === 'paid')
      .map((one) => paid(one, part(resource, 'attributes')));
  },
};

/** @param holder the checkout or link, which has the reference */
function paid(payment: unknown, holder: unknown): GatewayEvent {
  const known = part(payment, 'attributes');
  const purpose = purposeOf([
    ...purposesIn(part(holder, 'metadata')),
    ...purposesIn(part(known, 'metadata')),
    ...[part(holder, 'reference_number'), part(holder, 'remarks')],
    ...[part(known, 'external_reference_number'), part(known, 'description')],
  ]);
  const money = moneyOfMinor(part(known, 'amount'), part(known, 'currency'), 2);
  return {
    kind: 'payment',
    report: { id: idOf(part(payment, 'id')), money, ...purpose, note: '' },
  };
}

function refunded(refund: unknown, paymentId: unknown): GatewayEvent {
  const known = part(refund, 'attributes') ?? refund;
  const money = moneyOfMinor(part(known, 'amount'), part(known, 'currency') ?? 'PHP', 2);
  return {
    kind: 'refund',
    refund: { id: idOf(part(refund, 'id')), payment: idOf(paymentId), money },
  };
}
