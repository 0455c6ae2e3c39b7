import { AdminShop, type Staff } from '../support/admin-shop';
import { reboot } from '../support/router/reboot';

const MINUTE_MS = 60_000;

describe('the pages about usage', () => {
  let open: AdminShop;
  let viewer: Staff;

  beforeEach(async () => {
    open = await AdminShop.open({
      profiles: [{ name: 'P5', validity: '1w' }, { name: '=cmd|A1' }],
    });
    viewer = await open.signedIn('viewer');
  });
  afterEach(() => open.close());

  test('there is a chart, a table and a way on from device to voucher to plan and back', async () => {
    const { phone, code } = await open.shop.online();
    phone.download('3M');
    await open.shop.reconcile();
    for (const range of ['day', 'week', 'month', 'year']) {
      const { status, text } = await viewer.get(`/admin/usage?range=${range}`);
      expect([range, status]).toEqual([range, 200]);
      expect(text.match(/<svg class="plot"[^>]*role="img"/g)).toHaveLength(2);
      expect(text).toContain('3 MB total: 3 MB down');
      expect(text).toContain(`/admin/usage/${phone.mac}?`);
      // The policy of the pages allows no style attributes.
      expect(text).not.toMatch(/ style=/);
    }
    const device = await viewer.get(`/admin/usage/${phone.mac}?range=week`);
    expect(device.text).toContain(`/admin/usage/vouchers/${code}`);
    const voucher = await viewer.get(`/admin/usage/vouchers/${code}?range=week`);
    expect(voucher.text).toContain('/admin/usage/plans/P5');
    expect(voucher.text).toContain(`/admin/usage/${phone.mac}?`);
    const plan = await viewer.get('/admin/usage/plans/P5?range=week');
    expect(plan.text).toContain(`/admin/usage/vouchers/${code}?`);
    expect((await viewer.get(`/admin/vouchers/${code}`)).text).toContain(
      `/admin/usage/vouchers/${code}`,
    );
  });

  test('what is asked for wrongly is told so', async () => {
    expect((await viewer.get('/admin/usage?at=yesterday')).status).toBe(422);
    expect((await viewer.get('/admin/usage?at=2026-02-31')).status).toBe(422);
    expect((await viewer.get('/admin/usage/plans/NOPE')).status).toBe(404);
    expect((await viewer.get('/admin/usage/nonsense')).status).toBe(422);
    expect((await open.visitor().get('/admin/usage')).status).not.toBe(200);
  });

  test('CSV holds what is shown, and no formula', async () => {
    const { phone } = await open.shop.online('=cmd|A1');
    phone.download('3M');
    await open.shop.reconcile();
    const plans = await viewer.get('/admin/usage.csv?by=plan');
    expect(plans.text).toContain("'=cmd|A1,0,3000000");
    const hours = await viewer.get('/admin/usage.csv?range=day');
    expect(hours.text).toMatch(/^2026-11-21 16:00,0,3000000,yes$/m);
    expect((await viewer.get(`/admin/usage/${phone.mac}/usage.csv?range=month`)).text).toMatch(
      /^2026-11-21,0,3000000,/m,
    );
  });

  test('the time in which nobody looked is a gap, and not an hour without customers', async () => {
    const { phone } = await open.shop.online();
    phone.download('3M');
    await open.shop.reconcile();
    // An hour on the clock without customers, looked at every poll or so.
    for (let minute = 0; minute < 120; minute += 1) {
      open.shop.clock.advance(0.4 * MINUTE_MS);
      await open.shop.reconcile();
    }
    expect(await open.shop.app.db('look_gaps')).toEqual([]);
    const before = open.shop.clock.now();
    open.shop.clock.advance(180 * MINUTE_MS); // the server is off
    phone.download('4M');
    await open.shop.reconcile();
    const rows: { from_at: string; to_at: string }[] = await open.shop.app.db('look_gaps');
    expect(rows).toMatchObject([
      { from_at: before.toISOString(), to_at: open.shop.clock.now().toISOString() },
    ]);
    const { text } = await viewer.get('/admin/usage?range=day');
    expect(text).toContain(
      '2026-11-21 16:48 to 2026-11-21 19:48: not counted: this program was off',
    );
    expect(text).toContain('class="band"');
    const csv = (await viewer.get('/admin/usage.csv?range=day')).text;
    expect(csv).toMatch(/^2026-11-21 15:00,,,no$/m); // before the shop began
    expect(csv).toMatch(/^2026-11-21 16:00,0,3000000,partly$/m);
    expect(csv).toMatch(/^2026-11-21 17:00,,,no$/m);
    expect(csv).toMatch(/^2026-11-21 18:00,,,no$/m);
    expect(csv).toMatch(/^2026-11-21 19:00,0,4000000,partly$/m);
    expect(csv).not.toMatch(/^2026-11-21 2[0-3]/m); // yet to come
  });

  test('a device whose counters the router lost has a gap of its own', async () => {
    const { phone } = await open.shop.online();
    await open.shop.reconcile();
    phone.download('3M');
    await open.shop.reconcile();
    open.shop.clock.advance(20 * MINUTE_MS);
    await reboot(open.shop.simulator);
    await open.shop.reconcile();
    await open.shop.reconcile();
    const { text } = await viewer.get(`/admin/usage/${phone.mac}`);
    expect(text).toMatch(/not counted: (the router lost its counters|this program was off)/);
  });
});
