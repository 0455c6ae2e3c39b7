import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { openListeners, type Listener, type LineLimits } from '../../src/web/listeners';

/** Clients that send a request without ever ending it, or only connect. */

const SHORT: LineLimits = { headersMs: 100, requestMs: 400, checkMs: 20, connections: 50 };
const FEW: LineLimits = { headersMs: 60_000, requestMs: 60_000, checkMs: 1_000, connections: 5 };
const PLACE = { port: 0, host: '127.0.0.1', staff: undefined, trustedProxies: [] };

let listener: Listener;
let lines: Socket[];

beforeEach(() => (lines = []));

async function start(limits: LineLimits): Promise<void> {
  [listener] = (await openListeners(PLACE, limits)) as [Listener];
  listener.server.keepAliveTimeout = 60_000;
  // As pages do: the answer needs the whole form.
  listener.server.on('request', (req, res) => req.resume().on('end', () => res.end('served')));
}
afterEach(() => {
  for (const line of lines) line.destroy();
  listener.server.closeAllConnections();
  listener.server.close();
});

function open(bytes = ''): Socket {
  const line = connect({ host: '127.0.0.1', port: listener.port });
  lines.push(line.on('error', () => undefined));
  line.write(bytes);
  return line;
}

/** All that comes back until the server hangs up. */
async function heard(line: Socket): Promise<string> {
  let text = '';
  line.setEncoding('latin1').on('data', (piece: string) => (text += piece));
  await once(line, 'close');
  return text;
}

const FORM = 'POST /portal/redeem HTTP/1.1\r\nHost: shop\r\n';

test.each([
  ['headers', `${FORM}X-Slow: `, 'a'],
  ['a form', `${FORM}Content-Length: 1000000\r\n\r\n`, 'a'],
  ['chunks', `${FORM}Transfer-Encoding: chunked\r\n\r\n`, '1\r\na\r\n'],
])('without end, byte by byte: %s', async (_, begin, more) => {
  await start(SHORT);
  const line = open(begin);
  const drip = setInterval(() => line.write(more), 10);
  const answer = await heard(line);
  clearInterval(drip);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});

test('a line on which nothing comes is given up', async () => {
  await start(SHORT);
  expect(await heard(open())).toMatch(/^HTTP\/1\.1 408 |^$/);
});

test('with too many lines open further ones are hung up on, and served again when there is room', async () => {
  await start(FEW);
  const asked = 'GET / HTTP/1.1\r\nHost: shop\r\n\r\n';
  const seen: string[] = [];
  for (let n = 0; n < FEW.connections; n += 1) {
    const line = open(asked).setEncoding('latin1');
    const [text] = (await once(line, 'data')) as [string];
    seen.push(text);
  }
  expect(seen.filter((text) => text.endsWith('served')).length).toBe(FEW.connections);
  expect(await heard(open(asked))).toBe('');
  const gone = lines[0]!;
  const room = new Promise<void>((resolve) => {
    const isFree = () =>
      listener.server.getConnections((_, count) =>
        count < FEW.connections ? resolve() : setImmediate(isFree),
      );
    gone.once('close', isFree);
  });
  gone.destroy();
  await room;
  const [answer] = (await once(open(asked).setEncoding('latin1'), 'data')) as [string];
  expect(answer).toContain('served');
});

test('a shop gives up after ten seconds without headers, and two minutes without the whole', async () => {
  [listener] = (await openListeners(PLACE)) as [Listener];
  const { headersTimeout, requestTimeout, maxConnections } = listener.server;
  expect({ headersTimeout, requestTimeout, maxConnections }).toEqual({
    headersTimeout: 10_000,
    requestTimeout: 120_000,
    maxConnections: 2_000,
  });
});
