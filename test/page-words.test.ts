import { inFormWords } from '../src/web/plan-form';
import { detailText } from '../src/web/words';
import { AdminShop } from './support/admin-shop';
import { HOUR } from './support/builders';

test('time left is what ends first, the same for staff as for the customer', async () => {
  const open = await AdminShop.open({ profiles: [{ name: 'P5', validity: '1d', uptime: '5h' }] });
  try {
    const { code } = await open.shop.online();
    open.shop.clock.advance(HOUR);
    await open.shop.pass();
    const viewer = await open.signedIn('viewer');
    const online = await viewer.get('/admin/bandwidth');
    expect(/data-label="Left">([^<]+)</.exec(online.text)?.[1]).toBe('4h');
    const voucher = await viewer.get(`/admin/vouchers/${code}`);
    expect(voucher.text).toContain('4h left');
    expect(voucher.text).toContain('1h of 5h');
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
  expect(inFormWords('is missing; fup_rate_up, fup_rate_down go together')).toBe(
    'is missing; "Fair-use upload", "Fair-use download" go together',
  );
  expect(inFormWords('window.start is missing')).toBe('"Free hours from" is missing');
  expect(inFormWords('"night_owl" is taken')).toBe('"night_owl" is taken');
});

test('the history shows figures as people read them', () => {
  expect(detailText({ percent: 80, usedBytes: 4_305_000_000, ofBytes: 5_000_000_000 })).toBe(
    'percent: 80, used: 4.31 GB, of: 5 GB',
  );
  expect(detailText({ plan: 'P5', developer: false })).toBe('plan: P5');
  expect(detailText({ maxLimit: '1M/2M', before: '3M/3M' })).toBe('speed: 1M/2M, before: 3M/3M');
});
