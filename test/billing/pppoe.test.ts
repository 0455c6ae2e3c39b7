import { reboot } from '../support/router/reboot';
import { TestApp } from '../support/test-app';
import { DAY, HOUR, MB } from '../support/builders';
import type { SimulatedLine } from '../../src/simulator/simulator';

/** Subscribers who call by PPPoE: the same loop, policy and usage as vouchers. */

let shop: TestApp;
let line: SimulatedLine;

const HOME = {
  ...{ name: 'Home', price: '300', billing_cycle: 'monthly', rate_up: '2M', rate_down: '5M' },
  ...{ fup_threshold: '1GB', fup_rate_up: '512K', fup_rate_down: '1M', validity: 'none' },
};
const SLOWED = { suspended_rate_up: '64K', suspended_rate_down: '128K' };

beforeEach(async () => {
  shop = await TestApp.start({
    profiles: [
      { ...HOME, ...SLOWED },
      { ...HOME, name: 'Fast', price: '600', rate_down: '20M' },
      {
        ...{ ...HOME, name: 'Metered', data_cap: '2GB', throttle_policy: 'overage' },
        ...{ overage_price: '10', overage_unit: '100MB' },
      },
      { name: 'P5' },
    ],
  });
  line = shop.simulator.addLine('joy', 'secret');
});

afterEach(() => shop.close());

const peso = (pesos: number) => ({ amount: pesos * 100, currency: 'PHP' });
const services = () => shop.app.services;
const secrets = () => shop.simulator.secrets();
const queue = () => shop.simulator.queues().find(({ name }) => name === 'pisonet-joy');
const speed = () => queue() && [queue()!.maxLimit.up / 1000, queue()!.maxLimit.down / 1000];
const FULL = [2_000, 5_000];

/** A subscriber with a plan from today on, whose invoice is paid. */
async function joy(plan = 'Home'): Promise<number> {
  const { subscribers, billing } = services();
  const login = { loginKind: 'pppoe', login: 'joy', password: 'secret' } as const;
  const { id } = await subscribers.add({ name: 'Joy', ...login }, 'maria');
  await subscribers.assign(id, { plan }, undefined, 'maria');
  await billing.pay({ subscriberId: id, money: peso(plan === 'Home' ? 300 : 600) }, 'maria');
  return id;
}

async function online(plan?: string): Promise<number> {
  const id = await joy(plan);
  await shop.reconcile();
  expect(line.dial()).toBe(true);
  await shop.reconcile();
  return id;
}

/** The days go by, with a round each and what billing does. */
async function pass(days: number): Promise<void> {
  for (let day = 0; day < days; day += 1) {
    shop.clock.advance(DAY);
    await services().billing.run();
    await shop.reconcile();
  }
}

test('a login may change from the hotspot to PPPoE and back', async () => {
  const id = await online();
  await services().subscribers.edit(id, { loginKind: 'hotspot' }, 'maria');
  await shop.reconcile();
  expect(secrets()).toEqual([]);
  expect(queue()).toBeUndefined();
  await services().subscribers.edit(id, { loginKind: 'pppoe' }, 'maria');
  await shop.reconcile();
  expect(line.dial()).toBe(true);
  await shop.reconcile();
  expect(speed()).toEqual(FULL);
  expect((await shop.reconcile()).writes).toBe(0);
});

test('a subscriber may call once there is a plan, gets a queue of their own, and a second round writes nothing', async () => {
  expect(line.dial()).toBe(false);
  await joy();
  await shop.reconcile();
  const comment = expect.stringMatching(/^pisonet:line joy key=[\w-]{8}$/) as string;
  expect(secrets()).toEqual([{ name: 'joy', password: 'secret', comment, disabled: false }]);
  expect(line.dial()).toBe(true);
  await shop.reconcile();
  expect(queue()).toMatchObject({ target: `${line.address}/32`, comment: 'pisonet:line joy' });
  expect(speed()).toEqual(FULL);
  expect(await shop.reconcile()).toMatchObject({ writes: 0, errors: 0 });
});

test('past fair use the line is slower, and fast again with the new cycle, in the same call', async () => {
  await online();
  const call = line.callId;
  line.download('1100M');
  await shop.reconcile();
  expect(speed()).toEqual([512, 1_000]);
  const { used } = (await shop.app.stores.vouchers.find('joy'))!;
  expect(used.down).toBe(1_100 * MB);
  await pass(29); // November 21st to December 20th
  expect(speed()).toEqual([512, 1_000]);
  await pass(1);
  expect(speed()).toEqual(FULL);
  expect(line.callId).toBe(call);
  const history = await services().speeds.ofDevice('joy' as never);
  expect(JSON.stringify(history)).toContain('fair use');
});

test('who does not pay is slowed down after the grace, and fast within a round of the payment', async () => {
  const id = await online();
  const call = line.callId;
  await pass(30 + 9); // the second invoice: due after 7 days, and 3 of grace
  expect(speed()).toEqual(FULL);
  await pass(1);
  expect((await services().subscribers.find(id)).status).toBe('suspended');
  expect(speed()).toEqual([64, 128]);
  await services().billing.pay({ subscriberId: id, money: peso(300) }, 'maria');
  await shop.reconcile();
  expect(speed()).toEqual(FULL);
  expect(line.callId).toBe(call);
});

test('what was used above the cap of a cycle comes on an invoice, by the unit, once', async () => {
  const id = await online('Metered');
  line.download('2250M');
  await shop.reconcile();
  await pass(30 + 31);
  const lines = await Promise.all(
    (await services().billing.invoices(id)).map((one) => services().billing.linesOf(one.id)),
  );
  const overage = lines.flat().filter(({ kind }) => kind === 'overage');
  expect(overage.map(({ text, amount }) => [text, amount])).toEqual([
    ['250 MB above the cap', 30_00],
  ]);
});

test('where the plan has no speed for it, a suspension closes the line until the payment', async () => {
  const id = await online('Fast');
  await pass(40);
  expect([line.online, secrets()]).toEqual([false, []]);
  expect(line.dial()).toBe(false);
  await services().billing.pay({ subscriberId: id, money: peso(600) }, 'maria');
  await shop.reconcile();
  expect(line.dial()).toBe(true);
  await shop.reconcile();
  expect(speed()).toEqual([2_000, 20_000]);
});

test('a change of plan is on the router with the next round, a new password too, a cancellation ends the call', async () => {
  const id = await online();
  const { subscribers } = services();
  const call = line.callId;
  await subscribers.changePlan(id, { plan: 'Fast' }, 'now', 'maria');
  await shop.reconcile();
  expect(speed()).toEqual([2_000, 20_000]);
  await subscribers.edit(id, { password: 'new one', staticAddress: '10.9.0.77' }, 'maria');
  await shop.reconcile();
  expect(secrets()).toMatchObject([{ password: 'new one' }]);
  expect(line.callId).toBe(call);
  line.hangUp();
  const modem = shop.simulator.addLine('joy', 'new one');
  expect([modem.dial(), modem.address]).toEqual([true, '10.9.0.77']);
  await shop.reconcile();
  expect(queue()!.target).toBe('10.9.0.77/32');
  await subscribers.changePlan(id, null, 'now', 'maria');
  await shop.reconcile();
  await shop.reconcile();
  expect([modem.online, secrets(), queue()]).toEqual([false, [], undefined]);
});

test('what is typed at the router by hand is put back, and what others made is left alone', async () => {
  await online();
  shop.simulator.run(['/ppp/secret/set', '=numbers=joy', '=disabled=yes']);
  shop.simulator.run(['/ppp/secret/add', '=name=ben', '=password=x', '=service=pppoe']);
  const ben = shop.simulator.addLine('ben', 'x', '02:00:00:00:EE:02');
  ben.dial();
  await shop.reconcile();
  expect(secrets().map(({ disabled }) => disabled)).toEqual([false, false]);
  expect(ben.online).toBe(true);
  // Somebody else's secret with a login of ours is not touched, and its call is not ended.
  const login = { loginKind: 'pppoe', login: 'ben', password: 'y' } as const;
  const { id } = await services().subscribers.add({ name: 'Ben', ...login }, 'maria');
  await services().subscribers.assign(id, { plan: 'Home' }, undefined, 'maria');
  const report = await shop.reconcile();
  expect(report.messages.join()).toContain('PPP secret "ben"');
  expect([ben.online, secrets().find(({ name }) => name === 'ben')!.password]).toEqual([true, 'x']);
});

test('a restart of the router loses no byte that a round saw, and vouchers go on beside', async () => {
  await online();
  const { phone } = await shop.online();
  line.download('100M');
  await shop.reconcile();
  await reboot(shop.simulator);
  shop.clock.advance(HOUR / 60);
  expect(line.online).toBe(false);
  await shop.reconcile();
  expect(line.dial()).toBe(true);
  await shop.reconcile();
  line.download('50M');
  await shop.reconcile();
  expect((await shop.app.stores.vouchers.find('joy'))!.used.down).toBe(150 * MB);
  expect(phone.online).toBe(true);
  // It is no voucher: neither listed, nor counted, nor sold.
  expect((await services().vouchers.list({})).map(({ planName }) => planName)).toEqual(['P5']);
  const kinds = (await services().money.list()).map(({ kind }) => kind);
  expect(kinds).toEqual(['invoice', 'payment', 'sale']);
});
