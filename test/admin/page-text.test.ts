import { withFormLabels } from '../../src/web/format/plan-form';
import { detailText } from '../../src/format/audit-text';
import type { Mac } from '../../src/domain/units';
import { endsAt } from '../../src/domain/vouchers/remaining';
import { AdminShop } from '../support/admin-shop';
import { HOUR } from '../support/builders';

const later = (from: Date, ms: number) => new Date(from.getTime() + ms);

test('time left is what ends first, the same for staff as for the customer', async () => {
  const open = await AdminShop.open({ profiles: [{ name: 'P5', validity: '1d', uptime: '5h' }] });
  try {
    const { code } = await open.shop.online();
    open.shop.clock.advance(HOUR);
    await open.shop.reconcile();
    const viewer = await open.signedIn('viewer');
    const online = await viewer.get('/admin/bandwidth');
    expect(/class="left">([^<]+)</.exec(online.text)?.[1]).toBe('4h');
    const voucher = await viewer.get(`/admin/vouchers/${code}`);
    expect(voucher.text).toContain('4h left');
    expect(voucher.text).toContain('1h of 5h');
  } finally {
    await open.close();
  }
});

test('a voucher whose time online ends within the hour is on the first page; two devices use it twice as fast', async () => {
  const open = await AdminShop.open({
    profiles: [{ name: 'P5', validity: '1d', uptime: '3h', users: '2' }],
  });
  try {
    const { shop } = open;
    const { code } = await shop.online();
    const viewer = await open.signedIn('viewer');
    const ending = async () => {
      const { text } = await viewer.get('/admin');
      const list = /Ending within the hour[^]*?<\/section>/.exec(text)![0];
      return [...list.matchAll(/<code>(\w+)<\/code><\/a> in (\w+)/g)].map(([, ...row]) => row);
    };
    shop.clock.advance(1.5 * HOUR);
    await shop.reconcile();
    expect(await ending()).toEqual([]);
    const voucher = await shop.voucher(code);
    expect(endsAt(voucher, shop.clock.now(), 2)).toEqual(later(shop.clock.now(), 0.75 * HOUR));
    expect(endsAt(voucher, shop.clock.now(), 0)).toEqual(voucher.expiresAt);
    shop.clock.advance(HOUR);
    await shop.reconcile();
    expect(await ending()).toEqual([[code, '30m']]);
  } finally {
    await open.close();
  }
});

test('the first page tells sales and deeds, not what the loop wrote on the router', async () => {
  const open = await AdminShop.open();
  try {
    const { shop } = open;
    const { phone } = await shop.online();
    const owner = await open.signedIn('owner');
    await owner.get('/admin');
    await owner.post('/admin/bandwidth/limits', { mac: phone.mac, up: '256K', down: '512K' });
    await shop.reconcile();
    await shop.app.services.deviceNames.give(phone.mac as Mac, "Ate Joy's Oppo", 'owner');
    const { text } = await owner.get('/admin');
    const news = [...text.matchAll(/<li><time>[^<]+<\/time> ([^<]+)<\/li>/g)].map(
      ([, told]) => told,
    );
    expect(news).toEqual([
      'owner named a device Ate Joy&#39;s Oppo',
      'owner limited Ate Joy&#39;s Oppo to ↑ 256K ↓ 512K',
      'owner signed in',
      'test added owner to the staff',
      expect.stringMatching(/^Ate Joy&#39;s Oppo started voucher \w+$/),
      expect.stringMatching(/^test made 1 P5 voucher \(batch 1\)$/),
    ]);
    expect((await owner.get('/admin/audit')).text).toMatch(
      /logged in[^]*speed limit set on the router/,
    );
  } finally {
    await open.close();
  }
});

test('pages about a plan are marked as being among the plans', async () => {
  const open = await AdminShop.open();
  try {
    const viewer = await open.signedIn('viewer');
    for (const page of ['simulation', 'back-test']) {
      const { text } = await viewer.get(`/admin/plans/P5/${page}`);
      expect(text).toContain('<a href="/admin/plans" aria-current="page">');
    }
  } finally {
    await open.close();
  }
});

test('what a plan lacks is told by the names of the form', () => {
  expect(withFormLabels('is missing; fup_rate_up, fup_rate_down go together')).toBe(
    'is missing; "Fair-use upload", "Fair-use download" go together',
  );
  expect(withFormLabels('window.start is missing')).toBe('"Free hours from" is missing');
  expect(withFormLabels('"night_owl" is taken')).toBe('"night_owl" is taken');
});

test('the history shows figures as people read them', () => {
  const words = (detail: Record<string, unknown>) => detailText(detail, 'Asia/Manila');
  expect(words({ percent: 80, usedBytes: 4_305_000_000, ofBytes: 5_000_000_000 })).toBe(
    '80 %, used: 4.31 GB, of: 5 GB',
  );
  expect(words({ plan: 'P5', developer: false })).toBe('plan: P5');
  expect(words({ maxLimit: '1M/2M', before: '3M/3M' })).toBe('speed: ↑ 1M ↓ 2M, before: ↑ 3M ↓ 3M');
  expect(words({ target: '10.5.50.10/32' })).toBe('target: 10.5.50.10/32');
  expect(words({ up: 1_000_000, down: 2_000_000, until: '2026-11-21T14:00:00.000Z' })).toBe(
    'speed: ↑ 1M ↓ 2M, until: 2026-11-21 22:00',
  );
  const was = { up: 1_000_000, down: 2_000_000, until: null };
  const is = { up: 64_000, down: 2_000_000, until: '2026-11-21T14:00:00.000Z' };
  expect(words({ before: null, after: is })).toBe('speed: ↑ 64K ↓ 2M, until: 2026-11-21 22:00');
  expect(words({ before: was, after: is })).toBe(
    'speed: ↑ 1M ↓ 2M → ↑ 64K ↓ 2M, until: none → 2026-11-21 22:00',
  );
  expect(words({ before: was, after: null })).toBe('was speed: ↑ 1M ↓ 2M');
  expect(
    words({
      before: { price: '10', public: true, data_cap: '1G', window: { start: '22:00' } },
      after: { price: '12', public: false, rate_up: '1M', window: { start: '22:00' }, alerts: [80] },
    }),
  ).toBe('price: 10 → 12, public: yes → no, data cap: 1G → none, rate up: none → 1M, alerts: none → 80'); // prettier-ignore
  expect(words({ by: '30m', before: 'a', after: 'b' })).toBe('by: 30m, before: a, after: b');
  expect(words({ codes: ['A', 'B'], price: { amount: 500, currency: 'PHP' } })).toBe(
    'codes: A, B, price: ₱5.00',
  );
  expect(words({ amount: 500, currency: 'PHP', reason: 'torn' })).toBe(
    'amount: ₱5.00, reason: torn',
  );
});
