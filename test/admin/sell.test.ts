import { AdminShop, type Staff } from '../support/admin-shop';

/** One tap at the counter makes one voucher. */

let open: AdminShop;
let ana: Staff;

beforeEach(async () => {
  open = await AdminShop.open({ env: { PORTAL_URL: 'http://10.5.50.1:5000' } });
  ana = await open.signedIn('operator', 'ana');
});

afterEach(() => open.close());

async function orderKey(): Promise<string> {
  const { text } = await ana.get('/admin/vouchers');
  return /name="order_key" value="([^"]+)"/.exec(text)![1]!;
}

const all = () => open.shop.app.services.vouchers.list({});

test('one tap makes one voucher of the seller, with all that is needed to hand it over', async () => {
  const { text } = await ana.get('/admin/vouchers');
  expect(text).toMatch(
    /value="P5">\s*<b>₱5<\/b> <span>1 hour<\/span> <small>[\d.]+ [KM]bps<\/small>\s*<\/button>/,
  );

  const sold = await ana.post('/admin/vouchers', { plan: 'P5', order_key: await orderKey() });
  expect(sold.status).toBe(303);
  const [voucher, ...others] = await all();
  expect(others).toEqual([]);
  expect(voucher).toMatchObject({ planName: 'P5', status: 'unused', createdBy: 'ana' });
  expect(sold.location).toBe(`/admin/vouchers/${voucher!.code}`);

  const page = (await ana.get(sold.location!)).text;
  expect(page).toContain('Here is your P5 voucher.');
  expect(page).toContain(voucher!.code.replaceAll(/(.{4})(?=.)/g, '$1 '));
  expect(page).toContain('<svg xmlns');
  expect(page).toContain(encodeURIComponent(`/portal?code=${voucher!.code}`));

  await open.shop.redeem(open.shop.phone(), voucher!.code);
  const csv = (await ana.get('/admin/reports.csv?by=seller')).text;
  expect(csv).toContain('ana,1,0,5,PHP');
});

test('a tap on the wrong plan is undone by who made it, for a moment, while nobody used the code', async () => {
  const sell = async () => {
    const form = { plan: 'P5', order_key: await orderKey() };
    return (await ana.post('/admin/vouchers', form)).location!;
  };
  await ana.pressUndo(await sell());
  expect(await all()).toEqual([]);
  expect((await ana.get('/admin/vouchers')).text).toContain('is deleted.');

  const [used, late, others] = [await sell(), await sell(), await sell()];
  await open.shop.redeem(open.shop.phone(), used.split('/').at(-1)!);
  expect((await ana.post(`${used}/sale-undo`)).status).toBe(422);
  const ben = await open.signedIn('operator', 'ben');
  expect((await ben.post(`${others}/sale-undo`)).status).toBe(403);
  open.shop.clock.advance(601_000);
  expect((await ana.post(`${late}/sale-undo`)).status).toBe(422);
  expect(await all()).toHaveLength(3);
});

test('three of a kind are one tap: all codes on one page, one print, one undo', async () => {
  const order = { plan: 'P5', count: '3', order_key: await orderKey() };
  const { location } = await ana.post('/admin/vouchers', order);
  const made = await all();
  expect(made).toHaveLength(3);
  const page = (await ana.get(location!)).text;
  expect(page).toContain('Here are your 3 P5 vouchers.');
  expect(page.match(/class="ticket-code"/g)).toHaveLength(3);
  const print = /href="([^"]+)">Print</.exec(page)![1]!.replaceAll('&amp;', '&');
  expect((await ana.get(print)).text.match(/class="slip[ "]/g)).toHaveLength(3);
  // A voucher opened later is itself alone, and a viewer never sees the others by it.
  const one = `/admin/vouchers/${made[1]!.code}`;
  expect((await ana.get(one)).text.match(/class="ticket-code"/g)).toHaveLength(1);
  await ana.post(`${one}/sale-undo`);
  expect(await all()).toEqual([]);
  expect((await ana.get('/admin/vouchers')).text).toContain('Undone: 3 vouchers are deleted.');
  const tooMany = { plan: 'P5', count: '11', order_key: await orderKey() };
  expect((await ana.post('/admin/vouchers', tooMany)).status).toBe(422);
  expect(await all()).toEqual([]);
});

test('where the owner wants it, the tap prints at once; a double tap prints nothing twice', async () => {
  const owner = await open.signedIn('owner', 'maria');
  const settings = (paper: string) =>
    owner.postParts('/admin/settings', { currency: 'PHP', sellPrints: paper });
  expect((await settings('paper of mine')).status).toBe(422);
  expect((await settings('80mm')).status).toBe(303);
  const order = { plan: 'P5', order_key: await orderKey() };
  const { location } = await ana.post('/admin/vouchers', order);
  const { code } = (await all())[0]!;
  expect(location).toBe(`/admin/vouchers/${code}/print?now=yes&format=80mm`);
  expect((await ana.get(location!)).text).toContain('class="print-80mm" data-print-now');
  expect((await ana.post('/admin/vouchers', order)).location).toBe(`/admin/vouchers/${code}`);
  expect((await ana.get(`/admin/vouchers/${code}`)).text).toContain('print?format=80mm');
});

test('a monthly plan without an end is for subscribers: no voucher of it is sold', async () => {
  const { plans } = open.shop.app.services;
  const monthly = { price: '500', rate_up: '1M', rate_down: '5M', billing_cycle: 'monthly' };
  await plans.add({ ...monthly, name: 'HOME' }, 'maria');
  await plans.add({ ...monthly, name: 'MONTH', validity: '30d' }, 'maria');
  const offered = async (path: string) =>
    [...(await ana.get(path)).text.matchAll(/(?:class="tile" name="plan"|<option) value="(\w+)"/g)]
      .map(([, name]) => name)
      .filter((name) => ['HOME', 'MONTH'].includes(name!));
  expect(await offered('/admin/vouchers')).toEqual(['MONTH']);
  expect(await offered('/admin/batches/new')).toEqual(['MONTH']);
  const refused = await ana.post('/admin/vouchers', { plan: 'HOME', order_key: await orderKey() });
  expect(refused.text).toContain('A voucher of plan HOME would never end');
  expect(await all()).toEqual([]);
});

test('a double tap or a reload makes no second voucher, another page does', async () => {
  const order = { plan: 'P5', order_key: await orderKey() };
  const [first, second] = await Promise.all([
    ana.post('/admin/vouchers', order),
    ana.post('/admin/vouchers', order),
  ]);
  expect(first.location).toBe(second.location);
  const again = await ana.post('/admin/vouchers', order);
  expect(again.location).toBe(first.location);
  expect((await ana.get(again.location!)).text).toContain('was made already');
  expect(await all()).toHaveLength(1);

  await ana.post('/admin/vouchers', { plan: 'P5', order_key: await orderKey() });
  expect(await all()).toHaveLength(2);
});

test('a form without its key sells nothing, and a viewer cannot sell', async () => {
  await orderKey();
  expect((await ana.post('/admin/vouchers', { plan: 'P5' })).status).toBe(422);
  const viewer = await open.signedIn('viewer');
  const { text } = await viewer.get('/admin/vouchers');
  expect(text).not.toContain('order_key');
  const order = { plan: 'P5', order_key: 'a-key-that-is-long-enough' };
  expect((await viewer.post('/admin/vouchers', order)).status).toBe(403);
  expect(await all()).toEqual([]);
});

test('the slip of one voucher is printed again until it is over', async () => {
  await ana.post('/admin/vouchers', { plan: 'P5', order_key: await orderKey() });
  const { code } = (await all())[0]!;
  const print = () => ana.get(`/admin/vouchers/${code}/print?format=58mm`);
  expect((await print()).text.match(/class="slip[ "]/g)).toHaveLength(1);
  await open.shop.redeem(open.shop.phone(), code);
  expect((await print()).text).toMatch(/class="slip[ "]/);
  await open.shop.app.services.vouchers.revoke(code, 'maria');
  expect((await print()).status).toBe(422);
});

test('an operator finds a running voucher and prints its slip again, and changes nothing of it', async () => {
  const { code } = await open.shop.online();
  await open.shop.reconcile();
  const list = (await ana.get('/admin/vouchers?status=running')).text;
  expect(list).toMatch(new RegExp(`${code}</code></a>[^]*?<td class="num">₱5.00<`));
  expect(list).not.toContain('name="code"');
  const page = (await ana.get(`/admin/vouchers/${code}`)).text;
  const print = /href="([^"]+)">Print again</.exec(page)![1]!.replaceAll('&amp;', '&');
  expect((await ana.get(print)).text).toContain(code.replaceAll(/(.{4})(?=.)/g, '$1 '));
  for (const deed of ['revocations', 'extensions', 'deletions']) {
    expect(page).not.toContain(deed);
    expect((await ana.post(`/admin/vouchers/${deed}`, { code, by: '1h' })).status).toBe(403);
  }
  expect((await open.shop.voucher(code)).status).toBe('active');
});
