import { connect, type Socket } from 'node:net';
import { openListeners, type Listener } from '../../src/web/listeners';

/** How many connections one address may hold, with a proxy in front for some. */

let listeners: Listener[] = [];

afterEach(() => {
  for (const { server } of listeners) {
    server.closeAllConnections();
    server.close();
  }
});

/** @returns how many of 230 connections the server keeps, counted when it has seen them all */
async function kept(localAddress: string): Promise<number> {
  const { port, server } = listeners[0]!;
  const seen: Socket[] = [];
  const all = new Promise<void>((resolve) =>
    server.on('connection', (socket: Socket) => seen.push(socket) === 230 && resolve()),
  );
  const sockets = Array.from({ length: 230 }, () => {
    const socket = connect({ host: '127.0.0.1', port, localAddress });
    return socket.on('error', () => undefined).resume();
  });
  await all;
  const count = seen.filter(({ destroyed }) => !destroyed).length;
  for (const socket of sockets) socket.destroy();
  return count;
}

test.each([
  { trustedProxies: [], from: '127.0.0.8', connections: 200 },
  { trustedProxies: ['127.0.0.9', 'fd00::1'], from: '127.0.0.8', connections: 200 },
  { trustedProxies: ['127.0.0.9', 'fd00::1'], from: '127.0.0.9', connections: 230 },
  { trustedProxies: ['127.0.0.16/30'], from: '127.0.0.18', connections: 230 },
  { trustedProxies: ['127.0.0.16/30'], from: '127.0.0.20', connections: 200 },
])('$from with proxies $trustedProxies: $connections', async (one) => {
  const { trustedProxies, from, connections } = one;
  const place = { port: 0, host: '127.0.0.1', staff: undefined };
  listeners = await openListeners({ ...place, trustedProxies });
  expect(await kept(from)).toBe(connections);
});
