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
  expect((await owner.get('/admin/alerts')).text).toContain('The drawer of ana had ₱10.00 less');
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
