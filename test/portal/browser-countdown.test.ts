import type { Page } from 'playwright-core';
import { browserOfTests } from '../support/browser/browser';
import { guess } from '../support/guesses';
import { ShopServer } from '../support/program/shop-server';
import { longTest } from '../support/program/run-counts';

/** What the pages do by themselves where a browser runs scripts; its clock is moved by the test. */

const browser = browserOfTests();
const NOON = new Date('2026-11-21T12:00:00Z');
let server: ShopServer;
let page: Page;

beforeEach(async () => {
  server = await ShopServer.start({
    profiles: [
      { name: 'Day', price: '50', validity: '1d', rate_down: '4M' },
      { name: 'P5', price: '5', validity: '1h', rate_down: '2M' },
      { name: 'P10', price: '10', uptime: '3h', validity: '2d', pausable: true },
    ],
  });
  const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
  page = await context.newPage();
  await page.clock.install({ time: NOON });
});
afterEach(async () => {
  await page.context().close();
  await server.close();
});

async function phoneWith(plan: string) {
  const { shop } = server;
  const phone = shop.simulator.addDevice({ mac: '02:00:00:00:03:01', address: '127.0.0.1' });
  await shop.redeem(phone, await shop.code(plan));
  await page.clock.pauseAt(new Date(NOON.getTime() + 60_000));
  await page.goto(`${server.origin}/portal/status`);
}

const clock = () => page.locator('.big').textContent();

test('the time left counts down by itself, and is put right by the shop', async () => {
  await phoneWith('P5');
  expect(await clock()).toBe('1:00:00 left');
  await page.clock.runFor(5_000);
  expect(await clock()).toBe('59:55 left');
  server.shop.clock.advance(20 * 60_000);
  await page.clock.runFor(25_000); // it asks
  await page.clock.resume();
  await page.getByText(/^(40:00|39:\d\d) left$/).waitFor();
});

test('the last five minutes say so when they begin, and from the start where they have begun', async () => {
  await phoneWith('P5');
  const warning = page.getByText('Less than 5 minutes left. Add a voucher to stay online.');
  expect(await warning.isVisible()).toBe(false);
  server.shop.clock.advance(56 * 60_000);
  await page.clock.runFor(30_000); // it asks
  await page.clock.resume();
  await warning.waitFor();
  const made = await page.request.get(`${server.origin}/portal/status`);
  expect(await made.text()).toMatch(/data-soon="300">Less than 5 minutes/);
});

longTest('after too many wrong codes the button counts down until the next try', async () => {
  const phone = server.shop.simulator.addDevice({ mac: '02:00:00:00:03:01', address: '127.0.0.1' });
  await guess(server, phone, 10);
  await page.clock.pauseAt(new Date(NOON.getTime() + 60_000));
  await page.goto(`${server.origin}/portal`);
  await page.locator('#code').fill(await server.shop.code('P5'));
  await page.getByRole('button', { name: 'Get online' }).click();
  await page.getByRole('button', { name: 'Get online (0:15)', disabled: true }).waitFor();
  await page.clock.runFor(5_000);
  await page.getByRole('button', { name: 'Get online (0:10)', disabled: true }).waitFor();
  server.shop.clock.advance(15_000);
  await page.clock.runFor(10_000);
  await page.getByRole('button', { name: /^Get online$/, disabled: false }).click();
  await page.waitForURL(/\/portal\/status$/);
  expect(phone.online).toBe(true);
});

test('the page is loaded anew when more than the time has changed', async () => {
  await phoneWith('P10');
  expect(await clock()).toBe('3:00:00 left');
  const host = (await server.shop.controller.whoIsAt('127.0.0.1'))!;
  await server.shop.app.services.customers.pause(host);
  await page.clock.runFor(31_000);
  await page.getByRole('heading', { name: 'Your time is paused.' }).waitFor();
  expect(await clock()).toBe('3 hours left'); // and stands still
});

test('the start page has big prices, the cheapest first, and the button says that it works', async () => {
  await page.goto(`${server.origin}/portal`);
  const rows = await page.locator('.rows li').allInnerTexts();
  expect(rows.map((row) => row.split(/\s*\n\s*/))).toEqual([
    [expect.stringContaining('5') as string, '1 hour', '2 Mbps · unlimited data · P5'],
    [expect.stringContaining('10') as string, '3 hours online, within 2 days', expect.stringMatching(/ · P10$/) as string], // prettier-ignore
    [expect.stringContaining('50') as string, '1 day', '4 Mbps · unlimited data · Day'],
  ]);
  for (const link of await page.locator('nav a').all()) {
    const box = (await link.boundingBox())!;
    expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(44);
  }
  // No content: the browser stays on the page, as while it waits for a slow router.
  await page.route('**/portal/redeem', (route) => route.fulfill({ status: 204 }));
  await page.locator('#code').fill('NSVCHQQQ');
  await page.getByRole('button', { name: 'Get online' }).click();
  await page.getByRole('button', { name: 'Connecting …', disabled: true }).waitFor();
  await page.evaluate("window.dispatchEvent(new Event('pageshow'))");
  await page.getByRole('button', { name: 'Get online', disabled: false }).waitFor();
});

longTest('a logout that costs time says so before and after', async () => {
  await phoneWith('P5');
  await page.getByRole('button', { name: 'Log out (time keeps running)' }).click();
  await page.waitForURL(/\/portal$/);
  await page.getByText(/Your voucher keeps running until/).waitFor();
});

longTest('online time and the day it has to be used by are two different things', async () => {
  await phoneWith('P10');
  await page.getByText(/^use it before /).waitFor();
  const host = (await server.shop.controller.whoIsAt('127.0.0.1'))!;
  await server.shop.app.services.customers.logOut(host);
  await page.goto(`${server.origin}/portal/status`);
  expect(await clock()).toBe('3 hours left');
  await page.getByText(/time is paused. The voucher itself ends .*\d/).waitFor();
  expect(await page.getByText(/^use it before /).count()).toBe(0);
});
