import { SECOND } from '../support/builders';
import { reboot } from '../support/router/reboot';
import { TestApp } from '../support/test-app';

/**
 * After a restart the hotspot's own queue stands above ours and limits nobody, until a round of the loop puts
 * ours on top again. That round comes as soon as the router answers.
 */

const RATE = 1_000_000;
const SLOW = { name: 'SLOW', rate_up: '1M', rate_down: '1M', validity: '1d' };

let app: TestApp;
let codes: string[];
afterEach(() => app.close());

async function start(version: string, serverQueueAlways: boolean) {
  app = await TestApp.start({
    simulator: { version, habits: { serverQueueAlways } },
    profiles: [SLOW],
  });
  const online = [await app.online('SLOW'), await app.online('SLOW'), await app.online('SLOW')];
  await app.reconcile();
  const phones = online.map(({ phone }) => phone);
  codes = online.map(({ code }) => code);
  for (const phone of phones) phone.offer({ up: 0, down: 20 * RATE });
  /** Of the fastest device, in the next second. */
  const fastest = () => {
    const before = phones.map((phone) => phone.counted.down);
    app.clock.advance(SECOND);
    return Math.max(...phones.map((phone, n) => (phone.counted.down - before[n]!) * 8));
  };
  return { phones, fastest };
}

test.each([
  ['6.49.18', true],
  ['7.19.4', true],
  ['7.19.4', false],
])('RouterOS %s, with a queue of the server (%s): one round is enough', async (version, has) => {
  const { phones, fastest } = await start(version, has);
  expect(fastest()).toBeLessThanOrEqual(RATE * 1.01);
  await reboot(app.simulator);
  expect(fastest() > RATE * 1.01).toBe(has);
  await app.reconcile();
  expect(fastest()).toBeLessThanOrEqual(RATE * 1.01);
  expect(phones.every(({ online }) => online)).toBe(true);
  expect((await app.reconcile()).writes).toBe(0);
});

test.each([
  ['all in one sentence', undefined, 1],
  [
    'one by one, where the router takes no list',
    { kind: 'trap', message: 'invalid value for argument numbers' },
    4,
  ],
  ['one by one, where it takes a list and does nothing', { kind: 'answered-only' }, 4],
] as const)(
  'the queues are put above again before all else, %s',
  async (_how, fault, sentences) => {
    const { fastest } = await start('7.19.4', true);
    await reboot(app.simulator);
    app.simulator.log.clear();
    if (fault) app.simulator.faults.on({ menu: '/queue/simple', command: 'move' }, fault);
    const report = await app.reconcile();
    expect(report.errors).toBe(0);
    const moves = app.simulator.log.writes.slice(0, sentences);
    expect(moves.map(({ command }) => command)).toEqual(moves.map(() => 'move'));
    const all = app.simulator.log.writes.filter(({ command }) => command === 'move');
    expect(all).toHaveLength(sentences);
    expect(fastest()).toBeLessThanOrEqual(RATE * 1.01);
    const audit = await app.app.stores.journal.auditAfter(0);
    expect(audit.filter(({ what }) => what === 'queue moved up')).toHaveLength(3);
    expect((await app.reconcile()).writes).toBe(0);
  },
);

test.each([
  ['6.49.18', true],
  ['7.19.4', true],
  ['7.19.4', false],
])(
  '%s, with a queue of the server (%s): what passes until then is counted, once',
  async (version, has) => {
    const { phones } = await start(version, has);
    await app.reconcile();
    await reboot(app.simulator);
    app.clock.advance(5 * SECOND);
    await app.reconcile();
    app.clock.advance(10 * SECOND);
    await app.reconcile();
    const all = await app.app.stores.vouchers.findAll(codes);
    expect(all.map(({ used }) => used.down)).toEqual(phones.map(({ counted }) => counted.down));
  },
);

test('a round comes as soon as the router answers again, whatever the poll interval', async () => {
  const { fastest } = await start('7.19.4', true);
  const stopping = new AbortController();
  const { client } = app.app.routerSide!;
  client.keepConnected();
  let onRound: () => void = () => undefined;
  const nextRound = () => new Promise<void>((resolve) => (onRound = resolve));
  app.controller.status.onReconciled(() => onRound());
  const first = nextRound();
  const running = app.loop.run(stopping.signal);
  await first;
  const afterReboot = nextRound();
  await reboot(app.simulator);
  await afterReboot; // the clock stands still
  expect(fastest()).toBeLessThanOrEqual(RATE * 1.01);
  stopping.abort();
  await running;
});
