import { AdminShop, type Staff } from '../../support/admin-shop';

/** Sites in the browser: what each sells, and selling at one of them. */

let open: AdminShop;
let owner: Staff;

beforeEach(async () => {
  open = await AdminShop.open({ profiles: [{ name: 'P5' }, { name: 'P10', price: '10' }] });
  owner = await open.signedIn('owner');
});

afterEach(() => open.close());

async function add(name: string): Promise<string> {
  await owner.get('/admin/sites');
  const added = await owner.post('/admin/sites', { name });
  expect(added.status).toBe(303);
  return added.location!;
}

const listed = () => open.shop.app.services.sites.list();
const idOf = async (name: string) => String((await open.shop.app.services.plans.find(name)).id);

test('a shop with one router and no site sees nothing of sites', async () => {
  for (const path of ['/admin/plans', '/admin/vouchers', '/admin/batches/new']) {
    expect((await owner.get(path)).text).not.toMatch(/Sites|Any site|name="site"/);
  }
});

test('an owner adds sites, prices them and removes them; a slip of the pen changes nothing', async () => {
  const beach = await add('Beach');
  await add('Town');
  const [p5, p10] = [await idOf('P5'), await idOf('P10')];
  const form: [string, string][] = [
    ...[['name', 'Shore'] as [string, string], ['first_router', 'yes'] as [string, string]],
    ...[p5, p10].map((id): [string, string] => ['shown', id]),
    ...[['sold', p5] as [string, string], [`price_${p5}`, '7'] as [string, string]],
  ];
  const wrong = form.map(([name, value]): [string, string] =>
    name.startsWith('price') ? [name, 'much'] : [name, value],
  );
  const refused = await owner.post(beach, wrong);
  expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('much')]);
  expect((await listed()).map(({ offers }) => offers)).toEqual([[], []]);

  expect((await owner.post(beach, form)).status).toBe(303);
  expect(await listed()).toMatchObject([
    {
      ...{ name: 'Shore', routers: [0] },
      offers: [
        { planId: Number(p5), isSold: true, price: 700 },
        { planId: Number(p10), isSold: false, price: null },
      ],
    },
    { name: 'Town', offers: [] },
  ]);
  const page = (await owner.get(beach)).text;
  expect(page).toMatch(new RegExp(`name="price_${p5}" value="7"`));

  expect((await owner.post('/admin/sites', { name: 'Town' })).status).toBe(422);
  expect((await owner.post(`${beach}/removal`, { confirmed: 'yes' })).status).toBe(422);
  expect(await listed()).toHaveLength(2);
  expect((await owner.get('/admin/sites/999')).status).toBe(404);
});

test('who sells at a site sees its plans, and sells at its price', async () => {
  await add('Town');
  const beach = await add('Beach');
  const { sites } = open.shop.app.services;
  const offers = [
    { planId: Number(await idOf('P5')), isSold: true, price: 700 },
    { planId: Number(await idOf('P10')), isSold: false, price: null },
  ];
  await sites.edit('Beach', { offers }, 'test');
  const ana = await open.signedIn('operator', 'ana');
  const shopWide = (await ana.get('/admin/vouchers')).text;
  expect(shopWide).toMatch(/aria-current="page">Any site</);
  expect(shopWide).toMatch(/value="P10"/);
  const { text } = await ana.get(`/admin/vouchers?site=${beach.split('/').at(-1)}`);
  expect(text).toMatch(/<b>₱7<\/b>/);
  expect(text).not.toMatch(/class="tile" name="plan" value="P10"/);
  const key = /name="order_key" value="([^"]+)"/.exec(text)![1]!;
  const site = /name="site" value="([^"]+)"/.exec(text)![1]!;
  const sold = await ana.post('/admin/vouchers', { plan: 'P5', order_key: key, site });
  expect(sold.status).toBe(303);
  const [voucher] = await open.shop.app.services.vouchers.list({});
  expect(voucher!.terms.price.amount).toBe(700);
});
