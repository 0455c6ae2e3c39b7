import { readFileSync } from 'node:fs';
import type { Terms } from '../../src/domain/plans/plan';
import { cycleText, summaryLine } from '../../src/format/plan-summary';
import { plansOnSale } from '../../cli/shell/choices';
import { slipOf, slipSheet } from '../../src/services/vouchers/slip-template';
import { AdminShop } from '../support/admin-shop';
import { browserOfTests } from '../support/browser/browser';
import { aVoucher, MB, rates, someTerms } from '../support/builders';

/** What a plan promises is the same wherever it is read. */

const browser = browserOfTests();
const GB = 1000 * MB;
const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
const WORST: Partial<Terms> = {
  rate: rates(512_000, 3_500_000),
  uptimeSeconds: 3 * HOUR_S + 30 * 60,
  validitySeconds: DAY_S + 12 * HOUR_S,
  capBytes: 15 * GB,
  capPolicy: 'block',
  capPeriod: 'weekly',
  fairUseBytes: 4.5 * GB,
  fairUseRate: rates(256_000),
  devices: 3,
};
const OPEN = { validitySeconds: null, uptimeSeconds: null, rate: rates(1_000_000, 3_000_000) };

test.each<[Partial<Terms>, string]>([
  [{ validitySeconds: HOUR_S }, '1 hour · ↑ 1 Mbps ↓ 3 Mbps · unlimited data'],
  [{}, 'no end · ↑ 1 Mbps ↓ 3 Mbps · unlimited data'],
  [{ uptimeSeconds: 3 * HOUR_S }, '3 hours online · ↑ 1 Mbps ↓ 3 Mbps · unlimited data'],
  [
    { uptimeSeconds: 3 * HOUR_S, validitySeconds: DAY_S },
    '3 hours online, within 1 day · ↑ 1 Mbps ↓ 3 Mbps · unlimited data',
  ],
  [{ capBytes: 2 * GB, capPolicy: 'block' }, 'no end · ↑ 1 Mbps ↓ 3 Mbps · 2 GB'],
  [{ capBytes: 2 * GB, capPolicy: 'none' }, 'no end · ↑ 1 Mbps ↓ 3 Mbps · unlimited data'],
  [
    { capBytes: 15 * GB, capPolicy: 'throttle', throttleRate: rates(512_000) },
    'no end · ↑ 1 Mbps ↓ 3 Mbps · full speed for 15 GB, then 512 Kbps',
  ],
  [
    { fairUseBytes: 4 * GB, capPeriod: 'daily' },
    'no end · ↑ 1 Mbps ↓ 3 Mbps · full speed for 4 GB a day, then slower',
  ],
  [
    WORST,
    '3 hours 30 minutes online, within 1 day 12 hours · ↑ 512 Kbps ↓ 3.5 Mbps · 15 GB a week · ' +
      'full speed for 4.5 GB a week, then 256 Kbps · 3 devices',
  ],
])('%j: %s', (terms, words) => {
  expect(summaryLine(someTerms({ ...OPEN, ...terms }))).toBe(words);
});

test('slips, the price list, the plans of staff and of the menu promise the same', async () => {
  const admin = await AdminShop.open({
    profiles: [{ name: 'P10', price: '10', uptime: '3h', validity: '1d', data_cap: '15GB' }],
  });
  try {
    const { shop } = admin;
    const plan = await shop.app.services.plans.find('P10');
    const promise = summaryLine(plan.terms);
    expect(promise).toMatch(/^3 hours online, within 1 day · .* 15 GB/);
    const staff = await admin.signedIn('operator');
    const { batch } = await shop.app.services.batches.generate({ plan: 'P10', count: 1 }, 'test');
    expect((await staff.get(`/admin/batches/${batch}/print`)).text).toContain(
      promise.replace(/^[^·]*· /, ''),
    );
    // There the time is large, the speed is the one people mean, and the plan's name comes last.
    const portal = (await staff.get('/portal')).text.replaceAll('</b><small>', ' · ');
    expect(portal).toContain('<b>3 hours online, within 1 day · 2 Mbps · 15 GB · P10</small>');
    const plans = (await staff.get('/admin/plans')).text;
    expect(plans).toContain('3 hours online, within 1 day');
    expect((await plansOnSale.find(shop.app)).map(({ name }) => name)).toEqual([
      `P10  ₱10.00 · ${promise}`,
    ]);
  } finally {
    await admin.close();
  }
});

test('the longest promise fits on a roll of 58 mm', async () => {
  const voucher = aVoucher('ABCDEFGH2345', { planName: 'FAMILY', terms: someTerms(WORST) });
  const slip = await slipOf(voucher, 'http://wifi.example.com');
  const css = readFileSync('public/print.css', 'utf8');
  const template = {
    shopName: 'Aling Nena',
    wifiName: 'PISONET',
    footer: '',
    hides: [],
    language: 'en',
  };
  const page = { title: 'Batch 1', format: '58mm' as const, css };
  const paper = await browser.newPage({ viewport: { width: 219, height: 800 } }); // 58 mm at 96 dpi
  await paper.setContent(slipSheet([slip], template, page));
  const terms = await paper.locator('.terms').evaluate((line) => ({
    tooWide: line.scrollWidth > line.clientWidth,
    height: line.clientHeight,
    roll: document.documentElement.scrollWidth,
  }));
  expect(terms).toMatchObject({ tooWide: false, roll: 219 });
  expect(terms.height).toBeLessThan(90); // six lines
});

test('a plan of subscribers goes on each month, where staff read of it', () => {
  const monthly = { ...someTerms(), ...OPEN, capBytes: null, billingCycle: 'monthly' } as Terms;
  expect(cycleText(monthly)).toBe('each month');
  expect(cycleText({ ...monthly, billingCycle: 'none' })).toBeUndefined();
  expect(cycleText({ ...monthly, validitySeconds: HOUR_S })).toBeUndefined();
});
