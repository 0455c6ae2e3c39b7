import fc from 'fast-check';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { RouterUnreachable } from '../../src/errors';
import { ApiConnection } from '../../src/routeros/api/connection';
import type { RouterAddress } from '../../src/routeros/api/dial';
import { encodeSentence } from '../../src/routeros/api/codec';
import { looksLikeTls } from '../../src/routeros/api/peer-protocol';
import { Simulator } from '../../src/simulator/simulator';
import { CERTIFICATE, KEY } from '../support/peers/certificates';
import { LineClock } from '../support/line-clock';
import { runs, sameEachTime } from '../support/program/run-counts';

/** The two ports of the API taken for each other. */

const LIMITS = {
  ...{ connectMs: 600, loginMs: 600, commandMs: 2_000, longMs: 2_000 },
  ...{ inFlight: 8, queued: 100, queuedMs: 1_000 },
};
const ANONYMOUS = { ciphers: 'ADH:@SECLEVEL=0', maxVersion: 'TLSv1.2', dhparam: 'auto' } as const;
const CERTIFIED = { cert: CERTIFICATE, key: KEY };

const IS_PLAIN = /is the plain API, without encryption.*MIKROTIK_USE_SSL=false/;
const IS_TLS = /speaks TLS.*MIKROTIK_USE_SSL=true/;

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

async function told(port: number, tls: RouterAddress['tls']): Promise<Error> {
  const address = { host: '127.0.0.1', port, username: 'admin', password: 'secret', tls };
  const answer = await ApiConnection.open(address, LIMITS, new LineClock()).catch(
    (reason: unknown) => reason,
  );
  if (answer instanceof ApiConnection) answer.close();
  return answer as Error;
}

/** What a peer does with bytes that are none of its protocol. */
type Reaction = { bytes: Buffer; then: 'stays' | 'hangs up' | 'resets' };

const reaction = fc.record({
  bytes: fc.oneof(
    fc.constant(Buffer.alloc(0)),
    fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom('!fatal', '!trap', '!done', '!empty')
      .map((word) => encodeSentence([word, '=message=not logged in'])),
    // Alerts of TLS, of every version, whole and cut.
    fc
      .tuple(fc.constantFrom(0, 1, 2, 3, 4), fc.integer({ min: 1, max: 7 }))
      .map(([version, size]) => Buffer.of(0x15, 3, version, 0, 2, 2, 10).subarray(0, size)),
  ),
  then: fc.constantFrom('stays' as const, 'hangs up' as const, 'resets' as const),
});

/** In the clear, what speaks the API is the API. */
const isNoApi = ({ bytes }: Reaction) => bytes[1] !== 0x21;

function react(socket: Socket, { bytes, then }: Reaction): void {
  if (bytes.length > 0) socket.write(bytes);
  if (then === 'hangs up') socket.end();
  if (then === 'resets') socket.resetAndDestroy();
}

/**
 * A router whose port tells by the first byte whether it is spoken to as it should be: then `right` has the
 * line, else it reacts.
 */
async function peer(isRight: (first: number) => boolean, right: number, to: Reaction) {
  const sockets = new Set<Socket>();
  const port = await listening(
    createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', (bytes) => {
        if (!isRight(bytes[0]!)) return react(socket, to);
        const behind = connect(right, '127.0.0.1');
        sockets.add(behind);
        behind.on('error', () => socket.destroy());
        behind.write(bytes);
        socket.pipe(behind).pipe(socket);
      });
    }),
  );
  const close = open.pop()!;
  return {
    port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await close();
    },
  };
}

async function router(options = {}): Promise<number> {
  const simulator = await Simulator.start(options);
  open.push(() => simulator.stop());
  return simulator.port;
}

test.each(['on', 'anonymous'] as const)(
  'TLS (%s) to the plain port: told as that, whatever comes of its bytes there',
  async (tls) => {
    const right = await router();
    const property = fc.asyncProperty(reaction, async (to) => {
      const { port, close } = await peer((first) => first < 0x14, right, to);
      const error = await told(port, tls).finally(close);
      expect(error).toBeInstanceOf(RouterUnreachable);
      expect(error.message).toMatch(IS_PLAIN);
      expect(error.message).not.toContain('silent');
    });
    await fc.assert(property, { numRuns: runs(200, 15), ...sameEachTime(7) });
  },
);

test.each([
  ['with a certificate', CERTIFIED],
  ['without one', ANONYMOUS],
])('plain to the TLS port %s: told as that, whatever comes of its bytes there', async (_, tls) => {
  const right = await router({ tls });
  const property = fc.asyncProperty(reaction.filter(isNoApi), async (to) => {
    const { port, close } = await peer((first) => first === 0x16, right, to);
    const error = await told(port, 'off').finally(close);
    expect(error).toBeInstanceOf(RouterUnreachable);
    expect(error.message).toMatch(IS_TLS);
    expect(error.message).not.toContain('silent');
  });
  await fc.assert(property, { numRuns: runs(200, 15), ...sameEachTime(7) });
});

test('the ports of the simulated router, both ways', async () => {
  const plain = await router();
  const secure = await router({ tls: CERTIFIED });
  for (let n = 0; n < 5; n += 1) {
    expect((await told(plain, 'on')).message).toMatch(IS_PLAIN);
    expect((await told(secure, 'off')).message).toMatch(IS_TLS);
  }
});

test('no password goes out while it is found out', async () => {
  const heard: Buffer[] = [];
  const spy = await listening(
    createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        heard.push(bytes);
        socket.end();
      });
    }),
  );
  await told(spy, 'on');
  expect(heard.length).toBeGreaterThanOrEqual(2);
  expect(Buffer.concat(heard).includes('secret')).toBe(false);
});

test('a router that is silent both ways is told to be silent, and nothing else', async () => {
  const sockets: Socket[] = [];
  const port = await listening(createServer((socket) => void sockets.push(socket)));
  open.push(() => sockets.forEach((socket) => socket.destroy()));
  for (const tls of ['off', 'on', 'anonymous'] as const) {
    expect((await told(port, tls)).message).toContain('accepted the call but stayed silent');
  }
});

test('a certificate on a port that was taken for an anonymous one, and the other way round', async () => {
  const certified = createTlsServer({ ...CERTIFIED, maxVersion: 'TLSv1.2' });
  const port = await listening(certified);
  expect((await told(port, 'anonymous')).message).toContain('does not offer anonymous TLS');
  const anonymous = await router({ tls: ANONYMOUS });
  expect((await told(anonymous, 'on')).message).toContain('does not speak TLS with a certificate');
});

test('what begins like TLS is no word of the API', () => {
  const words = fc.constantFrom('!re', '!done', '!trap', '!fatal', '!empty');
  fc.assert(
    fc.property(words, fc.array(fc.string({ minLength: 1 }), { maxLength: 5 }), (kind, rest) => {
      expect(looksLikeTls(encodeSentence([kind, ...rest]))).toBe(false);
    }),
  );
});
