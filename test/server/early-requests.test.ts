import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { closeNow, openListeners, type Listener } from '../../src/web/listeners';

/** Who asks before there are any pages. */

let listener: Listener;
/** Emits `start` as the server has read a request, before anybody answers it. */
const requests = new EventEmitter();
const heard = (message: unknown) => requests.emit('start', message);

beforeAll(() => subscribe('http.server.request.start', heard));
afterAll(() => unsubscribe('http.server.request.start', heard));

beforeEach(async () => {
  const place = { port: 0, host: '127.0.0.1', staff: undefined, trustedProxies: [] };
  [listener] = (await openListeners(place)) as [Listener];
});

afterEach(() => closeNow([listener.server]));

function ask() {
  const sent = get({ host: '127.0.0.1', port: listener.port, path: '/portal', agent: false });
  const answer = once(sent, 'response').then(
    ([response]) => (response as IncomingMessage).resume().statusCode,
    () => 'hung up',
  );
  return { sent, answer };
}

/** @returns the connection of the next request that the server has read */
async function read(): Promise<Socket> {
  const [message] = await once(requests, 'start');
  return (message as { socket: Socket }).socket;
}

test('waits, and is answered by the pages once they are there; only once', async () => {
  const early = ask();
  await read();
  const gone = ask();
  const line = await read();
  gone.sent.destroy();
  await once(line, 'close');
  let answered = 0;
  listener.server.on('request', (_req, res) => {
    answered += 1;
    res.writeHead(204).end();
  });
  expect(await early.answer).toBe(204);
  expect(await ask().answer).toBe(204);
  expect(answered).toBe(2);
});

test('is hung up on when the shop cannot start, and nothing keeps the server open', async () => {
  const early = ask();
  await read();
  const closed = once(listener.server, 'close');
  closeNow([listener.server]);
  await closed;
  expect(await early.answer).toBe('hung up');
});
