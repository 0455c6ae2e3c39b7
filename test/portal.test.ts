import type { AddressInfo } from 'node:net';
import { createServer as createHttpServer, request as httpRequest, type Server } from 'node:http';
import { createServer } from '../src/web/server';
import { TestApp } from './support/test-app';

/** The portal over HTTP. Linux has every 127.x address, so each simulated phone speaks from its own. */

let shop: TestApp;
let server: Server;

async function open(options: Parameters<typeof TestApp.start>[0] = {}): Promise<void> {
  shop = await TestApp.start(options);
  const { app } = shop;
  server = createHttpServer(
    createServer({
      config: app.config,
      clock: app.clock,
      log: app.log,
      services: app.services,
      controller: shop.controller,
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await shop.close();
});

interface Answer {
  status: number;
  location: string | undefined;
  text: string;
}

function ask(
  path: string,
  from: string,
  options: { code?: string; accept?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  const body =
    options.code === undefined ? undefined : new URLSearchParams({ code: options.code }).toString();
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        localAddress: from,
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          accept: options.accept ?? 'text/html',
          ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
          ...options.headers,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('end', () =>
          resolve({ status: response.statusCode!, location: response.headers.location, text }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function phoneAt(address: string) {
  const last = Number(address.split('.')[3]).toString(16).toUpperCase().padStart(2, '0');
  return shop.simulator.addDevice({ mac: `02:00:00:00:01:${last}`, address });
}

test('a customer types a code and is online, then sees what is left', async () => {
  await open();
  const phone = phoneAt('127.0.0.21');
  const code = await shop.code();
  const form = await ask('/portal?code=abc', '127.0.0.21');
  expect(form).toMatchObject({ status: 200 });
  expect(form.text).toContain('value="abc"');
  expect(form.text).toContain('P5');

  expect(await ask('/portal/redeem', '127.0.0.21', { code })).toMatchObject({
    status: 303,
    location: '/portal/status',
  });
  expect(phone.online).toBe(true);
  const status = await ask('/portal/status', '127.0.0.21');
  expect(status.text).toContain('You are connected');
  expect(status.text).toContain(code);
  expect(JSON.parse((await ask('/portal/status.json', '127.0.0.21')).text)).toMatchObject({
    code,
    plan: 'P5',
    status: 'active',
    rateDown: 2_000_000,
    expiresAt: '2026-11-21T09:00:00.000Z',
  });
});

test('the same as JSON', async () => {
  await open();
  phoneAt('127.0.0.21');
  const code = await shop.code();
  const json = { code, accept: 'application/json' };
  const good = await ask('/portal/redeem', '127.0.0.21', json);
  expect(good.status).toBe(200);
  expect(JSON.parse(good.text)).toMatchObject({
    ok: true,
    code,
    expiresAt: '2026-11-21T09:00:00.000Z',
  });
  const again = await ask('/portal/redeem', '127.0.0.21', json);
  expect(again.status).toBe(422);
  expect(JSON.parse(again.text)).toMatchObject({ ok: false });
});

test.each([
  ['wrong', 'NSVCHQQQ'],
  ['empty', ''],
  ['strange', '<script>'],
  ['endless', 'A'.repeat(5_000)],
])('a %s code is answered 422 in words, and markup in it is only text', async (_name, code) => {
  await open();
  const phone = phoneAt('127.0.0.21');
  const answer = await ask('/portal/redeem', '127.0.0.21', { code });
  expect(answer.status).toBe(422);
  expect(answer.text).toContain('role="alert"');
  expect(answer.text).not.toContain('<script>');
  expect(phone.online).toBe(false);
  expect(shop.simulator.users()).toEqual([]);
});

test('who asks is told by the router, not by the address line or a header', async () => {
  await open();
  const victim = phoneAt('127.0.0.21');
  const code = await shop.code();
  const claim = `/portal/redeem?mac=${victim.mac}&ip=127.0.0.21`;
  const headers = { 'x-forwarded-for': '127.0.0.21' };
  const answer = await ask(claim, '127.0.0.99', { code, headers });
  expect(answer.status).toBe(422);
  expect(victim.online).toBe(false);
  expect((await shop.voucher(code)).status).toBe('unused');
});

test('a router that is away, or refuses in the middle, is answered 503 and the code stays good', async () => {
  await open();
  const phone = phoneAt('127.0.0.21');
  await shop.pass();
  const code = await shop.code();
  const refuse = { kind: 'trap', message: 'failure: busy' } as const;
  shop.simulator.faults.on({ menu: '/ip/hotspot/active', command: 'login' }, refuse);
  const refused = await ask('/portal/redeem', '127.0.0.21', { code });
  expect(refused.status).toBe(503);
  expect(refused.text).toContain('Nothing was used up');

  shop.simulator.faults.refuseConnections = 'accept-then-close';
  shop.simulator.dropConnections('rst');
  expect((await ask('/portal/redeem', '127.0.0.21', { code })).status).toBe(503);
  expect((await ask('/portal/status', '127.0.0.21')).status).toBe(503);
  expect((await shop.voucher(code)).status).toBe('unused');

  shop.simulator.faults.clear();
  await shop.pass();
  expect((await ask('/portal/redeem', '127.0.0.21', { code })).status).toBe(303);
  expect(phone.online).toBe(true);
});

test('the start leads to the portal; other pages are told apart', async () => {
  await open();
  expect(await ask('/', '127.0.0.1')).toMatchObject({ status: 302, location: '/portal' });
  expect((await ask('/nothing', '127.0.0.1')).status).toBe(404);
  expect((await ask('/portal.css', '127.0.0.1')).status).toBe(200);
});
