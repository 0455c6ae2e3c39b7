import { gzipSync } from 'node:zlib';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hotspotPages } from '../../src/services/router/hotspot-pages';
import { ShopServer } from '../support/program/shop-server';

/** What the pages are made of: small, in the customer's language, with nothing from elsewhere. */

let server: ShopServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const LOCALES = join(__dirname, '..', '..', 'locales');
const readLocale = (name: string) =>
  JSON.parse(readFileSync(join(LOCALES, name), 'utf8')) as Record<string, Record<string, unknown>>;

/** Every text by its key, with the names it has filled in. */
function texts(locale: Record<string, Record<string, unknown>>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [group, entries] of Object.entries(locale)) {
    if (group === 'language') continue;
    for (const [key, text] of Object.entries(entries)) {
      const names = [...String(text).matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!);
      found.set(`${group}.${key}`, names.sort());
    }
  }
  return found;
}

/** Folders hold the texts of the staff. */
const LANGUAGES = readdirSync(LOCALES).filter((name) => name.endsWith('.json'));

test.each(LANGUAGES)('%s has every text, with the same figures in it', (name) => {
  expect(texts(readLocale(name))).toEqual(texts(readLocale('en.json')));
});

test('the browser chooses the language, a link changes it, with or without cookies', async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  const ask = (path: string, headers: Record<string, string> = {}) =>
    server!.ask(path, phone, { headers });
  expect((await ask('/portal')).text).toContain('<html lang="en">');
  for (const wanted of ['fil-PH,fil;q=0.9,en;q=0.8', 'tl', 'de, fil;q=0.5']) {
    const page = await ask('/portal', { 'accept-language': wanted });
    expect(page.text).toContain('<html lang="fil">');
    expect(page.text).toContain('Code ng voucher mo');
    expect(page.headers['content-language']).toBe('fil');
  }
  const chosen = await ask('/portal?lang=fil&code=ABC&link-orig=http://a.example/');
  expect(chosen.text).toContain('action="/portal/redeem?lang=fil"');
  expect(chosen.text).toContain('href="/portal?lang=en&amp;code=ABC&amp;link-orig=');
  const [cookie] = chosen.headers['set-cookie'] as string[];
  expect(cookie).toMatch(/^lang=fil; .*SameSite=Lax/);
  const kept = await ask('/portal/status', { cookie: cookie!.split(';')[0]! });
  expect(kept.text).toContain('Walang voucher');
  for (const odd of ['xx', '__proto__', 'constructor', '<b>']) {
    expect((await ask(`/portal?lang=${encodeURIComponent(odd)}`)).text).toContain('lang="en"');
  }
  const wrong = await server.redeem(phone, 'NSVCHQQQ', { headers: { 'accept-language': 'fil' } });
  expect(wrong.text).toContain('Hindi magagamit ang code na iyan');
});

test('a page names its files with their version, so an update shows at once', async () => {
  const shop = (server = await ShopServer.start());
  const phone = shop.phone(21);
  const { text } = await shop.ask('/portal', phone);
  const [, file] = /href="(\/portal\.css\?v=[\w-]{8})"/.exec(text)!;
  const keptFor = async (path: string) => (await shop.ask(path, phone)).headers['cache-control'];
  expect(await keptFor(file!)).toBe('public, max-age=31536000, immutable');
  expect(await keptFor('/portal.css?v=older123')).toBe('public, max-age=3600');
  expect(await keptFor('/portal.css')).toBe('public, max-age=3600');
});

test('pages are small, with one script of ours and without anything from elsewhere', async () => {
  server = await ShopServer.start({
    profiles: Array.from({ length: 12 }, (_, n) => ({ name: `PLAN${n}`, price: String(n + 1) })),
  });
  const phone = server.phone(21);
  const css = await server.ask('/portal.css', phone);
  const icon = await server.ask('/icon.svg', phone);
  expect(Buffer.byteLength(css.text)).toBeLessThan(4_096);
  // What a page may do is told by pages alone; the router's login page shows the icon.
  expect(css.headers).not.toHaveProperty('content-security-policy');
  for (const { headers } of [css, icon]) expect(headers['x-content-type-options']).toBe('nosniff');
  expect(css.headers['cross-origin-resource-policy']).toBe('same-origin');
  expect(icon.headers['cross-origin-resource-policy']).toBe('cross-origin');
  const script = await server.ask('/portal.js', phone);
  expect(Buffer.byteLength(script.text)).toBeLessThan(3_000);
  const start = await server.ask('/portal', phone);
  const together = [start, css, icon, script].map(({ text }) => gzipSync(text).length);
  expect(together.reduce((sum, size) => sum + size)).toBeLessThan(8_000);
  await server.redeem(phone, await server.shop.code('PLAN1'));
  const status = await server.ask('/portal/status', phone);
  for (const page of [start, status]) {
    const bytes = [page, css, icon, script].reduce(
      (sum, { text }) => sum + Buffer.byteLength(text),
      0,
    );
    expect(bytes).toBeLessThan(30_000);
    expect(page.text.match(/<script[^>]*>/g)).toEqual([
      expect.stringMatching(/^<script src="\/portal\.js\?v=[\w-]{8}" defer>$/),
    ]);
    expect(page.text).toContain('defer></script>'); // and nothing in it
    expect(page.text).not.toMatch(/\son\w+=|style=|(src|href)="(https?:)?\/\//);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['cache-control']).toBe('no-store');
  }
  expect(status.headers.refresh).toBeUndefined(); // who reads is not torn out of it
});

test('what is handed over in the address is only text', async () => {
  server = await ShopServer.start({ env: { SHOP_NAME: '<b>Tindahan & Co</b>' } });
  const phone = server.phone(21);
  const nasty = '"><script>alert(1)</script>';
  const query = new URLSearchParams({
    code: nasty,
    error: nasty,
    mac: nasty,
    ip: nasty,
    lang: nasty,
  });
  const page = await server.ask(`/portal?${query}&link-orig=${encodeURIComponent(nasty)}`, phone);
  expect(page.status).toBe(200);
  expect(page.text).not.toContain('<script>');
  expect(page.text).not.toContain('<b>Tindahan');
  expect(page.text).toContain('did not accept that code');
  const twice = await server.ask('/portal?error=a&error=b&code[x]=1&lang=en&lang=fil', phone);
  expect(twice.status).toBe(200);
});

test.each([
  'RADIUS server is not responding',
  'hotspot service is shutting down',
  'All places on this Wi-Fi are taken. Try again in a minute.',
])('the router saying "%s" is told in kind words', async (error) => {
  server = await ShopServer.start();
  const query = new URLSearchParams({ error });
  expect((await server.ask(`/portal?${query}`, server.phone(21))).text).toContain('is busy');
});

test('whatever the router says of a code, the portal says the same', async () => {
  server = await ShopServer.start();
  const said = [
    'invalid username or password',
    'user <ABC> not found',
    'invalid password',
    'user ABC is not allowed to log in from this MAC address',
    'no more sessions are allowed for user ABC',
    'user ABC has reached uptime limit',
    'your traffic limit is reached',
    'That code is not accepted here just now. Check it and try again.',
    '{{shop}} $t(error.empty)',
  ];
  const phone = server.phone(21);
  const answers = new Set<string | undefined>();
  for (const error of said) {
    const query = new URLSearchParams({ error });
    const { text } = await server.ask(`/portal?${query}`, phone);
    answers.add(/role="alert"[^>]*>([^<]*)</.exec(text)?.[1]);
  }
  expect([...answers]).toEqual(['The Wi-Fi box did not accept that code. Type it here.']);
});

test.each([
  ['javascript:alert(1)', undefined],
  ['//evil.example/', undefined],
  ['/portal/logout', undefined],
  ['http://user:pass@evil.example/', undefined],
  ['http://portal.example:5000/portal', undefined],
  ['http://127.0.0.1:9/x', undefined],
  ['http://captive.apple.com/hotspot-detect.html', undefined],
  ['http://connectivitycheck.gstatic.com/generate_204', undefined],
  ['https://news.example/a?b=%22c', 'https://news.example/a?b=%22c'],
])('link-orig %s is offered as a link only, or not at all', async (typed, href) => {
  server = await ShopServer.start({ env: { PORTAL_URL: 'http://portal.example:5000' } });
  const phone = server.phone(21);
  const code = await server.shop.code();
  const done = await server.redeem(phone, code, { form: { 'link-orig': typed } });
  expect(done.location).toMatch(/^\/portal\/status(\?|$)/);
  for (const path of [done.location!, `/portal/status?link-orig=${encodeURIComponent(typed)}`]) {
    const page = await server.ask(path, phone);
    const links = [...page.text.matchAll(/href="(\w+:[^"]*|\/\/[^"]*)"/g)].map(([, to]) => to);
    expect(links).toEqual(href === undefined ? [] : [href]);
  }
});

test('no page takes its address from the host that was asked for', async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
  for (const path of [
    '/',
    '/portal',
    '/portal/status',
    '/captive-portal/api',
    '/nothing',
    '//evil.example',
  ]) {
    const { text, location } = await server.ask(path, phone, { headers });
    expect(text + (location ?? '')).not.toMatch(/evil/);
  }
  const { text } = await server.ask('/captive-portal/api', phone, { headers });
  expect(JSON.parse(text)).toMatchObject({ 'user-portal-url': `${server.origin}/portal` });
});

test("another site's page cannot press a customer's buttons", async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  await server.redeem(phone, await server.shop.code());
  const code = await server.shop.code();
  for (const headers of [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ]) {
    expect((await server.redeem(phone, code, { headers })).status).toBe(403);
    expect((await server.ask('/portal/logout', phone, { form: {}, headers })).status).toBe(403);
  }
  expect(phone.online).toBe(true);
  expect((await server.redeem(phone, code, { headers: { origin: server.origin } })).status).toBe(
    303,
  );
});

test('a name that somebody else let lead to us opens nothing of the customer', async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  await server.redeem(phone, await server.shop.code());
  const code = await server.shop.code();
  for (const name of ['evil.example', 'EVIL.example.:80', 'local.evil.example', '127.0.0.1.evil']) {
    const headers = { host: name, origin: `http://${name}` };
    for (const path of ['pause', 'resume', 'logout']) {
      const answer = await server.ask(`/portal/${path}`, phone, { form: {}, headers });
      expect([path, answer.status]).toEqual([path, 403]);
    }
    expect((await server.redeem(phone, code, { headers })).status).toBe(403);
    // A person who came by that name is led on; a page of that name cannot follow there.
    for (const path of ['/portal', '/portal/status?lang=fil', '/portal/status.json']) {
      const { status, location, text } = await server.ask(path, phone, { headers });
      expect([status, location]).toEqual([302, server.origin + path.replace(/portal$/, 'portal/')]);
      expect(text).not.toContain(phone.mac);
    }
  }
  expect(phone.online).toBe(true);
});

test('an address of the shop that ends with a dot leads nobody in a circle', async () => {
  server = await ShopServer.start({ env: { PORTAL_URL: 'http://wifi.shop.example.:5000' } });
  const phone = server.phone(21);
  for (const host of ['wifi.shop.example.:5000', 'wifi.shop.example:5000']) {
    expect((await server.ask('/portal', phone, { headers: { host } })).status).toBe(200);
  }
});

test.each([
  '127.0.0.1:5000',
  '192.168.88.10',
  '[fd00::5]:5000',
  'localhost:5000',
  'pisonet',
  'pisonet.local:5000',
  'portal.lan',
  'shop.home.arpa.',
  'portal.example.com', // PORTAL_URL, whatever the port in front of us
])('the portal goes on by the name %s', async (host) => {
  server = await ShopServer.start({ env: { PORTAL_URL: 'https://portal.example.com' } });
  const phone = server.phone(21);
  const headers = { host };
  const code = await server.shop.code();
  const redeemed = await server.redeem(phone, code, {
    headers: { host, origin: `http://${host}` },
  });
  expect(redeemed.status).toBe(303);
  expect((await server.ask('/portal', phone, { headers })).status).toBe(200);
  expect((await server.ask('/portal/status', phone, { headers })).status).toBe(200);
  const { text } = await server.ask('/portal/status.json', phone, { headers });
  expect(JSON.parse(text)).toMatchObject({ mac: phone.mac });
});

describe("the router's own pages", () => {
  const shop = 'Aling "Nena" <Net> $(user)';
  const pages = new Map(
    hotspotPages('http://10.5.50.2:5000', shop).map(({ name, contents }) => [name, contents]),
  );

  test('are the ones a hotspot needs, each small, with nothing left to fill in', () => {
    expect([...pages.keys()]).toEqual([
      'alogin.html',
      'api.json',
      'error.html',
      'errors.txt',
      'login.html',
      'logout.html',
      'redirect.html',
      'rlogin.html',
      'status.html',
    ]);
    for (const contents of pages.values()) {
      expect(Buffer.byteLength(contents)).toBeLessThan(4_096);
      expect(contents).not.toMatch(/\{\{|undefined|<Net>|\$\(user\)/);
    }
  });

  test('the login page hands over with and without script, and works while we are away', () => {
    const login = pages.get('login.html')!;
    const target =
      'http://10.5.50.2:5000/portal?mac=$(mac-esc)&amp;ip=$(ip-esc)&amp;link-login-only=$(link-login-only-esc)' +
      '&amp;link-orig=$(link-orig-esc)&amp;error=$(error-esc)';
    expect(login).toContain(`<a class="go" id="go" href="${target}"`);
    expect(login).toMatch(/<noscript><meta http-equiv="refresh" content="8; url=http/);
    expect(login).toContain('action="$(link-login-only)"');
    expect(login).toContain('name="username"');
    expect(login).toContain('name="password"');
    expect(login).toContain('may be off');
    expect(pages.get('rlogin.html')).toContain('$(if http-status == 302)');
    expect(pages.get('redirect.html')).toContain('$(if http-header == "Location")');
  });

  test('tell errors in words that repeat nothing a customer typed', () => {
    const errors = pages.get('errors.txt')!;
    expect(errors.match(/^[a-z-]+ = .+$/gm)).toHaveLength(17);
    expect(errors).not.toContain('$(');
  });

  test('say the same whatever is wrong with a code, and never what the router itself says', () => {
    const errors = pages.get('errors.txt')!;
    const text = (key: string) => new RegExp(`^${key} = (.+)$`, 'm').exec(errors)?.[1];
    const refusals = ['invalid-username', 'invalid-mac', 'wrong-mac-username', 'chap-missing'];
    refusals.push('user-session-limit', 'license-session-limit', 'uptime-limit', 'traffic-limit');
    refusals.push('otp-already-used', 'auth-in-progress', 'radius-reply');
    expect(new Set(refusals.map(text)).size).toBe(1);
    expect(text('invalid-mac')).toContain('That code is not accepted here just now.');
    for (const contents of pages.values()) expect(contents).not.toContain('error-orig');
  });

  test('answer phones that ask for the API, logged in or not', () => {
    const api = pages.get('api.json')!;
    const filled = (loggedIn: boolean, seconds: string) =>
      JSON.parse(
        api
          .replace(
            /\$\(if logged-in == 'yes'\)(\w+)\$\(else\)(\w+)\$\(endif\)/,
            loggedIn ? '$1' : '$2',
          )
          // A router prints 0 where there is no limit, which is not the end.
          .replace(
            /\$\(if session-timeout-secs != 0\)([^]*?)\$\(endif\)/,
            seconds === '0' ? '' : '$1',
          )
          .replace('$(session-timeout-secs)', seconds),
      ) as unknown;
    const portal = {
      'user-portal-url': 'http://10.5.50.2:5000/portal',
      'can-extend-session': true,
    };
    expect(filled(false, '0')).toEqual({ captive: true, ...portal });
    expect(filled(true, '90')).toEqual({ captive: false, 'seconds-remaining': 90, ...portal });
  });
});
