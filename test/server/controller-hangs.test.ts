import { SharedShop, START_MS, TAKEOVER_MS } from '../support/program/shared-shop';

/** Two programs share the routers of a shop on PostgreSQL, and one hangs for a while. */

jest.setTimeout(240_000);

let shop: SharedShop;
beforeEach(async () => {
  shop = await SharedShop.open();
});
afterEach(() => shop.close());

test('a program that hangs and wakes up with old leases writes nothing more under them', async () => {
  const [one, two] = await shop.start();
  shop.download(1_000_000);
  const stopped = new Date();
  one.child.kill('SIGSTOP');
  expect(await shop.fleet.untilServed(stopped, [two], START_MS)).toBeLessThan(TAKEOVER_MS);
  const before = await shop.fleet.held();
  expect(before.get(one.pid)).toBeUndefined();
  shop.download(500_000);
  one.child.kill('SIGCONT');
  // It hears of the other one, and gets its share from it once that gives it away.
  await shop.fleet.untilShared([one, two], START_MS);
  await shop.expectUsage(8 * 1_500_000);
  await shop.expectOnce();
});
