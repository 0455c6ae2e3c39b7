import { AdminShop, type Staff } from '../support/admin-shop';

/** Who sold it: of slips that one printed and another sells, the sale is the seller's. */

let open: AdminShop;
let owner: Staff;

beforeEach(async () => {
  open = await AdminShop.open();
  owner = await open.signedIn('owner', 'maria');
});

afterEach(() => open.close());

const handOver = (to: string, staff = owner) =>
  staff.post('/admin/batches/1/seller', { seller: to });

async function salesBy(kind: string): Promise<string[]> {
  const { text } = await owner.get(`/admin/reports.csv?by=${kind}`);
  return text.replace('\uFEFF', '').trim().split('\n').slice(1);
}

test('a sale is its seller’s for good, whoever sells the rest of the batch later', async () => {
  const { shop } = open;
  await open.signedIn('operator', 'Ana');
  await owner.post('/admin/batches', { plan: 'P5', count: '5' });
  const codes = (await shop.app.services.vouchers.list({ batchId: 1 })).map(({ code }) => code);
  const sell = (n: number) => shop.redeem(shop.phone(), codes[n]!);

  await sell(0);
  shop.clock.advance(60_000);
  expect((await handOver('  ana ')).status).toBe(303);
  const batch = (await owner.get('/admin/batches/1')).text;
  expect(batch).toContain('4 vouchers that are not sold yet are Ana’s to sell.');
  expect(batch).toMatch(/<dt>Seller<\/dt>\s*<dd>Ana/);
  shop.clock.advance(60_000);
  await sell(1);
  await sell(2);
  shop.clock.advance(60_000);
  await handOver('Ben at the  counter');
  await sell(3);
  shop.clock.advance(60_000);

  const split = ['Ana,2,0,10,PHP', 'Ben at the counter,1,0,5,PHP', 'maria,1,0,5,PHP'];
  expect(await salesBy('seller')).toEqual(split);
  expect(await salesBy('plan')).toEqual(['P5,4,0,20,PHP']);
  await owner.post(`/admin/vouchers/${codes[1]}/refund`, { reason: 'twice' });
  await handOver('');
  expect((await salesBy('seller'))[2]).toBe('maria,1,0,5,PHP');
  expect((await salesBy('seller')).toSorted()[0]).toBe('Ana,2,1,5,PHP');
  await sell(4);
  await owner.post('/admin/batches', { plan: 'P5', count: '1', seller: 'BEN AT THE COUNTER' });
  expect((await owner.get('/admin/batches/2')).text).toMatch(/<dt>Seller<\/dt>\s*<dd>Ben at the counter/); // prettier-ignore
  expect((await salesBy('seller'))[0]).toBe('maria,2,0,10,PHP');
  expect((await owner.get('/admin/reports')).text).toMatch(/class="amount">₱20\.00/);

  const pages = await Promise.all(codes.map((code) => owner.get(`/admin/vouchers/${code}`)));
  const histories = pages.map(({ text }) => ({
    seller: /<dt>Seller<\/dt>\s*<dd>([^<]*)/.exec(text)?.[1],
    handed: [...text.matchAll(/batch handed over<\/b>.*?given to ([^,]*),/g)].map(([, to]) => to),
  }));
  expect(histories).toEqual([
    { seller: 'maria', handed: [] },
    { seller: 'Ana', handed: ['Ana'] },
    { seller: 'Ana', handed: ['Ana'] },
    { seller: 'Ben at the counter', handed: ['Ana', 'Ben at the counter'] },
    { seller: 'maria', handed: ['Ana', 'Ben at the counter', 'maria'] },
  ]);
  expect((await owner.get('/admin/audit?q=batch handed over')).text).toContain('4 vouchers given to Ana, before: maria'); // prettier-ignore
  expect((await owner.get('/admin/vouchers.csv')).text).toContain(',maria,Ben at the counter,');
});

test('a seller is named when vouchers are made; later only an owner hands them over', async () => {
  const operator = await open.signedIn('operator', 'Ana');
  const manager = await open.signedIn('manager', 'Max');
  const form = (await manager.get('/admin/batches/new')).text;
  expect(form).toMatch(/<datalist id="sellers">.*value="Ana".*value="maria"/s);
  const order = { plan: 'P5', count: '1', seller: 'x'.repeat(61) };
  const wrong = await manager.post('/admin/batches', order);
  expect(wrong.status).toBe(422);
  expect(wrong.text).toContain('is not a seller’s name');
  await manager.post('/admin/batches', { ...order, seller: 'Tita' });
  const [voucher] = await open.shop.app.services.vouchers.list({ batchId: 1 });
  await open.shop.redeem(open.shop.phone(), voucher!.code);
  expect(await salesBy('seller')).toEqual(['Tita,1,0,5,PHP']);
  expect((await operator.get('/admin/batches')).text).toContain('Tita');

  expect((await operator.get('/admin/batches/1')).text).not.toContain('/admin/batches/1/seller');
  expect((await handOver('Ana', operator)).status).toBe(403);
  expect((await owner.post('/admin/batches/9/seller', { seller: 'Ana' })).status).toBe(404);
  expect((await handOver('bell\u0007')).status).toBe(422);
  expect((await owner.get('/admin/batches/1')).text).toMatch(/<dt>Seller<\/dt>\s*<dd>Tita/);
});
