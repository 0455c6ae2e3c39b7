import { createHash } from 'node:crypto';
import {
  asText,
  idOf,
  isSame,
  moneyOf,
  part,
  purposeOf,
  type Gateway,
  type GatewayEvent,
} from './gateway';

const GIVEN_BACK: readonly unknown[] = [
  ...['refund', 'partial_refund', 'chargeback', 'partial_chargeback'],
];

/**
 * Midtrans (Indonesia). Its signature covers `order_id`, `status_code` and `gross_amount` and nothing else, so a payment
 * is known by its order, not by its transaction: with another one the same notification would be booked twice.
 */
export const midtrans: Gateway = {
  title: 'Midtrans',
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
