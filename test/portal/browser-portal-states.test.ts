import { Router } from '../../src/routeros/router';
import { problems } from '../support/browser/accessibility';
import { browserOfTests } from '../support/browser/browser';
import { ShopServer } from '../support/program/shop-server';

/** The portal's pages, each usable by everybody, as a customer comes to see them. */

const browser = browserOfTests();
afterEach(() => jest.restoreAllMocks());

test.each(['en', 'fil'])(
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
  90_000,
);

test.each(['en', 'fil'])(
  'the page of a router that is slow to let somebody in, which goes on by itself, in %s',
  async (lang) => {
    const server = await ShopServer.start({ slowRouter: { timeoutMs: 30, renewMs: 10 } });
    const { shop } = server;
    const phone = shop.simulator.addDevice({ mac: '02:00:00:00:03:01', address: '127.0.0.1' });
    await shop.reconcile();
    const letIn = holdLogins();
    const page = await browser.newPage();
    await page.goto(`${server.origin}/portal?lang=${lang}`);
    // It comes again every few seconds, which would be in the middle of the check.
    await page.route('**/portal/waiting?*', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), refresh: '' } });
    });
    await page.locator('#code').fill(await shop.code());
    await page.locator('form.code button').click();
    await page.waitForURL('**/portal/waiting?*');
    expect(await problems(page, `${lang} waiting`)).toEqual([]);
    expect(phone.online).toBe(false);
    letIn();
    await page.unrouteAll();
    await page.reload();
    await page.waitForURL(/\/portal\/status/);
    expect(phone.online).toBe(true);
    await server.close();
  },
  90_000,
);

/** The router lets nobody in until the function that this returns is called. */
function holdLogins(): () => void {
  const login = Object.getOwnPropertyDescriptor(Router.prototype, 'login')!
    .value as Router['login'];
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  jest.spyOn(Router.prototype, 'login').mockImplementation(async function (this: Router, device) {
    await opened;
    return login.call(this, device);
  });
  return open;
}
