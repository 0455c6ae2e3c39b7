import type { Page } from 'playwright-core';
import { PASSWORD } from '../../support/admin-shop';
import { staffInBrowser } from '../../support/browser/staff-in-browser';
import { untilTrue } from '../../support/browser/until-true';

/** The jobs of a day with Tab, Enter and Escape: no mouse, and always seen where one is. */

const staff = staffInBrowser();

/** More than the controls of any page here. */
const FAR = 80;

const AT = `(() => {
  const at = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  const { top, bottom, width } = at.getBoundingClientRect();
  return {
    isSeen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && width > 0 && bottom > 0 && top < innerHeight,
    html: at.outerHTML.slice(0, 120),
  };
})()`;

class Keys {
  constructor(readonly page: Page) {}

  /** Tab until that has the focus; everything on the way shows that it has it. */
  async to(selector: string): Promise<void> {
    for (let steps = 0; steps < FAR; steps += 1) {
      await this.page.keyboard.press('Tab');
      const { isSeen, html } = await this.page.evaluate<{ isSeen: boolean; html: string }>(AT);
      if (html.startsWith('<body')) continue; // from the last one it goes over the browser's own bar
      expect([html, isSeen]).toEqual([html, true]);
      if (await this.isAt(selector)) return;
    }
    throw new Error(`Tab does not lead to ${selector} on ${this.page.url()}`);
  }

  isAt(selector: string): Promise<boolean> {
    return this.page.evaluate<boolean>(
      `document.activeElement.matches(${JSON.stringify(selector)})`,
    );
  }

  /** What moves the focus by itself does so a moment after what was seen. */
  async comesTo(selector: string): Promise<void> {
    await untilTrue(this.page, `document.activeElement.matches(${JSON.stringify(selector)})`);
  }

  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
    await this.page.waitForLoadState();
  }

  /** Enter on what leads to another page. */
  async enter(path: string | RegExp): Promise<void> {
    await Promise.all([this.page.waitForURL(path), this.page.keyboard.press('Enter')]);
    await this.page.waitForLoadState();
  }
}

test('everything works by keyboard alone', async () => {
  const { shop, address } = staff.open;
  const { accounts, blocks, plans, vouchers } = shop.app.services;
  await accounts.add({ name: 'maria', role: 'owner', password: PASSWORD }, 't');
  const { phone } = await shop.online();
  const other = await shop.online();
  await shop.reconcile();
  const page = await staff.newPage(1280);
  const keys = new Keys(page);
  const limit = () => shop.simulator.queueOf(phone.mac)?.maxLimit;
  await page.goto(`${address}/admin`);
  await keys.to('[name="name"]');
  await page.keyboard.type('maria');
  await keys.to('[name="password"]');
  await page.keyboard.type(PASSWORD);
  await keys.enter(/\/admin$/);

  // The first stop leads past the frame of the page.
  await keys.to('.skip');
  await keys.press('Enter');
  await page.keyboard.press('Tab');
  expect(await keys.isAt('main *')).toBe(true);

  // Sell one.
  await page.goto(`${address}/admin`);
  await keys.to('.places a[href="/admin/vouchers"]');
  await keys.enter(/\/vouchers$/);
  await keys.to('.tile[value="P5"]');
  await keys.enter(/\/vouchers\/\w+$/);
  expect((await vouchers.find(page.url().split('/').at(-1)!)).status).toBe('unused');

  // The sheet of a device takes the focus, and gives it back where it came from, though the list is new by then.
  await page.goto(`${address}/admin/bandwidth`);
  const row = `a.row[href="/admin/bandwidth/${phone.mac}"]`;
  const sheet = page.getByRole('dialog');
  await keys.to(row);
  await page.keyboard.press('Enter');
  await sheet.waitFor();
  expect(await keys.isAt('#sheet *')).toBe(true);
  phone.offer({ up: 100_000, down: 2_000_000 });
  await staff.whileTimePasses(page.locator(row).getByText('↓ 2M').waitFor());
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'hidden' });
  await keys.comesTo(row);

  // Slow it down, and take that back.
  const full = limit();
  await page.keyboard.press('Enter');
  await sheet.waitFor();
  await keys.to('button[name="slow"][value="512K"]');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  expect(limit()).toEqual({ up: 256_000, down: 512_000 });
  await keys.to('#messages form button');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  expect(limit()).toEqual(full);

  // The same on the page of the device alone.
  const own = `${address}/admin/bandwidth/${phone.mac}`;
  await page.goto(own);
  await keys.to('button[name="slow"][value="1M"]');
  await keys.enter(/\/bandwidth$/);
  await page.goto(own);
  await keys.to('form[action$="/limit-removal"] button');
  await keys.enter(/\/bandwidth$/);
  expect(limit()).toEqual(full);

  // Log it out, which is asked about; block the other one.
  await keys.to(row);
  await page.keyboard.press('Enter');
  await sheet.waitFor();
  await keys.to('form[action$="/kick"] button');
  await keys.enter(/\/kick$/);
  await keys.to('button.danger.solid');
  await keys.enter(/\/bandwidth$/);
  expect(phone.online).toBe(false);
  await keys.to(`a.row[href="/admin/bandwidth/${other.phone.mac}"]`);
  await page.keyboard.press('Enter');
  await sheet.waitFor();
  await keys.to('#sheet form[action="/admin/bandwidth/blocks"] button');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  expect((await blocks.list()).map(({ mac }) => mac)).toEqual([other.phone.mac]);

  // Change a plan and a setting.
  await page.goto(`${address}/admin/plans`);
  await keys.to('main th a[href="/admin/plans/P5"]');
  await keys.enter(/\/plans\/P5$/);
  await keys.to('#price');
  await page.keyboard.type('7');
  await keys.enter(/\/plans$/);
  expect((await plans.find('P5')).terms.price.amount).toBe(700);
  await page.goto(`${address}/admin/settings`);
  await keys.to('main [name="name"]');
  await page.keyboard.type('Tindahan ni Joy');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  expect(shop.app.services.shop.get().name).toBe('Tindahan ni Joy');

  // A customer, at the portal.
  const customer = shop.simulator.addDevice({ mac: '02:00:00:00:09:01', address: '127.0.0.1' });
  await page.goto(`${address}/portal`);
  await keys.comesTo('#code'); // as the browser gives it the focus
  await page.keyboard.type(await shop.code());
  await keys.enter(/\/portal\/status/);
  expect(customer.online).toBe(true);
  expect(staff.complaints).toEqual([]);
}, 240_000); // the walk is long, and machines are slow
