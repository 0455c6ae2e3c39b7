import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { request as plainRequest, type IncomingHttpHeaders } from 'node:http';
import { request as tlsRequest, type Server as HttpsServer } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { readCertificate, renewCertificate } from '../../../src/web/http/certificate';
import { openListeners, type Listener } from '../../../src/web/listeners';
import { createServer } from '../../../src/web/server';
import { PASSWORD } from '../../support/admin-shop';
import { browserOfTests } from '../../support/browser/browser';
import { CERTIFICATE, KEY, OTHER_CERTIFICATE, OTHER_KEY } from '../../support/peers/certificates';
import { temporaryFolder } from '../../support/temporary-folder';
import { TestApp } from '../../support/test-app';

/** Staff pages on a port of their own, and by https. */

const browser = browserOfTests();
const folder = temporaryFolder();
const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
const TLS = { ADMIN_PORT: '0', TLS_CERT_FILE: files.certFile, TLS_KEY_FILE: files.keyFile };

let shop: TestApp | undefined;
let listeners: Listener[] = [];

beforeEach(() => {
  writeFileSync(files.certFile, CERTIFICATE);
  writeFileSync(files.keyFile, KEY);
});

afterEach(async () => {
  await Promise.all(listeners.map(close));
  listeners = [];
  await shop?.close();
  shop = undefined;
});

async function close({ server }: Listener): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** The shop with its ports, as the program opens them. */
async function start(env: Record<string, string>): Promise<{ customers: string; staff: string }> {
  shop = await TestApp.start({ env: { HOST: '127.0.0.1', ...env } });
  const { config, clock, log, services } = shop.app;
  const parts = { config, clock, log, services };
  listeners = await openListeners(config);
  for (const { server, pages } of listeners) server.on('request', createServer(parts, pages));
  await services.accounts.add({ name: 'maria', role: 'owner', password: PASSWORD }, 'test');
  const [first, last] = [listeners[0]!.port, listeners.at(-1)!.port];
  const scheme = config.staff?.tls ? 'https' : 'http';
  return { customers: `http://127.0.0.1:${first}`, staff: `${scheme}://127.0.0.1:${last}` };
}

interface Page {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** @param form with it the request is a POST */
function ask(
  url: string,
  headers: Record<string, string> = {},
  form?: Record<string, string>,
): Promise<Page> {
  const send = url.startsWith('https:') ? tlsRequest : plainRequest;
  const type = form && { 'content-type': 'application/x-www-form-urlencoded' };
  const options = {
    ...{ method: form ? 'POST' : 'GET', agent: false, rejectUnauthorized: false },
    headers: { accept: 'text/html', ...type, ...headers },
  };
  return new Promise((resolve, reject) => {
    const sent = send(url, options, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => (text += part));
      answer.on('end', () =>
        resolve({ status: answer.statusCode!, headers: answer.headers, text }),
      );
    });
    sent.on('error', reject);
    sent.end(form && new URLSearchParams(form).toString());
  });
}

/** The cookie of the session, with what it says of itself. */
function sessionCookie({ headers }: Page): string {
  return headers['set-cookie']!.find((one) => one.includes('pisonet.sid='))!;
}

/** @returns the cookie of somebody who is signed in now */
async function signIn(base: string): Promise<string> {
  const door = await ask(`${base}/admin/sign-in`);
  const _csrf = /name="csrf-token" content="([^"]+)"/.exec(door.text)![1]!;
  const cookie = sessionCookie(door).split(';')[0]!;
  const form = { name: 'maria', password: PASSWORD, _csrf };
  const answer = await ask(`${base}/admin/sign-in`, { cookie }, form);
  expect(answer.status).toBe(303);
  return sessionCookie(answer);
}

describe('with a port of their own', () => {
  test('staff pages are there, and nowhere else', async () => {
    const { customers, staff } = await start({ ADMIN_PORT: '0' });
    const cookie = (await signIn(staff)).split(';')[0]!;
    expect((await ask(`${staff}/admin`, { cookie })).status).toBe(200);
    expect((await ask(staff)).headers.location).toBe('/admin');
    const nothing = await ask(`${customers}/nothing`);
    for (const path of ['/admin', '/admin/sign-in', '/admin/first-run', '/admin/account']) {
      const page = await ask(customers + path, { cookie });
      expect([path, page.status, page.text]).toEqual([path, 404, nothing.text]);
      expect(page.text).not.toContain(String(listeners[1]!.port));
      expect((await ask(customers + path, { cookie }, {})).status).toBe(404);
    }
  });

  test('customers have theirs as before, and the staff port has none of them', async () => {
    const { customers, staff } = await start({ ADMIN_PORT: '0' });
    expect((await ask(`${customers}/portal`)).status).toBe(200);
    expect((await ask(customers)).headers.location).toBe('/portal');
    for (const path of ['/portal', '/portal/status', '/captive-portal/api'])
      expect([path, (await ask(staff + path)).status]).toEqual([path, 404]);
    expect((await ask(`${staff}/portal/redeem`, {}, { code: 'X' })).status).toBe(404);
    for (const base of [customers, staff]) {
      expect((await ask(`${base}/healthz`)).status).toBe(200);
      expect((await ask(`${base}/readyz`)).status).toBe(200);
    }
  });

  test('one that is in use is named, and the other is given back', async () => {
    const [port, taken] = [await freePort(), await listenOn(0)];
    const config = { port, host: '127.0.0.1', trustedProxies: [] };
    const staff = { ...config, port: taken.port, tls: undefined };
    await expect(openListeners({ ...config, staff })).rejects.toThrow(
      `Port ${taken.port} is in use by another program: stop it, or set ADMIN_PORT`,
    );
    await close(taken);
    listeners = await openListeners({ ...config, staff });
    expect(listeners.map((one) => one.port)).toEqual([port, taken.port]);
  });
});

async function listenOn(port: number): Promise<Listener> {
  const [listener] = await openListeners({
    port,
    host: '127.0.0.1',
    staff: undefined,
    trustedProxies: [],
  });
  return listener!;
}

/** A port on which nobody listens now. */
async function freePort(): Promise<number> {
  const listener = await listenOn(0);
  await close(listener);
  return listener.port;
}

describe('by https', () => {
  test('the cookie is for https alone, and browsers are told to come by it', async () => {
    const { customers, staff } = await start(TLS);
    const cookie = await signIn(staff);
    expect(cookie).toMatch(/^__Host-pisonet\.sid=/);
    expect(cookie).toMatch(/; Path=\/;.*; HttpOnly; Secure; SameSite=Lax$/);
    const page = await ask(`${staff}/admin`, { cookie: cookie.split(';')[0]! });
    expect(page.status).toBe(200);
    expect(page.headers['strict-transport-security']).toBe('max-age=15552000');
    const portal = await ask(`${customers}/portal`);
    expect(portal.headers['strict-transport-security']).toBeUndefined();
  });

  test('by the portal’s own name browsers are told nothing: it would hold for the portal too', async () => {
    const { staff } = await start({ ...TLS, PORTAL_URL: 'http://shop.lan:5000' });
    const told = async (host: string) =>
      (await ask(`${staff}/admin/sign-in`, { host })).headers['strict-transport-security'];
    expect(await told('shop.lan:5443')).toBeUndefined();
    expect(await told('office.lan:5443')).toBeDefined();
  });

  test('nothing is answered in plain HTTP', async () => {
    const { staff } = await start(TLS);
    await expect(ask(`${staff.replace('https', 'http')}/admin`)).rejects.toThrow();
  });

  test('a session that began in plain HTTP, where it could be read, is worth nothing', async () => {
    const { staff } = await start(TLS);
    const { config, clock, log, services } = shop!.app;
    const plain = await listenOn(0); // as before ADMIN_PORT was set
    listeners.push(plain);
    const parts = { config, clock, log, services };
    plain.server.on('request', createServer(parts));
    const base = `http://127.0.0.1:${plain.port}`;
    const stolen = (await signIn(base)).split(';')[0]!;
    expect((await ask(`${base}/admin`, { cookie: stolen })).status).toBe(200);
    for (const cookie of [stolen, `__Host-${stolen}`])
      expect((await ask(`${staff}/admin`, { cookie })).status).toBe(303);
  });

  test('a browser signs in, and the page says that it is encrypted', async () => {
    const { staff } = await start(TLS);
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    await page.goto(`${staff}/admin/account`);
    await page.getByLabel('Name').fill('maria');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/\/admin\/account$/);
    const text = (await page.textContent('main'))!;
    expect(text).toContain('Encrypted.');
    expect(text).toContain(`https, on port ${listeners[1]!.port}, which is for staff only`);
    const cookies = await context.cookies();
    expect(cookies.map(({ secure, httpOnly }) => [secure, httpOnly])).toEqual(
      cookies.map(() => [true, true]),
    );
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.waitForURL(/\/admin\/sign-in$/);
  });

  test.each([
    ['does not exist', 'TLS_CERT_FILE', 'cannot be read', () => rmSync(files.certFile)],
    ['has no key', 'TLS_KEY_FILE', 'cannot be read', () => rmSync(files.keyFile)],
    [
      'holds something else',
      'TLS_CERT_FILE',
      'holds no certificate',
      () => writeFileSync(files.certFile, KEY),
    ],
    [
      'has nonsense for a key',
      'TLS_KEY_FILE',
      'holds no private key',
      () => writeFileSync(files.keyFile, 'nonsense'),
    ],
    [
      'is of another key',
      'TLS_KEY_FILE',
      'is not the key of the first certificate',
      () => writeFileSync(files.keyFile, OTHER_KEY),
    ],
  ])('a certificate that %s is refused before anything listens', async (_, name, what, plant) => {
    plant();
    const port = await freePort();
    const place = { port, host: '127.0.0.1', trustedProxies: [] };
    const file = name === 'TLS_CERT_FILE' ? files.certFile : files.keyFile;
    await expect(
      openListeners({ ...place, staff: { ...place, port: 0, tls: files } }),
    ).rejects.toThrow(`${name} ${file} ${what}`);
    listeners = [await listenOn(port)];
  });

  test('a renewed certificate is used without a new start, a bad one is not', async () => {
    await start(TLS);
    const { server, port } = listeners[1]!;
    const told: string[] = [];
    const log = shop!.app.log.child({});
    log.info = (text: unknown) => void told.push(`info ${String(text)}`);
    log.warn = (_detail: unknown, text?: unknown) => void told.push(`warn ${String(text)}`);
    renewCertificate(server as HttpsServer, files, log, 20);
    const shown = async () => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { raw } = socket.getPeerCertificate();
      socket.destroy();
      return new X509Certificate(raw).subject;
    };
    expect(await shown()).toBe('CN=router-a');
    writeFileSync(files.certFile, OTHER_CERTIFICATE);
    while (told.length === 0) await new Promise((look) => setTimeout(look, 20));
    expect(told[0]).toContain('warn the new certificate of the staff pages cannot be used');
    expect(await shown()).toBe('CN=router-a');
    writeFileSync(files.keyFile, OTHER_KEY);
    while (!told.some((line) => line.startsWith('info')))
      await new Promise((look) => setTimeout(look, 20));
    expect(await shown()).toBe('CN=router-b');
    expect(readCertificate(files).cert).toBe(OTHER_CERTIFICATE);
  });
});
