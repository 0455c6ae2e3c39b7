import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { browserOfTests } from '../support/browser/browser';
import { RouterPage } from '../support/router/router-page';
import { ShopServer } from '../support/program/shop-server';

/** The customer's visit in a real browser on a small phone; JavaScript is off where nothing else is said. */

const browser = browserOfTests();
let server: ShopServer;
const SHOTS = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'pisonet-portal-'));

afterEach(async () => {
  await server.close();
});

async function openPhone(
  width: number,
  scheme: 'light' | 'dark',
  javaScriptEnabled = false,
): Promise<Page> {
  const context = await browser.newContext({
    javaScriptEnabled,
    viewport: { width, height: 740 },
    colorScheme: scheme,
    locale: 'en-PH',
  });
  return context.newPage();
}

/** Nothing may stick out sideways; kept as a picture to look at. */
async function look(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
  const box = await page.locator('main').boundingBox();
  expect(box!.x + box!.width).toBeLessThanOrEqual(page.viewportSize()!.width);
}

test.each([
  [360, 'light'],
  [320, 'dark'],
] as const)(
  'type a code, see the time, pause, go on, log out: %i px, %s',
  async (width, scheme) => {
    server = await ShopServer.start({
      env: { SHOP_NAME: "Aling Nena's PisoNet" },
      profiles: [
        { name: 'P5', validity: '1h' },
        {
          name: 'P10',
          price: '10',
          uptime: '3h',
          validity: '1d',
          data_cap: '2GB',
          rate_down: '3M',
        },
        { name: 'P300', price: '300', validity: '30d', users: '2', rate_down: '8M' },
      ],
    });
    // The browser speaks from the server's own address, so that is where the phone is.
    const phone = server.shop.simulator.addDevice({
      mac: '02:00:00:00:03:01',
      address: '127.0.0.1',
    });
    const code = await server.shop.code('P10');
    const page = await openPhone(width, scheme);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));

    await page.goto(`${server.origin}/portal?link-orig=http://news.example/`);
    await look(page, `${width}-1-start`);
    await page.getByLabel('Your voucher code').fill('NSVC HQQQ');
    await page.getByRole('button', { name: 'Get online' }).click();
    await expect(page.getByRole('alert').textContent()).resolves.toContain('cannot be used');
    await look(page, `${width}-2-wrong`);
    await page.getByLabel('Your voucher code').fill(code.toLowerCase());
    await page.getByRole('button', { name: 'Get online' }).click();
    expect(new URL(page.url()).pathname).toBe('/portal/status');
    expect(phone.online).toBe(true);
    phone.download('700M');
    server.shop.clock.advance(45 * 60_000);
    await server.shop.reconcile();
    await page.waitForLoadState();
    await page.reload();
    await look(page, `${width}-3-online`);

    await page.getByRole('link', { name: 'Add another voucher' }).click();
    await look(page, `${width}-4-more`);
    await page.getByLabel('Add another voucher').fill(await server.shop.code('P5'));
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(phone.online).toBe(false);
    await look(page, `${width}-5-paused`);
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(phone.online).toBe(true);
    await look(page, `${width}-6-again`);

    await page.getByRole('link', { name: 'Filipino' }).click();
    await look(page, `${width}-7-filipino`);
    await page.getByRole('button', { name: 'Mag-log out' }).click();
    expect(phone.online).toBe(false);
    expect(new URL(page.url()).pathname).toBe('/portal');
    await look(page, `${width}-8-out`);
    expect(requests.filter((url) => !url.startsWith(server.origin))).toEqual([]);
  },
  60_000,
);

test.each([true, false])(
  "the router's login page brings a phone to the portal: script %s",
  async (hasScript) => {
    server = await ShopServer.start();
    const routerPage = await RouterPage.start(server.origin);
    try {
      const page = await openPhone(360, 'light', hasScript);
      await page.goto(routerPage.url);
      await page.waitForURL(`${server.origin}/portal?**`);
      expect(new URL(page.url()).searchParams.get('link-orig')).toBe('http://news.example/');
      await page.getByLabel('Your voucher code').waitFor();
    } finally {
      await routerPage.close();
    }
  },
  60_000,
);

test('with the portal away, the page of the router stays and says what to do', async () => {
  server = await ShopServer.start();
  const away = await ShopServer.start();
  const portal = away.origin;
  await away.close();
  const routerPage = await RouterPage.start(portal);
  try {
    const page = await openPhone(360, 'light', true);
    const failed = page.waitForEvent('requestfailed', (request) =>
      request.url().startsWith(`${portal}/icon.svg`),
    );
    await page.goto(routerPage.url);
    await failed;
    expect(page.url()).toBe(routerPage.url);
    await page.getByText("The shop's computer may be off").waitFor();
  } finally {
    await routerPage.close();
  }
}, 60_000);
