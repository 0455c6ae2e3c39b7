import { BooksUnavailable } from '../../src/errors';
import { formsOf, ShopServer } from '../support/program/shop-server';

/** The portal over HTTP: who asks, what a code does, and what goes wrong. */

let server: ShopServer;
const NOBODY = { address: '127.0.0.99' };

afterEach(async () => {
  await server.close();
});

test('a customer types a code and is online, then sees what is left', async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  const code = await server.shop.code();
  const form = await server.ask('/portal?code=abc', phone);
  expect(form).toMatchObject({ status: 200 });
  expect(form.text).toContain('value="abc"');
  expect(form.text).toContain('P5');

  expect(await server.redeem(phone, code)).toMatchObject({
    status: 303,
    location: '/portal/status',
  });
  expect(phone.online).toBe(true);
  const status = await server.ask('/portal/status', phone);
  expect(status.text).toContain('You are online');
  expect(status.text).toContain('1 hour left');
  expect(status.text).toContain('until Sat, Nov 21, 5:00');
  expect(status.text).toContain('2 Mbps down, 1 Mbps up');
  expect(status.text).toContain(code);
  expect(JSON.parse((await server.ask('/portal/status.json', phone)).text)).toMatchObject({
    code,
    plan: 'P5',
    state: 'online',
    status: 'active',
    rateDown: 2_000_000,
    secondsLeft: 3_600,
    bytesLeft: null,
    expiresAt: '2026-11-21T09:00:00.000Z',
  });
});

test('the same as JSON', async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  const code = await server.shop.code();
  const accept = 'application/json';
  const good = await server.redeem(phone, code, { accept });
  expect(good.status).toBe(200);
  expect(JSON.parse(good.text)).toMatchObject({
    ok: true,
    code,
    expiresAt: '2026-11-21T09:00:00.000Z',
  });
  const again = await server.redeem(phone, code, { accept });
  expect(again.status).toBe(422);
  expect(JSON.parse(again.text)).toMatchObject({ ok: false });
  const out = await server.ask('/portal/logout', phone, { form: {}, accept });
  expect(JSON.parse(out.text)).toMatchObject({ ok: true });
});

test('a program that follows forms gets through the whole visit', async () => {
  server = await ShopServer.start({ profiles: [{ name: 'P5', validity: '1d', uptime: '1h' }] });
  const phone = server.phone(21);
  const code = await server.shop.code();
  const orig = 'http://news.example/today?a=1&b=2';
  const query = new URLSearchParams({ code, 'link-orig': orig, mac: phone.mac, lang: 'fil' });
  const start = await server.ask(`/portal?${query}`, phone);
  const [redeem] = formsOf(start.text);
  expect(redeem!.fields).toEqual({ code, 'link-orig': orig });

  const done = await server.ask(redeem!.action, phone, { form: redeem!.fields });
  expect(done.status).toBe(303);
  const status = await server.ask(done.location!, phone);
  expect(status.text).toContain('Online ka na');
  expect(status.text).toContain('href="http://news.example/today?a=1&amp;b=2"');

  const pause = formsOf(status.text).find(({ action }) => action.includes('pause'))!;
  const paused = await server.ask(pause.action, phone, { form: pause.fields });
  expect(phone.online).toBe(false);
  const pausedPage = await server.ask(paused.location!, phone);
  expect(pausedPage.text).toContain('Naka-pause');
  const [resume] = formsOf(pausedPage.text);
  const resumed = await server.ask(resume!.action, phone, { form: resume!.fields });
  expect(phone.online).toBe(true);

  const forms = formsOf((await server.ask(resumed.location!, phone)).text);
  const logout = forms.find(({ action }) => action.includes('logout'))!;
  const out = await server.ask(logout.action, phone, { form: logout.fields });
  expect(out.location).toBe('/portal?lang=fil');
  expect(phone.online).toBe(false);
});

test.each([
  ['wrong', 'NSVCHQQQ', 'cannot be used'],
  ['empty', ' - ', 'Type the code'],
  ['strange', '<script>alert(1)</script>', 'only letters and digits'],
  ['endless', 'A'.repeat(5_000), 'only letters and digits'],
])(
  'a %s code is answered 422 in words, and markup in it is only text',
  async (_name, code, words) => {
    server = await ShopServer.start();
    const phone = server.phone(21);
    const answer = await server.redeem(phone, code);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('role="alert"');
    expect(answer.text).toContain(words);
    expect(answer.text).not.toContain('<script>');
    expect(phone.online).toBe(false);
    expect(server.shop.simulator.users()).toEqual([]);
  },
);

test('codes are forgiven case, spaces and dashes', async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  const code = await server.shop.code();
  const typed = ` ${code.slice(0, 3).toLowerCase()}-${code.slice(3)} `;
  expect((await server.redeem(phone, typed)).status).toBe(303);
});

test('who asks is told by the router, not by the address line or a header', async () => {
  server = await ShopServer.start();
  const victim = server.phone(21);
  const code = await server.shop.code();
  const claim = `/portal/redeem?mac=${victim.mac}&ip=127.0.0.21`;
  const headers = { 'x-forwarded-for': '127.0.0.21' };
  const answer = await server.ask(claim, NOBODY, { form: { code }, headers });
  expect(answer.status).toBe(422);
  expect(answer.text).toContain('not on PisoNet&#39;s Wi-Fi');
  expect(victim.online).toBe(false);
  expect((await server.shop.voucher(code)).status).toBe('unused');
});

test('while the router is away, or the books are, a customer is told the time that is left; strangers are not', async () => {
  server = await ShopServer.start({
    profiles: [{ name: 'P5', uptime: '3h', validity: '1d' }],
    pageAgeMs: 20_000,
  });
  const { shop } = server;
  const [phone, stranger] = [server.phone(21), server.phone(22)];
  expect((await server.redeem(phone, await shop.code())).status).toBe(303);
  shop.clock.advance(180_000);
  await shop.reconcile();
  shop.simulator.faults.refuseConnections = 'accept-then-close';
  shop.simulator.dropConnections('rst');
  shop.clock.advance(60_000);

  const away = await server.ask('/portal/status', phone);
  expect(away.status).toBe(200);
  expect(away.text).toContain('The Wi-Fi is down.');
  expect(away.text).toContain('Your 2 hours 57 minutes are safe.');
  const theirs = await server.ask('/portal/status', stranger);
  expect(theirs.status).toBe(503);
  expect(theirs.text).not.toContain('are safe');
  // The first page says so once a round has found the router silent.
  await shop.reconcile();
  const first = await server.ask('/portal', phone);
  expect(first.text).toContain('The Wi-Fi is down.');
  expect(first.text).toContain('Your 2 hours 57 minutes are safe.');
  expect(first.text).not.toContain('You are online');
  expect((await server.ask('/portal', stranger)).text).not.toContain('are safe');

  const lost = new BooksUnavailable('away');
  jest.spyOn(shop.app.stores.sessions, 'hasHeld').mockRejectedValue(lost);
  expect((await server.ask('/portal/status', phone)).text).toContain('2 hours 57 minutes');
  jest.restoreAllMocks();
});

test('a router that is away, or refuses in the middle, is answered 503 and the code stays good', async () => {
  server = await ShopServer.start();
  const { shop } = server;
  const phone = server.phone(21);
  await shop.reconcile();
  const code = await shop.code();
  const refuse = { kind: 'trap', message: 'failure: busy' } as const;
  shop.simulator.faults.on({ menu: '/ip/hotspot/active', command: 'login' }, refuse);
  const refused = await server.redeem(phone, code);
  expect(refused.status).toBe(503);
  expect(refused.text).toContain('Nothing was used up');

  shop.simulator.faults.refuseConnections = 'accept-then-close';
  shop.simulator.dropConnections('rst');
  expect((await server.redeem(phone, code)).status).toBe(503);
  expect((await server.ask('/portal/status', phone)).status).toBe(503);
  expect((await server.ask('/portal/pause', phone, { form: {} })).status).toBe(503);
  expect((await server.ask('/portal', phone)).status).toBe(200);
  expect((await shop.voucher(code)).status).toBe('unused');

  shop.simulator.faults.clear();
  await shop.reconcile();
  expect((await server.redeem(phone, code)).status).toBe(303);
  expect(phone.online).toBe(true);
});

test('the start leads to the portal; other pages are told apart', async () => {
  server = await ShopServer.start();
  expect(await server.ask('/', NOBODY)).toMatchObject({ status: 302, location: '/portal' });
  const missing = await server.ask('/nothing', NOBODY);
  expect(missing.status).toBe(404);
  expect(missing.text).toContain('There is no such page');
  expect((await server.ask('/portal.css', NOBODY)).status).toBe(200);
});

test('a page that cannot be read or made is told in words, without the stack', async () => {
  server = await ShopServer.start();
  const headers = { 'content-type': 'application/json' };
  const garbled = await server.ask('/portal/redeem', NOBODY, { form: { '{': '' }, headers });
  expect(garbled.status).toBe(400);
  expect(garbled.text).toContain('was not understood');

  await server.shop.app.db.schema.renameTable('plan_versions', 'gone');
  const broken = await server.ask('/portal', server.phone(21), {
    headers: { 'accept-language': 'fil' },
  });
  expect(broken.status).toBe(500);
  expect(broken.text).toMatch(/May mali sa panig namin.*[0-9a-f]{8}/);
  expect(broken.text).not.toContain('plan_versions');
});
