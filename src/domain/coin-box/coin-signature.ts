import { createHmac, timingSafeEqual } from 'node:crypto';

/** A request of a box as it came. */
export interface SignedRequest {
  method: string;
  /** Whole, without a query. */
  path: string;
  /** Text of digits: higher than all before it. */
  counter: string;
  body: Buffer;
}

/** What box and server sign with after the pairing; nothing of it but the nonce went over the wire at that moment. */
export function pairedKey(
  pairingKey: Buffer,
  { number, hardware, nonce }: { number: string; hardware: string; nonce: string },
): Buffer {
  return createHmac('sha256', pairingKey)
    .update(`coin-box ${number} ${hardware} ${nonce}`)
    .digest();
}

/** As it stands in the header. */
function requestSignature(key: Buffer, { method, path, counter, body }: SignedRequest): string {
  return signature(key, `${method}\n${path}\n${counter}\n`, body);
}

/** Of the answer to the request with this counter. */
export function answerSignature(key: Buffer, counter: string, body: Buffer): string {
  return signature(key, `answer\n${counter}\n`, body);
}

export function isSignedWith(key: Buffer, request: SignedRequest, given: string): boolean {
  const expected = Buffer.from(requestSignature(key, request));
  const typed = Buffer.from(given);
  return typed.length === expected.length && timingSafeEqual(typed, expected);
}

function signature(key: Buffer, head: string, body: Buffer): string {
  return `sha256=${createHmac('sha256', key).update(head).update(body).digest('hex')}`;
}
