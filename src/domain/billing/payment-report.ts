import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Money } from '../units';

/** What a gateway says it was paid. */
export interface PaymentReport {
  /** The gateway's own; the same for each try. */
  id: string;
  money: Money;
  /** What it was for: the number of an invoice, or a subscriber's login. */
  invoice?: number | undefined;
  login?: string | undefined;
  /** The reference of an order of ours, for which a page was made. */
  order?: string | undefined;
  note: string;
}

/** Older or newer by our clock than this: somebody may be sending again what was overheard. */
export const REPORT_AGE_MS = 5 * 60_000;

/** The signature of a report: HMAC-SHA256 of `SECONDS.BODY`, in hex, as `sha256=...`. */
export function signatureOf(secret: string, seconds: string, body: Buffer): string {
  const hmac = createHmac('sha256', secret).update(`${seconds}.`).update(body);
  return `sha256=${hmac.digest('hex')}`;
}

/** Whether whoever sent it knows the secret, and made it now. @param seconds since 1970, as sent */
export function isGenuine(
  secret: string,
  sent: { seconds: string; signature: string; body: Buffer },
  now: Date,
): boolean {
  const expected = Buffer.from(signatureOf(secret, sent.seconds, sent.body));
  const given = Buffer.from(sent.signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
  if (!/^\d{1,12}$/.test(sent.seconds)) return false;
  return Math.abs(now.getTime() - Number(sent.seconds) * 1000) <= REPORT_AGE_MS;
}
