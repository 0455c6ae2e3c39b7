import express from 'express';
import type { AddressInfo } from 'node:net';
import { RecentLog, createLog } from '../../src/log';
import { errorPage } from '../../src/web/portal/error-page';
import { ShopServer } from '../support/program/shop-server';

/** What a customer reads when something fails early: words of ours, never a stack. */

let server: ShopServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const STACK = /\bat [\w.<(/]|node_modules|TypeError|\.js:\d/;

test.each(['/shop/xyz', '/shop/logo-%ff', '/shop/%ff.css', '/shop/logo-1', '/%ff', '/vendor/%ff'])(
  '%s is refused with a page, in the customer’s language',
  async (path) => {
    server = await ShopServer.start();
    const { status, text } = await server.ask(path, server.phone(21), {
      headers: { 'accept-language': 'fil' },
    });
    expect([400, 404]).toContain(status);
    expect(text).not.toMatch(STACK);
    if (text !== '') expect(text).toContain('<html lang="fil">');
  },
);

test('while the settings cannot be read the pages are as they were', async () => {
  server = await ShopServer.start({ env: { SHOP_NAME: "Aling Nena's" } });
  const phone = server.phone(21);
  await server.ask('/portal', phone);
  const { app, clock } = server.shop;
  clock.advance(10_000);
  await app.db.schema.renameTable('shop_settings', 'away');
  const start = await server.ask('/portal', phone);
  expect(start.status).toBe(200);
  expect(start.text).toContain('Aling Nena&#39;s');
  const door = await server.ask('/admin/sign-in', phone); // the key of its sessions is not among the settings
  expect(door.status).toBe(200);
  await app.db.schema.renameTable('away', 'shop_settings');
});

test('what fails before a language is chosen is said plainly, and logged', async () => {
  const recent = new RecentLog();
  const app = express();
  app.use(() => {
    throw new Error('disk full');
  });
  app.use(errorPage(createLog('info', recent)));
  const listening = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  const { port } = listening.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/portal`);
  const text = await answer.text();
  expect([answer.status, answer.headers.get('content-type')]).toEqual([500, 'text/plain; charset=utf-8']); // prettier-ignore
  const [, reference] = /^Something went wrong on our side \(reference (\w+)\)\.$/.exec(text)!;
  const [entry] = recent.entries('error', 1);
  expect(JSON.stringify(entry)).toContain('disk full');
  expect(JSON.stringify(entry)).toContain(reference);
  listening.close();
});
