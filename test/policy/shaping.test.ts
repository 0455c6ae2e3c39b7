import { routerPriority, shapingFor } from '../../src/domain/policy/shaping';
import { MINUTE, rates, SECOND, someTerms } from '../support/builders';
import { TestApp, type TestAppOptions } from '../support/test-app';

describe('in the terms of the router', () => {
  test.each([
    [0, 8],
    [7, 8],
    [8, 7],
    [50, 4],
    [92, 2],
    [93, 1],
    [100, 1],
  ])('priority %i is %i', (priority, expected) => {
    expect(routerPriority(priority)).toBe(expected);
  });

  test('a contention of 1:20 promises a twentieth, and no more than the device may have', () => {
    const terms = someTerms({ rate: rates(1_000_000, 10_000_000), contention: 20 });
    expect(shapingFor(terms, { rate: terms.rate, burst: null })).toEqual({
      burst: null,
      priority: 8,
      limitAt: rates(50_000, 500_000),
    });
    const slow = { rate: rates(64_000, 128_000), burst: null };
    expect(shapingFor(terms, slow).limitAt).toEqual(rates(50_000, 128_000));
  });
});

let shop: TestApp;
let isOpen = false;
afterEach(async () => {
  if (isOpen) await shop.close();
  isOpen = false;
});

const BURST = {
  name: 'BURST',
  burst_up: '2M',
  burst_down: '8M',
  burst_threshold_up: '512K',
  burst_threshold_down: '1M',
  burst_time: '16s',
  priority: 100,
};

async function start(options: TestAppOptions) {
  shop = await TestApp.start(options);
  isOpen = true;
}

function row(name: string) {
  const found = shop.simulator.rows('/queue/simple').find((one) => one.name === name);
  const { parent, priority } = found ?? {};
  return {
    parent,
    priority,
    maxLimit: found?.['max-limit'],
    limitAt: found?.['limit-at'],
    burst: [found?.['burst-limit'], found?.['burst-threshold'], found?.['burst-time']],
  };
}

describe.each(['6.49.18', '7.19'])('on RouterOS %s', (version) => {
  test('burst and priority of the plan are on the queue, and go in place when fair use begins', async () => {
    const fair = { fup_threshold: '100MB', fup_rate_up: '128K', fup_rate_down: '256K' };
    await start({ simulator: { version }, profiles: [{ ...BURST, ...fair }] });
    const { phone } = await shop.online('BURST');
    const name = `pisonet-${phone.mac}`;
    expect(row(name)).toMatchObject({
      priority: '1/1',
      burst: ['2000000/8000000', '512000/1000000', '16s/16s'],
    });
    phone.download('100M');
    const { writes } = await shop.reconcile();
    expect(writes).toBe(1);
    expect(shop.simulator.queueOf(phone.mac)).toMatchObject({
      maxLimit: rates(128_000, 256_000),
      bytes: { up: 0, down: 100_000_000 },
    });
    expect(row(name).burst[0]).toMatch(/^0\/0$/);
    expect(row(name).priority).toBe('1/1');
    expect(await shop.reconcile()).toMatchObject({ writes: 0 });
  });

  test('the line is a queue above all others, and who was promised more gets more of it', async () => {
    await start({
      simulator: { version },
      env: { LINE_RATE: '10M/10M' },
      profiles: [
        { name: 'PLAIN', rate_up: '10M', rate_down: '10M' },
        { name: 'HALF', rate_up: '10M', rate_down: '10M', contention: '1:2' },
        { name: 'FIRST', rate_up: '10M', rate_down: '10M', priority: 100 },
      ],
    });
    await shop.reconcile();
    const plain = (await shop.online('PLAIN')).phone;
    const half = (await shop.online('HALF')).phone;
    const first = (await shop.online('FIRST')).phone;
    await shop.reconcile();
    expect(await shop.reconcile()).toMatchObject({ writes: 0, errors: 0 });
    for (const { mac } of [plain, half, first]) {
      expect(row(`pisonet-${mac}`).parent).toBe('pisonet-pool');
    }
    for (const phone of [plain, half, first]) phone.offer({ up: 0, down: 20_000_000 });
    const mbit = () =>
      [plain, half, first].map(({ mac }) => shop.simulator.queueOf(mac)!.rate.down / 1e6);
    expect(mbit()).toEqual([0, 5, 5]);
    first.offer({ up: 0, down: 1_000_000 });
    // The promise of five, the one that goes first, and the rest evenly.
    expect(mbit()).toEqual([2, 7, 1]);
    shop.clock.advance(10 * SECOND);
    const before = [plain, half, first].map(({ counted }) => counted.down);
    await shop.reconcile();
    const codes = shop.simulator.active();
    const used = await Promise.all(
      [plain, half, first].map(async ({ mac }) => {
        const voucher = await shop.voucher(codes.find((one) => one.mac === mac)!.user);
        return voucher.used.down;
      }),
    );
    expect(used).toEqual(before);
  });

  test('when the line is not told any more, its queue goes and the customers stay', async () => {
    const database = `${process.env['TMPDIR'] ?? '/tmp'}/pisonet-line-${process.pid}-${version}.db`;
    await start({ simulator: { version }, env: { LINE_RATE: '10M' }, database });
    await shop.reconcile();
    const { phone } = await shop.online();
    await shop.reconcile();
    expect(shop.simulator.queues().map(({ name }) => name)).toContain('pisonet-pool');
    const again = await TestApp.beside(shop.simulator, shop.clock, { database });
    await shop.app.close();
    try {
      shop.clock.advance(5 * MINUTE);
      expect(await again.reconcile()).toMatchObject({ errors: 0 });
      expect(shop.simulator.queues().map(({ name }) => name)).not.toContain('pisonet-pool');
      expect(row(`pisonet-${phone.mac}`).parent).toBe('none');
      expect(phone.online).toBe(true);
      expect(await again.reconcile()).toMatchObject({ writes: 0, errors: 0 });
    } finally {
      await again.close();
    }
  });
});

test('a burst somebody gave a plain queue by hand is gone within a minute', async () => {
  await start({});
  const { phone } = await shop.online();
  await shop.reconcile();
  const { id } = shop.simulator.queueOf(phone.mac)!;
  shop.simulator.run([
    '/queue/simple/set',
    `=.id=${id}`,
    '=burst-limit=9M/9M',
    '=burst-threshold=1M/1M',
    '=burst-time=8s/8s',
  ]);
  shop.clock.advance(MINUTE);
  await shop.reconcile();
  expect(row(`pisonet-${phone.mac}`).burst[0]).toBe('0/0');
});

test('one phone that comes and goes at the limit does not raise and clear the alert each time', async () => {
  const profiles = [
    { name: 'HALF', rate_up: '4M', rate_down: '4M', contention: '1:2' },
    { name: 'LOW', rate_up: '400K', rate_down: '800K', contention: '1:1' },
  ];
  await start({ env: { LINE_RATE: '3M' }, profiles });
  await shop.reconcile();
  const told = async () =>
    (await shop.app.stores.events.after(0, 100))
      .filter(({ subject }) => subject === 'oversold')
      .map(({ name }) => name);
  const [, last] = [await shop.online('HALF'), await shop.online('LOW')];
  for (let n = 0; n < 3; n += 1) {
    await shop.reconcile();
    const guest = await shop.online('LOW');
    await shop.reconcile();
    await shop.app.services.vouchers.revoke(guest.code, 'test');
    await shop.reconcile();
    await shop.reconcile();
  }
  expect(await told()).toEqual(['alert.raised']);
  await shop.app.services.vouchers.revoke(last.code, 'test');
  await shop.reconcile();
  await shop.reconcile();
  expect(await told()).toEqual(['alert.raised', 'alert.cleared']);
});

test('promising more than the line has is an alert, until it is not so any more', async () => {
  const profiles = [{ name: 'HALF', rate_up: '4M', rate_down: '4M', contention: '1:2' }];
  await start({ env: { LINE_RATE: '3M' }, profiles });
  await shop.reconcile();
  const alerts = async () =>
    (await shop.app.services.alerts.open()).filter(({ kind }) => kind === 'oversold');
  const { code } = await shop.online('HALF');
  await shop.reconcile();
  expect(await alerts()).toEqual([]);
  await shop.online('HALF');
  await shop.reconcile();
  expect(await alerts()).toMatchObject([
    { message: expect.stringContaining('↑ 4M ↓ 4M') as string },
  ]);
  await shop.app.services.vouchers.revoke(code, 'test');
  await shop.reconcile();
  await shop.reconcile();
  expect(await alerts()).toEqual([]);
});
