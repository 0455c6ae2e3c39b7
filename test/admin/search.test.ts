import type { Mac } from '../../src/domain/units';
import { HOW_TO } from '../../src/web/staff/how-to';
import { AdminShop, type Staff } from '../support/admin-shop';

/** One search over vouchers, devices, plans, subscribers, pages and answers; and the answers themselves. */

let open: AdminShop;
let owner: Staff;

beforeEach(async () => {
  open = await AdminShop.open();
  owner = await open.signedIn('owner', 'maria');
});

afterEach(() => open.close());

/** Where the results lead. */
async function found(who: Staff, q: string): Promise<string[]> {
  const { text } = await who.get(`/admin/search?q=${encodeURIComponent(q)}`);
  return [...text.matchAll(/class="row" href="([^"]+)"/g)].map(([, href]) => href!);
}

test('vouchers, devices, plans, subscribers, pages and answers are found by one search', async () => {
  const { code, phone } = await open.shop.online();
  const { deviceNames, subscribers } = open.shop.app.services;
  await deviceNames.give(phone.mac as Mac, "Ate Joy's <Oppo>", 'maria');
  const { id } = await subscribers.add({ name: 'Joyce Cruz' }, 'maria');

  expect(await found(owner, code.slice(0, 6))).toContain(`/admin/vouchers/${code}`);
  expect(await found(owner, phone.mac.replaceAll(':', '-'))).toEqual([
    `/admin/vouchers/${code}`,
    `/admin/bandwidth/${phone.mac}`,
  ]);
  const joy = await found(owner, 'joy');
  expect(joy).toContain(`/admin/bandwidth/${phone.mac}`);
  expect(joy).toContain(`/admin/subscribers/${id}`);
  expect(await found(owner, 'p5')).toContain('/admin/plans/P5');
  expect(await found(owner, 'backups')).toContain('/admin/backups');
  expect(await found(owner, 'refund voucher')).toEqual(['/admin/help#refund']);
  const { text } = await owner.get('/admin/search?q=joy');
  expect(text).toMatch(new RegExp(`<b>${code}</b>\\s*<small>P5, running, Ate Joy&#39;s`));
  expect(text).toContain('Ate Joy&#39;s &lt;Oppo&gt;');
  expect((await owner.get('/admin/search?q=%3Cb%3Enothing')).text).toContain(
    'Nothing matches “&lt;b&gt;nothing”',
  );
});

test('what the reader may not open is not found', async () => {
  const unused = await open.shop.code();
  await open.shop.app.services.subscribers.add({ name: 'Joyce Cruz' }, 'maria');
  const viewer = await open.signedIn('viewer', 'vic');
  const operator = await open.signedIn('operator', 'ana');

  expect(await found(owner, unused)).toEqual([`/admin/vouchers/${unused}`]);
  expect(await found(viewer, unused)).toEqual([]);
  expect(await found(viewer, 'joyce')).toEqual([]);
  expect(await found(operator, 'joyce')).toHaveLength(1);
  expect(await found(operator, 'staff')).not.toContain('/admin/staff');
  expect(await found(operator, 'backup')).toEqual([]);
  expect((await operator.get('/admin/help')).text).not.toContain('restore the shop');
});

test('each answer leads to a page its reader may open', async () => {
  await open.close();
  // Without it the set-up asks for the portal's address first.
  open = await AdminShop.open({ env: { PORTAL_URL: 'http://192.0.2.9:5000' } });
  owner = await open.signedIn('owner', 'maria');
  const readers = {
    owner,
    operator: await open.signedIn('operator', 'ana'),
    viewer: await open.signedIn('viewer', 'vic'),
  };
  for (const { id, path, role } of HOW_TO.flatMap(({ all }) => all)) {
    const { status } = await readers[role as keyof typeof readers].get(`/admin${path}`);
    expect([id, status]).toEqual([id, 200]);
  }
});

test('a phone number is found by its digits, in names and notes, however it is written', async () => {
  const { phone } = await open.shop.online();
  const { deviceNames, batches } = open.shop.app.services;
  await deviceNames.give(phone.mac as Mac, 'Kuya Boy (0917) 555-1234', 'maria');
  const order = { plan: 'P5', count: 1, note: 'Ben 0918-222-3333' };
  const { vouchers } = await batches.generate(order, 'maria');
  for (const typed of ['0917 555 1234', '09175551234', '5551234', '555-1234', '(0917)555']) {
    expect(await found(owner, typed)).toContain(`/admin/bandwidth/${phone.mac}`);
  }
  for (const typed of ['09182223333', '0918 222', '+2223333']) {
    expect(await found(owner, typed)).toEqual([`/admin/vouchers/${vouchers[0]!.code}`]);
  }
  expect(await found(owner, '5551235')).toEqual([]);
});

test('a voucher that is found by its note shows the note', async () => {
  const order = { plan: 'P5', count: 1, note: 'Ben <0917 555 1234>' };
  await open.shop.app.services.batches.generate(order, 'maria');
  const shown = /<small>P5, unused · Ben &lt;0917 555 1234&gt;<\/small>/;
  expect((await owner.get('/admin/search?q=ben')).text).toMatch(shown);
  expect((await owner.get('/admin/search?q=5551234')).text).toMatch(shown);
  expect((await owner.get('/admin/search?q=batch+1')).text).toContain('<small>P5, unused</small>');
});

test('what does not fit is counted and one tap away; the staff are found by the owner', async () => {
  const order = { plan: 'P5', count: 11, note: 'Aling Nena' };
  await open.shop.app.services.batches.generate(order, 'maria');
  const { text } = await owner.get('/admin/search?q=aling+nena');
  expect(text).toMatch(/href="\/admin\/vouchers\?q=aling%20nena">3 more</);
  expect((await owner.get('/admin/search?q=P5')).text).not.toContain('0 more');
  const operator = await open.signedIn('operator', 'ana');
  expect(await found(owner, 'ana')).toContain('/admin/staff');
  expect(await found(operator, 'ana')).not.toContain('/admin/staff');
});
