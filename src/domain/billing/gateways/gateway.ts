import { createHmac, timingSafeEqual } from 'node:crypto';
import { InvalidInput } from '../../../errors';
import { MOST_MONEY, parseMoney, writeMoney, type Money } from '../../units';
import { REPORT_AGE_MS, type PaymentReport } from '../payment-report';

/** An event as a gateway sent it, before anything in it is believed. */
export interface SentEvent {
  /** `''` where there is none. */
  header: (name: string) => string;
  body: Buffer;
}

/** Money that went back to whoever paid. */
export interface ReportedRefund {
  /** Of this refund, the same for each try. */
  id: string;
  /** The id of the payment, as it was reported. */
  payment: string;
  money: Money;
}

export type GatewayEvent =
  { kind: 'payment'; report: PaymentReport } | { kind: 'refund'; refund: ReportedRefund };

/** Something to be paid on a page of the company. */
export interface CheckoutOrder {
  /** `order-` and letters; the report of the payment has it. */
  reference: string;
  /** Which try to make this page, from 1: some companies take a reference once. */
  attempt: number;
  money: Money;
  /** For whoever pays. */
  description: string;
  /** Where they go afterwards. */
  returnUrl: string;
  /** Until when they may pay there, where the company keeps to it. */
  until: Date;
  /** When it was ordered. */
  at: Date;
}

/** What the owner enters for the pages on which customers pay. */
export interface CheckoutSettings {
  /** Where the company's API is, if not at its own address: a test server. */
  api?: string | undefined;
  /** Ways to pay, as the company names them. */
  methods?: readonly string[] | undefined;
}

/** A POST to the company. */
export interface CheckoutRequest {
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** How one company makes the pages on which customers pay. */
export interface Checkouts {
  /** Where its API is. */
  api: string;
  /** What it calls the key; `undefined` where the secret of the reports is the key too. */
  keyIs: string | undefined;
  /** Hosts that a phone must reach to pay, before it is let in. The pages of banks and wallets come on top. */
  hosts: readonly string[];
  takes(currency: string): boolean;
  request(order: CheckoutOrder, key: string, settings: CheckoutSettings): CheckoutRequest;
  /** The address of the page, in an answer; `''` if there is none. */
  pageIn(answer: unknown): string;
  /** Why it was refused, in the company's words; `''` if it does not say. */
  problemIn(answer: unknown): string;
}

/** How one company signs and words its reports, and makes its pages; each has a file of its own. */
export interface Gateway {
  /** For people. */
  title: string;
  /** What it calls the secret, and where its own pages show it. */
  secretIs: string;
  /** @param secret which the gateway gave to the shop */
  isGenuine(secret: string, sent: SentEvent, now: Date): boolean;
  /**
   * The payments and refunds in an event. Events about anything else, tests and failed payments have none.
   * @param event the body, parsed
   * @throws InvalidInput when a payment or refund lacks what it needs
   */
  read(event: unknown): GatewayEvent[];
  checkouts: Checkouts;
}

/** Takes as long for a wrong text as for the right one. */
export function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/**
 * A header like `t=SECONDS,v1=HEX`, where each of the names has an HMAC-SHA256 of `SECONDS.BODY`, made now.
 * @param names under which a signature may be; one good one is enough
 */
export function isSignedNow(
  secret: string,
  header: string,
  names: readonly string[],
  body: Buffer,
  now: Date,
): boolean {
  const parts = header.split(',').map((part) => part.trim().split('=', 2));
  const seconds = parts.find(([name]) => name === 't')?.[1] ?? '';
  const expected = createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex');
  const isSigned = parts.some(
    ([name = '', given = '']) => names.includes(name) && isSame(given, expected),
  );
  if (!isSigned || !/^\d{1,12}$/.test(seconds)) return false;
  return Math.abs(now.getTime() - Number(seconds) * 1000) <= REPORT_AGE_MS;
}

/**
 * What a payment is for, by the first text that says it: `invoice-12`, `login-joy`, or `order-` of a page of ours.
 * Behind a `~` may be anything, for gateways that want another reference for each try.
 */
export function purposeOf(
  texts: readonly unknown[],
): Pick<PaymentReport, 'invoice' | 'login' | 'order'> {
  for (const text of texts) {
    const [, kind, which = ''] = /^(invoice|login|order)-([^~]+)/i.exec(asText(text).trim()) ?? [];
    if (kind?.toLowerCase() === 'login') return { login: which };
    if (kind?.toLowerCase() === 'order') {
      if (ORDER.test(which)) return { order: `order-${which}` };
      continue;
    }
    if (kind !== undefined && /^\d{1,9}$/.test(which)) return { invoice: Number(which) };
  }
  return {};
}

/** A shop may name its own orders so: ours are long. */
const ORDER = /^[a-z0-9]{20}$/;

/** The same in the values a shop gave a payment: `invoice` or `login`. */
export function purposesIn(metadata: unknown): string[] {
  return ['invoice', 'login']
    .map((name) => [name, asText(part(metadata, name))])
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}-${value}`);
}

/** @param amount in whole units, such as `100.5` or `"24145.00"`. @throws InvalidInput */
export function moneyOf(amount: unknown, currency: unknown): Money {
  const code = asText(currency).toUpperCase();
  if (!/^[A-Z]{3}$/.test(code)) throw new InvalidInput('The event has no currency');
  const money = parseMoney(asText(amount).replace(/\.0+$/, ''), code);
  if (money.amount < 1 || money.amount > MOST_MONEY) {
    throw new InvalidInput('The event has no amount that can be booked');
  }
  return money;
}

/** @param digits how many of the amount are behind the point, as the gateway counts this currency */
export function moneyOfMinor(amount: unknown, currency: unknown, digits: number): Money {
  if (typeof amount !== 'number' || !Number.isSafeInteger(amount) || amount < 0) {
    throw new InvalidInput('The event has no amount that can be booked');
  }
  const text = String(amount).padStart(digits + 1, '0');
  const point = text.length - digits;
  const whole = text.slice(0, point);
  const fraction = text.slice(point);
  // A currency of ours may have fewer digits than the gateway counts.
  const least = [...fraction].findLastIndex((digit) => digit !== '0') + 1;
  return moneyOf(least === 0 ? whole : `${whole}.${fraction.slice(0, least)}`, currency);
}

/** @param digits as in `moneyOfMinor`, at least as many as the currency has */
export function inMinor(money: Money, digits: number): number {
  const [whole = '', fraction = ''] = writeMoney(money).split('.');
  return Number(whole + fraction.padEnd(digits, '0'));
}

/** Of a key that is the user's name, and no password. */
export function basicAuth(key: string): string {
  return `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
}

/** Sentences of the company for the log and the owner. */
export function joined(texts: readonly unknown[]): string {
  return texts
    .map(asText)
    .filter((text) => text !== '')
    .join('; ');
}

/** @throws InvalidInput for none, or one that is too long */
export function idOf(value: unknown): string {
  const id = asText(value).trim();
  if (id !== '' && id.length <= 100) return id;
  throw new InvalidInput('The event has no id of a payment');
}

/** What is below these names; `undefined` where there is nothing of the kind. */
export function part(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (whole, name) =>
      typeof whole === 'object' && whole !== null && Object.hasOwn(whole, name)
        ? (whole as Record<string, unknown>)[name]
        : undefined,
    value,
  );
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `''` for what is neither a text nor a number. */
export function asText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
