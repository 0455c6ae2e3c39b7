import type { FaultAction, Faults } from '../../src/simulator/engine/faults';
import { runs, some } from '../support/program/run-counts';
import { TestApp } from '../support/test-app';
import { reboot } from '../support/router/reboot';

/**
 * Everything a router can do to a client (routeros.md G5), met by the whole product over TCP. After each
 * the process stands, nothing hangs, and at most two rounds later the world is right.
 */

let app: TestApp;
const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);

beforeAll(() => {
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
});

afterAll(() => {
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
});

afterEach(async () => {
  await app.close();
  expect(unhandled.splice(0)).toEqual([]);
});

/** Two customers online, one due for fair use, one due to leave, and one who is just coming. */
async function shopWithWorkToDo(version: string) {
  app = await TestApp.start({
    simulator: { version },
    profiles: [
      {
        name: 'FAIR',
        validity: '2h',
        fup_threshold: '10MB',
        fup_rate_up: '128K',
        fup_rate_down: '256K',
      },
      { name: 'SHORT', validity: '1h' },
    ],
  });
  const heavy = await app.online('FAIR');
  const leaving = await app.online('SHORT');
  await app.reconcile();
  heavy.phone.download('11M');
  leaving.phone.download('1M');
  app.clock.advance(3_600_000);
  return { heavy, leaving };
}

async function expectRightWorld({ heavy, leaving }: Awaited<ReturnType<typeof shopWithWorkToDo>>) {
  const { simulator } = app;
  expect(simulator.users().map(({ name }) => name)).toEqual([heavy.code]);
  expect(simulator.active().map(({ mac }) => mac)).toEqual([heavy.phone.mac]);
  expect(simulator.queueOf(leaving.phone.mac)).toBeUndefined();
  expect(simulator.queueOf(heavy.phone.mac)?.maxLimit).toEqual({ up: 128_000, down: 256_000 });
  expect((await app.voucher(heavy.code)).used.down).toBe(11_000_000);
  expect((await app.voucher(leaving.code)).used.down).toBe(1_000_000);
  expect((await app.reconcile()).writes).toBe(0);
}

const switches: [string, (faults: Faults) => void][] = [
  ['replies in single bytes', (faults) => (faults.chunking = 'byte')],
  ['replies cut at random', (faults) => (faults.chunking = 'random')],
  ['replies cut before the last zero', (faults) => (faults.chunking = 'cut-last-zero')],
  ['replies cut inside the length', (faults) => (faults.chunking = 'cut-prefix')],
  ['!empty with every reply', (faults) => (faults.emptyReply = 'always')],
  ['never !empty', (faults) => (faults.emptyReply = 'never')],
  ['the tag last', (faults) => (faults.tagPosition = 'last')],
  ['slow prints', (faults) => (faults.slowPrintMs = 20)],
  ['slow commands', (faults) => (faults.commandMs = 5)],
];

const actions: [string, FaultAction][] = [
  ['an unknown reply word', { kind: 'unknown-reply' }],
  ['a reply to a foreign tag', { kind: 'foreign-tag' }],
  ['!fatal and FIN', { kind: 'fatal', close: true }],
  ['!fatal without FIN', { kind: 'fatal', close: false }],
  ['no answer', { kind: 'no-answer' }],
  ['no answer to a command that was carried out', { kind: 'no-answer', executed: true }],
  ['RST in mid-reply', { kind: 'reset-mid-reply' }],
  ['FIN in mid-sentence', { kind: 'close-mid-sentence' }],
  ['a lost reply', { kind: 'answer-then-drop' }],
  ['a connection lost before the command', { kind: 'drop-before' }],
  ['a trap without a message', { kind: 'trap', message: null }],
  ['a trap without a category', { kind: 'trap', message: 'failure: busy' }],
  ['two traps', { kind: 'trap', message: 'failure: busy', count: 2 }],
];

/** Where in the pass it strikes: reading, taking away, changing. */
const places: [string, { menu: string; command: string }][] = [
  ['reading queues', { menu: '/queue/simple', command: 'print' }],
  ['reading users', { menu: '/ip/hotspot/user', command: 'print' }],
  ['removing a user', { menu: '/ip/hotspot/user', command: 'remove' }],
  ['logging out', { menu: '/ip/hotspot/active', command: 'remove' }],
  ['removing a queue', { menu: '/queue/simple', command: 'remove' }],
  ['changing a queue', { menu: '/queue/simple', command: 'set' }],
];

const VERSIONS = ['6.49.18', '7.19.4'];

/** Every action at every place: in `npm test` on one version each, taking turns. */
function strikes(version: string) {
  const apart = runs(1, VERSIONS.length);
  const turn = VERSIONS.indexOf(version);
  return places.flatMap(([place, trigger], row) =>
    actions
      .filter((_, column) => (row + column - turn) % apart === 0)
      .map(([name, action]) => ({ place, trigger, name, action })),
  );
}

describe.each(VERSIONS)('on RouterOS %s', (version) => {
  test.each(some(switches, 5))('%s changes nothing', async (_name, turnOn) => {
    const shop = await shopWithWorkToDo(version);
    turnOn(app.simulator.faults);
    expect((await app.reconcile()).errors).toBe(0);
    await expectRightWorld(shop);
  });

  test.each(strikes(version))('$name while $place is survived', async ({ trigger, action }) => {
    const shop = await shopWithWorkToDo(version);
    app.simulator.faults.on(trigger, action);
    await app.reconcile();
    app.simulator.faults.clear();
    await app.reconcile();
    await app.reconcile();
    await expectRightWorld(shop);
  });
});

describe('what the router or its owner does', () => {
  test('rights taken away from our user are said, and made up for when they are back', async () => {
    const shop = await shopWithWorkToDo('7.19.4');
    app.simulator.setPolicies(['api', 'read']);
    const report = await app.reconcile();
    expect(report.errors).toBeGreaterThan(0);
    expect(report.messages.join()).toContain('not enough permissions');
    app.simulator.setPolicies(['api', 'read', 'write', 'test']);
    await app.reconcile();
    await app.reconcile();
    await expectRightWorld(shop);
  });

  test('a profile with a name like ours does not confuse logins', async () => {
    app = await TestApp.start();
    app.simulator.run(['/ip/hotspot/user/profile/add', '=name=pisonet-1xtra']);
    const { phone } = await app.online();
    expect(phone.online).toBe(true);
    expect(app.simulator.users()).toMatchObject([{ profile: 'pisonet-1x' }]);
  });

  test('a speed set by hand in our profile does not take the counting from our queue', async () => {
    app = await TestApp.start();
    await app.reconcile();
    app.simulator.run(['/ip/hotspot/user/profile/set', '=numbers=pisonet-1x', '=rate-limit=9M/9M']);
    const { phone, code } = await app.online();
    expect(app.simulator.queues().some(({ dynamic }) => dynamic)).toBe(true);
    await app.reconcile();
    phone.download('5M');
    await app.reconcile();
    expect((await app.voucher(code)).used.down).toBe(5_000_000);
    expect((await app.reconcile()).writes).toBe(0);
  });

  test('bytes that pass by the queues are not counted, and counting goes on afterwards', async () => {
    app = await TestApp.start();
    const { phone, code } = await app.online();
    phone.download('1M');
    await app.reconcile();
    app.simulator.run([
      '/ip/firewall/filter/add',
      '=chain=forward',
      '=action=fasttrack-connection',
    ]);
    phone.download('7M');
    await app.reconcile();
    const [rule] = app.simulator.rows('/ip/firewall/filter');
    app.simulator.run(['/ip/firewall/filter/remove', `=numbers=${rule!['.id']}`]);
    phone.download('2M');
    await app.reconcile();
    expect((await app.voucher(code)).used.down).toBe(3_000_000);
  });

  test('a router that comes back in 1970 costs nobody anything', async () => {
    app = await TestApp.start();
    const { phone, code } = await app.online();
    phone.download('3M');
    await app.reconcile();
    const before = await app.voucher(code);
    app.clock.advance(60_000);
    await reboot(app.simulator, { clockLost: true });
    app.clock.advance(60_000);
    await app.reconcile();
    await app.reconcile();
    expect(phone.online).toBe(true);
    expect(await app.voucher(code)).toMatchObject({
      expiresAt: before.expiresAt,
      used: { down: 3_000_000 },
    });
  });

  test('a hotspot that the device mode forbids, or that is full of sessions, is waited for', async () => {
    const shop = await shopWithWorkToDo('7.19.4');
    app.simulator.faults.deviceMode = 'home';
    app.simulator.faults.maxSessions = 0;
    app.simulator.dropConnections('rst');
    expect((await app.reconcile()).errors).toBeGreaterThan(0);
    app.simulator.faults.clear();
    await app.reconcile();
    await app.reconcile();
    await expectRightWorld(shop);
  });
});
