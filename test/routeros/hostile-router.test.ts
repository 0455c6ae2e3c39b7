import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { RouterUnreachable } from '../../src/errors';
import { RouterClient } from '../../src/routeros/api/client';
import { encodeSentence, SentenceDecoder, type Row } from '../../src/routeros/api/codec';
import { DEFAULT_LIMITS } from '../../src/routeros/api/connection';
import { REPLY_LIMITS } from '../../src/routeros/api/reply-limits';

/** A router, or somebody in its place, that sends without end. */

const MB = 1024 * 1024;
const asIs = { read: (row: Row) => row, isLong: true };

let server: Server | undefined;
let client: RouterClient | undefined;
const sockets = new Set<Socket>();

afterEach(async () => {
  client?.stop();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server!.close(resolve));
  sockets.clear();
});

/** Writes as fast as it is read, until the other side hangs up. */
function pour(socket: Socket, piece: Buffer): void {
  const more = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', more);
  more();
}

/**
 * @param atLogin pours in place of an answer to the login; else the login is answered
 * @param begin what the answer to a command begins with, @param piece what then comes again and again
 */
async function hostile(how: {
  begin?: (tag: string) => Buffer;
  piece: (tag: string) => Buffer;
  atLogin?: boolean;
}): Promise<RouterClient> {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const decoder = new SentenceDecoder((words) => {
      const tag = words.find((word) => word.startsWith('.tag='))!;
      if (words[0] === '/login' && !how.atLogin) {
        socket.write(encodeSentence(['!done', tag]));
        return;
      }
      if (how.begin) socket.write(how.begin(tag));
      pour(socket, how.piece(tag));
    });
    socket.on('data', (bytes) => decoder.push(bytes));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new RouterClient(
    { host: '127.0.0.1', port, username: 'admin', password: '', tls: 'off' },
    { limits: DEFAULT_LIMITS, backOffMs: [50, 300_000] },
  );
  return client;
}

async function ended(made: RouterClient): Promise<{ error: Error; sentBytes: number }> {
  const error = await made.send(['/queue/simple/print'], asIs).then(
    () => new Error('it was answered'),
    (reason: unknown) => reason as Error,
  );
  const [socket] = [...sockets];
  if (!socket!.closed) await new Promise((resolve) => socket!.once('close', resolve));
  return { error, sentBytes: socket!.bytesWritten };
}

const row = (tag: string, ...words: string[]) => encodeSentence(['!re', tag, ...words]);
/** So many of them in one write, or the test would take its time. */
const many = (piece: Buffer) => Buffer.concat(Array.from({ length: Math.ceil(65_536 / piece.length) }, () => piece)); // prettier-ignore
const endless = (words: string[]) => many(encodeSentence(words).subarray(0, -1));
const prefixed = (bytes: number) => {
  const prefix = Buffer.from([0xf0, 0, 0, 0, 0]);
  prefix.writeUInt32BE(bytes, 1);
  return prefix;
};

test.each([
  {
    what: 'rows without end',
    piece: (tag: string) => many(row(tag, '=name=x', '=comment=')),
    why: 'more than 50000 rows',
    limit: 3 * MB,
  },
  {
    what: 'big rows without end',
    piece: (tag: string) => row(tag, `=comment=${'x'.repeat(60_000)}`),
    why: 'a reply to /queue/simple/print of more than 16777216 bytes',
    limit: REPLY_LIMITS.afterLogin.replyBytes,
  },
  {
    what: 'a word of two gigabytes',
    piece: () => Buffer.concat([prefixed(2 ** 31), Buffer.alloc(65_536, 0x78)]),
    why: 'a word of 2147483648 bytes',
    limit: 0,
  },
  {
    what: 'words of 15 MB',
    piece: (tag: string) =>
      row(tag, ...Array.from({ length: 4 }, (_, n) => `=w${n}=${'x'.repeat(15_000_000)}`)),
    why: 'a word of 15000004 bytes',
    // Written at once by this side, however little of it the other side takes.
    limit: 61 * MB,
  },
  {
    what: 'one sentence without end',
    piece: () => endless([`=comment=${'x'.repeat(1_000)}`]),
    why: 'a sentence of more than 262144 bytes',
    limit: REPLY_LIMITS.afterLogin.sentenceBytes,
  },
  {
    what: 'a trap of words without end',
    begin: (tag: string) => encodeSentence(['!trap', tag]).subarray(0, -1),
    piece: () => endless(['=message=no']),
    why: 'a sentence of more than 512 words',
    limit: 64 * 1024,
  },
  {
    what: 'traps without end',
    piece: (tag: string) => many(encodeSentence(['!trap', tag, '=message=no'])),
    why: 'of more than 16777216 bytes',
    limit: REPLY_LIMITS.afterLogin.replyBytes,
  },
  {
    what: 'rows that nobody waits for',
    piece: () => many(row('.tag=none', '=name=x')),
    why: 'more than 33554432 bytes that end no reply',
    limit: REPLY_LIMITS.afterLogin.unfinishedBytes,
  },
  {
    what: 'nothing but zeros',
    piece: () => Buffer.alloc(65_536),
    why: 'a sentence of more than',
    limit: 64 * 1024,
  },
  {
    what: 'what is no UTF-8, without end',
    piece: (tag: string) => many(Buffer.concat([row(tag, '=a=').subarray(0, -1), Buffer.from([4, 0x3d, 0x62, 0x3d, 0xff, 0])])), // prettier-ignore
    why: 'more than 50000 rows',
    limit: 3 * MB,
  },
  {
    what: 'rows without end before the login',
    atLogin: true,
    piece: (tag: string) => many(row(tag, '=name=x')),
    why: 'a reply to /login of more than 8 rows',
    limit: 64 * 1024,
  },
])('$what: the line is closed, and says why', async ({ why, limit, what: _what, ...how }) => {
  const made = await hostile(how);
  const { error, sentBytes } = await ended(made);
  expect(error).toBeInstanceOf(RouterUnreachable);
  expect(error.message).toContain('sent more than a router has to say');
  expect(error.message).toContain(why);
  // What the two sockets hold in between comes on top.
  expect(sentBytes).toBeLessThan(limit + 12 * MB);
  expect(made.isConnected).toBe(false);
  expect(made.trouble?.message).toContain(why);
  // Once it may have been a broken byte. After the second nobody who asks makes it dial again at once.
  await ended(made);
  await expect(made.connected()).rejects.toThrow(why);
  expect(sockets.size).toBeLessThanOrEqual(2);
});

test('replies that fill up together are too much, though none of them is alone', async () => {
  const tags: string[] = [];
  const made = await hostile({
    piece: (tag) => {
      tags.push(tag);
      const rows = many(row(tag, `=comment=${'x'.repeat(1_000)}`));
      return tags.length < 4 ? Buffer.concat(Array.from({ length: 12 * 16 }, () => rows)) : rows;
    },
  });
  const asked = Array.from({ length: 4 }, () => made.send(['/log/print'], asIs));
  const outcomes = await Promise.allSettled(asked);
  expect(outcomes.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
  expect(made.trouble?.message).toContain('sent more than a router has to say');
});

test('a full table of the biggest shop is read', async () => {
  const queue = ['=.id=*FFFF', '=name=pisonet-02:00:00:00:00:00', '=target=10.255.255.255/32', '=max-limit=100000000/100000000', '=bytes=123456789012/123456789012', `=comment=${'c'.repeat(300)}`]; // prettier-ignore
  server = createServer((socket) => {
    sockets.add(socket);
    const decoder = new SentenceDecoder((words) => {
      const tag = words.find((word) => word.startsWith('.tag='))!;
      const rows = words[0] === '/login' ? 0 : 20_000;
      for (let n = 0; n < rows; n += 1) socket.write(row(tag, ...queue));
      socket.write(encodeSentence(['!done', tag]));
    });
    socket.on('data', (bytes) => decoder.push(bytes));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new RouterClient({ host: '127.0.0.1', port, username: 'a', password: '', tls: 'off' });
  const { rows } = await client.send(['/queue/simple/print'], asIs);
  expect(rows).toHaveLength(20_000);
});
