import type { SimulatedDevice } from '../../src/simulator/simulator';
import { MB, SECOND } from '../support/builders';
import { TestApp, type TestAppOptions } from '../support/test-app';
import { reboot } from '../support/router/reboot';

/** A router with several hotspots, and phones that walk from one to the other. */

const MINUTE = 60_000;
const SECOND_PORT = 'ether3';

let app: TestApp;
afterEach(() => app.close());

async function start(server?: string, options: TestAppOptions = {}): Promise<void> {
  const env = server === undefined ? {} : { MIKROTIK_HOTSPOT_SERVER: server };
  app = await TestApp.start({ simulator: { hotspots: 2 }, env, ...options });
  await app.reconcile();
}

function phoneAtSecond(last = 7): SimulatedDevice {
  const mac = `02:00:00:00:03:0${last}`;
  return app.simulator.addDevice({ mac, address: `10.5.102.${last}`, interface: SECOND_PORT });
}

const serverOf = (address: string) =>
  app.simulator.rows('/ip/hotspot/active').find((row) => row.address === address)?.server;

test('the same voucher system on both: each phone at its own server', async () => {
  await start();
  const { phone } = await app.online();
  const other = phoneAtSecond();
  await app.redeem(other, await app.code());
  expect([phone.online, other.online]).toEqual([true, true]);
  expect(serverOf(phone.address)).toBe('hotspot1');
  expect(serverOf(other.address)).toBe('hotspot2');
  other.download(3 * MB);
  await app.reconcile();
  expect((await app.reconcile()).writes).toBe(0);
});

describe.each(['6.49.18', '7.19.4'])('RouterOS %s', (version) => {
  test('a phone that walks to the other hotspot goes on with its voucher, its row at the first still there', async () => {
    await start(undefined, { simulator: { hotspots: 2, version } });
    app.simulator.faults.lingering = true;
    const { phone, code } = await app.online();
    phone.download(3 * MB);
    app.clock.advance(MINUTE);
    await app.reconcile();
    phone.moveTo('10.5.102.9', SECOND_PORT);
    expect(app.simulator.hosts()).toHaveLength(2);
    // Somebody looks at the portal there and types the code once more.
    await app.redeem(phone, code);
    expect(phone.online).toBe(true);
    expect(serverOf('10.5.102.9')).toBe('hotspot2');
    expect(app.simulator.active()).toHaveLength(1);
    phone.download(2 * MB);
    await app.reconcile();
    expect((await app.voucher(code)).used.down).toBe(5 * MB);
    expect(app.simulator.queueOf(phone.mac)).toMatchObject({ target: '10.5.102.9/32' });
    expect((await app.reconcile()).writes).toBe(0);
  });

  test('the same without anybody typing, within seconds', async () => {
    await start(undefined, { simulator: { hotspots: 2, version } });
    app.simulator.faults.lingering = true;
    const { phone } = await app.online();
    app.clock.advance(MINUTE);
    await app.reconcile();
    phone.moveTo('10.5.102.9', SECOND_PORT);
    app.clock.advance(10 * SECOND);
    await app.reconcile();
    expect(phone.online).toBe(true);
    expect(serverOf('10.5.102.9')).toBe('hotspot2');
  });
});

test('the line is shared by the customers of both', async () => {
  await start(undefined, {
    env: { LINE_RATE: '10M/10M' },
    simulator: { hotspots: 2, version: '6.49.18' },
  });
  const { phone } = await app.online();
  const other = phoneAtSecond();
  await app.redeem(other, await app.code());
  await app.reconcile();
  const parents = [phone, other].map(({ mac }) => app.simulator.queueOf(mac)!.parent);
  const [pool] = app.simulator.queues().filter(({ name }) => name === parents[0]);
  expect(parents[1]).toBe(parents[0]);
  expect(pool!.target.split(',').sort()).toEqual(['bridge-hotspot', SECOND_PORT]);
  // After a restart the queue of each server is on top again.
  await reboot(app.simulator);
  app.clock.advance(MINUTE);
  await app.reconcile().catch(() => undefined); // may find the line cut
  await app.reconcile();
  for (const each of [phone, other]) each.offer({ up: 0, down: 8_000_000 });
  const before = [phone, other].map(({ counted }) => counted.down);
  app.clock.advance(SECOND);
  for (const [n, each] of [phone, other].entries()) {
    expect(((each.counted.down - before[n]!) * 8) / 1_000_000).toBeCloseTo(2, 1);
  }
  expect((await app.reconcile()).writes).toBe(0);
});

describe('where only the second is ours to serve', () => {
  beforeEach(() => start('hotspot2'));

  test('a phone at the first is nobody of ours', async () => {
    const phone = app.phone();
    expect(await app.controller.whoIsAt(phone.address)).toBeUndefined();
  });

  test("a guest of the first's, under a code of another program, may buy a voucher at the second", async () => {
    app.simulator.faults.lingering = true;
    const run = (...words: string[]) => app.simulator.run(words);
    run('/ip/hotspot/user/add', '=name=hotel', '=password=hotel', '=server=hotspot1');
    const phone = app.phone();
    run('/ip/hotspot/active/login', `=ip=${phone.address}`, '=user=hotel', '=password=hotel');
    phone.moveTo('10.5.102.9', SECOND_PORT);
    const code = await app.code();
    await app.redeem(phone, code);
    expect(phone.online).toBe(true);
    expect(
      app.simulator
        .active()
        .map(({ user }) => user)
        .sort(),
    ).toEqual([code, 'hotel'].sort());
    expect(app.simulator.queueOf(phone.mac)).toMatchObject({ target: '10.5.102.9/32' });
    await app.reconcile();
    expect((await app.reconcile()).writes).toBe(0);
    app.clock.advance(61 * MINUTE);
    await app.reconcile();
    expect(phone.online).toBe(false);
  });
});

test("with both of ours, a phone that is online at the first under another program's code is not sold a voucher there", async () => {
  await start();
  app.simulator.run(['/ip/hotspot/user/add', '=name=hotel', '=password=hotel']);
  const phone = app.phone();
  app.simulator.run([
    ...['/ip/hotspot/active/login', `=ip=${phone.address}`],
    ...['=user=hotel', '=password=hotel'],
  ]);
  await expect(app.redeem(phone, await app.code())).rejects.toThrow('online already');
});

test('a phone on both at once has its voucher at the second, and what it has at the first stays its own', async () => {
  await start();
  app.simulator.run(['/ip/hotspot/user/add', '=name=hotel', '=password=hotel']);
  const atFirst = app.phone();
  app.simulator.run([
    ...['/ip/hotspot/active/login', `=ip=${atFirst.address}`],
    ...['=user=hotel', '=password=hotel'],
  ]);
  const atSecond = app.simulator.addDouble(atFirst, '10.5.102.9', SECOND_PORT);
  await app.redeem(atSecond, await app.code());
  expect(atSecond.online).toBe(true);
  await app.reconcile();
  expect((await app.reconcile()).writes).toBe(0);
  expect(app.simulator.queueOf(atSecond.mac)).toMatchObject({ target: '10.5.102.9/32' });
  app.clock.advance(61 * MINUTE);
  await app.reconcile();
  expect(app.simulator.active().map(({ user }) => user)).toEqual(['hotel']);
});
