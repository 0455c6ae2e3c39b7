import { TestApp } from '../support/test-app';

let app: TestApp;

afterEach(async () => {
  await app.close();
});

const MB = 1_000_000;

describe('from voucher to throttle', () => {
  test('a redeemed voucher stands on the router as user, session and queue, and time starts then', async () => {
    app = await TestApp.start();
    const { phone, code } = await app.online();

    expect(phone.online).toBe(true);
    expect(app.simulator.queueOf(phone.mac)).toMatchObject({
      name: `pisonet-${phone.mac}`,
      target: `${phone.address}/32`,
      maxLimit: { up: 1_000_000, down: 2_000_000 },
    });
    expect(app.simulator.users()).toMatchObject([
      { name: code, profile: 'pisonet-1x', limitUptimeMs: 3_600_000 },
    ]);
    const voucher = await app.voucher(code);
    expect(voucher.status).toBe('active');
    expect(voucher.startedAt).toEqual(app.clock.now());
    expect(voucher.expiresAt).toEqual(new Date(app.clock.now().getTime() + 3_600_000));
  });

  test('a second pass over an unchanged world writes nothing', async () => {
    app = await TestApp.start();
    for (let n = 0; n < 10; n += 1) await app.online();
    await app.reconcile();
    app.simulator.log.clear();
    const report = await app.reconcile();
    expect(report).toMatchObject({ devices: 10, writes: 0, changed: 0, errors: 0, sentences: 5 });
    expect(app.simulator.log.writes).toEqual([]);
  });

  test('a redemption takes at most eight sentences', async () => {
    app = await TestApp.start();
    await app.reconcile();
    const code = await app.code();
    const phone = app.phone();
    app.simulator.log.clear();
    await app.redeem(phone, code);
    expect(app.simulator.log.count).toBeLessThanOrEqual(8);
    expect(phone.online).toBe(true);
  });

  test('past fair use the queue is rewritten, and the counters survive it', async () => {
    app = await TestApp.start({
      profiles: [
        { name: 'P5', fup_threshold: '500MB', fup_rate_up: '256K', fup_rate_down: '512K' },
      ],
    });
    const { phone, code } = await app.online();
    phone.download('501M');
    const report = await app.reconcile();
    expect(report.accountedBytes).toBe(501 * MB);
    expect(app.simulator.queueOf(phone.mac)?.maxLimit).toEqual({ up: 256_000, down: 512_000 });
    expect((await app.voucher(code)).used).toEqual({ up: 0, down: 501 * MB });
    expect((await app.reconcile()).writes).toBe(0);
  });

  test('an expired device is gone from users, active, cookies, hosts and queues; the last bytes are counted', async () => {
    app = await TestApp.start();
    const { phone, code } = await app.online();
    await app.reconcile();
    phone.upload('3M');
    app.clock.advance(3_600_000);
    phone.download('4M');
    await app.reconcile();
    expect(app.simulator.users()).toEqual([]);
    expect(app.simulator.active()).toEqual([]);
    expect(app.simulator.cookies()).toEqual([]);
    expect(app.simulator.queues().filter((queue) => !queue.dynamic)).toEqual([]);
    expect(await app.voucher(code)).toMatchObject({ status: 'expired', used: { up: 3 * MB } });
    expect((await app.reconcile()).writes).toBe(0);
  });
});
