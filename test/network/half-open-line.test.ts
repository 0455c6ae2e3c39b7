import { DEFAULT_LIMITS } from '../../src/routeros/api/connection';
import { LineClock } from '../support/line-clock';
import { TestApp } from '../support/test-app';

/** A line on which nothing arrives any more, and nobody says so: a switch, a VPN or a NAT in between restarted. */

let app: TestApp;
let line: LineClock;
afterEach(() => app.close());

beforeEach(async () => {
  line = new LineClock();
  app = await TestApp.start({ limits: DEFAULT_LIMITS, line });
  await app.reconcile();
  await app.reconcile();
  app.simulator.dropConnections('silent');
});

test('a round takes seconds, tells nobody that the router is away, and does its work', async () => {
  const began = line.elapsedMs();
  expect(await app.reconcile()).toMatchObject({ errors: 0, messages: [] });
  expect(line.elapsedMs() - began).toBeLessThan(DEFAULT_LIMITS.commandMs);
  expect(await app.app.stores.journal.openAlerts()).toEqual([]);
});

test('a customer’s code is taken meanwhile', async () => {
  const { phone, code } = await app.online();
  expect(phone.online).toBe(true);
  expect((await app.voucher(code)).status).toBe('active');
});
