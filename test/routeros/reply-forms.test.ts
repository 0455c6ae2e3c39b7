import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { RouterClient } from '../../src/routeros/api/client';
import { encodeSentence, SentenceDecoder, type Row } from '../../src/routeros/api/codec';
import { Trap, type TrapKind } from '../../src/routeros/api/trap';

/**
 * The forms that refusals and farewells have, as far as any is told by the manual, by traces or by memory: which
 * version sends which is not known, so each must do.
 */

const asIs = { read: (row: Row) => row };

let server: Server;
let client: RouterClient;
const sockets = new Set<Socket>();
/** Called when a connection is up, one after the other. */
let connections: (() => void)[] = [];

afterEach(async () => {
  client.stop();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  connections = [];
  await new Promise((resolve) => server.close(resolve));
});

/** Answers the login, and a command by the sentences for it. @param answers given the command's tag */
async function router(answers: Record<string, (tag: string) => string[][]>): Promise<void> {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const decoder = new SentenceDecoder(([command = '', ...words]) => {
      const tag = words.find((word) => word.startsWith('.tag='))!;
      const sentences = answers[command]?.(tag) ?? [['!done', tag]];
      for (const sentence of sentences) socket.write(encodeSentence(sentence));
    });
    socket.on('data', (bytes) => decoder.push(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const user = { username: 'admin', password: '', tls: 'off' as const };
  const onUp = () => connections.shift()?.();
  client = new RouterClient({ host: '127.0.0.1', port, ...user }, { backOffMs: [1], onUp });
}

const failed = (command: string) =>
  client.send([command], asIs).then(
    () => new Error('it was not refused'),
    (error: unknown) => error as Error,
  );

type Attributes = (tag: string) => string[];
const SAID = '=message=no such item';
const TRAPS: [string, Attributes[], { kind: TrapKind; category: number | undefined }][] = [
  ['the tag first', [(tag) => [tag, SAID]], { kind: 'not-found', category: undefined }],
  ['the tag last', [(tag) => [SAID, tag]], { kind: 'not-found', category: undefined }],
  ['a category', [(tag) => [tag, '=category=0', SAID]], { kind: 'not-found', category: 0 }],
  ['the tag in between', [(tag) => ['=category=0', tag, SAID]], { kind: 'not-found', category: 0 }],
  [
    'a category that is no number',
    [(tag) => [tag, '=category=', SAID]],
    { kind: 'not-found', category: undefined },
  ],
  ['no message', [(tag) => [tag]], { kind: 'other', category: undefined }],
  [
    'two traps, of which the first tells',
    [(tag) => [tag, SAID], (tag) => [tag, '=message=interrupted']],
    { kind: 'not-found', category: undefined },
  ],
];

test.each(TRAPS)('a refusal with %s, and the line goes on', async (_, traps, expected) => {
  await router({
    '/refused': (tag) => [...traps.map((words) => ['!trap', ...words(tag)]), ['!done', tag]],
    '/print': (tag) => [
      ['!re', tag, '=name=x'],
      ['!done', tag],
    ],
  });
  const error = await failed('/refused');
  expect(error).toBeInstanceOf(Trap);
  expect(error).toMatchObject(expected);
  expect((await client.send(['/print'], asIs)).rows).toEqual([{ name: 'x' }]);
  expect(sockets.size).toBe(1);
});

test.each<[string, Attributes, string]>([
  ['a bare word', () => ['session terminated on request'], 'session terminated on request'],
  ['a message', () => ['=message=not logged in'], 'not logged in'],
  ['a tag and a bare word', (tag) => [tag, 'shutting down'], 'shutting down'],
  ['a bare word and a tag', (tag) => ['shutting down', tag], 'shutting down'],
  ['nothing', () => [], 'no reason given'],
])('a farewell with %s is told, and the router is called again', async (_, words, reason) => {
  await router({ '/quit': (tag) => [['!fatal', ...words(tag)]] });
  client.keepConnected();
  const again = new Promise<void>((resolve) => (connections = [() => undefined, resolve]));
  expect((await failed('/quit')).message).toBe(`The router ended the connection: ${reason}`);
  await again;
  expect((await client.send(['/print'], asIs)).rows).toEqual([]);
});
