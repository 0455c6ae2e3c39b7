import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { browserOfTests } from '../support/browser/browser';
import { ModelBox } from '../support/model-box';
import { ShopServer } from '../support/program/shop-server';

/** A customer with coins in a real browser, without script: the page refreshes itself. */

const browser = browserOfTests();
const SHOTS = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'pisonet-coins-'));
let server: ShopServer;

beforeEach(async () => {
  server = await ShopServer.start();
});
afterEach(() => server.close());

async function look(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
  const box = await page.locator('main').boundingBox();
  expect(box!.x + box!.width).toBeLessThanOrEqual(page.viewportSize()!.width);
}

test.each(['en-PH', 'fil-PH'])(
  'from the start page to online with three taps and a coin (%s)',
  async (locale) => {
    const { app, clock } = server.shop;
    const box = await ModelBox.paired(app, 'Front door');
    clock.advance(1_000);
    server.phone(1);
    const viewport = { width: 360, height: 740 };
    const context = await browser.newContext({ javaScriptEnabled: false, viewport, locale });
    const page = await context.newPage();
    await page.goto(`${server.origin}/portal`);
    await look(page, `${locale}-start`);
    await page.locator('a[href="/portal/coins"]').click();
    await look(page, `${locale}-closed`);
    await page.locator('form[action="/portal/coins/open"] button').click();
    await look(page, `${locale}-open`);
    box.insert('5');
    box.insert('1');
    await box.report(app.services.coinReports);
    // By itself: nobody taps anything.
    await page.getByText('₱6.00').waitFor();
    await look(page, `${locale}-paid`);
    await page.locator('form[action="/portal/coins/done"] button').click();
    await page.waitForURL(/\/portal\/status/);
    expect(await page.locator('.big').textContent()).toContain('46');
  },
);
