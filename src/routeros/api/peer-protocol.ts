import { connect } from 'node:net';
import type { Timers } from '../../clock';
import { encodeSentence } from './codec';

/** What listens at a port, where that is certain. */
export type PeerProtocol = 'api' | 'tls';

/**
 * A command that a router answers before any login, and that leaves no line in its log. A password must not go
 * out here: it would cross the network in the clear.
 */
const QUIT = encodeSentence(['/quit']);

/** Any reply sentence: the length of a short word, and its first sign. */
const API_ANSWER = /^[\x03-\x10]!/;
/** The header of a TLS record: an alert or a handshake, of any version. */
const TLS_ANSWER = /^[\x14-\x17]\x03[\x00-\x04]/;

/**
 * A ClientHello of TLS 1.2 that offers a bit of everything, anonymous ciphers too. Whoever speaks TLS answers
 * it with a record, be it a refusal.
 */
const HELLO = clientHello([
  ...[0xc02f, 0xc030, 0xc02b, 0xc02c, 0x009c, 0x009d, 0x002f, 0x0035],
  ...[0x00a6, 0x00a7, 0x006c, 0x006d, 0x0034, 0x003a, 0x0018],
]);

const QUESTIONS = {
  api: { says: QUIT, answer: API_ANSWER },
  tls: { says: HELLO, answer: TLS_ANSWER },
} as const;

/** Whether the first bytes that came are those of TLS: no word of the API begins so. */
export function looksLikeTls(bytes: Buffer): boolean {
  return TLS_ANSWER.test(bytes.toString('latin1', 0, 3));
}

/**
 * Calls once more and speaks the other protocol, by TCP alone and without a login. What a peer does with bytes
 * that it does not understand tells nothing: it waits for more, answers rubbish or hangs up, as they happen
 * to fall.
 * @param within milliseconds for the call and its answer
 * @returns true only if the answer is certain
 */
export function speaks(
  protocol: PeerProtocol,
  { host, port }: { host: string; port: number },
  within: number,
  clock: Timers,
): Promise<boolean> {
  const { says, answer } = QUESTIONS[protocol];
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect({ host, port });
    const end = (isIt: boolean) => {
      deadline.cancel();
      socket.destroy();
      resolve(isIt);
    };
    const deadline = clock.after(within, () => end(false));
    socket.on('connect', () => socket.write(says));
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1', 0, 3);
      if (heard.length >= 3) end(answer.test(heard));
    });
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
  });
}

function clientHello(suites: readonly number[]): Buffer {
  const random = Buffer.alloc(32, 'pisonet');
  const ciphers = Buffer.alloc(2 * suites.length);
  suites.forEach((suite, index) => ciphers.writeUInt16BE(suite, 2 * index));
  const lengthOfCiphers = Buffer.of(0, ciphers.length);
  const plain = Buffer.of(1, 0); // no compression
  const body = Buffer.concat([
    Buffer.of(3, 3),
    random,
    Buffer.of(0),
    lengthOfCiphers,
    ciphers,
    plain,
  ]);
  const handshake = Buffer.concat([Buffer.of(1, 0, 0, body.length), body]);
  return Buffer.concat([Buffer.of(0x16, 3, 1, 0, handshake.length), handshake]);
}
