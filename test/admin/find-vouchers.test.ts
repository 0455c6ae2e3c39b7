import { AdminShop, type Staff } from '../support/admin-shop';

/** Finding vouchers below the tiles, and the list of batches. */

let open: AdminShop;
let owner: Staff;

beforeEach(async () => {
  open = await AdminShop.open();
  owner = await open.signedIn('owner', 'maria');
});

afterEach(() => open.close());

test('chips count the states, and lead to the vouchers in them', async () => {
  const { code } = await open.shop.online();
  const unused = await open.shop.code();
  const { text } = await owner.get('/admin/vouchers');
  const chips = [...text.matchAll(/href="([^"]+status=[^"]+)">(\w[\w ]*)\s+&nbsp;<b>(\d+)</g)];
  expect(chips.map(([, href, name, count]) => [name, count, href])).toEqual([
    ['Unused', '1', '/admin/vouchers?status=unused'],
    ['Running', '1', '/admin/vouchers?status=running'],
    ['Over', '0', '/admin/vouchers?status=over'],
  ]);
  const running = (await owner.get('/admin/vouchers?status=running')).text;
  expect([running.includes(code), running.includes(unused)]).toEqual([true, false]);
  expect((await owner.get('/admin/vouchers?status=over')).text).toContain('No voucher matches');
});

test('vouchers are found by their seller and their batch', async () => {
  const { batches } = open.shop.app.services;
  const made = async (by: string) =>
    (await batches.generate({ plan: 'P5', count: 1 }, by)).vouchers[0]!.code;
  const [ana, ben] = [await made('Ana'), await made('Ben')];
  const found = async (q: string) => {
    const { text } = await owner.get(`/admin/vouchers?q=${encodeURIComponent(q)}`);
    return [ana, ben].map((code) => text.includes(code));
  };
  expect(await found('ana')).toEqual([true, false]);
  expect(await found('batch 2')).toEqual([false, true]);
});

test('vouchers sold one by one are not in the list of batches until they are asked for', async () => {
  const { batches } = open.shop.app.services;
  await batches.generate({ plan: 'P5', count: 2 }, 'maria');
  await batches.sell({ plan: 'P5', key: 'a-key-that-is-long-enough' }, 'maria');
  const listed = async (query: string) =>
    [...(await owner.get(`/admin/batches${query}`)).text.matchAll(/href="\/admin\/batches\/(\d+)"/g)].map(([, id]) => id); // prettier-ignore
  expect(await listed('')).toEqual(['1']);
  expect(await listed('?singles=yes')).toEqual(['2', '1']);
});
