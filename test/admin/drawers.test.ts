import { WHOLE_SHOP } from '../../src/domain/shop/scope';
import { AdminShop } from '../support/admin-shop';

/** The drawers of those who sell, as their pages have them. */

let open: AdminShop;

beforeEach(async () => {
  open = await AdminShop.open();
});

afterEach(() => open.close());

const cells = ({ text }: { text: string }) =>
  [...text.matchAll(/<tr>\s*<th scope="row"[^>]*>([^]*?)<\/tr>/g)].map(
    ([, row]) =>
    row!.replaceAll(/<\/t[hd]>/g, '|').replaceAll(/<[^>]*>/g, '').split('|').map((cell) => cell.trim()).slice(0, -1), // prettier-ignore
  );

async function sell(seller: string): Promise<void> {
  const { vouchers } = await open.shop.app.services.batches.generate({ plan: 'P5', count: 1 }, seller); // prettier-ignore
  await open.shop.redeem(open.shop.phone(), vouchers[0]!.code);
}

test('an operator counts blind, and the owner sees what is missing', async () => {
  const ana = await open.signedIn('operator', 'ana');
  const owner = await open.signedIn('owner', 'maria');
  expect((await ana.post('/admin/drawers', { float: '100' })).status).toBe(303);
  await sell('ana');
  const [row] = cells(await ana.get('/admin/drawers'));
  expect(row).toEqual(['ana', '2026-11-21 16:00', 'open', '₱100.00', '–', '–', '–']);
  // The count is blind for the owner too, who may be the one who counts.
  expect(cells(await owner.get('/admin/drawers'))[0]!.slice(4)).toEqual(['–', '–', '–']);

  expect((await ana.post('/admin/drawers/count', { amount: '95' })).status).toBe(303);
  const counted = ['₱100.00', '₱105.00', '₱95.00', '₱10.00 short'];
  expect(cells(await owner.get('/admin/drawers'))[0]!.slice(3)).toEqual(counted);
  expect((await owner.get('/admin/alerts')).text).toContain('The drawer of ana was ₱10.00 short');
  expect((await ana.post('/admin/drawers/count', { amount: '105' })).status).toBe(422);
});

test('closing says in words whether the money is right', async () => {
  const ana = await open.signedIn('operator', 'ana');
  const close = async (sold: boolean, counted: string) => {
    await ana.post('/admin/drawers', { float: '100' });
    const order_key = `an-order-key-of-${counted}`;
    if (sold) await ana.post('/admin/vouchers', { plan: 'P5', order_key });
    await ana.get('/admin/drawers'); // what was said of the opening
    open.shop.clock.advance(60_000);
    await ana.post('/admin/drawers/count', { amount: counted });
    const page = await ana.get('/admin/drawers');
    open.shop.clock.advance(60_000);
    return [
      /<div class="notice (\w+)"[^>]*>\s*<p>([^<]*)</.exec(page.text)!.slice(1),
      cells(page)[0]!.at(-1),
    ];
  };
  // As in the shop of the review: one ₱5 sold in front of the customer, 105 counted.
  expect(await close(true, '105')).toEqual([['good', 'Shift closed: exact.'], 'Exact']);
  expect(await close(false, '105')).toEqual([['bad', 'Shift closed: ₱5.00 over.'], '₱5.00 over']);
  expect(await close(false, '95')).toEqual([['bad', 'Shift closed: ₱5.00 short.'], '₱5.00 short']);
  const filipino = await ana.get('/admin/drawers?lang=fil');
  expect(filipino.text).toContain('Kulang ng ₱5.00');
});

test('an operator cannot clear the alert about their own drawer', async () => {
  const ana = await open.signedIn('operator', 'ana');
  const owner = await open.signedIn('owner', 'maria');
  await ana.post('/admin/drawers', { float: '100' });
  await ana.post('/admin/drawers/count', { amount: '90' });
  const [alert] = await open.shop.app.services.alerts.open();
  const clearing = `/admin/alerts/${alert!.id}/clearing`;
  for (const page of ['/admin', '/admin/alerts']) {
    expect((await ana.get(page)).text).toContain('The drawer of ana was ₱10.00 short');
    expect((await ana.get(page)).text).not.toContain(clearing);
    expect((await owner.get(page)).text).toContain(clearing);
  }
  expect((await ana.post(clearing)).status).toBe(403);
  expect(await open.shop.app.services.alerts.open()).toHaveLength(1);
  expect((await owner.post(clearing)).status).toBe(303);
  expect(await open.shop.app.services.alerts.open()).toEqual([]);
});

test('an operator makes vouchers in no other name', async () => {
  const ana = await open.signedIn('operator', 'ana');
  expect((await ana.get('/admin/batches/new')).text).not.toContain('name="seller"');
  await ana.post('/admin/batches', { plan: 'P5', count: '2', seller: 'maria' });
  const manager = await open.signedIn('manager', 'max');
  await manager.post('/admin/batches', { plan: 'P5', count: '3', seller: 'ana' });
  const batches = await open.shop.app.services.reports.batches(WHOLE_SHOP, { limit: 9, offset: 0 });
  expect(batches.map(({ count, createdBy, seller }) => [count, createdBy, seller])).toEqual([
    [3, 'max', 'ana'],
    [2, 'ana', null],
  ]);
});

test('Home and Sales tell the owner what came in besides vouchers, and refunds without a drawer', async () => {
  const owner = await open.signedIn('owner', 'maria');
  const ana = await open.signedIn('operator', 'ana');
  const { subscribers, billing, batches, sales } = open.shop.app.services;
  const { id } = await subscribers.add({ name: 'Joy' }, 'maria');
  const pages = ['/admin', '/admin/reports?period=today'];
  for (const page of pages) expect((await owner.get(page)).text).not.toContain('Not included');
  const money = { amount: 300_00, currency: 'PHP' };
  await billing.pay({ subscriberId: id, money, method: 'GCash' }, 'maria');
  await sell('ana');
  for (const page of pages) {
    expect((await owner.get(page)).text).toContain('Not included: ₱300.00 from subscribers');
    expect((await ana.get(page)).text).not.toContain('Not included');
  }
  const code = (await batches.sell({ plan: 'P5', key: 'order-key-long-enough' }, 'ben')).codes[0]!;
  await open.shop.redeem(open.shop.phone(), code);
  open.shop.clock.advance(86_400_000);
  await sales.void(code, 'mistyped', 'maria');
  const day = '/admin/drawers?from=2026-11-22&to=2026-11-22';
  expect((await owner.get(day)).text).toMatch(/Refunds of ₱5\.00 on sales of ben are in no drawer/);
});

test('an operator has no other drawer than their own', async () => {
  const ana = await open.signedIn('operator', 'ana');
  const owner = await open.signedIn('owner', 'maria');
  await owner.post('/admin/drawers', { float: '50', seller: 'ben' });
  expect(cells(await ana.get('/admin/drawers'))).toEqual([]);
  expect(cells(await owner.get('/admin/drawers'))).toHaveLength(1);
  const count = { amount: '0', seller: 'ben' };
  expect((await ana.post('/admin/drawers/count', count)).status).toBe(403);
  expect((await ana.post('/admin/drawers', { float: '0', seller: 'maria' })).status).toBe(403);
  expect((await owner.post('/admin/drawers', { float: 'some' })).status).toBe(422);
  const viewer = await open.signedIn('viewer', 'vera');
  expect((await viewer.get('/admin/drawers')).status).toBe(403);
});

test('slips are given and counted back on the page of their batch, and settled below the drawers', async () => {
  const owner = await open.signedIn('owner', 'maria');
  const ana = await open.signedIn('operator', 'ana');
  const order = { plan: 'P5', count: 10 };
  const { batch, vouchers } = await open.shop.app.services.batches.generate(order, 'maria');
  const page = `/admin/batches/${batch}`;
  expect((await ana.get(page)).text).not.toContain('Give the slips');
  expect((await ana.post(`${page}/slips`, { seller: 'ana' })).status).toBe(403);
  expect((await owner.get(page)).text).toContain('Give the slips to a seller');
  expect((await owner.post(`${page}/slips`, { seller: 'ana' })).status).toBe(303);
  expect((await owner.get(page)).text).toContain('ana has 10 slips since');
  await open.shop.redeem(open.shop.phone(), vouchers[0]!.code);

  expect((await owner.post(`${page}/slips/count`, { back: '11' })).status).toBe(422);
  expect((await owner.post(`${page}/slips/count`, { back: '7' })).status).toBe(303);
  const row = ['ana', String(batch), '2026-11-21 16:00', '10', '7', '2', '₱10.00'];
  expect(cells(await owner.get('/admin/drawers'))[0]!.slice(0, 7)).toEqual(row);
  expect((await ana.get('/admin/drawers')).text).not.toContain('Write off');
  const ben = await open.signedIn('operator', 'ben');
  expect(cells(await ben.get('/admin/drawers'))).toEqual([]);

  expect((await ana.post('/admin/slips/1/settlement', { as: 'paid' })).status).toBe(403);
  expect((await owner.post('/admin/slips/1/settlement', { as: 'lost' })).status).toBe(422);
  expect((await owner.post('/admin/slips/1/settlement', { as: 'paid' })).status).toBe(303);
  const settled = await owner.get('/admin/drawers');
  expect(settled.text).not.toContain('Write off');
  expect((await owner.get('/admin/journal')).text).toContain('₱10.00');
  expect(
    (await open.shop.app.services.money.list()).map(({ kind, amount }) => [kind, amount]),
  ).toEqual([
    ['sale', 5_00],
    ['payment', 10_00],
  ]);
});
