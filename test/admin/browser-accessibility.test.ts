import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { Secret, TOTP } from 'otpauth';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { staffPages } from '../../src/web/admin';
import type { Role } from '../../src/store/staff/account-store';
import { AdminShop, PASSWORD } from '../support/admin-shop';
import { launchBrowser } from '../support/browser';
import { ShopServer } from '../support/shop-server';

/**
 * Every page there is, by day and by night, on a phone and on a desk: nothing that keeps people with poor
 * eyes, or without a mouse, from using it, and nothing that sticks out at the side. With SCREENSHOTS set to
 * a folder each page is kept there as a picture.
 */

/** Read, not required: outside a browser it does not start. */
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/** What counts as serious is among these; best practices are not. */
const AXE_OPTIONS = { resultTypes: ['violations'] };
const SHOTS = process.env.SCREENSHOTS;
/** What is on these pages of a shop that is busy; an empty page would be checked for nothing. */
const FILLED: readonly [page: RegExp, content: string][] = [
  [/^\/(alerts)?$/, '.alerts li'],
  [/^\/bandwidth$/, '.cards tbody tr'],
  [/^\/bandwidth$/, '#blocked tbody tr'],
  [/^\/bandwidth\/queues$/, 'tbody tr'],
  [/\/speeds$/, '.cards tbody tr'],
  [/^\/vouchers\/.*\d/, '.cards tbody tr'],
  [/^\/(vouchers|batches|plans|reports|staff)$/, 'tbody tr'],
  [/\/simulation$/, '.plot .s0'],
  [/\/back-test\?/, '.plot .line'],
  [/\/back-test\?/, '.cards tbody tr'],
  [/^\/usage/, '.plot .s0'],
  [/^\/notices$/, '.cards form'],
  [/^\/router$/, '.finding button'],
  [/^\/(log|audit)/, '.history li'],
];

/** Each width and each light once, since the check takes its time; every pair of them for the pictures. */
const VIEWS = [
  { width: 360, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark' },
  ...(SHOTS
    ? [{ width: 360, colorScheme: 'dark' } as const, { width: 1280, colorScheme: 'light' } as const]
    : []),
] as const;

let browser: Browser;

beforeAll(async () => {
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
  browser = await launchBrowser();
}, 300_000);

afterAll(() => browser.close());

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

/** A plan with something in every part of its form. */
const PROMO = {
  ...{
    type: 'residential',
    promo_from: '2026-11-01',
    promo_until: '2027-01-06',
    contention: '1:10',
  },
  ...{ fup_threshold: '600MB', fup_rate_up: '256K', fup_rate_down: '512K' },
  ...{ burst_up: '4M', burst_down: '16M', burst_time: '16s', priority: '60' },
  window: { start: '23:00', end: '06:00', unlimited: true, multiplier: 2 },
};

/** What is wrong with the page as it stands, in each view, a line each. */
async function problems(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  await page.evaluate(AXE);
  for (const { width, colorScheme } of VIEWS) {
    await page.setViewportSize({ width, height: 740 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' }); // colors change at once
    const where = `${name} (${width}, ${colorScheme})`;
    const { violations } = await page.evaluate<AxeResults>(
      `axe.run(document, ${JSON.stringify(AXE_OPTIONS)})`,
    );
    for (const { id, impact, nodes } of violations) {
      if (impact !== 'serious' && impact !== 'critical') continue;
      found.push(`${where}: ${id} at ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
    }
    const tooWide = await page.evaluate<boolean>(
      'document.documentElement.scrollWidth > innerWidth + 1',
    );
    if (tooWide) found.push(`${where}: sticks out at the side: ${await widest(page)}`);
    if (SHOTS) {
      const file = `${name.replaceAll(/[^\w]+/g, '-')}-${width}-${colorScheme}.png`;
      await page.screenshot({ path: join(SHOTS, file), fullPage: true });
    }
  }
  return found;
}

/** What sticks out furthest. */
function widest(page: Page): Promise<string> {
  return page.evaluate(`[...document.querySelectorAll('body *')]
    .map((one) => [one.getBoundingClientRect().right, one.outerHTML.slice(0, 120)])
    .sort(([a], [b]) => b - a)[0].join(': ')`);
}

async function signIn(context: BrowserContext, open: AdminShop, name: Role): Promise<Page> {
  await open.shop.app.services.accounts.add({ name, role: name, password: PASSWORD }, 'test');
  const page = await context.newPage();
  await page.goto(`${open.address}/admin/sign-in`);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/admin$/);
  return page;
}

describe('the admin', () => {
  let open: AdminShop;
  /** What the paths' parameters stand for in this shop. */
  let named: Record<string, string>;

  beforeEach(async () => {
    const env = { PORTAL_URL: 'http://10.5.50.1:5000', MIKROTIK_WAN_INTERFACE: 'ether1', WEBHOOK_URL: 'http://127.0.0.1:9999/hook' }; // prettier-ignore
    open = await AdminShop.open({ env, profiles: [{ name: 'P5' }, { ...PROMO, name: 'P20', price: '20', data_cap: '2GB' }] }); // prettier-ignore
    const { shop } = open;
    const { services, stores } = shop.app;
    const { vouchers } = await services.batches.generate({ plan: 'P20', count: 12, note: 'Saturday' }, 'maria'); // prettier-ignore
    const { phone, code } = await shop.online('P20');
    phone.offer({ up: 300_000, down: 1_500_000 });
    const { phone: other } = await shop.online();
    phone.download('700M');
    shop.clock.advance(60_000);
    await shop.reconcile();
    const host = await shop.controller.whoIsAt(phone.address);
    await services.devices.setLimit(host!.mac, { up: 512_000, down: 900_000 }, null, 'maria');
    await services.blocks.block((await shop.controller.whoIsAt(other.address))!.mac, 'disturbs the others', 'maria'); // prettier-ignore
    await services.vouchers.revoke(vouchers[0]!.code, 'maria');
    await shop.reconcile();
    await stores.journal.raise('name taken', 'x', 'On the router pisonet-1x is not ours', shop.clock.now()); // prettier-ignore
    shop.simulator.run(['/ip/firewall/filter/add', '=chain=forward', '=action=fasttrack-connection']); // prettier-ignore
    services.recentLog.write(JSON.stringify({ level: 40, time: Date.now(), msg: 'the router is away', err: { message: 'timeout', stack: 'Error: timeout\n at somewhere' } })); // prettier-ignore
    named = { code, mac: host!.mac, name: 'P20', id: '1' };
  });

  afterEach(() => open.close());

  /** Paths of every page that is read, such as the table of routes has them. */
  function paths(): { path: string; access: Role | 'anyone' }[] {
    const { config, clock, log, services } = open.shop.app;
    const controller = open.shop.controller;
    return staffPages({ config, clock, log, services, controller })
      .table.filter(({ method, path }) => method === 'get' && !/\.\w+$|^\/api\/|stream$/.test(path))
      .map(({ path, access }) => ({ path: path.replace(/:(\w+)/g, (_, one: string) => known(one)), access })); // prettier-ignore
  }

  function known(parameter: string): string {
    const value = named[parameter];
    if (value === undefined) throw new Error(`tell this test what :${parameter} stands for`);
    return value;
  }

  async function walk(page: Page, list: readonly string[], name: string): Promise<string[]> {
    const found: string[] = [];
    for (const path of list) {
      const address = `/admin${path.replace(/^\/$/, '')}`;
      const answer = await page.goto(open.address + address);
      if (!(await answer!.text()).includes('<html')) continue; // a part of a page
      if (answer!.status() >= 500) found.push(`${address} answers ${answer!.status()}`);
      for (const [pages, content] of FILLED) {
        if (answer!.status() !== 200 || !pages.test(path)) continue;
        if ((await page.locator(content).count()) > 0) continue;
        found.push(`${address} has no ${content} to look at`);
      }
      found.push(...(await problems(page, `${name} ${address}`)));
    }
    return found;
  }

  test('every page, as the owner has it', async () => {
    const page = await signIn(await browser.newContext(), open, 'owner');
    const pages = paths().map(({ path }) => path);
    expect(pages.length).toBeGreaterThan(20);
    const more = [
      '/bandwidth?mac=02:00:00:00:00:0A',
      '/batches/1/print?format=58mm',
      '/plans/P20/back-test?days=30&fup_threshold=100MB&fup_rate_up=64K&fup_rate_down=64K',
      '/plans/P20/back-test?days=lots',
      '/plans/P20/simulation?down=lots&devices=1&days=30',
      '/no-such-page',
    ];
    expect(await walk(page, [...pages, ...more], 'owner')).toEqual([]);
  }, 120_000);

  test.each(['operator', 'viewer'] as const)(
    'what differs for the %s',
    async (role) => {
      const page = await signIn(await browser.newContext(), open, role);
      const own = ['/', '/bandwidth', '/vouchers', `/vouchers/${named.code}`, '/plans', '/alerts', '/staff']; // prettier-ignore
      expect(await walk(page, own, role)).toEqual([]);
    },
    60_000,
  );

  test('forms that were filled in wrong, questions, the second step and the door', async () => {
    const page = await signIn(await browser.newContext(), open, 'owner');
    const found: string[] = [];
    const press = async (path: string, button: string, name: string) => {
      await page.goto(`${open.address}/admin${path}`);
      await page.getByRole('button', { name: button, exact: true }).first().click();
      await page.waitForLoadState();
      found.push(...(await problems(page, name)));
    };
    await page.setViewportSize({ width: 1280, height: 740 });
    await press('/plans/new', 'Add the plan', 'wrong plan');
    await page.goto(`${open.address}/admin/settings`);
    await page.getByLabel('Currency').fill('PES');
    await page.getByRole('button', { name: 'Save' }).click();
    found.push(...(await problems(page, 'wrong settings')));
    await press(`/vouchers/${named.code}`, 'Revoke', 'question');
    await page.goto(`${open.address}/admin/account`);
    await page
      .locator('form[action$="/second-step"]')
      .getByLabel('Present password')
      .fill(PASSWORD);
    await page.getByRole('button', { name: 'Set it up' }).click();
    await page.waitForURL(/second-step$/);
    found.push(...(await problems(page, 'second step set up')));
    const key = (await page.locator('p.note code').textContent())!.replaceAll(' ', '');
    const totp = new TOTP({ secret: Secret.fromBase32(key) });
    const digits = () => totp.generate({ timestamp: open.shop.clock.now().getTime() });
    await page.getByLabel('The six digits').fill(digits());
    await page.getByRole('button', { name: 'Switch it on' }).click();
    await page.waitForURL(/confirmation$/);
    found.push(...(await problems(page, 'recovery codes')));
    found.push(...(await walk(page, ['/account', '/staff'], 'second step on')));
    await page.getByRole('button', { name: 'Sign out' }).click();
    found.push(...(await problems(page, 'signed out')));
    await page.getByLabel('Name').fill('owner');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    found.push(...(await problems(page, 'wrong password')));
    await page.getByLabel('Name').fill('owner');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/second-step$/);
    found.push(...(await problems(page, 'asked for the second step')));
    expect(found).toEqual([]);
  }, 60_000);

  test('in a color the owner chose, whichever', async () => {
    const page = await signIn(await browser.newContext(), open, 'owner');
    const found: string[] = [];
    const usual = { name: '', currency: '', timeZone: '', language: '', codePrefix: '', codeLength: '' }; // prettier-ignore
    for (const accent of ['#ffee00', '#101040']) {
      await open.shop.app.services.shop.save({ ...usual, accent }, 'keep', 'test');
      found.push(...(await walk(page, ['/', '/batches/new'], accent)));
      await page.goto(`${open.address}/portal`);
      found.push(...(await problems(page, `${accent} portal`)));
    }
    expect(found).toEqual([]);
  }, 60_000);
});

test('the first run’s page', async () => {
  const open = await AdminShop.open();
  const token = (await open.shop.app.services.accounts.invitation())!;
  const page = await browser.newPage();
  await page.goto(`${open.address}/admin/first-run?token=${token}`);
  const found = await problems(page, 'first run');
  await page.goto(`${open.address}/admin/sign-in`);
  found.push(...(await problems(page, 'sign in, nobody yet')));
  await open.close();
  expect(found).toEqual([]);
}, 30_000);

test.each(['en', 'fil'])(
  'the portal, wherever a customer stands, in %s',
  async (lang) => {
    const server = await ShopServer.start({
      env: { SHOP_NAME: "Aling Nena's PisoNet" },
      profiles: [
        { name: 'P5', pausable: true, uptime: '1h', validity: '1d', data_cap: '1GB', fup_threshold: '200MB', fup_rate_up: '128K', fup_rate_down: '256K' }, // prettier-ignore
        { name: 'P300', price: '300', validity: '30d', uptime: '100h', pausable: true, users: '2', fup_threshold: '5GB', fup_rate_up: '256K', fup_rate_down: '256K' }, // prettier-ignore
      ],
    });
    const { shop } = server;
    const phone = shop.simulator.addDevice({ mac: '02:00:00:00:03:01', address: '127.0.0.1' });
    const { mac } = (await shop.controller.whoIsAt('127.0.0.1'))!;
    const page = await browser.newPage();
    const found: string[] = [];
    const look = async (name: string, path = '/portal/status') => {
      await page.goto(`${server.origin}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
      found.push(...(await problems(page, `${lang} ${name}`)));
    };
    await look('start', '/portal?link-orig=http://news.example/');
    await look('no voucher');
    await look('router complains', '/portal?error=invalid username or password');
    await look('no such page', '/portal/nothing');
    await page.goto(`${server.origin}/portal?lang=${lang}`);
    await page.locator('#code').fill('WRONGCODE');
    await page.locator('form.code button').click();
    found.push(...(await problems(page, `${lang} wrong code`)));
    await shop.redeem(phone, await shop.code());
    await look('online');
    phone.download('300M');
    await shop.reconcile();
    await look('slowed by fair use');
    await shop.redeem(phone, await shop.code('P300'));
    await look('two vouchers');
    await look('add one more', '/portal');
    const host = (await shop.controller.whoIsAt('127.0.0.1'))!;
    await shop.app.services.customers.pause(host);
    await look('paused');
    await shop.app.services.customers.resume(host);
    await shop.app.services.customers.logOut(host);
    await look('signed out');
    await shop.app.services.customers.resume(host);
    await shop.app.services.blocks.block(mac, 'test', 'test');
    await shop.reconcile();
    await look('blocked');
    shop.simulator.faults.refuseConnections = 'accept-then-close';
    shop.simulator.dropConnections('rst');
    await look('router away');
    await server.close();
    expect(found).toEqual([]);
  },
  90_000,
);
