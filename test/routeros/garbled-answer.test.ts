import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { RouterUnreachable } from '../../src/errors';
import { RouterClient } from '../../src/routeros/api/client';
import { encodeSentence, SentenceDecoder } from '../../src/routeros/api/codec';
import { LineClock } from '../support/line-clock';
import { runs, sameEachTime } from '../support/program/run-counts';

/** One answer comes garbled: with the pauses of a real shop, the next question is answered within seconds. */

/** What a customer waits without complaint; a minute is not. */
const SECONDS = 8_000;
const PRINT = ['/queue/simple/print'];

let server: Server;
let client: RouterClient;
let line: LineClock;
let onUp: () => void = () => undefined;
const sockets = new Set<Socket>();

async function stop(): Promise<void> {
  client.stop();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await new Promise((resolve) => server.close(resolve));
}

/** @param garble makes something else of the bytes of the answer number `n` */
async function start(garble: (bytes: Buffer, n: number) => Buffer): Promise<void> {
  let n = 0;
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const decoder = new SentenceDecoder((words) => {
      const tag = words.find((word) => word.startsWith('.tag='))!;
      const row = (_: unknown, index: number) =>
        encodeSentence(['!re', tag, `=name=q${index}`, '=comment=xyz']);
      const rows = words[0] === PRINT[0] ? Array.from({ length: 30 }, row) : [];
      const reply = Buffer.concat([...rows, encodeSentence(['!done', tag])]);
      if (words[0] === '/login') socket.write(reply);
      else socket.write(garble(reply, (n += 1)));
    });
    socket.on('data', (bytes) => decoder.push(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const address = { host: '127.0.0.1', port, username: 'admin', password: '' };
  line = new LineClock();
  client = new RouterClient({ ...address, tls: 'off' }, { clock: line, onUp: () => onUp() });
  client.keepConnected();
}

const ask = () => client.send(PRINT, { read: () => true, isLong: true });

/** Asks as the loop and customers do, until all is answered. @returns how long that took on the line, ms */
async function outage(): Promise<number> {
  const begin = line.elapsedMs();
  for (;;) {
    try {
      await Promise.all([ask(), ask(), ask()]);
      return line.elapsedMs() - begin;
    } catch (error) {
      expect(error).toBeInstanceOf(RouterUnreachable);
      if (!client.isConnected) await new Promise<void>((resolve) => (onUp = resolve));
    }
  }
}

async function outageBy(at: number, garble: (bytes: Buffer) => Buffer): Promise<number> {
  await start((bytes, n) => (n === at ? garble(Buffer.from(bytes)) : bytes));
  try {
    for (let n = 1; n < at; n += 1) await ask();
    return await outage();
  } finally {
    await stop();
  }
}

/** The byte there becomes another. */
const changed = (offset: number, byte: number) => (bytes: Buffer) => {
  bytes[offset % bytes.length] = byte;
  return bytes;
};

test.each([
  ['a word of a gigabyte', 0, 0xef],
  ['a word of sixteen thousand bytes, which take what comes next', 0, 0xbf],
  ['what the API does not have', 0, 0xff],
  ['a word that ends too early', 0, 1],
])('%s, on a line that is known and on a new one', async (_, offset, byte) => {
  for (const at of [12, 1]) {
    expect(await outageBy(at, changed(offset, byte))).toBeLessThan(SECONDS);
  }
});

test('more rows than anybody has, once', async () => {
  const many = Buffer.concat(Array.from({ length: 60_000 }, () => encodeSentence(['!re', '.tag=2', '=name=q']))); // prettier-ignore
  expect(await outageBy(1, (bytes) => Buffer.concat([many, bytes]))).toBeLessThan(SECONDS);
});

test('any byte of any answer as any other', async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 12 }),
    fc.nat(1_000),
    fc.nat(255),
    async (at, offset, byte) => {
      expect(await outageBy(at, changed(offset, byte))).toBeLessThan(SECONDS);
    },
  );
  await fc.assert(property, { numRuns: runs(100, 12), ...sameEachTime(3) });
});
