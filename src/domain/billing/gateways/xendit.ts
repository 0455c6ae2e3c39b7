import { writeMoney } from '../../units';
import {
  asText,
  basicAuth,
  idOf,
  isSame,
  joined,
  listOf,
  moneyOf,
  part,
  purposeOf,
  purposesIn,
  type Checkouts,
  type Gateway,
  type GatewayEvent,
} from './gateway';

const PAID: readonly unknown[] = ['PAID', 'SETTLED'];

const CURRENCIES: readonly string[] = ['IDR', 'PHP', 'THB', 'VND', 'MYR'];

/** Invoices (payment links), as https://developers.xendit.co/api-reference/#create-invoice has them. */
const checkouts: Checkouts = {
  api: 'https://api.xendit.co',
  keyIs: 'a secret API key that may write Money-in (xnd_production_...), below Settings > API keys',
  hosts: ['checkout.xendit.co', '*.xendit.co'],
  takes: (currency) => CURRENCIES.includes(currency),

  request({ reference, money, description, returnUrl, at, until }, key) {
    const invoice = {
      ...{ external_id: reference, description },
      ...{ amount: Number(writeMoney(money)), currency: money.currency },
      ...{ success_redirect_url: returnUrl, failure_redirect_url: returnUrl },
      invoice_duration: Math.round((until.getTime() - at.getTime()) / 1000),
    };
    return {
      path: '/v2/invoices',
      headers: { authorization: basicAuth(key), 'content-type': 'application/json' },
      body: JSON.stringify(invoice),
    };
  },

  pageIn: (answer) => asText(part(answer, 'invoice_url')),
  problemIn: (answer) =>
    joined([
      part(answer, 'message'),
      ...listOf(part(answer, 'errors')).map((one) => part(one, 'message')),
    ]),
};

/** Xendit (Indonesia, Philippines and more). Amounts are whole units; nothing but a token says who sends. */
export const xendit: Gateway = {
  title: 'Xendit',
  checkouts,
  secretIs: "the webhook verification token, in Xendit's dashboard below Settings > Webhooks",

  isGenuine: (secret, { header }) => isSame(header('x-callback-token'), secret),

  read(event) {
    const name = part(event, 'event');
    if (name === undefined) return invoiceEvent(event);
    const data = part(event, 'data');
    if (name === 'refund.succeeded') return [refunded(part(data, 'data') ?? data)];
    const isPaid = name === 'payment.capture' || name === 'payment.succeeded';
    return isPaid && part(data, 'status') === 'SUCCEEDED' ? [captured(data)] : [];
  },
};

/** Of a payment link: the body is the invoice, and says PAID and later SETTLED of the same payment. */
function invoiceEvent(invoice: unknown): GatewayEvent[] {
  if (!PAID.includes(part(invoice, 'status'))) return [];
  const amount = part(invoice, 'paid_amount') ?? part(invoice, 'amount');
  const references = [part(invoice, 'external_id'), part(invoice, 'description')];
  const purpose = purposeOf([...purposesIn(part(invoice, 'metadata')), ...references]);
  const money = moneyOf(amount, part(invoice, 'currency'));
  const id = idOf(part(invoice, 'id'));
  return [{ kind: 'payment', report: { id, money, ...purpose, note: '' } }];
}

function captured(data: unknown): GatewayEvent {
  const amount = part(data, 'request_amount') ?? part(data, 'amount');
  const references = [part(data, 'reference_id'), part(data, 'description')];
  const purpose = purposeOf([...purposesIn(part(data, 'metadata')), ...references]);
  const money = moneyOf(amount, part(data, 'currency'));
  const id = idOf(part(data, 'payment_id') ?? part(data, 'id'));
  return { kind: 'payment', report: { id, money, ...purpose, note: '' } };
}

function refunded(refund: unknown): GatewayEvent {
  const money = moneyOf(part(refund, 'amount'), part(refund, 'currency'));
  const payment = asText(part(refund, 'payment_id')) || part(refund, 'invoice_id');
  return {
    kind: 'refund',
    refund: { id: idOf(part(refund, 'id')), payment: idOf(payment), money },
  };
}
