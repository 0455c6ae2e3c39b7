import { createHash } from 'node:crypto';
import {
  asText,
  basicAuth,
  idOf,
  inMinor,
  isSame,
  joined,
  listOf,
  moneyOf,
  part,
  purposeOf,
  type Checkouts,
  type Gateway,
  type GatewayEvent,
} from './gateway';

const GIVEN_BACK: readonly unknown[] = [
  ...['refund', 'partial_refund', 'chargeback', 'partial_chargeback'],
];

/** Of the name of an item. */
const LONGEST_ITEM = 50;

/**
 * Snap transactions, as https://docs.midtrans.com/docs/snap-snap-integration-guide has them. An order id is taken once,
 * so a try after one without an answer has another one.
 */
const checkouts: Checkouts = {
  api: 'https://app.midtrans.com',
  keyIs: undefined,
  hosts: ['app.midtrans.com', '*.midtrans.com'],
  takes: (currency) => currency === 'IDR',

  request({ reference, attempt, money, description, returnUrl, at, until }, key) {
    const amount = inMinor(money, 0);
    const minutes = Math.round((until.getTime() - at.getTime()) / 60_000);
    const id = attempt === 1 ? reference : `${reference}~${attempt}`;
    const name = description.slice(0, LONGEST_ITEM);
    const transaction = {
      transaction_details: { order_id: id, gross_amount: amount },
      item_details: [{ id: reference, price: amount, quantity: 1, name }],
      callbacks: { finish: returnUrl },
      page_expiry: { duration: minutes, unit: 'minutes' },
    };
    return {
      path: '/snap/v1/transactions',
      headers: {
        ...{ authorization: basicAuth(key), accept: 'application/json' },
        'content-type': 'application/json',
      },
      body: JSON.stringify(transaction),
    };
  },

  pageIn: (answer) => asText(part(answer, 'redirect_url')),
  problemIn: (answer) => joined(listOf(part(answer, 'error_messages'))),
};

/**
 * Midtrans (Indonesia). Its signature covers `order_id`, `status_code` and `gross_amount` and nothing else, so a payment
 * is known by its order, not by its transaction: with another one the same notification would be booked twice.
 */
export const midtrans: Gateway = {
  title: 'Midtrans',
  checkouts,
  secretIs: "the server key, in Midtrans' dashboard below Settings > Access Keys",

  isGenuine(secret, { body }) {
    const event = parsed(body);
    const signed = ['order_id', 'status_code', 'gross_amount'].map((name) => part(event, name));
    const expected = createHash('sha512').update([...signed.map(asText), secret].join(''));
    return isSame(asText(part(event, 'signature_key')), expected.digest('hex'));
  },

  read(event) {
    const status = part(event, 'transaction_status');
    // 201 is pending, 202 denied. The status in words is not signed, this number is.
    if (part(event, 'status_code') !== '200') return [];
    if (GIVEN_BACK.includes(status)) return [refunded(event)];
    const isPaid = status === 'settlement' || status === 'capture';
    // `challenge` waits for the shop to look at it; once accepted it is sent again.
    const isDoubted = (part(event, 'fraud_status') ?? 'accept') !== 'accept';
    return isPaid && !isDoubted ? [paid(event)] : [];
  },
};

function paid(event: unknown): GatewayEvent {
  const id = idOf(part(event, 'order_id'));
  const money = moneyOf(part(event, 'gross_amount'), currencyOf(event));
  return { kind: 'payment', report: { id, money, ...purposeOf([id]), note: '' } };
}

/** The amount is what was given back so far. */
function refunded(event: unknown): GatewayEvent {
  const payment = idOf(part(event, 'order_id'));
  const amount = part(event, 'refund_amount') ?? part(event, 'gross_amount');
  const money = moneyOf(amount, currencyOf(event));
  return { kind: 'refund', refund: { id: `${payment} ${money.amount}`, payment, money } };
}

function currencyOf(event: unknown): unknown {
  return part(event, 'currency') ?? 'IDR';
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
