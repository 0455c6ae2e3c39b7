import { AdminShop, type Staff } from '../support/admin-shop';

/** What came in, and who sees it. */

jest.setTimeout(20_000);

const DAY_MS = 24 * 3_600_000;

let open: AdminShop;

beforeEach(async () => {
  open = await AdminShop.open({ profiles: [{ name: 'P5' }, { name: 'P20', price: '20' }] });
});

afterEach(() => open.close());

/** A voucher that this one made and a customer used. */
async function sold(plan: string, by: string): Promise<string> {
  const { services } = open.shop.app;
  const { vouchers } = await services.batches.generate({ plan, count: 1 }, by);
  await open.shop.redeem(open.shop.phone(), vouchers[0]!.code);
  return vouchers[0]!.code;
}

const total = async (staff: Staff, query = '') =>
  /class="amount">([^<]*)</.exec((await staff.get(`/admin/reports${query}`)).text)![1]!;
const csv = async (staff: Staff, query: string) =>
  (await staff.get(`/admin/reports.csv${query}`)).text.replace('\uFEFF', '').trim().split('\n');

test('an operator sees what they sold themselves, and nobody else’s, in every table and export', async () => {
  const ana = await open.signedIn('operator', 'ana');
  const owner = await open.signedIn('owner', 'maria');
  const viewer = await open.signedIn('viewer', 'vera');
  await sold('P5', 'ana');
  await sold('P20', 'ben');
  await sold('P20', 'maria');

  expect(await total(ana)).toBe('₱5.00');
  expect(await total(owner)).toBe('₱45.00');
  expect(await total(viewer)).toBe('₱45.00');
  const page = (await ana.get('/admin/reports')).text;
  expect(page).not.toContain('ben');
  expect(page).not.toContain('P20');
  expect(page).not.toContain('to hand in');
  expect((await ana.get('/admin')).text).not.toContain('₱45.00');

  expect(await csv(ana, '?by=seller')).toEqual([
    'seller,sold,voided,amount,currency',
    'ana,1,0,5,PHP',
  ]);
  expect(await csv(ana, '?by=plan')).toEqual(['plan,sold,voided,amount,currency', 'P5,1,0,5,PHP']);
  expect((await csv(ana, '?by=day')).at(-1)).toBe('2026-11-21,1,0,5,PHP');
  expect(await csv(owner, '?by=seller')).toHaveLength(4);
  const hand = /<h2>By seller, to hand in<\/h2>[^]*?<\/ul>/.exec(
    (await owner.get('/admin/reports')).text,
  )![0];
  expect([...hand.matchAll(/<strong>([^<]*)</g)].map(([, name]) => name)).toEqual([
    'ben',
    'maria',
    'ana',
  ]);
});

test('periods by a tap, each beside as many days before', async () => {
  const owner = await open.signedIn('owner', 'maria');
  await sold('P20', 'maria');
  open.shop.clock.advance(7 * DAY_MS); // the 28th
  await sold('P5', 'maria');
  await sold('P5', 'maria');

  expect(await total(owner, '?period=today')).toBe('₱10.00');
  expect(await total(owner, '?period=yesterday')).toBe('₱0.00');
  expect(await total(owner)).toBe('₱10.00');
  expect((await owner.get('/admin/reports')).text).toContain('₱10.00 less than the 7 days before');
  expect((await owner.get('/admin/reports?period=today')).text).toContain(
    '₱10.00 more than the day before',
  );
  expect(await total(owner, '?period=this%20month')).toBe('₱30.00');
  expect(await total(owner, '?period=last%20month')).toBe('₱0.00');
  expect(await total(owner, '?from=2026-11-21&to=2026-11-21')).toBe('₱20.00');
  const chosen = /aria-current="page">([^<]*)<\/a>\s*(?:<a[^>]*>[^<]*<\/a>\s*)*<\/nav>\s*<details/;
  expect(chosen.exec((await owner.get('/admin/reports')).text)![1]).toBe('7 days');
});
