import { parseCode } from '../../src/domain/vouchers/voucher-code';
import { Conflict, NeedsNoVoucher, RouterRefused, RouterUnreachable } from '../../src/errors';
import { TestApp } from '../support/test-app';

let app: TestApp;

afterEach(async () => {
  await app.close();
});

const HOUR = 3_600_000;

test('of two devices with the same code at the same instant exactly one wins', async () => {
  app = await TestApp.start();
  const code = await app.code();
  const phones = [app.phone(), app.phone(), app.phone(), app.phone()];
  const outcomes = await Promise.allSettled(phones.map((phone) => app.redeem(phone, code)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(Conflict);
  }
  expect(phones.filter((phone) => phone.online)).toHaveLength(1);
  expect(app.simulator.active()).toHaveLength(1);
});

test('a wrong, a used and a revoked code are refused in the same words, and nothing changes', async () => {
  app = await TestApp.start();
  const used = await app.online();
  const revoked = await app.code();
  await app.app.services.vouchers.revoke(revoked, 'test');
  const phone = app.phone();
  const before = app.simulator.rows('/ip/hotspot/user');
  const messages = [];
  for (const code of ['NSVCHQQQ', used.code, revoked]) {
    messages.push(await app.redeem(phone, code).then(String, (error: Error) => error.message));
  }
  expect(new Set(messages)).toEqual(
    new Set([
      'That code cannot be used: it is mistyped, or its time is over. Check it, or ask at the shop.',
    ]),
  );
  expect(phone.online).toBe(false);
  expect(app.simulator.rows('/ip/hotspot/user')).toEqual(before);
});

test('a device whose time never ends keeps other codes unused; one that may slow down takes them', async () => {
  const speed = { rate_up: '1M', rate_down: '3M', validity: 'none' };
  const slows = { fup_threshold: '1GB', fup_rate_up: '256K', fup_rate_down: '512K' };
  app = await TestApp.start({
    profiles: [
      { name: 'EVER', ...speed },
      { name: 'SLOWS', ...speed, ...slows },
      { name: 'P5', ...speed, validity: '1h' },
    ],
  });
  const phone = app.phone();
  await app.redeem(phone, await app.code('EVER'));
  const code = await app.code('P5');
  await expect(app.redeem(phone, code)).rejects.toBeInstanceOf(NeedsNoVoucher);
  expect(await app.voucher(code)).toMatchObject({ status: 'unused' });
  const other = app.phone();
  await app.redeem(other, await app.code('SLOWS'));
  await app.redeem(other, code);
  expect(await app.voucher(code)).toMatchObject({ status: 'active' });
});

test('codes are forgiven case, spaces and dashes', async () => {
  app = await TestApp.start();
  const code = await app.code();
  const phone = app.phone();
  await app.redeem(phone, ` ${code.slice(0, 4).toLowerCase()} - ${code.slice(4)}`);
  expect(phone.online).toBe(true);
});

test('a router that is away leaves the code untouched', async () => {
  app = await TestApp.start();
  await app.reconcile();
  const code = await app.code();
  const phone = app.phone();
  const host = (await app.controller.whoIsAt(phone.address))!;
  app.simulator.faults.refuseConnections = 'accept-then-close';
  app.simulator.dropConnections('rst');
  await expect(app.app.services.redemptions.redeem(parseCode(code), host)).rejects.toBeInstanceOf(
    RouterUnreachable,
  );
  expect(await app.voucher(code)).toMatchObject({
    status: 'unused',
    activatedAt: null,
    expiresAt: null,
  });

  app.simulator.faults.clear();
  await app.redeem(phone, code);
  expect(phone.online).toBe(true);
});

test.each([
  ['adding the user', { menu: '/ip/hotspot/user', command: 'add' }],
  ['adding the queue', { menu: '/queue/simple', command: 'add' }],
  ['logging in', { menu: '/ip/hotspot/active', command: 'login' }],
])(
  'a router that refuses while %s leaves the code untouched, and clears up',
  async (_name, trigger) => {
    app = await TestApp.start();
    await app.reconcile();
    const code = await app.code();
    const phone = app.phone();
    app.simulator.faults.on(trigger, { kind: 'trap', message: 'failure: not today', category: 4 });
    await expect(app.redeem(phone, code)).rejects.toBeInstanceOf(RouterRefused);
    expect(await app.voucher(code)).toMatchObject({ status: 'unused', activatedAt: null });

    await app.reconcile();
    expect(phone.online).toBe(false);
    expect(app.simulator.users()).toEqual([]);
    expect(app.simulator.queueOf(phone.mac)).toBeUndefined();
    expect((await app.reconcile()).writes).toBe(0);
    await app.redeem(phone, code);
    expect(phone.online).toBe(true);
  },
);

test('when only the answer to the login is lost, customer and books agree in the end', async () => {
  app = await TestApp.start();
  await app.reconcile();
  const code = await app.code();
  const phone = app.phone();
  const lost = { kind: 'answer-then-drop' } as const;
  app.simulator.faults.on({ menu: '/ip/hotspot/active', command: 'login' }, lost);
  await expect(app.redeem(phone, code)).rejects.toBeInstanceOf(RouterUnreachable);
  await app.reconcile();
  await app.reconcile();
  expect((await app.voucher(code)).status).toBe('unused');
  expect(phone.online).toBe(false);
  await app.redeem(phone, code);
  expect(phone.online).toBe(true);
});

test('a program killed in the middle of a redemption neither sells the code twice nor loses it', async () => {
  app = await TestApp.start();
  await app.reconcile();
  const code = await app.code();
  const phone = app.phone();
  const { stores } = app.app;
  // The hold as it is in the books when the process dies before it asked the router.
  const now = app.clock.now();
  const until = new Date(now.getTime() + 60_000);
  await stores.sessions.seeDevices([{ mac: phone.mac as never, address: phone.address }], now);
  expect(await stores.vouchers.hold(code, phone.mac as never, now, until)).toBe(true);
  expect(await stores.vouchers.hold(code, '02:00:00:00:00:99' as never, now, until)).toBe(false);
  app.clock.advance(60_000);
  await app.redeem(phone, code);
  expect(phone.online).toBe(true);
});

test('a second voucher adds its time: the device stays online for both, one after the other', async () => {
  app = await TestApp.start();
  const { phone, code: first } = await app.online();
  app.clock.advance(HOUR / 2);
  const second = await app.code();
  const { expiresAt } = await app.redeem(phone, second);
  expect(expiresAt).toEqual(new Date(app.clock.now().getTime() + 1.5 * HOUR));
  expect(await app.voucher(second)).toMatchObject({ status: 'active', startedAt: null });

  app.clock.advance(HOUR / 2);
  await app.reconcile();
  expect((await app.voucher(first)).status).toBe('expired');
  expect(phone.online).toBe(true);
  expect(app.simulator.active()[0]?.user).toBe(second);
  app.clock.advance(HOUR - 1);
  await app.reconcile();
  expect(phone.online).toBe(true);
  app.clock.advance(1);
  await app.reconcile();
  expect(phone.online).toBe(false);
});

test('a second voucher adds its data: the cap of the first does not end the session', async () => {
  app = await TestApp.start({ profiles: [{ name: 'P5', data_cap: '100MB', validity: '1d' }] });
  const { phone, code: first } = await app.online();
  const second = await app.code();
  await app.redeem(phone, second);
  phone.download('100M');
  await app.reconcile();
  expect((await app.voucher(first)).status).toBe('exhausted');
  expect(phone.online).toBe(true);
  phone.download('60M');
  await app.reconcile();
  expect((await app.voucher(second)).used.down).toBe(60_000_000);
  phone.download('40M');
  await app.reconcile();
  expect(phone.online).toBe(false);
  expect((await app.reconcile()).writes).toBe(0);
});

test('who is slowed by fair use and adds a voucher is fast at once, and keeps the slow time for later', async () => {
  app = await TestApp.start({
    profiles: [{ name: 'P5', fup_threshold: '10MB', fup_rate_up: '100K', fup_rate_down: '200K' }],
  });
  const { phone, code: first } = await app.online();
  phone.download('11M');
  await app.reconcile();
  app.clock.advance(HOUR / 2);
  await app.redeem(phone, await app.code());
  expect(app.simulator.queueOf(phone.mac)?.maxLimit).toEqual({ up: 1_000_000, down: 2_000_000 });
  app.clock.advance(HOUR);
  await app.reconcile();
  expect(phone.online).toBe(true);
  expect(app.simulator.queueOf(phone.mac)?.maxLimit).toEqual({ up: 100_000, down: 200_000 });
  expect((await app.voucher(first)).expiresAt).toEqual(
    new Date(app.clock.now().getTime() + HOUR / 2),
  );
});

test('a voucher for two devices lets two in, each with its queue, and no third', async () => {
  app = await TestApp.start({ profiles: [{ name: 'P5', users: '2' }] });
  const code = await app.code();
  const [one, two, three] = [app.phone(), app.phone(), app.phone()];
  await app.redeem(one, code);
  await app.redeem(two, code);
  await expect(app.redeem(three, code)).rejects.toBeInstanceOf(Conflict);
  expect([one.online, two.online, three.online]).toEqual([true, true, false]);
  expect(app.simulator.users()).toMatchObject([{ name: code, profile: 'pisonet-2x' }]);
  one.download('3M');
  two.download('4M');
  await app.reconcile();
  expect((await app.voucher(code)).used.down).toBe(7_000_000);
  expect((await app.reconcile()).writes).toBe(0);
});

test('a developer code never ends, is slowed like any other, and can be ended and used again', async () => {
  app = await TestApp.start();
  const code = await app.code('P5', true);
  const phone = app.phone();
  await app.redeem(phone, code);
  app.clock.advance(400 * 24 * HOUR);
  await app.reconcile();
  expect(phone.online).toBe(true);
  expect(app.simulator.users()).toMatchObject([{ limitUptimeMs: null, limitBytesTotal: null }]);
  expect(app.simulator.queueOf(phone.mac)?.maxLimit).toEqual({ up: 1_000_000, down: 2_000_000 });

  await app.app.services.vouchers.revoke(code, 'test');
  await app.reconcile();
  expect(phone.online).toBe(false);
  expect((await app.voucher(code)).status).toBe('unused');
  await app.redeem(phone, code);
  expect(phone.online).toBe(true);
});

test('stopping the program leaves customers online, and the router ends them on time by itself', async () => {
  app = await TestApp.start({ profiles: [{ name: 'P5', data_cap: '50MB' }] });
  const timed = await app.online();
  const capped = await app.online();
  await app.app.close();
  expect(timed.phone.online).toBe(true);
  expect(capped.phone.download('60M')).toBe(50_000_000);
  expect(capped.phone.online).toBe(false);
  app.clock.advance(HOUR - 1_000);
  expect(timed.phone.online).toBe(true);
  app.clock.advance(1_000);
  expect(timed.phone.online).toBe(false);
});

test('online time runs only while online, and ends the voucher when it is used up', async () => {
  app = await TestApp.start({ profiles: [{ name: 'P5', validity: '10d', uptime: '1h' }] });
  const { phone, code } = await app.online();
  app.clock.advance(HOUR / 2);
  await app.reconcile();
  expect((await app.voucher(code)).usedUptimeMs).toBe(HOUR / 2);
  phone.leave();
  app.clock.advance(24 * HOUR);
  await app.reconcile();
  phone.join();
  await app.reconcile();
  expect(phone.online).toBe(true);
  // Nobody looks while the rest is used: the router ends the session, and what it stored is caught up.
  app.clock.advance(HOUR / 2);
  await app.reconcile();
  expect((await app.voucher(code)).status).toBe('exhausted');
  expect(phone.online).toBe(false);
});
