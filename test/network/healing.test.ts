import { Router } from '../../src/routeros/router';
import { reboot } from '../support/router/reboot';
import { TestApp } from '../support/test-app';

let app: TestApp;

afterEach(async () => {
  jest.restoreAllMocks();
  await app.close();
});

const MB = 1_000_000;

describe.each(['6.49.18', '7.19.4'])('on RouterOS %s', (version) => {
  test('our queue stands above what would catch the device, and counts', async () => {
    app = await TestApp.start({ simulator: { version } });
    app.simulator.run([
      '/queue/simple/add',
      '=name=everybody',
      '=target=10.5.0.0/16',
      '=max-limit=5M/5M',
    ]);
    const { phone, code } = await app.online();
    phone.download('5M');
    await app.reconcile();
    expect((await app.voucher(code)).used.down).toBe(5 * MB);
    expect(app.simulator.queues()[0]?.name).toBe(`pisonet-${phone.mac}`);
    expect((await app.reconcile()).writes).toBe(0);
  });

  test('a queue that slid below a catch-all is moved up again', async () => {
    app = await TestApp.start({ simulator: { version } });
    const { phone, code } = await app.online();
    app.simulator.run(['/queue/simple/add', '=name=everybody', '=target=10.5.0.0/16']);
    const everybody = app.simulator.queues().find(({ name }) => name === 'everybody')!;
    app.simulator.run([
      '/queue/simple/move',
      `=numbers=${everybody.id}`,
      `=destination=${app.simulator.queues()[0]!.id}`,
    ]);
    phone.download('1M');
    await app.reconcile();
    phone.download('2M');
    await app.reconcile();
    // What passed it by is counted by its session, which began since the round before.
    expect((await app.voucher(code)).used.down).toBe(3 * MB);
    expect((await app.reconcile()).writes).toBe(0);
  });

  test.each([1, 2, 4])(
    'a queue that everybody shares comes and goes %i times while ours is put above it',
    async (times) => {
      app = await TestApp.start({ simulator: { version } });
      const everybody = ['=name=<pppoe-ana>', '=target=10.5.0.0/16', '=max-limit=5M/5M'];
      app.simulator.run(['/queue/simple/add', ...everybody]);
      let left = times;
      const comeAndGo = () => {
        if (left === 0) return;
        left -= 1;
        const old = app.simulator.queues().find(({ name }) => name === '<pppoe-ana>')!;
        app.simulator.run(['/queue/simple/remove', `=.id=${old.id}`]);
        const first = app.simulator.queues()[0];
        const place = first ? [`=place-before=${first.id}`] : [];
        app.simulator.run(['/queue/simple/add', ...everybody, ...place]);
      };
      for (const verb of ['addQueue', 'moveQueue'] as const) {
        const write = Object.getOwnPropertyDescriptor(Router.prototype, verb)!.value as (
          ...args: unknown[]
        ) => Promise<never>;
        jest.spyOn(Router.prototype, verb).mockImplementation(function (this: Router, ...args) {
          comeAndGo();
          return write.apply(this, args);
        });
      }
      const { phone, code } = await app.online();
      expect(phone.online).toBe(true);
      expect(left).toBeLessThan(times);
      jest.restoreAllMocks();
      await app.reconcile(); // one may have come to stand above ours in between
      expect(app.simulator.queues()[0]?.name).toBe(`pisonet-${phone.mac}`);
      phone.download('5M');
      await app.reconcile();
      expect((await app.voucher(code)).used.down).toBe(5 * MB);
      expect((await app.reconcile()).writes).toBe(0);
    },
  );

  test('after a reboot everybody who paid is back, and nothing is counted twice', async () => {
    app = await TestApp.start({ simulator: { version } });
    const one = await app.online();
    const two = await app.online();
    one.phone.download('7M');
    await app.reconcile();
    app.clock.advance(60_000);
    await reboot(app.simulator);
    app.clock.advance(60_000);
    await app.reconcile();
    await app.reconcile();
    expect([one.phone.online, two.phone.online]).toEqual([true, true]);
    one.phone.download('2M');
    await app.reconcile();
    expect((await app.voucher(one.code)).used.down).toBe(9 * MB);
    expect((await app.reconcile()).writes).toBe(0);
  });
});

test.each([
  ['renamed', ['=name=my-queue']],
  ['given another limit', ['=max-limit=9M/9M']],
  ['disabled', ['=disabled=yes']],
  ['aimed elsewhere', ['=target=10.9.9.9/32']],
  ['robbed of its comment', ['=comment=']],
])('a queue that somebody %s is set right in place', async (_name, words) => {
  app = await TestApp.start();
  const { phone } = await app.online();
  const before = app.simulator.queueOf(phone.mac)!;
  app.simulator.run(['/queue/simple/set', `=numbers=${before.id}`, ...words]);
  await app.reconcile();
  expect(app.simulator.queueOf(phone.mac)).toEqual(before);
  expect((await app.reconcile()).writes).toBe(0);
});

test.each([
  ['given more time', ['=limit-uptime=5h']],
  ['disabled', ['=disabled=yes']],
  ['put on another profile', ['=profile=default']],
])('a user that somebody %s is set right', async (_name, words) => {
  app = await TestApp.start();
  const { phone } = await app.online();
  const before = app.simulator.users()[0]!;
  app.simulator.run(['/ip/hotspot/user/set', `=numbers=${before.id}`, ...words]);
  await app.reconcile();
  const { profile, disabled, limitUptimeMs } = app.simulator.users()[0]!;
  expect({ profile, disabled, limitUptimeMs }).toEqual({
    profile: before.profile,
    disabled: false,
    limitUptimeMs: before.limitUptimeMs,
  });
  expect(phone.online).toBe(true);
  expect((await app.reconcile()).writes).toBe(0);
});

test('what is not ours is never touched', async () => {
  app = await TestApp.start();
  app.simulator.run([
    '/ip/hotspot/user/add',
    '=name=member',
    '=password=x',
    '=comment=paid monthly',
  ]);
  app.simulator.run([
    '/queue/simple/add',
    '=name=office',
    '=target=192.168.1.0/24',
    '=max-limit=1M/1M',
  ]);
  app.simulator.run(['/queue/simple/add', '=name=pisonet-notes', '=target=192.168.2.0/24']);
  const foreign = () => [
    app.simulator.rows('/ip/hotspot/user').filter((row) => row.name === 'member'),
    app.simulator.rows('/queue/simple').filter((row) => !row.comment?.startsWith('pisonet:')),
  ];
  const before = foreign();
  const { code } = await app.online();
  await app.reconcile();
  await app.app.services.vouchers.revoke(code, 'test');
  await app.reconcile();
  expect(foreign()).toEqual(before);
});

test('a device that comes back at another address keeps its queue and its usage', async () => {
  app = await TestApp.start();
  const { phone, code } = await app.online();
  phone.download('3M');
  await app.reconcile();
  const { id } = app.simulator.queueOf(phone.mac)!;
  phone.moveTo('10.5.77.77');
  await app.reconcile();
  await app.reconcile();
  expect(app.simulator.queueOf(phone.mac)).toMatchObject({ id, target: '10.5.77.77/32' });
  phone.download('1M');
  await app.reconcile();
  expect((await app.voucher(code)).used.down).toBe(4 * MB);
});

test('an address that another customer was given is not billed to the one who left', async () => {
  app = await TestApp.start();
  const first = await app.online();
  const { address } = first.phone;
  first.phone.leave();
  const second = await app.online();
  second.phone.moveTo(address);
  await app.reconcile();
  await app.reconcile();
  second.phone.download('5M');
  await app.reconcile();
  expect((await app.voucher(first.code)).used.down).toBe(0);
  expect((await app.voucher(second.code)).used.down).toBe(5 * MB);
});

test('fresh books on a router full of our rows ask before they take anything away', async () => {
  app = await TestApp.start();
  for (let n = 0; n < 6; n += 1) await app.online();
  const fresh = await TestApp.beside(app.simulator, app.clock);
  const report = await fresh.reconcile();
  expect(report).toMatchObject({ writes: 0, skipped: 12 });
  expect(app.simulator.users()).toHaveLength(6);
  expect(await fresh.app.stores.journal.openAlerts()).toMatchObject([
    {
      kind: 'mass removal',
      message: expect.stringMatching(/with: .* reconcile --once --confirm$/),
    },
  ]);

  expect((await fresh.reconcile(true)).errors).toBe(0);
  expect(app.simulator.users()).toEqual([]);
  expect(app.simulator.active()).toEqual([]);
  await fresh.reconcile();
  expect(await fresh.app.stores.journal.openAlerts()).toEqual([]);
  await fresh.close();
});

test('many customers whose time ends at once need nobody to confirm it', async () => {
  app = await TestApp.start();
  for (let n = 0; n < 12; n += 1) await app.online();
  app.clock.advance(3_600_000);
  await app.reconcile();
  expect(app.simulator.users()).toEqual([]);
  expect(app.simulator.queues()).toEqual([]);
});

test('another router at the same address gets nothing written until somebody says so', async () => {
  app = await TestApp.start();
  await app.online();
  await app.app.db('routers').update({ serial: 'ANOTHER1' });
  await app.breakLine();
  const before = app.simulator.rows('/queue/simple');
  const code = await app.code();
  const report = await app.reconcile();
  expect(report.writes).toBe(0);
  expect(report.errors).toBeGreaterThan(0);
  expect(report.messages.join()).toContain('ANOTHER1');
  await expect(app.redeem(app.phone(), code)).rejects.toThrow();
  expect(app.simulator.rows('/queue/simple')).toEqual(before);

  expect((await app.reconcile(true)).errors).toBe(0);
  await app.redeem(app.phone(), code);
});

test('rows that are merely missing on the same router are put back', async () => {
  app = await TestApp.start();
  const shops = [await app.online(), await app.online(), await app.online()];
  for (const { name } of app.simulator.queues())
    app.simulator.run(['/queue/simple/remove', `=numbers=${name}`]);
  for (const { name } of app.simulator.users())
    app.simulator.run(['/ip/hotspot/user/remove', `=numbers=${name}`]);
  await app.reconcile();
  expect(app.simulator.users()).toHaveLength(3);
  for (const { phone } of shops) expect(app.simulator.queueOf(phone.mac)).toBeDefined();
  expect((await app.reconcile()).writes).toBe(0);
});

test.each([
  ['forward', '2027-11-21T08:30:00Z'],
  ['back to 1970', '1970-01-02T00:00:00Z'],
])('a clock that is set %s costs nobody a minute', async (_name, time) => {
  app = await TestApp.start();
  const { phone, code } = await app.online();
  app.clock.advance(1_800_000);
  await app.reconcile();
  app.clock.set(time);
  app.clock.advance(10_000);
  await app.reconcile();
  expect(phone.online).toBe(true);
  const left = (await app.voucher(code)).expiresAt!.getTime() - app.clock.now().getTime();
  expect(left).toBeGreaterThan(1_785_000);
  expect(left).toBeLessThanOrEqual(1_800_000);
  app.clock.advance(left);
  await app.reconcile();
  expect(phone.online).toBe(false);
});

test.each(['2027-11-21T08:30:00Z', '1970-01-02T00:00:00Z', '2026-11-21T08:10:00Z'])(
  'a code typed after the clock was set to %s, and before a round, has all of its time',
  async (time) => {
    app = await TestApp.start();
    const before = await app.online();
    app.clock.advance(1_800_000);
    await app.reconcile();
    app.clock.set(time);
    app.clock.advance(5_000);
    const { phone, code } = await app.online();
    app.clock.advance(5_000);
    await app.reconcile();
    const leftOf = async (one: string) =>
      (await app.voucher(one)).expiresAt!.getTime() - app.clock.now().getTime();
    expect(await leftOf(code)).toBe(3_595_000);
    const leftBefore = await leftOf(before.code);
    expect(leftBefore).toBeGreaterThan(1_785_000);
    expect(leftBefore).toBeLessThanOrEqual(1_800_000);
    app.clock.set('2026-11-21T08:31:00Z');
    await app.reconcile();
    expect(phone.online).toBe(true);
    expect(await leftOf(code)).toBeGreaterThan(3_580_000);
  },
);

test.each([
  ['as the router is asked', '/ip/hotspot/user', 'print'],
  ['as the row of the code is made', '/ip/hotspot/user', 'add'],
  ['as the device is logged in', '/ip/hotspot/active', 'login'],
])(
  'a clock that shows 1970 for a moment, %s for a code, costs it no time',
  async (_, menu, command) => {
    app = await TestApp.start();
    await app.reconcile();
    const right = app.clock.now().toISOString();
    let isWrong = false;
    const does = () => {
      app.clock.set('1970-01-02T00:00:00Z');
      isWrong = true;
    };
    app.simulator.faults.on({ menu, command }, { kind: 'meanwhile', does });
    const { phone, code } = await app.online();
    expect(isWrong).toBe(true);
    app.clock.set(right);
    app.clock.advance(5_000);
    await app.reconcile();
    expect(phone.online).toBe(true);
    const { expiresAt } = await app.voucher(code);
    expect(expiresAt!.getTime() - app.clock.now().getTime()).toBe(3_595_000);
  },
);

test('a second code typed after the clock was set, and before a round, costs the first one no time', async () => {
  app = await TestApp.start();
  const { phone, code } = await app.online();
  await app.reconcile();
  app.clock.set('2027-11-21T08:30:00Z');
  await app.redeem(phone, await app.code());
  await app.reconcile();
  const { status, expiresAt } = await app.voucher(code);
  expect(status).toBe('active');
  expect(expiresAt!.getTime() - app.clock.now().getTime()).toBeGreaterThan(3_595_000);
});

test('a device that the router let in by itself under a full voucher is logged out', async () => {
  app = await TestApp.start();
  const { phone, code } = await app.online();
  phone.leave();
  app.clock.advance(300_000); // by then the router has noticed that the phone is gone
  const stranger = app.phone();
  // Somebody took the device off the row in WinBox.
  const any = '=mac-address=00:00:00:00:00:00';
  app.simulator.run(['/ip/hotspot/user/set', `=numbers=${code}`, any]);
  app.simulator.run([
    '/ip/hotspot/active/login',
    `=ip=${stranger.address}`,
    `=mac-address=${stranger.mac}`,
    `=user=${code}`,
    `=password=${code}`,
  ]);
  expect(stranger.online).toBe(true);
  await app.reconcile();
  expect(stranger.online).toBe(false);
});

test('a manual limit holds through logout and reconnect until it is removed', async () => {
  app = await TestApp.start();
  const { phone } = await app.online();
  const { devices } = app.app.services;
  const limit = { up: 256_000, down: 384_000 };
  await devices.setLimit(phone.mac as never, limit, null, 'test');
  await app.reconcile();
  expect(app.simulator.queueOf(phone.mac)?.maxLimit).toEqual(limit);
  phone.leave();
  await app.reconcile();
  phone.join();
  await app.reconcile();
  expect(phone.online).toBe(true);
  expect(app.simulator.queueOf(phone.mac)?.maxLimit).toEqual(limit);
  await devices.removeLimit(phone.mac as never, 'test');
  await app.reconcile();
  expect(app.simulator.queueOf(phone.mac)?.maxLimit).toEqual({ up: 1_000_000, down: 2_000_000 });
});

test('who is logged out by staff stays out until they come back by the portal', async () => {
  app = await TestApp.start();
  const { phone, code } = await app.online();
  await app.app.services.devices.kick(phone.mac as never, 'test');
  await app.reconcile();
  await app.reconcile();
  expect(phone.online).toBe(false);
  expect(app.simulator.cookies()).toEqual([]);
  expect((await app.voucher(code)).status).toBe('active');
});

test.each(['below', 'above'])(
  'a copy that somebody makes %s our queue is taken away and bills nothing twice',
  async (place) => {
    app = await TestApp.start();
    const { phone, code } = await app.online();
    phone.download('500M');
    await app.reconcile();
    const ours = app.simulator.queueOf(phone.mac)!;
    const before = place === 'above' ? [`=place-before=${ours.id}`] : [];
    app.simulator.run([
      '/queue/simple/add',
      '=name=copy',
      `=target=${ours.target}`,
      `=comment=${ours.comment}`,
      ...before,
    ]);
    await app.reconcile();
    await app.reconcile();
    expect(app.simulator.queues().map(({ id }) => id)).toEqual([ours.id]);
    expect((await app.voucher(code)).used.down).toBe(500 * MB);
    phone.download('1M');
    await app.reconcile();
    expect((await app.voucher(code)).used.down).toBe(501 * MB);
  },
);

test('a voucher that waits behind another does not stand still for ever once that one is over', async () => {
  app = await TestApp.start({
    profiles: [{ name: 'P5', fup_threshold: '10MB', fup_rate_up: '100K', fup_rate_down: '200K' }],
  });
  const { phone, code: first } = await app.online();
  phone.download('11M');
  await app.reconcile();
  await app.redeem(phone, await app.code());
  await app.app.services.devices.kick(phone.mac as never, 'test');
  await app.reconcile();
  expect((await app.voucher(first)).stoppedAt).not.toBeNull();
  app.clock.advance(3_600_000);
  await app.reconcile();
  expect((await app.voucher(first)).stoppedAt).toBeNull();
  app.clock.advance(3_600_000);
  await app.reconcile();
  expect((await app.voucher(first)).status).toBe('expired');
});
