import { connect } from 'node:net';
import { ShopServer } from '../support/program/shop-server';

/** Requests no browser sends: out of the folder, two in one, or never whole. */

let server: ShopServer;
beforeAll(async () => (server = await ShopServer.start()));
afterAll(() => server.close());

/** Sends bytes as they are. @returns all that came back until the server hung up */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
    let heard = '';
    socket.setEncoding('latin1').on('data', (piece: string) => (heard += piece));
    socket.on('error', () => undefined).on('close', () => resolve(heard));
    socket.write(bytes);
  });
}

/** Sends bytes, and waits for the beginning of an answer only. */
function firstLine(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
    socket.setEncoding('latin1').once('data', (piece: string) => {
      resolve(piece.split('\r\n')[0]!);
      socket.destroy();
    });
    socket.write(bytes);
  });
}

test.each([
  '/../package.json',
  '/static/../../package.json',
  '/%2e%2e/%2e%2e/package.json',
  '/static/%2e%2e%2f%2e%2e%2fpackage.json',
  '/static/..%5c..%5cpackage.json',
  '/static/%00/../../.env',
  '//etc/passwd',
])('%s leads to no file outside of those for pages', async (path) => {
  const heard = await raw(`GET ${path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`);
  expect(heard).toMatch(/^HTTP\/1\.1 (3|4)\d\d /);
  expect(heard).not.toContain('"dependencies"');
  expect(heard).not.toContain('root:');
});

test.each([
  ['two lengths', 'Content-Length: 0\r\nContent-Length: 44\r\n'],
  ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n'],
  ['chunks written in another way', 'Transfer-Encoding: xchunked\r\n'],
  ['a header folded over two lines', 'X-One: a\r\n b\r\nContent-Length : 4\r\n'],
])('a request with %s is refused, and nothing behind it is read as another', async (_, headers) => {
  const hidden = 'GET /portal HTTP/1.1\r\nHost: shop\r\n\r\n';
  const heard = await raw(`POST /portal/redeem HTTP/1.1\r\nHost: shop\r\n${headers}\r\n${hidden}`);
  expect(heard).toMatch(/^HTTP\/1\.1 400 /);
  expect(heard.match(/HTTP\/1\.1 /g)).toHaveLength(1);
});

test('headers without end are refused', async () => {
  const heard = await raw(`GET /portal HTTP/1.1\r\nHost: shop\r\nX-A: ${'a'.repeat(100_000)}`);
  expect(heard).toMatch(/^HTTP\/1\.1 431 /);
});

test.each(['/portal/redeem', '/nowhere', '/admin/sign-in'])(
  'a form for %s that is too long is refused before it has come',
  async (path) => {
    const form = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 20000000\r\n';
    const heard = await firstLine(`POST ${path} HTTP/1.1\r\nHost: shop\r\n${form}\r\ncode=`);
    expect(heard).toBe('HTTP/1.1 413 Payload Too Large');
  },
);
