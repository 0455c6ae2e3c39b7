import { TestApp } from '../support/test-app';

/** A router that was reset is told of without anybody asking for its health. */

const TICK_MS = 15 * 60_000;

let shop: TestApp;
afterEach(() => shop.close());

const look = () => shop.clock.passingFor(shop.app.services.healthWatch.look());
const alerts = async () =>
  (await shop.app.services.alerts.open()).filter(({ kind }) => kind === 'router unhealthy');

test('what keeps customers out is told of within a quarter of an hour, and ends when it is repaired', async () => {
  shop = await TestApp.start({ simulator: { version: '7.24.5' } });
  await shop.reconcile();
  shop.simulator.run(['/ip/hotspot/disable', '=numbers=hotspot1']);
  // Nobody was sold anything yet: the first steps say what is missing.
  await look();
  expect(await alerts()).toEqual([]);

  await shop.code();
  await look();
  const [alert] = await alerts();
  expect(alert?.message).toContain('The health check found a serious problem');

  shop.simulator.run(['/ip/hotspot/enable', '=numbers=hotspot1']);
  await look(); // too soon: the router is not asked all the time
  expect(await alerts()).toHaveLength(1);
  shop.clock.advance(TICK_MS);
  await look();
  expect(await alerts()).toEqual([]);
});

test('a router that does not answer leaves what was said', async () => {
  shop = await TestApp.start();
  await shop.code();
  await shop.reconcile();
  shop.simulator.run(['/ip/hotspot/disable', '=numbers=hotspot1']);
  await look();
  expect(await alerts()).toHaveLength(1);
  shop.simulator.faults.refuseConnections = 'accept-then-close';
  shop.simulator.dropConnections('rst');
  shop.clock.advance(TICK_MS);
  await look();
  expect(await alerts()).toHaveLength(1);
});
