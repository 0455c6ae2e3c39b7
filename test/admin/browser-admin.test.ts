import type { Browser, BrowserContext, Locator, Page, Request } from 'playwright-core';
import type { Mac } from '../../src/domain/units';
import type { SimulatedDevice } from '../../src/simulator/simulator';
import { launchBrowser } from '../support/browser/browser';
import { AdminShop, PASSWORD } from '../support/admin-shop';

/** A shop's first day in a real browser: the owner's phone and desk, and a customer beside them. */

let browser: Browser;
let open: AdminShop;
/** What must not happen: errors of script, and requests that leave this machine. */
let complaints: string[];

beforeAll(async () => {
  browser = await launchBrowser();
}, 300_000);

afterAll(() => browser.close());

beforeEach(async () => {
  complaints = [];
  open = await AdminShop.open({ env: { PORTAL_URL: 'http://10.5.50.1:5000' } });
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await open.close();
});

async function newContext(width: number): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width, height: 740 } });
  context.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol !== 'data:' && hostname !== '127.0.0.1') complaints.push(`left: ${request.url()}`);
  });
  context.on('weberror', (error) => complaints.push(`script: ${error.error().message}`));
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  return context;
}

/** Nothing sticks out at the side, on a phone least of all. */
async function mustFit(page: Page): Promise<void> {
  const tooWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth + 1');
  expect([page.url(), tooWide]).toEqual([page.url(), false]);
}

async function goTo(page: Page, path: string): Promise<void> {
  await page.goto(`${open.address}/admin${path}`);
  await mustFit(page);
}

async function whileTimePasses(work: Promise<unknown>): Promise<void> {
  const passing = setInterval(() => open.shop.clock.advance(500), 50);
  await work.finally(() => clearInterval(passing));
}

async function press(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('button', { name }).first().click();
  await page.waitForLoadState();
  await mustFit(page);
}

test.each([360, 1280])(
  'the first day of a shop, %i pixels wide',
  async (width) => {
    const { shop } = open;
    const page = await (await newContext(width)).newPage();

    const token = (await shop.app.services.accounts.invitation())!;
    await goTo(page, `/first-run?token=${token}`);
    await page.getByLabel('Your name').fill('maria');
    await page.getByLabel('A password').fill(PASSWORD);
    await page.getByLabel('The same once more').fill(PASSWORD);
    await press(page, 'Make the account');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Home');

    await goTo(page, '/plans/new');
    for (const [label, value] of [
      ['Name', 'NIGHT'],
      ['Price', '12'],
      ['Upload speed', '1M'],
      ['Download speed', '4M'],
      ['Valid for', '8h'],
    ] as const) {
      await page.getByLabel(label, { exact: true }).fill(value);
    }
    await page.getByText('Fair use', { exact: true }).click();
    for (const [label, value] of [
      ['Slow down from', '500MB'],
      ['Fair-use upload', '256K'],
      ['Fair-use download', '512K'],
    ] as const) {
      await page.getByLabel(label, { exact: true }).fill(value);
    }
    await press(page, 'Add the plan');
    expect(await page.getByRole('status').textContent()).toContain('Plan NIGHT is added');

    await goTo(page, '/batches/new');
    await page.getByLabel('Plan').selectOption('NIGHT');
    await press(page, 'Show what they look like');
    expect(await page.getByRole('status').textContent()).toMatch(
      /hits a living code once in [\d,]+/,
    );
    await press(page, 'Make them');
    const codes = await page.locator('.codes code').allTextContents();
    expect(codes).toHaveLength(20);
    const batch = page.url();
    await page.getByRole('link', { name: 'A4 sheet' }).click();
    expect(await page.locator('.slip svg').count()).toBe(20);
    await mustFit(page);
    await goTo(page, '/bandwidth');
    expect(await page.getByText('Nobody is online').count()).toBe(1);

    // A customer on the same Wi-Fi, in a browser of their own.
    const phone = shop.simulator.addDevice({ mac: '02:00:00:00:01:01', address: '127.0.0.1' });
    const customer = await (await newContext(360)).newPage();
    await customer.goto(`${open.address}/portal?code=${codes[0]}`);
    await customer.locator('form.code button').click();
    await customer.waitForURL(/\/portal\/status/);
    expect(phone.online).toBe(true);

    // The owner's page shows it by itself, and how fast it is.
    const row = page.locator('#online').getByRole('link', { name: phone.mac });
    await whileTimePasses(row.waitFor());
    expect(await row.textContent()).toContain(codes[0]);
    phone.offer({ up: 200_000, down: 3_000_000 });
    await whileTimePasses(page.getByText('↓ 3M').waitFor());

    // Two touches slow it down, and one undoes that.
    const sheet = page.getByRole('dialog');
    await row.click();
    await press(page, '512K');
    const limit = () => shop.simulator.queueOf(phone.mac)?.maxLimit;
    expect(limit()).toEqual({ up: 256_000, down: 512_000 });
    await press(page, 'Undo');
    expect(limit()).toEqual({ up: 1_000_000, down: 4_000_000 });
    await row.click();
    await sheet.getByText('Another speed').click();
    await sheet.getByLabel('Upload').fill('128K');
    await sheet.getByLabel('Download').fill('256K');
    await press(page, 'Set the limit');
    expect(limit()).toEqual({ up: 128_000, down: 256_000 });
    await row.click();
    await sheet.getByRole('button', { name: 'Remove limit' }).click();
    await page.getByText('has the speed of its plan again').waitFor();
    expect(limit()).toEqual({ up: 1_000_000, down: 4_000_000 });
    await sheet.waitFor({ state: 'hidden' });

    // The owner's word for it, wherever one looks for it.
    await row.click();
    await sheet.getByLabel('Name of this device').fill("Ate Joy's Oppo");
    await sheet.getByRole('button', { name: 'Save' }).click();
    await page.getByText("It is called Ate Joy's Oppo now.").waitFor();
    await goTo(page, '/vouchers?q=joy');
    expect(await page.locator('#found tbody tr').count()).toBe(1);
    await goTo(page, '/bandwidth?q=joy');
    const named = page.locator('#online').getByRole('link', { name: "Ate Joy's Oppo" });
    await named.waitFor();

    phone.download('600M');
    await shop.reconcile();
    expect(limit()).toEqual({ up: 256_000, down: 512_000 });
    await customer.getByRole('link', { name: 'Show what is left now' }).click();
    expect(await customer.locator('.card').textContent()).toContain('to be fair to everybody');
    await mustFit(customer);

    // A tap on the wrong button costs nobody anything: it is asked about, and can be thought better of.
    await named.click();
    await sheet.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: `Log out Ate Joy's Oppo, ${phone.mac}?` }).waitFor();
    await page.getByRole('link', { name: 'Cancel' }).click();
    await named.click();
    expect(phone.online).toBe(true);
    await sheet.getByRole('button', { name: 'Log out' }).click();
    await press(page, 'Log out');
    await page.getByText('Its voucher stays good').waitFor();
    expect(phone.online).toBe(false);
    expect(await page.getByText('Nobody is online').count()).toBe(1);

    await goTo(page, `/vouchers/${codes[0]}`);
    await press(page, 'Revoke');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('Revoke');
    await press(page, 'Revoke');
    expect(await page.locator('.status').first().textContent()).toBe('revoked');

    await goTo(page, '/reports');
    expect(await page.locator('.figures').textContent()).toMatch(/In all\s*₱12\.00\s*Sold\s*1/);
    await page.goto(batch);
    expect(await page.locator('.facts').textContent()).toContain('20, 19 unused');
    await goTo(page, '');
    expect(await page.locator('.amount').textContent()).toContain('₱12.00');
    expect(complaints).toEqual([]);
  },
  60_000,
);

test('a page that nobody looks at holds no connection, and goes on when somebody does', async () => {
  const page = await (await newContext(1280)).newPage();
  const { accounts } = open.shop.app.services;
  await accounts.add({ name: 'maria', role: 'owner', password: PASSWORD }, 't');
  await page.goto(`${open.address}/admin/bandwidth`);
  await page.getByLabel('Name').fill('maria');
  await page.getByLabel('Password').fill(PASSWORD);
  const isStream = (request: Request) => request.url().includes('/bandwidth/live-stream');
  const opened = () => page.waitForRequest(isStream);
  const turn = (hidden: boolean) =>
    page.evaluate(`
      Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} });
      document.dispatchEvent(new Event('visibilitychange'));`);
  await Promise.all([opened(), press(page, 'Sign in')]);
  await Promise.all([page.waitForEvent('requestfailed', isStream), turn(true)]);
  await open.shop.online();
  expect(await page.getByText('Nobody is online').count()).toBe(1);
  await Promise.all([opened(), turn(false)]);
  await page.getByText('Nobody is online').waitFor({ state: 'detached' });
  expect(complaints).toEqual([]);
}, 30_000);

async function signedIn(path: string): Promise<Page> {
  const page = await (await newContext(1280)).newPage();
  const { accounts } = open.shop.app.services;
  await accounts.add({ name: 'maria', role: 'owner', password: PASSWORD }, 't');
  await page.goto(`${open.address}/admin${path}`);
  await page.getByLabel('Name').fill('maria');
  await page.getByLabel('Password').fill(PASSWORD);
  await press(page, 'Sign in');
  return page;
}

test('vouchers are found while one types, and the way back leads back', async () => {
  const { batches } = open.shop.app.services;
  await batches.generate({ plan: 'P5', count: 1, note: 'for <b>Ana</b>' }, 'test');
  await batches.generate({ plan: 'P5', count: 119 }, 'test');
  const page = await signedIn('/vouchers');
  await page.evaluate('window.isSamePage = true');
  expect(await page.locator('#count').textContent()).toContain('120 in all');
  await page.getByRole('link', { name: 'Older' }).click();
  await page.getByText('page 2 of').waitFor();
  await page.getByRole('searchbox').pressSequentially('for <b>Ana');
  await page.getByText('1 in all').waitFor();
  expect(await page.locator('#found tbody tr').count()).toBe(1);
  expect(await page.getByRole('searchbox').inputValue()).toBe('for <b>Ana');
  expect(new URL(page.url()).searchParams.get('q')).toBe('for <b>Ana');
  await page.getByRole('searchbox').fill('nobody');
  await page.getByText('No voucher matches').waitFor();
  expect((await page.locator('#count').textContent())?.trim()).toBe('');
  expect(await page.evaluate('window.isSamePage')).toBe(true);
  await page.goBack();
  await page.getByText('page 1 of').waitFor();
  expect(complaints).toEqual([]);
}, 30_000);

test('what was refused leads back to what was typed and ticked', async () => {
  await open.shop.app.services.batches.generate({ plan: 'P5', count: 3 }, 'test');
  const page = await signedIn('/vouchers?status=unused');
  const boxes = page.locator('#found tbody input[type=checkbox]');
  await boxes.nth(1).check();
  await page.locator('input[name=by]').fill('one hour');
  await page.getByRole('button', { name: 'Extend' }).click();
  await page.getByText('"one hour" is not').waitFor();
  await page.getByRole('link', { name: 'Back to what you typed' }).click();
  await page.locator('#found').waitFor();
  expect(new URL(page.url()).search).toBe('?status=unused');
  expect(await page.locator('input[name=by]').inputValue()).toBe('one hour');
  expect(await boxes.nth(0).isChecked()).toBe(false);
  expect(await boxes.nth(1).isChecked()).toBe(true);
}, 30_000);

/** A moment of the shop passes, and what the page is pushed has come. */
async function pushed(page: Page): Promise<void> {
  await page.evaluate(`{
    let left = 2; // the first may have been on its way
    const count = () => (document.body.dataset.left = left = Math.max(0, left - 1));
    streams.forEach(({ source }) => source.addEventListener('view', count));
    document.body.dataset.left = left;
  }`);
  await whileTimePasses(page.locator('body[data-left="0"]').waitFor());
}

async function limited(phone: SimulatedDevice): Promise<void> {
  const { devices } = open.shop.app.services;
  await devices.setLimit(phone.mac as Mac, { up: 256_000, down: 512_000 }, null, 'test');
  await open.shop.reconcile();
}

/** The sheet of a device in the list. */
async function openSheet(page: Page, mac: string): Promise<Locator> {
  await page.locator('#online').getByRole('link', { name: mac }).click();
  const sheet = page.getByRole('dialog');
  await sheet.waitFor();
  return sheet;
}

test('who was signed out meanwhile is led to the door; what the server does not say is not claimed', async () => {
  const { phone } = await open.shop.online();
  await limited(phone);
  const page = await signedIn('/bandwidth');
  const alert = page.getByRole('alert');
  const removeLimit = async () => {
    const sheet = await openSheet(page, phone.mac);
    await sheet.getByRole('button', { name: 'Remove limit' }).click();
  };
  await page.route('**/limit-removal', (route) => route.abort('connectionreset'));
  await removeLimit();
  await alert.getByText('nobody knows whether that was done').waitFor();
  await page.unroute('**/limit-removal');
  const bad = { status: 502, body: 'Bad gateway' };
  await page.route('**/limit-removal', (route) => route.fulfill(bad));
  await removeLimit();
  await alert.getByText('could not answer as it should (502)').waitFor();
  expect(await page.locator('#online').getByRole('link', { name: phone.mac }).count()).toBe(1);
  await page.unroute('**/limit-removal');
  const sheet = await openSheet(page, phone.mac);
  await open.shop.app.db('web_sessions').del();
  await sheet.getByRole('button', { name: 'Remove limit' }).click();
  await page.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor();
  expect(await open.shop.app.stores.sessions.limits()).toHaveLength(1);
}, 30_000);

test('no row moves away under a finger, and an answer that comes late finds its place', async () => {
  const first = await open.shop.online();
  const second = await open.shop.online();
  await limited(second.phone);
  const page = await signedIn('/bandwidth');
  const row = (mac: string) => page.locator('#online').getByRole('link', { name: mac });
  await row(second.phone.mac).hover();
  await page.mouse.down();
  first.phone.leave();
  open.shop.clock.advance(10 * 60_000);
  await open.shop.reconcile();
  await pushed(page);
  expect(await row(first.phone.mac).count()).toBe(1);
  let answer: () => void = () => undefined;
  const answering = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/limit-removal', async (route) => {
    await answering;
    await route.continue();
  });
  await page.mouse.up();
  const sheet = page.getByRole('dialog');
  await sheet.getByRole('button', { name: 'Remove limit' }).click();
  await pushed(page);
  answer();
  await page.getByText(`${second.phone.mac} has the speed of its plan again`).waitFor();
  await sheet.waitFor({ state: 'hidden' });
  expect(await row(first.phone.mac).count()).toBe(0);
  expect(await open.shop.app.stores.sessions.limits()).toEqual([]);
  expect(await page.locator('#limits').textContent()).toContain('No limit is set by hand');
  expect(await page.locator('header, h1, #online, #messages').count()).toBe(4);
  expect(complaints).toEqual([]);
}, 30_000);

test('what is pushed and says the same as before is left alone', async () => {
  const page = await signedIn('/bandwidth');
  await page.mouse.move(1, 1);
  await pushed(page);
  await page.evaluate(`window.changes = 0;
    const count = () => (window.changes += 1);
    new MutationObserver(count).observe(document.querySelector('#online'), { childList: true });`);
  await pushed(page);
  expect(await page.evaluate('window.changes')).toBe(0);
  await open.shop.online();
  await whileTimePasses(page.getByText('Nobody is online').waitFor({ state: 'detached' }));
  expect(complaints).toEqual([]);
}, 30_000);

test('the same without script: every button is a form', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await open.shop.app.services.accounts.add(
    { name: 'maria', role: 'owner', password: PASSWORD },
    't',
  );
  const { phone } = await open.shop.online();
  await page.goto(`${open.address}/admin/bandwidth`);
  await page.getByLabel('Name').fill('maria');
  await page.getByLabel('Password').fill(PASSWORD);
  await press(page, 'Sign in');
  expect(new URL(page.url()).pathname).toBe('/admin/bandwidth');
  await page.locator('#online').getByRole('link', { name: phone.mac }).click();
  await press(page, 'Log out');
  expect(phone.online).toBe(true);
  await press(page, 'Log out');
  expect(phone.online).toBe(false);
  await press(page, 'Sign out');
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Sign in');
}, 30_000);
