import { Router } from '../../src/routeros/router';
import { problems } from '../support/browser/accessibility';
import { browserOfTests } from '../support/browser/browser';
import { ShopServer } from '../support/program/shop-server';
import { some } from '../support/program/run-counts';

/** The page on which a customer waits for a slow router, usable by everybody. */

const browser = browserOfTests();
afterEach(() => jest.restoreAllMocks());

test.each(some(['en', 'fil'], 1))(
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
