import type { Simulator } from '../../../src/simulator/simulator';
import type { ManualClock } from '../../support/manual-clock';
import { RestartableShop } from '../../support/restartable-shop';
import type { TestApp } from '../../support/test-app';

/** The line behind a modem that keeps its link: seen by an address beyond it, or not at all. */

const SECOND = 1_000;
const MINUTE = 60_000;
const POLL = 10 * SECOND;
const ROW = ['=host=8.8.8.8', '=interval=10s', '=timeout=3s', '=comment=pisonet:line'];

let place: RestartableShop;
let clock: ManualClock;
let simulator: Simulator;
let shop: TestApp;

afterEach(() => place.close());

async function open(env?: Record<string, string>, version = '7.19.4'): Promise<void> {
  place = await RestartableShop.begin({
    simulator: { version },
    env: { BROWN_OUT_CREDIT: 'on' },
    profiles: [
      { name: 'DAY', validity: '1d' },
      { name: 'P10', validity: '1d', uptime: '3h' },
      { name: 'SHORT', validity: '1d', uptime: '2m' },
      { name: 'FAST', rate_down: '9M', contention: '1:1' },
    ],
  });
  ({ clock, simulator } = place);
  shop = await place.open(env);
}

/** The same shop with other settings. */
async function restart(env?: Record<string, string>): Promise<void> {
  shop = await place.restart(env);
}

function watchLine(): void {
  simulator.run(['/tool/netwatch/add', ...ROW]);
}

async function passes(count: number, everyMs?: number): Promise<void> {
  for (const { errors } of await place.rounds(count, everyMs)) expect(errors).toBe(0);
}

const kinds = async () =>
  (await shop.app.stores.journal.openAlerts()).map(({ kind, subject }) => `${kind} ${subject}`);
const events = async () =>
  (await shop.app.stores.events.after(0, 500))
    .map(({ name, subject }) => `${name} ${subject}`)
    .filter((text) => text.startsWith('alert'));

test.each([
  ['6.49.18', {}],
  ['7.19.4', {}],
  ['7.19.4', { MIKROTIK_WAN_INTERFACE: 'ether1' }],
])('RouterOS %s %j: a dead line with its link up is told and given back', async (version, env) => {
  await open(env, version);
  watchLine();
  const day = await shop.online('DAY');
  const hours = await shop.online('P10');
  await passes(3);
  const before = (await shop.voucher(day.code)).expiresAt!.getTime();
  const spent = (await shop.voucher(hours.code)).usedUptimeMs;
  expect(await kinds()).toEqual([]);
  simulator.faults.deadLine = true;
  await passes(12);
  expect(await kinds()).toEqual(['wan down 8.8.8.8']);
  simulator.faults.deadLine = false;
  await passes(2);
  expect(await kinds()).toEqual([]);
  expect(await events()).toEqual(['alert.raised wan down', 'alert.cleared wan down']);
  const lost = 12 * POLL + POLL;
  expect((await shop.voucher(day.code)).expiresAt!.getTime() - before).toBe(lost);
  const { usedUptimeMs, givenUptimeMs } = await shop.voucher(hours.code);
  expect(usedUptimeMs - givenUptimeMs).toBe(spent + POLL);
});

test('an address that never answered says nothing of the line, until it does', async () => {
  await open();
  simulator.faults.deadLine = true; // the provider lets no ping through
  watchLine();
  const { code } = await shop.online('DAY');
  await passes(6);
  expect(await kinds()).toEqual(['wan unknown 8.8.8.8']);
  expect(await shop.app.stores.outages.open()).toEqual([]);
  const before = (await shop.voucher(code)).expiresAt!;
  simulator.faults.deadLine = false;
  await passes(2);
  expect(await kinds()).toEqual([]);
  expect((await shop.voucher(code)).expiresAt).toEqual(before);
  simulator.faults.deadLine = true;
  await restart();
  await passes(4);
  expect(await kinds()).toEqual(['wan down 8.8.8.8']);
  expect(await shop.app.stores.outages.open()).toHaveLength(1);
});

test('who has little left is not logged out and in at each round at a dead line, and has it afterwards', async () => {
  await open();
  watchLine();
  const { code, phone } = await shop.online('SHORT');
  await passes(8);
  const spent = async () => {
    const { usedUptimeMs, givenUptimeMs } = await shop.voucher(code);
    return usedUptimeMs - givenUptimeMs;
  };
  const before = await spent();
  simulator.faults.deadLine = true;
  let writes = 0;
  for (let n = 0; n < 120; n += 1) {
    clock.advance(POLL);
    writes += (await shop.reconcile()).writes;
    expect(phone.online).toBe(true);
  }
  expect(writes).toBeLessThan(20);
  simulator.faults.deadLine = false;
  await passes(1);
  expect((await spent()) - before).toBeLessThanOrEqual(POLL);
  await passes(6);
  expect((await shop.voucher(code)).status).toBe('exhausted');
});

test('a ping that is lost now and then is no alert, and gives nothing', async () => {
  await open();
  watchLine();
  const { code } = await shop.online('DAY');
  await passes(2);
  const before = (await shop.voucher(code)).expiresAt!;
  for (let n = 0; n < 4; n += 1) {
    simulator.faults.deadLine = true;
    await passes(2);
    simulator.faults.deadLine = false;
    await passes(4);
  }
  expect(await events()).toEqual([]);
  expect((await shop.voucher(code)).expiresAt).toEqual(before);
});

test.each([
  ['not asked yet', () => clock.advance(0)],
  ['switched off', () => void simulator.run(['/tool/netwatch/disable', '=numbers=*1'])],
  ['somebody else’s', () => void simulator.run(['/tool/netwatch/comment', '=numbers=*1', '=comment=his'])], // prettier-ignore
  ['refused', () => simulator.faults.on({ menu: '/tool/netwatch', times: 99 }, { kind: 'trap', message: 'no such command prefix' })], // prettier-ignore
])('a row that is %s says nothing of the line', async (_, makeSo) => {
  await open({ MIKROTIK_WAN_INTERFACE: 'ether1' });
  simulator.faults.deadLine = true;
  watchLine();
  makeSo();
  expect((await shop.reconcile()).errors).toBe(0);
  clock.advance(5 * SECOND);
  expect((await shop.reconcile()).errors).toBe(0);
  expect(await shop.app.stores.outages.open()).toEqual([]);
  expect(await kinds()).toEqual([]);
});

test('it costs one sentence a round, and where no row is, one in some minutes', async () => {
  await open();
  await shop.reconcile();
  await passes(1);
  clock.advance(POLL);
  const usual = (await shop.reconcile()).sentences;
  watchLine();
  await passes(3);
  clock.advance(5 * MINUTE);
  expect((await shop.reconcile()).sentences).toBe(usual + 1);
  clock.advance(POLL);
  expect((await shop.reconcile()).sentences).toBe(usual + 1);
  await restart({ MIKROTIK_LINE_HOST: 'off' });
  await passes(1);
  clock.advance(POLL);
  expect((await shop.reconcile()).sentences).toBe(usual);
});

test('the group of the set-up may read it', async () => {
  await open();
  watchLine();
  simulator.setPolicies(['api', 'read', 'write', 'test']);
  await passes(2);
  simulator.faults.deadLine = true;
  await passes(4);
  expect(await kinds()).toEqual(['wan down 8.8.8.8']);
});

test('alerts of settings that were taken away are over, and told as over once', async () => {
  await open({ LINE_RATE: '1M/1M', MIKROTIK_WAN_INTERFACE: 'ether1' });
  await shop.online('FAST');
  simulator.run(['/interface/disable', '=numbers=ether1']);
  await shop.reconcile();
  expect(await kinds()).toEqual(expect.arrayContaining(['oversold ', 'wan down ether1']));
  await shop.app.stores.journal.raise('line not shared', '', 'It was refused', clock.now());
  await shop.app.stores.journal.raise('wan unknown', 'ether1', 'No such one', clock.now());
  await restart();
  await passes(3);
  expect(await kinds()).toEqual([]);
  const cleared = (await events()).filter((text) => text.startsWith('alert.cleared'));
  expect(cleared.sort()).toEqual(
    ['line not shared', 'oversold', 'wan down', 'wan unknown'].map(
      (kind) => `alert.cleared ${kind}`,
    ),
  );
});
