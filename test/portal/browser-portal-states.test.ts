import { problems } from '../support/browser/accessibility';
import { browserOfTests } from '../support/browser/browser';
import { ShopServer } from '../support/program/shop-server';
import { some } from '../support/program/run-counts';

/** The portal's pages, each usable by everybody, as a customer comes to see them. */

const browser = browserOfTests();

test.each(some(['en', 'fil'], 1))(
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
  240_000, // many pages, and machines are slow
);

test.each(some(['en', 'fil'], 1))('a part is shared step by step, in %s', async (lang) => {
  const plan = { name: 'P5', validity: '10h', data_cap: '1GB', shareable: 'yes' };
  const server = await ShopServer.start({ profiles: [plan] });
  const { shop } = server;
  shop.simulator.addDevice({ mac: '02:00:00:00:03:01', address: '127.0.0.1' });
  const page = await browser.newPage();
  const found: string[] = [];
  const look = async (name: string) => {
    found.push(...(await problems(page, `${lang} ${name}`)));
  };
  await page.goto(`${server.origin}/portal?lang=${lang}&code=${await shop.code()}`);
  await page.locator('form.code button').click();
  await page.locator('a[href^="/portal/share"]').click();
  await look('how much');
  await page.locator('#seconds').fill('120');
  await page.locator('form.code button').first().click();
  await look('sure?');
  await page.locator('form button').click();
  await page.locator('b.big').waitFor();
  await look('the new code');
  const code = (await page.locator('b.big').textContent())!;
  expect((await shop.voucher(code)).terms.validitySeconds).toBe(7_200);
  expect(new URL(page.url()).searchParams.get('lang')).toBe(lang);
  await server.close();
  expect(found).toEqual([]);
});

test.each(some(['en', 'fil'], 1))('a subscriber’s own account, in %s', async (lang) => {
  const plans = ['Home', 'Fast'].map((name) => ({
    name,
    billing_cycle: 'monthly',
    data_cap: '9GB',
  }));
  const server = await ShopServer.start({ profiles: plans });
  const { subscribers, billing } = server.shop.app.services;
  await billing.setRules({ customersChange: true }, 'maria');
  const { id } = await subscribers.add({ name: 'Joy', login: 'joy', password: 'secret' }, 'ana');
  await subscribers.assign(id, { plan: 'Home' }, undefined, 'ana');
  await billing.run();
  const page = await browser.newPage();
  const found: string[] = [];
  const look = async (name: string) => {
    found.push(...(await problems(page, `${lang} ${name}`)));
  };
  await page.goto(`${server.origin}/portal/account?lang=${lang}`);
  await look('log in');
  await page.locator('input[name=login]').fill('joy');
  await page.locator('input[name=password]').fill('secret');
  await page.locator('form.login button').click();
  for (const summary of await page.locator('summary').all()) await summary.click();
  await look('account');
  await page.locator('select').selectOption('Fast');
  await page.locator('form[action^="/portal/account/plan"] button').click();
  await look('planned');
  await page.locator('a[href^="/portal/account/invoices/"]').click();
  await look('invoice');
  await server.close();
  expect(found).toEqual([]);
});
