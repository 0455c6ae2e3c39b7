import { AdminShop } from '../support/admin-shop';
import { HOUR, MB, MINUTE } from '../support/builders';
import { ShopServer } from '../support/program/shop-server';
import { TestApp } from '../support/test-app';
import { speedReason, speedTexts } from '../../src/format/speed-text';

/** A day plan: fair use from 500 MB, and from 20:00 to 21:00 all is free and twice as fast. */
const PLAN = {
  name: 'DAY',
  validity: '1d',
  cap_period: 'daily',
  fup_threshold: '500MB',
  fup_rate_up: '256K',
  fup_rate_down: '512K',
  window: { start: '20:00', end: '21:00', unlimited: true, multiplier: 2 },
};
// 16:00 in Manila when the test's clock begins.

test('a day of one device, as it is told afterwards', async () => {
  const admin = await AdminShop.open({ profiles: [PLAN] });
  try {
    const { shop } = admin;
    const { phone, code } = await shop.online('DAY');
    await shop.reconcile();
    shop.clock.advance(HOUR);
    phone.download(600 * MB);
    await shop.reconcile();
    shop.clock.advance(3 * HOUR);
    await shop.reconcile();
    phone.download(900 * MB);
    shop.clock.advance(HOUR);
    await shop.reconcile();
    await shop.app.services.devices.setLimit(
      shop.simulator.active()[0]!.mac as never,
      { up: 64_000, down: 64_000 },
      new Date(shop.clock.now().getTime() + 10 * MINUTE),
      'tess',
    );
    await shop.reconcile();
    shop.clock.advance(10 * MINUTE);
    await shop.reconcile();
    await shop.reconcile();

    const told = (await shop.app.services.speeds.ofVoucher(code)).map(
      ({ at, until, rate, reason, because }) => ({
        at: at.toISOString().slice(11, 16),
        until: until && until.toISOString().slice(11, 16),
        down: rate && rate.down / 1000,
        reason,
        usedMb: because.usedBytes / MB,
      }),
    );
    expect(told).toEqual([
      { at: '13:10', until: null, down: 512, reason: 'fair use', usedMb: 600 },
      { at: '13:00', until: '13:10', down: 64, reason: 'manual limit', usedMb: 600 },
      { at: '13:00', until: '13:00', down: 512, reason: 'fair use', usedMb: 600 },
      { at: '12:00', until: '13:00', down: 4000, reason: 'boost hours', usedMb: 600 },
      { at: '09:00', until: '12:00', down: 512, reason: 'fair use', usedMb: 600 },
      { at: '08:00', until: '09:00', down: 2000, reason: 'full speed', usedMb: 0 },
    ]);

    const viewer = await admin.signedIn('viewer');
    const page = await viewer.get(`/admin/bandwidth/${phone.mac}/speeds`);
    expect(page.status).toBe(200);
    expect(page.text).toContain(
      'fair use: 600 MB used, slower from 500 MB, until 2026-11-22 00:00',
    );
    expect(page.text).toContain('boost hours of the plan, until 2026-11-21 21:00');
    const voucher = await viewer.get(`/admin/vouchers/${code}`);
    expect(voucher.text).toContain('manual limit, until 2026-11-21 21:10');
  } finally {
    await admin.close();
  }
});

test('what goes on now is told with the figures of now, and the hours to come', async () => {
  const shop = await TestApp.start({
    profiles: [
      { name: 'DAILY', validity: '30d', data_cap: '1GB', cap_period: 'daily' },
      { ...PLAN, name: 'HOURS', validity: '30d' },
    ],
  });
  try {
    const daily = await shop.online('DAILY');
    const hours = await shop.online('HOURS');
    for (let day = 0; day < 3; day += 1) {
      daily.phone.download(400 * MB);
      await shop.reconcile();
      shop.clock.advance(24 * HOUR);
      await shop.reconcile();
    }
    daily.phone.download(300 * MB);
    await shop.reconcile();
    const why = async (code: string) =>
      (await shop.app.services.speeds.ofVoucher(code)).map(
        (speed) => speedTexts(speed, 'Asia/Manila').why,
      );
    expect(await why(daily.code)).toEqual(['full speed: 300 MB of 1 GB used']);
    expect((await why(hours.code))[0]).toBe(
      "full speed: 0 B of 500 MB used; the plan's other hours begin 2026-11-24 20:00",
    );
  } finally {
    await shop.close();
  }
});

test('a limit set again, but for longer, is told as it is now', async () => {
  const shop = await TestApp.start({ profiles: [{ ...PLAN, validity: '30d' }] });
  try {
    const { phone, code } = await shop.online('DAY');
    await shop.reconcile();
    const { devices, speeds } = shop.app.services;
    const slow = { up: 64_000, down: 64_000 };
    const soon = new Date(shop.clock.now().getTime() + 10 * MINUTE);
    await devices.setLimit(phone.mac as never, slow, soon, 'tess');
    await shop.reconcile();
    shop.clock.advance(MINUTE);
    await devices.setLimit(phone.mac as never, slow, null, 'tess');
    await shop.reconcile();
    const told = (await speeds.ofVoucher(code)).map((speed) => speedTexts(speed, 'Asia/Manila'));
    expect(told.map(({ to, why }) => [to, why]).slice(0, 2)).toEqual([
      ['now', 'manual limit'],
      ['2026-11-21 16:01', 'manual limit, until 2026-11-21 16:10'],
    ]);
  } finally {
    await shop.close();
  }
});

test('the customer reads the figures behind a slower speed, in two languages', async () => {
  const server = await ShopServer.start({ profiles: [PLAN] });
  try {
    const phone = server.phone(21);
    const code = await server.shop.code('DAY');
    await server.redeem(phone, code);
    await server.shop.reconcile();
    phone.download(600 * MB);
    await server.shop.reconcile();
    const { text } = await server.ask('/portal/status', phone);
    expect(text).toContain('you used 600 MB; it is slower after 500 MB, until Sat, Nov 21, 8:00');
    const other = await server.ask('/portal/status?lang=fil', phone);
    expect(other.text).toContain('nakagamit ka ng 600 MB; mas mabagal mula 500 MB');
  } finally {
    await server.close();
  }
});

test('what was written down survives a restart, and is not written twice', async () => {
  const shop = await TestApp.start({});
  const { code } = await shop.online();
  try {
    await shop.reconcile();
    await shop.reconcile();
    expect(await shop.app.services.speeds.ofVoucher(code)).toHaveLength(1);
    shop.clock.advance(2 * HOUR);
    await shop.reconcile();
    await shop.reconcile();
    const [last, first, ...rest] = await shop.app.services.speeds.ofVoucher(code);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ reason: 'full speed', until: last!.at });
    expect(last).toMatchObject({ reason: 'time over', rate: null, until: last!.at });
  } finally {
    await shop.close();
  }
});

test.each([
  ['full speed', { usedBytes: 5 * MB, limitBytes: 500 * MB }, 'full speed: 5 MB of 500 MB used'],
  ['full speed', { usedBytes: 5 * MB, limitBytes: null }, 'full speed of the plan'],
  ['data used up', { usedBytes: 500 * MB, limitBytes: 500 * MB }, 'data used up: 500 MB of 500 MB'],
  ['time over', { usedBytes: 0, limitBytes: null }, 'time over'],
] as const)('%s with %o reads "%s"', (reason, figures, words) => {
  expect(speedReason(reason, { ...figures, until: null }, 'Asia/Manila')).toBe(words);
});
