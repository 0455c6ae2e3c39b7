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
  expect(cells(await owner.get('/admin/drawers'))[0]![4]).toBe('₱105.00');

  expect((await ana.post('/admin/drawers/count', { amount: '95' })).status).toBe(303);
  const counted = ['₱100.00', '₱105.00', '₱95.00', '-₱10.00'];
  expect(cells(await owner.get('/admin/drawers'))[0]!.slice(3)).toEqual(counted);
  expect((await owner.get('/admin/alerts')).text).toContain('The drawer of ana was ₱10.00 short');
  expect((await ana.post('/admin/drawers/count', { amount: '105' })).status).toBe(422);
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
