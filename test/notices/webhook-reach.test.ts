import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { loadConfig } from '../../src/config';
import { outwardPost } from '../../src/services/notices/outward-post';
import { Receiver } from '../support/peers/receiver';
import { TestApp } from '../support/test-app';

/** Where a webhook may be: an address that the owner types, and this server goes to. */

let hook: Receiver;
beforeEach(async () => {
  hook = await Receiver.start();
});
afterEach(() => hook.stop());

const port = () => Number(new URL(hook.url).port);
const never = new AbortController().signal;

/** What the owner reads after "Save and send a test", with a receiver where the setting leads. */
async function troubleWith(env: Record<string, string>): Promise<string | undefined> {
  const shop = await TestApp.start({ env });
  try {
    return await shop.app.services.noticeOverview.test('webhook', 'test');
  } finally {
    await shop.close();
  }
}

test.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433'])(
  'http://%s does not lead to this program itself',
  async (host) => {
    const WEBHOOK_URL = `http://${host}:${port()}/admin`;
    const trouble = await troubleWith({ PORT: String(port()), WEBHOOK_URL });
    expect([hook.came.length, trouble]).toEqual([0, 'The webhook may not be this program itself']);
  },
);

test('another program of this computer, or of the shop, is told', async () => {
  expect(await troubleWith({ WEBHOOK_URL: hook.url })).toBeUndefined();
  expect(hook.came).toHaveLength(1);
});

test('nor does an address of this computer, under the port of the portal', async () => {
  const own = Object.values(networkInterfaces()).flat();
  const all = own.filter((one) => one?.family === 'IPv4').map((one) => one.address);
  const post = outwardPost({ ownPorts: [port()], router: undefined });
  expect(all.length).toBeGreaterThan(0);
  for (const address of all) {
    const posted = post(new URL(`http://${address}:${port()}/`), '{}', {}, never);
    await expect(posted).rejects.toThrow('may not be this program itself');
  }
});

test.each([
  ['http://192.0.2.1/rest/user', 'may not be the router'],
  ['https://192.0.2.1:8443/', 'may not be the router'],
  ['http://0.0.0.0:8080/', 'may not be at 0.0.0.0'],
  ['http://169.254.169.254/latest/meta-data', 'may not be at 169.254.169.254'],
  ['http://[fe80::1]:8080/', 'may not be at fe80::1'],
  ['http://224.0.0.1:8080/', 'may not be at 224.0.0.1'],
])('%s is not posted to', async (url, why) => {
  const post = outwardPost({ ownPorts: [5000], router: { host: '192.0.2.1', port: 8728 } });
  await expect(post(new URL(url), '{}', {}, never)).rejects.toThrow(why);
});

test('a simulated router is on this computer: only its API is kept from', async () => {
  const simulated = outwardPost({ ownPorts: [], router: { host: '127.0.0.1', port: port() } });
  await expect(simulated(new URL(hook.url), '{}', {}, never)).rejects.toThrow('the router');
  const beside = outwardPost({ ownPorts: [], router: { host: '127.0.0.1', port: 8728 } });
  expect(await beside(new URL(hook.url), '{}', {}, never)).toBe(200);
});

test('an answer without an end is not read', async () => {
  let written = 0;
  let ended!: () => void;
  const end = new Promise<void>((resolve) => (ended = resolve));
  const server = createServer((_req, res) => {
    res.on('close', ended);
    const more = () => {
      while (!res.destroyed && res.write(Buffer.alloc(65_536))) written += 1;
      res.once('drain', more);
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const status = await outwardPost({ ownPorts: [], router: undefined })(url, '{}', {}, never);
  await end;
  await new Promise((resolve) => server.close(resolve));
  expect(status).toBe(200);
  expect(written * 65_536).toBeLessThan(50_000_000);
});

test.each([
  ['ftp://shop.example/x', 'is not a web address'],
  ['file:///etc/passwd', 'is not a web address'],
  ['http://:hidden@shop.example/', 'is not a web address'],
  ['http://me:hidden@shop.example/', 'is not a web address'],
  ['http://shop.example/#hidden', 'is not a web address'],
  ['http://shop.example:25/', 'has the port 25'],
  ['http://shop.example:8728/', 'has the port 8728'],
  ['http://shop.example:8291/', 'has the port 8291'],
])('%s is refused as a setting', (WEBHOOK_URL, why) => {
  expect(() => loadConfig({ WEBHOOK_URL })).toThrow(`WEBHOOK_URL in the environment ${why}`);
  expect(() => loadConfig({ WEBHOOK_URL })).not.toThrow('hidden');
});
