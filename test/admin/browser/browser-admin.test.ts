import type { Locator, Page, Request } from 'playwright-core';
import type { Mac } from '../../../src/domain/units';
import type { SimulatedDevice } from '../../../src/simulator/simulator';
import { PASSWORD } from '../../support/admin-shop';
import { staffInBrowser } from '../../support/browser/staff-in-browser';
import { longTest } from '../../support/program/run-counts';

/** Staff pages in a real browser: what is live, what is found while one types, and what goes wrong. */

const staff = staffInBrowser();

test('a page that nobody looks at holds no connection, and goes on when somebody does', async () => {
  const page = await staff.newPage(1280);
  const { accounts } = staff.open.shop.app.services;
  await accounts.add({ name: 'maria', role: 'owner', password: PASSWORD }, 't');
  await page.goto(`${staff.open.address}/admin/bandwidth`);
  await page.getByLabel('Name').fill('maria');
  await page.getByLabel('Password').fill(PASSWORD);
  const isStream = (request: Request) => request.url().includes('/bandwidth/live-stream');
  const opened = () => page.waitForRequest(isStream);
  const turn = (hidden: boolean) =>
    page.evaluate(`
      Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} });
      document.dispatchEvent(new Event('visibilitychange'));`);
  await Promise.all([opened(), staff.press(page, 'Sign in')]);
  await Promise.all([page.waitForEvent('requestfailed', isStream), turn(true)]);
  await staff.open.shop.online();
  expect(await page.getByText('Nobody is online').count()).toBe(1);
  await Promise.all([opened(), turn(false)]);
  await page.getByText('Nobody is online').waitFor({ state: 'detached' });
  expect(staff.complaints).toEqual([]);
}, 30_000);

test('vouchers are found while one types, and the way back leads back', async () => {
  const { batches } = staff.open.shop.app.services;
  await batches.generate({ plan: 'P5', count: 1, note: 'for <b>Ana</b>' }, 'test');
  await batches.generate({ plan: 'P5', count: 119 }, 'test');
  const page = await staff.signedIn('/vouchers');
  await page.evaluate('window.isSamePage = true');
  expect(await page.locator('#count').textContent()).toContain('120 vouchers');
  await page.getByRole('link', { name: 'Older' }).click();
  await page.getByText('page 2 of').waitFor();
  await page.getByRole('searchbox').pressSequentially('for <b>Ana');
  await page.getByText('1 voucher,').waitFor();
  expect(await page.locator('#found tbody tr').count()).toBe(1);
  expect(await page.getByRole('searchbox').inputValue()).toBe('for <b>Ana');
  expect(new URL(page.url()).searchParams.get('q')).toBe('for <b>Ana');
  await page.getByRole('searchbox').fill('nobody');
  await page.getByText('No voucher matches').waitFor();
  expect((await page.locator('#count').textContent())?.trim()).toBe('');
  expect(await page.evaluate('window.isSamePage')).toBe(true);
  await page.goBack();
  await page.getByText('page 1 of').waitFor();
  expect(staff.complaints).toEqual([]);
}, 30_000);

test('what was refused leads back to what was typed and ticked', async () => {
  await staff.open.shop.app.services.batches.generate({ plan: 'P5', count: 3 }, 'test');
  const page = await staff.signedIn('/vouchers?status=unused');
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
  await staff.whileTimePasses(page.locator('body[data-left="0"]').waitFor());
}

async function limited(phone: SimulatedDevice): Promise<void> {
  const { devices } = staff.open.shop.app.services;
  await devices.setLimit(phone.mac as Mac, { up: 256_000, down: 512_000 }, null, 'test');
  await staff.open.shop.reconcile();
}

/** The sheet of a device in the list. */
async function openSheet(page: Page, mac: string): Promise<Locator> {
  await page.locator('#online').getByRole('link', { name: mac }).click();
  const sheet = page.getByRole('dialog');
  await sheet.waitFor();
  return sheet;
}

test('who was signed out meanwhile is led to the door; what the server does not say is not claimed', async () => {
  const { phone } = await staff.open.shop.online();
  await limited(phone);
  const page = await staff.signedIn('/bandwidth');
  const alert = page.getByRole('alert');
  const removeLimit = async () => {
    const sheet = await openSheet(page, phone.mac);
    await sheet.getByRole('button', { name: 'Remove limit' }).click();
  };
  await page.route('**/limit-removal', (route) => route.abort('connectionreset'));
  await removeLimit();
  await alert.getByText('it may or may not be done').waitFor();
  await page.unroute('**/limit-removal');
  const bad = { status: 502, body: 'Bad gateway' };
  await page.route('**/limit-removal', (route) => route.fulfill(bad));
  await removeLimit();
  await alert.getByText('could not answer as it should (502)').waitFor();
  expect(await page.locator('#online').getByRole('link', { name: phone.mac }).count()).toBe(1);
  await page.unroute('**/limit-removal');
  const sheet = await openSheet(page, phone.mac);
  await staff.open.shop.app.db('web_sessions').del();
  await sheet.getByRole('button', { name: 'Remove limit' }).click();
  await page.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor();
  expect(await staff.open.shop.app.stores.sessions.limits()).toHaveLength(1);
}, 30_000);

longTest(
  'no row moves away under a finger, and an answer that comes late finds its place',
  async () => {
    const first = await staff.open.shop.online();
    const second = await staff.open.shop.online();
    await limited(second.phone);
    const page = await staff.signedIn('/bandwidth');
    const row = (mac: string) => page.locator('#online').getByRole('link', { name: mac });
    await row(second.phone.mac).hover();
    await page.mouse.down();
    first.phone.leave();
    staff.open.shop.clock.advance(10 * 60_000);
    await staff.open.shop.reconcile();
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
    await page.getByText(`${second.phone.mac} is back to the speed of its plan`).waitFor();
    await sheet.waitFor({ state: 'hidden' });
    expect(await row(first.phone.mac).count()).toBe(0);
    expect(await staff.open.shop.app.stores.sessions.limits()).toEqual([]);
    expect(await page.locator('#limits').textContent()).toContain('No limit is set by hand');
    expect(await page.locator('header, h1, #online, #messages').count()).toBe(4);
    expect(staff.complaints).toEqual([]);
  },
  30_000,
);

longTest(
  'what is pushed and says the same as before is left alone',
  async () => {
    const page = await staff.signedIn('/bandwidth');
    await page.mouse.move(1, 1);
    await pushed(page);
    await page.evaluate(`window.changes = 0;
    const count = () => (window.changes += 1);
    new MutationObserver(count).observe(document.querySelector('#online'), { childList: true });`);
    await pushed(page);
    expect(await page.evaluate('window.changes')).toBe(0);
    await staff.open.shop.online();
    await staff.whileTimePasses(page.getByText('Nobody is online').waitFor({ state: 'detached' }));
    expect(staff.complaints).toEqual([]);
  },
  30_000,
);

longTest(
  'the same without script: every button is a form',
  async () => {
    const context = await staff.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await staff.open.shop.app.services.accounts.add(
      { name: 'maria', role: 'owner', password: PASSWORD },
      't',
    );
    const { phone } = await staff.open.shop.online();
    await page.goto(`${staff.open.address}/admin/bandwidth`);
    await page.getByLabel('Name').fill('maria');
    await page.getByLabel('Password').fill(PASSWORD);
    await staff.press(page, 'Sign in');
    expect(new URL(page.url()).pathname).toBe('/admin/bandwidth');
    await page.locator('#online').getByRole('link', { name: phone.mac }).click();
    await staff.press(page, 'Log out');
    expect(phone.online).toBe(true);
    await staff.press(page, 'Log out');
    expect(phone.online).toBe(false);
    await staff.press(page, 'Sign out');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Sign in');
  },
  30_000,
);
