import { Secret, TOTP } from 'otpauth';
import { problems } from '../../support/browser/accessibility';
import { AdminShop, PASSWORD } from '../../support/admin-shop';
import { browserOfTests } from '../../support/browser/browser';
import { BusyAdmin } from '../../support/busy-admin';
import { longTest } from '../../support/program/run-counts';
import { untilTrue } from '../../support/browser/until-true';

/** The staff pages as they stand after a wrong answer, and in other colors: usable too. */

const browser = browserOfTests();

describe('in a shop that is busy', () => {
  let admin: BusyAdmin;

  beforeEach(async () => {
    admin = await BusyAdmin.start();
  });

  afterEach(() => admin.close());

  test('forms that were filled in wrong, questions, the second step and the door', async () => {
    const page = await admin.signIn(await browser.newContext(), 'owner');
    const found: string[] = [];
    const press = async (path: string, button: string, name: string) => {
      await page.goto(`${admin.open.address}/admin${path}`);
      await page.getByRole('button', { name: button, exact: true }).first().click();
      await page.waitForLoadState();
      found.push(...(await problems(page, name)));
    };
    await page.setViewportSize({ width: 1280, height: 740 });
    await press('/plans/new', 'Add the plan', 'wrong plan');
    await page.goto(`${admin.open.address}/admin/settings`);
    await page.getByText('Expert: money, time and codes').click();
    await page.getByLabel('Currency').fill('PES');
    await page.getByRole('button', { name: 'Save' }).click();
    found.push(...(await problems(page, 'wrong settings')));
    await press(`/vouchers/${admin.named.code}`, 'End', 'question');
    await page.goto(`${admin.open.address}/admin/account`);
    await page
      .locator('form[action$="/second-step"]')
      .getByLabel('Current password')
      .fill(PASSWORD);
    await page.getByRole('button', { name: 'Set up' }).click();
    await page.waitForURL(/second-step$/);
    found.push(...(await problems(page, 'second step set up')));
    const key = (await page.locator('p.note code').textContent())!.replaceAll(' ', '');
    const totp = new TOTP({ secret: Secret.fromBase32(key) });
    const digits = () => totp.generate({ timestamp: admin.open.shop.clock.now().getTime() });
    await page.getByLabel('The six digits').fill(digits());
    await page.getByRole('button', { name: 'Turn on' }).click();
    await page.waitForURL(/confirmation$/);
    found.push(...(await problems(page, 'recovery codes')));
    found.push(...(await admin.walk(page, ['/account', '/staff'], 'second step on')));
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
  }, 240_000); // many pages, and machines are slow

  test('a file of codes is read in what its spreadsheet wrote', async () => {
    const page = await admin.signIn(await browser.newContext(), 'owner');
    await page.goto(`${admin.open.address}/admin/batches/import`);
    const text = 'code,plan\r\nCPA22345,D\u00edmas\r\n';
    for (const [buffer, name] of [
      [Buffer.from(text), 'utf-8'],
      [Buffer.from(text, 'latin1'), 'windows-1252'],
      [Buffer.from(`\uFEFF${text}`, 'utf16le'), 'utf-16'],
    ] as const) {
      await page.getByLabel('From a file').setInputFiles({ name, mimeType: 'text/csv', buffer });
      const expected = JSON.stringify(text.replaceAll('\r\n', '\n'));
      await untilTrue(page, `document.getElementById('codes').value === ${expected}`);
      await page.getByLabel('Codes').fill('');
    }
  }, 60_000);

  longTest(
    'in a color the owner chose, whichever',
    async () => {
      const page = await admin.signIn(await browser.newContext(), 'owner');
      const found: string[] = [];
      const usual = { name: '', currency: '', timeZone: '', language: '', codePrefix: '', codeLength: '', phone: '', banner: '', wifiName: '', slipFooter: '', slipHides: '', monthly: '', sellPrints: '' }; // prettier-ignore
      for (const accent of ['#ffee00', '#101040']) {
        await admin.open.shop.app.services.shop.save({ ...usual, accent }, 'keep', 'test');
        found.push(...(await admin.walk(page, ['/', '/batches/new'], accent)));
        await page.goto(`${admin.open.address}/portal`);
        found.push(...(await problems(page, `${accent} portal`)));
      }
      expect(found).toEqual([]);
    },
    240_000,
  ); // many pages, and machines are slow
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
