import type { Page } from 'playwright-core';
import { PASSWORD } from '../../support/admin-shop';
import { staffInBrowser } from '../../support/browser/staff-in-browser';

/** The jobs of a day on a phone whose browser runs no script. */

const staff = staffInBrowser();

const button = (page: Page, action: string) => page.locator(`form[action="${action}"] button`);

test('everything works without script', async () => {
  const { shop, address } = staff.open;
  const { plans, blocks, accounts, vouchers } = shop.app.services;
  await accounts.add({ name: 'maria', role: 'owner', password: PASSWORD }, 't');
  const viewport = { width: 360, height: 740 };
  const context = await staff.newContext({ javaScriptEnabled: false, viewport });
  const page = await context.newPage();
  const { phone, code } = await shop.online();
  const device = `/bandwidth/${phone.mac}`;
  const limit = () => shop.simulator.queueOf(phone.mac)?.maxLimit;
  await page.goto(`${address}/admin`);
  await page.locator('[name="name"]').fill('maria');
  await page.locator('[name="password"]').fill(PASSWORD);
  await button(page, '/admin/sign-in').click();

  // Sell one, and redeem it at the portal.
  await page.locator('.places a[href="/admin/vouchers"]').click();
  await button(page, '/admin/vouchers').and(page.locator('[value="P5"]')).click();
  const sold = page.url().split('/').at(-1)!;
  expect((await vouchers.find(sold)).status).toBe('unused');
  await page.locator('.ticket a[href*="print?format="]').click();
  expect(await page.locator('.slip').count()).toBe(1);
  const customer = shop.simulator.addDevice({ mac: '02:00:00:00:09:01', address: '127.0.0.1' });
  const portal = await context.newPage();
  await portal.goto(`${address}/portal`);
  await portal.locator('#code').fill(sold);
  await portal.locator('form.code button').click();
  expect(customer.online).toBe(true);
  await portal.close();

  // Find it again.
  await staff.goTo(page, '/vouchers');
  await page.locator('form.search [name="q"]').fill(sold);
  await page.locator('form.search button').click();
  expect(await page.locator('#found tbody th').allTextContents()).toEqual([
    expect.stringContaining(sold),
  ]);

  // Slow down a phone, undo it, limit and free it on its own page.
  await staff.goTo(page, '/bandwidth');
  await page.locator(`a.row[href="/admin${device}"]`).click();
  const full = limit();
  await page.locator('button[name="slow"][value="512K"]').click();
  expect(limit()).toEqual({ up: 256_000, down: 512_000 });
  await page.locator('#messages form button').click();
  expect(limit()).toEqual(full);
  await staff.goTo(page, device);
  await page.locator('button[name="slow"][value="1M"]').click();
  await staff.goTo(page, device);
  await button(page, `/admin${device}/limit-removal`).click();
  expect(limit()).toEqual(full);

  // Log it out, and in again; give it a name, block it and let it come back.
  await staff.goTo(page, device);
  await button(page, `/admin${device}/kick`).click();
  expect(phone.online).toBe(true);
  await page.locator('button.danger.solid').click();
  expect(phone.online).toBe(false);
  await staff.goTo(page, device);
  await page.locator(`form[action="/admin${device}/name"] input[name="name"]`).fill('Ate Joy');
  await button(page, `/admin${device}/name`).click();
  await staff.goTo(page, device);
  expect(await page.locator('h1').textContent()).toBe('Ate Joy');
  await button(page, '/admin/bandwidth/blocks').click();
  expect((await blocks.list()).map(({ mac }) => mac)).toEqual([phone.mac]);
  await page.locator('#messages form button').click();
  expect(await blocks.list()).toEqual([]);

  // End its voucher, change a plan, and the settings.
  await staff.goTo(page, `/vouchers/${code}`);
  await page.locator('button[formaction="/admin/vouchers/revocations"]').click();
  await page.locator('button.danger.solid').click();
  expect((await vouchers.find(code)).status).toBe('revoked');
  await staff.goTo(page, '/plans/P5');
  await page.locator('#price').fill('7');
  await page.getByRole('button', { name: 'Save' }).click();
  expect((await plans.find('P5')).terms.price.amount).toBe(700);
  await staff.goTo(page, '/settings');
  await page.locator('[name="name"]').fill('Tindahan ni Joy');
  await button(page, '/admin/settings').click();
  expect(shop.app.services.shop.get().name).toBe('Tindahan ni Joy');
  await staff.goTo(page, '/batches/new');
  await page.locator('button[name="print"]').click();
  expect(await page.locator('.slip').count()).toBe(20);
  expect(staff.complaints).toEqual([]);
}, 240_000); // the walk is long, and machines are slow
