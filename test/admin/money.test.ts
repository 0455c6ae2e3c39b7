import { AdminShop, type Staff } from '../support/admin-shop';
import { DAY } from '../support/builders';

/** Money: whose sales a page and each of its exports show, and on which days. */

let open: AdminShop;

beforeEach(async () => {
  open = await AdminShop.open();
});

afterEach(() => open.close());

async function sold(by: string): Promise<string> {
  const { shop } = open;
  const { vouchers } = await shop.app.services.batches.generate({ plan: 'P5', count: 1 }, by);
  const { code } = vouchers[0]!;
  await shop.redeem(shop.phone(), code);
  return code;
}

const linesOf = async (staff: Staff, path: string) =>
  (await staff.get(path)).text.replace('\uFEFF', '').trim().split('\n');

test('an operator sees only their own sales, on the page and in each export; the owner sees all', async () => {
  const [owner, ana] = [await open.signedIn('owner'), await open.signedIn('operator', 'ana')];
  const [own, other] = [await sold('ana'), await sold('ben')];
  await sold('ben');

  const page = (await ana.get('/admin/reports')).text;
  expect(page).toMatch(/You sold<\/dt>\s*<dd>₱5\.00</);
  expect(page).not.toContain('ben');
  expect(page).not.toMatch(/₱1[05]\.00/);
  const exports = ['', '?by=day', '?by=plan', '?by=seller', '?by=all'];
  for (const query of exports) {
    const lines = await linesOf(ana, `/admin/reports.csv${query}`);
    expect([query, lines.slice(1).map((line) => line.replace(/^.*?,(?=\d+,\d+,\d)/, ''))]).toEqual([
      query,
      ['1,0,5,PHP'],
    ]);
    expect((await linesOf(owner, `/admin/reports.csv${query}`)).join()).toMatch(
      /,2,0,10,|,3,0,15,/,
    );
  }
  const vouchers = (await linesOf(ana, '/admin/vouchers.csv')).join();
  expect([vouchers.includes(own), vouchers.includes(other)]).toEqual([true, false]);
  expect(await linesOf(owner, '/admin/vouchers.csv')).toHaveLength(4);
  expect((await owner.get('/admin/reports')).text).toMatch(
    /ben <small>2 sold<\/small>[^]*?₱10\.00/,
  );
});

test('the days by name lead to their sales, and each day is drawn beside that of the week before', async () => {
  const owner = await open.signedIn('owner');
  await sold('ana'); // on 2026-11-21
  open.shop.clock.advance(7 * DAY);
  await sold('ana');
  await sold('ana');
  const { text } = await owner.get('/admin/reports');
  expect(text).toContain('2026-11-28: ₱10.00, a week before ₱5.00');
  const days = [...text.matchAll(/reports\?from=([\d-]+)&amp;to=([\d-]+)"( aria-current|\s+aria-current)?[^>]*>([^<]+)/g)]; // prettier-ignore
  expect(days.map(([, from, to, here, name]) => [name, from, to, here !== undefined])).toEqual([
    ['Today', '2026-11-28', '2026-11-28', false],
    ['Yesterday', '2026-11-27', '2026-11-27', false],
    ['7 days', '2026-11-22', '2026-11-28', true],
    ['Month', '2026-11-01', '2026-11-28', false],
    ['Last month', '2026-10-01', '2026-10-31', false],
  ]);
  const total = async (name: string) => {
    const [, from, to] = days.find((one) => one[4] === name)!;
    const page = (await owner.get(`/admin/reports?from=${from}&to=${to}`)).text;
    return /Total<\/dt>\s*<dd>([^<]*)/.exec(page)![1];
  };
  expect([await total('Today'), await total('Month')]).toEqual(['₱10.00', '₱15.00']);
});
