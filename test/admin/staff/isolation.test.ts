import { createHash } from 'node:crypto';
import { parseMac } from '../../../src/domain/units';
import { USUAL_SETTINGS } from '../../../src/services/router/added-routers';
import { staffPages } from '../../../src/web/admin';
import type { Role } from '../../../src/store/staff/account-store';
import type { SimulatedDevice } from '../../../src/simulator/simulator';
import { AdminShop, PASSWORD, type Page, type Staff } from '../../support/admin-shop';

/** Staff of one site walk every route there is: nothing of another site is seen or changed. */

const STRANGER = 'AA:00:00:00:00:99';
const ROLES = ['manager', 'operator', 'viewer'] as const satisfies readonly Role[];
let open: AdminShop;
/** What names things of the beach. */
let beach: { code: string; used: string; batch: number; siteId: number; phone: SimulatedDevice };
/** None of these may be on a page for staff of the town. */
let secrets: string[];

beforeEach(async () => {
  open = await AdminShop.open({
    profiles: [{ name: 'P5' }, { name: 'SURF', price: '9' }],
    env: {
      PORTAL_URL: 'http://10.5.50.1:5000',
      SECRET_KEY: 'a key of this test that is long enough for one',
    },
  });
  const { accounts, batches, blocks, devices, sites, plans, deviceNames } = open.shop.app.services;
  await sites.add('Town', 'test');
  const { id: siteId } = await sites.add('Beach', 'test');
  const surf = (await plans.find('SURF')).id;
  await sites.edit('Town', { offers: [{ planId: surf, isSold: false, price: null }] }, 'test');
  await sites.edit('Beach', { hasFirstRouter: true }, 'test');
  await accounts.add(
    { name: 'zenaida', role: 'operator', password: PASSWORD, sites: ['Beach'] },
    'test',
  );
  const order = { plan: 'SURF', count: 2, site: 'Beach', note: 'sandcastle' };
  const { batch, vouchers } = await batches.generate(order, 'zenaida');
  const [used, unused] = vouchers.map(({ code }) => code);
  const phone = open.shop.phone();
  await open.shop.redeem(phone, used!);
  await deviceNames.give(parseMac(phone.mac), 'surfers phone', 'zenaida');
  const mac = parseMac(phone.mac);
  // What is made for any site is the whole shop's: not theirs either.
  const anywhere = await batches.generate({ plan: 'P5', count: 1, note: 'pearl' }, 'owner');
  await devices.setLimit(mac, { up: 256_000, down: 512_000 }, null, 'zenaida');
  await blocks.block(parseMac(STRANGER), 'of no site', 'owner');
  beach = { code: unused!, used: used!, batch, siteId, phone };
  secrets = [
    ...[beach.code, beach.used, anywhere.vouchers[0]!.code].flatMap(spellings),
    ...['Beach', 'zenaida', 'sandcastle', 'pearl', 'SURF', phone.mac, 'surfers phone', STRANGER],
  ];
});

afterEach(() => open.close());

/** As slips and pages show a code. */
function spellings(code: string): string[] {
  return [code, code.replaceAll(/(.{4})(?=.)/g, '$1 '), code.replaceAll(/(.{4})(?=.)/g, '$1-')];
}

function routes() {
  const { config, clock, log, services } = open.shop.app;
  return staffPages({ config, clock, log, services }).table;
}

async function ofTown(role: Role): Promise<Staff> {
  const { accounts } = open.shop.app.services;
  await accounts.add({ name: `town-${role}`, role, password: PASSWORD, sites: ['Town'] }, 'test');
  const staff = open.visitor();
  expect((await staff.signIn(`town-${role}`, PASSWORD)).status).toBe(303);
  return staff;
}

function pathOf(path: string, code: string): string {
  const values = { ':code': code, ':id': String(beach.batch), ':mac': beach.phone.mac };
  const named = path.replaceAll(
    /:\w+/g,
    (name) => new Map(Object.entries(values)).get(name) ?? '1',
  );
  return `/admin${named}`;
}

/** A voucher that was used and one that was not, where the route is about one. */
function codesFor(path: string): string[] {
  return /:code|vouchers/.test(path) ? [beach.code, beach.used] : [beach.code];
}

/** What the tables of the shop hold, in short; not the audit, which notes who tried what. */
async function books(): Promise<string> {
  const { db } = open.shop.app;
  const tables = ['vouchers', 'batches', 'sale_voids', 'money_journal', 'sites', 'site_plans'];
  const others = ['plans', 'routers', 'drawers', 'alerts', 'manual_limits', 'blocked_devices', 'device_names', 'sessions']; // prettier-ignore
  const hash = createHash('sha256');
  for (const table of [...tables, ...others]) {
    hash.update(JSON.stringify(await db(table).select('*')));
  }
  return hash.digest('hex');
}

/** A page, or of one that goes on what comes first. */
async function seen(staff: Staff, path: string, isScoped: boolean): Promise<Page> {
  if (!isScoped || !path.endsWith('-stream')) return staff.get(path);
  const { signal, abort } = leaving();
  const { status, headers, body } = await fetch(open.address + path, {
    ...{ headers: { cookie: staff.cookie }, signal },
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const part of body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(part, { stream: true });
    if (/^data:.*\n\n/m.test(text)) break;
  }
  abort();
  return { status, headers, text, location: null };
}

function leaving() {
  const leave = new AbortController();
  return { signal: leave.signal, abort: () => leave.abort() };
}

function expectNothingOfOthers(path: string, page: Page): void {
  const shown = secrets.filter((secret) => page.text.includes(secret));
  // A page may repeat what its own address or form named.
  const given = [...[beach.code, beach.used].flatMap(spellings), beach.phone.mac];
  expect([path, shown.filter((one) => !given.includes(one) || page.status === 200)]).toEqual([
    path,
    [],
  ]);
}

test.each(ROLES)('a %s of one site meets nothing of another on any page', async (role) => {
  const staff = await ofTown(role);
  for (const { method, path, access, isScoped } of routes()) {
    if (method !== 'get' || access === 'anyone') continue;
    for (const code of codesFor(path)) {
      const asked = pathOf(path, code);
      const page = await seen(staff, asked, isScoped);
      const named = asked.includes(code) || /:(?:id|mac)/.test(path);
      if (!isScoped || named) expect([path, page.status === 403 ? 404 : page.status]).toEqual([path, 404]); // prettier-ignore
      if (!isScoped) expect([path, page.status]).toEqual([path, 404]);
      expectNothingOfOthers(asked, page);
    }
  }
  const searches = ['q=sandcastle', `q=${beach.code}`, `batch=${beach.batch}`, 'q=zenaida', `site=${beach.siteId}`]; // prettier-ignore
  for (const query of searches) {
    for (const list of ['/admin/vouchers', '/admin/vouchers.csv']) {
      const page = await staff.get(`${list}?${query}`);
      const found = page.text.replaceAll(/<form[^]*?<\/form>|<a [^]*?<\/a>|href="[^"]*"/g, '');
      expect([query, secrets.filter((one) => found.includes(one))]).toEqual([query, []]);
    }
  }
});

test.each(ROLES)('a %s of one site changes nothing of another by any form', async (role) => {
  const staff = await ofTown(role);
  const before = await books();
  for (const { method, path, access, isScoped } of routes()) {
    if (method !== 'post' || access === 'anyone' || path.startsWith('/account')) continue;
    if (path === '/sign-out') continue;
    for (const code of codesFor(path)) {
      const form = {
        ...{ code, site: 'Beach', plan: 'SURF', count: '1', confirmed: 'yes', by: '1h' },
        ...{
          reason: 'none',
          refund: 'yes',
          order_key: 'abcdefghijklmnop',
          name: 'x',
          mac: beach.phone.mac,
          slow: '256K',
          seller: 'zenaida',
        },
      };
      const page = await staff.post(pathOf(path, code), form);
      if (!isScoped) expect([path, page.status]).toEqual([path, 404]);
      else expect([path, [403, 404, 422].includes(page.status)]).toEqual([path, true]);
    }
  }
  expect(await books()).toBe(before);
});

test('who works at a site sees and changes the devices at its routers', async () => {
  const { blocks, devices, deviceNames, sites, vouchers, batches } = open.shop.app.services;
  const { mac } = beach.phone;
  const page = `/admin/bandwidth/${mac}`;
  const leni = await ofTown('manager');
  expect((await leni.get('/admin/bandwidth')).text).toContain('Nobody is online');
  await sites.edit('Town', { hasFirstRouter: true }, 'test');

  const all = (await leni.get('/admin/bandwidth')).text;
  expect(all).toContain('surfers phone');
  expect(all).not.toMatch(new RegExp(`${beach.used}|${STRANGER}|queues`));
  expect((await seen(leni, '/admin/bandwidth/live-stream', true)).text).toContain('surfers phone');
  // Its voucher is another site's, where it came from.
  const sheet = (await leni.get(page)).text;
  expect(sheet).not.toMatch(new RegExp(`${beach.used}|/admin/usage|More time`));
  expect((await leni.get(`${page}/speeds`)).text).not.toContain(beach.used);

  const limit = await leni.post('/admin/bandwidth/limits', { mac, slow: '1M' });
  expect([limit.status, (await devices.limits())[0]!.rate.down]).toEqual([303, 1_000_000]);
  await leni.post(`${page}/limit-removal`);
  expect(await devices.limits()).toEqual([]);
  await leni.post(`${page}/name`, { name: 'town phone' });
  expect(await deviceNames.givenTo(parseMac(mac))).toBe('town phone');
  await leni.post('/admin/bandwidth/blocks', { mac, reason: 'loud' });
  expect((await blocks.list()).map((one) => one.mac)).toContain(mac);
  await leni.post(`${page}/unblocking`);
  expect((await blocks.list()).map((one) => one.mac)).toEqual([STRANGER]);
  const stranger = await leni.post(`/admin/bandwidth/${STRANGER}/unblocking`);
  expect([stranger.status, (await blocks.list()).length]).toEqual([404, 1]);
  await leni.post(`${page}/kick`, { confirmed: 'yes' });
  expect(beach.phone.online).toBe(false);

  const [own] = (await batches.generate({ plan: 'P5', count: 1, site: 'Town' }, 'owner')).vouchers;
  const phone = open.shop.phone();
  await open.shop.redeem(phone, own!.code);
  const again = (await leni.get(`/admin/bandwidth/${phone.mac}`)).text;
  expect(again).toMatch(new RegExp(`${own!.code}[^]*More time[^]*End its voucher`));
  const { expiresAt } = await vouchers.find(own!.code);
  await leni.post('/admin/vouchers/extensions', { code: own!.code, by: '1h' });
  expect((await vouchers.find(own!.code)).expiresAt).not.toEqual(expiresAt);
});

test('who works at a site sees its routers, and what its vouchers used', async () => {
  const { addedRouters, batches, sites } = open.shop.app.services;
  const where = { host: '127.0.0.1', port: 1, username: 'admin' };
  const pier = await addedRouters.add(
    { ...USUAL_SETTINGS, ...where, title: 'Pier', site: 'Beach' },
    'secret',
    'owner',
  );
  const leni = await ofTown('manager');
  expect((await leni.get('/admin/routers')).text).not.toMatch(/Pier|First router/);
  expect((await leni.get(`/admin/routers/${pier.id}`)).status).toBe(404);
  await sites.edit('Town', { hasFirstRouter: true }, 'test');
  const all = (await leni.get('/admin/routers')).text;
  expect(all).toContain('<th scope="row" data-label="Name">First router</th>');
  expect(all).not.toMatch(/Pier|href="\/admin\/router"|routers\/new/);

  const [own] = (await batches.generate({ plan: 'P5', count: 1, site: 'Town' }, 'owner')).vouchers;
  const used = await leni.get(`/admin/usage/vouchers/${own!.code}`);
  expect(used.status).toBe(200);
  expect(used.text).not.toMatch(/href="\/admin\/usage(?:\?|\/plans|\/\w\w:)/);
  expect((await leni.get(`/admin/usage/vouchers/${own!.code}/usage.csv`)).status).toBe(200);
  expect((await leni.get(`/admin/usage/vouchers/${beach.used}/usage.csv`)).status).toBe(404);
});

test('who works at a site sells there at its prices, and sees what was made for it', async () => {
  const { sites, plans, vouchers, batches } = open.shop.app.services;
  const p5 = (await plans.find('P5')).id;
  await sites.edit('Town', { offers: [{ planId: p5, isSold: true, price: 600 }] }, 'test');
  const ana = await ofTown('operator');
  expect((await ana.get('/admin')).location).toBe('/admin/vouchers');
  const { text } = await ana.get('/admin/vouchers');
  expect(text).toContain('<b>₱6</b>');
  const key = /name="order_key" value="([^"]+)"/.exec(text)![1]!;
  const sold = await ana.post('/admin/vouchers', { plan: 'P5', order_key: key });
  const code = sold.location!.split('/').at(-1)!;
  expect((await vouchers.find(code)).terms.price.amount).toBe(600);
  expect((await ana.get(sold.location!)).status).toBe(200);
  expect((await ana.get('/admin/vouchers')).text).toContain(code);
  expect((await ana.get(`${sold.location!}/print`)).status).toBe(200);
  const made = await ana.post('/admin/batches', { plan: 'P5', count: '2', note: 'fiesta' });
  expect((await ana.get(made.location!)).text).toContain('fiesta');
  expect((await ana.get('/admin/batches?singles=yes')).text).toContain('fiesta');

  const leni = await ofTown('manager');
  const ended = await leni.post('/admin/vouchers/revocations', { code, confirmed: 'yes' });
  expect([ended.status, (await vouchers.find(code)).status]).toEqual([303, 'revoked']);
  // A site that is gone leaves its staff with nothing, not with everything.
  await batches.generate({ plan: 'P5', count: 1, note: 'later' }, 'owner');
  await sites.remove('Town', 'test');
  expect((await ana.get('/admin/vouchers')).text).not.toMatch(/class="tile"|later/);
  expect((await ana.get('/admin/batches')).text).not.toContain('later');
});

test('an owner gives somebody sites and takes them away again; an owner works everywhere', async () => {
  const owner = await open.signedIn('owner');
  const page = (await owner.get('/admin/staff')).text;
  expect(page).toContain('Works at Beach');
  const { accounts } = open.shop.app.services;
  const find = async (name: string) => (await accounts.list()).find((one) => one.name === name)!;
  const { id } = await find('zenaida');
  await owner.post(`/admin/staff/${id}/sites`, [
    ['site', 'Town'],
    ['site', 'Beach'],
  ]);
  expect((await find('zenaida')).scope).toHaveLength(2);
  await owner.post(`/admin/staff/${id}/sites`);
  expect((await find('zenaida')).scope).toBe('whole shop');
  await owner.post(`/admin/staff/${id}/sites`, { site: 'Beach' });
  await owner.post(`/admin/staff/${id}/role`, { role: 'owner' });
  expect((await find('zenaida')).scope).toBe('whole shop');
});
