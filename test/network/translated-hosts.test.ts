import type { SimulatedDevice, SimulatorOptions } from '../../src/simulator/simulator';
import { MB } from '../support/builders';
import { ShopServer } from '../support/program/shop-server';
import { reboot } from '../support/router/reboot';

/**
 * Phones with a fixed address of their own, which the hotspot translates to one of its network. By which of
 * the two the router logs them in, and which it shows of a session, is not known: all four are tried.
 */

const MINUTE = 60_000;

let server: ShopServer;
afterEach(() => server.close());

async function open(habits: SimulatorOptions['habits'] = {}): Promise<void> {
  server = await ShopServer.start({ simulator: { habits } });
}

/** It asks from its translated address, as the portal sees it. */
function fixedPhone(last: number): SimulatedDevice {
  return server.shop.simulator.addDevice({
    mac: `02:00:00:00:02:0${last}`,
    address: `192.168.1.10${last}`,
    toAddress: `127.0.0.10${last}`,
  });
}

async function type(phone: SimulatedDevice, code: string) {
  return server.redeem({ address: phone.toAddress }, code);
}

const logins = () =>
  server.shop.simulator.log.commands.filter(({ command }) => command === 'login');

describe.each([
  [false, false],
  [false, true],
  [true, false],
  [true, true],
])('login by to-address: %s; sessions show it: %s', (loginByToAddress, activeShowsToAddress) => {
  beforeEach(() => open({ loginByToAddress, activeShowsToAddress }));

  test('a phone with a fixed address gets in, is slowed down and counted, and goes when its time is over', async () => {
    const { shop } = server;
    const phone = fixedPhone(1);
    const code = await shop.code();
    expect(await type(phone, code)).toMatchObject({ status: 303, location: '/portal/status' });
    expect(phone.online).toBe(true);
    expect(shop.simulator.queueOf(phone.mac)).toMatchObject({
      target: '127.0.0.101/32,192.168.1.101/32',
    });
    const seen = await shop.app.stores.sessions.devicesOf([code]);
    expect(seen.get(code)).toEqual([{ mac: phone.mac, ip: phone.toAddress }]);
    await shop.reconcile();
    expect((await shop.reconcile()).writes).toBe(0);

    phone.download(3 * MB);
    shop.clock.advance(MINUTE);
    await shop.reconcile();
    expect((await shop.voucher(code)).used.down).toBe(3 * MB);

    await reboot(shop.simulator);
    shop.clock.advance(MINUTE);
    await shop.reconcile().catch(() => undefined); // may find the line cut
    await shop.reconcile();
    expect(phone.online).toBe(true);
    expect((await shop.reconcile()).writes).toBe(0);

    shop.clock.advance(60 * MINUTE);
    await shop.reconcile();
    expect(phone.online).toBe(false);
    expect(shop.simulator.queues()).toEqual([]);
  });

  test('what worked is tried first from then on', async () => {
    await type(fixedPhone(1), await server.shop.code());
    const before = logins().length;
    expect(await type(fixedPhone(2), await server.shop.code())).toMatchObject({ status: 303 });
    expect(logins()).toHaveLength(before + 1);
    const audit = await server.shop.app.stores.journal.auditOf('02:00:00:00:02:02');
    expect(audit).toContainEqual(
      expect.objectContaining({
        what: 'logged in',
        detail: expect.objectContaining({ toAddress: '127.0.0.102' }),
      }),
    );
  });
});

test('where queues see the own address of the phone, it is slowed down and counted as well', async () => {
  await open({ queuesSeeOwnAddress: true });
  const phone = fixedPhone(1);
  const code = await server.shop.code();
  await type(phone, code);
  phone.download(6 * MB);
  await server.shop.reconcile();
  expect((await server.shop.voucher(code)).used.down).toBe(6 * MB);
  const findings = await server.shop.app.services.doctor!.examine();
  expect(findings).not.toContainEqual(expect.objectContaining({ id: 'queue-idle' }));
  expect(findings).toContainEqual(
    expect.objectContaining({ id: 'fixed-address', title: expect.stringContaining(phone.mac) }),
  );
});

test('a phone that is known by neither address is told what to do, and its code stays good', async () => {
  await open();
  await server.shop.reconcile();
  const phone = fixedPhone(1);
  const code = await server.shop.code();
  const unknown = { kind: 'trap', message: 'unknown host IP' } as const;
  server.shop.simulator.faults.on(
    { menu: '/ip/hotspot/active', command: 'login', times: 2 },
    unknown,
  );
  const refused = await type(phone, code);
  expect(refused.status).toBe(503);
  expect(refused.text).toContain('set it to automatic (DHCP)');
  expect((await server.shop.voucher(code)).status).toBe('unused');
  expect(await type(phone, code)).toMatchObject({ status: 303 });
});

test('a phone with an address of the hotspot is asked for once only', async () => {
  await open({ loginByToAddress: true });
  expect(await server.redeem(server.phone(21), await server.shop.code())).toMatchObject({
    status: 303,
  });
  expect(logins().filter(({ menu }) => menu === '/ip/hotspot/active')).toHaveLength(1);
});
