import { SharedShop, START_MS, TAKEOVER_MS } from '../support/program/shared-shop';
import { longTest } from '../support/program/run-counts';

/** Several programs, each a process of its own, share the routers of a shop on PostgreSQL. */

jest.setTimeout(240_000);

let shop: SharedShop;
beforeEach(async () => {
  shop = await SharedShop.open();
});
afterEach(() => shop.close());

test('a program that is killed leaves its routers to the other one, which goes on counting', async () => {
  const [one, two] = await shop.start();
  shop.download(1_000_000);
  const killed = new Date();
  one.child.kill('SIGKILL');
  expect(await shop.fleet.untilServed(killed, [two], START_MS)).toBeLessThan(TAKEOVER_MS);
  shop.download(500_000);
  await shop.expectUsage(8 * 1_500_000);
  await shop.expectOnce();
});

longTest('the routers stay served when the database ends all connections', async () => {
  const [one, two] = await shop.start();
  shop.download(1_000_000);
  const holders = await shop.holders();
  const cut = new Date();
  await shop.fleet.cutDatabase();
  expect(await shop.fleet.untilServed(cut, [one, two], START_MS)).toBeLessThan(TAKEOVER_MS);
  // Nobody took what the others could not renew for a moment.
  expect(await shop.holders()).toEqual(holders);
  await shop.expectUsage(8 * 1_000_000);
  await shop.expectOnce();
});
