import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { closeNow, openListeners, type Listener } from '../../src/web/listeners';

/** Who asks before there are any pages. */

let listener: Listener;

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

const soon = () => new Promise((resolve) => setTimeout(resolve, 200));

test('waits, and is answered by the pages once they are there; only once', async () => {
  const early = ask();
  const gone = ask();
  await soon();
  gone.sent.destroy();
  await soon();
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
  await soon();
  const closed = once(listener.server, 'close');
  closeNow([listener.server]);
  await closed;
  expect(await early.answer).toBe('hung up');
});
