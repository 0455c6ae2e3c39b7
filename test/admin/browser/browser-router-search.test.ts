import { NeighborSearch } from '../../../src/routeros/neighbors/neighbor-search';
import { AdminShop, PASSWORD } from '../../support/admin-shop';
import { problems } from '../../support/browser/accessibility';
import { browserOfTests } from '../../support/browser/browser';
import { FastClock } from '../../support/fast-clock';
import { freeUdpPort } from '../../support/peers/free-port';

const browser = browserOfTests();

test('routers are looked for and chosen on a phone; where there is none it says what helps', async () => {
  const port = await freeUdpPort();
  const open = await AdminShop.open({
    simulator: { neighborPort: port },
    neighbors: new NeighborSearch(new FastClock(10), port),
  });
  try {
    await open.signedIn('owner');
    const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
    const page = await context.newPage();
    await page.goto(`${open.address}/admin/sign-in?next=/admin/router/connection`);
    await page.getByLabel('Name').fill('owner');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Look for routers' }).click();
    const choose = page.getByRole('button', { name: /^Use this one/ });
    await choose.waitFor();
    expect(await problems(page, 'routers found')).toEqual([]);
    await page.getByLabel('Address').fill('');
    await choose.click();
    await page.getByRole('button', { name: 'Look for routers' }).waitFor();
    expect(await page.getByLabel('Address').inputValue()).toBe('127.0.0.1');

    open.shop.simulator.reboot({ bootMs: 60_000 });
    await page.getByRole('button', { name: 'Look for routers' }).click();
    await page.getByText('No router answered.').waitFor();
    expect(await problems(page, 'no router found')).toEqual([]);
  } finally {
    await open.close();
  }
});
