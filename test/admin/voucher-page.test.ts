import { MINUTE } from '../support/builders';
import { AdminShop, type Staff } from '../support/admin-shop';

/** The page of one voucher: what can be done by its state, in few taps. */

let open: AdminShop;
let owner: Staff;

beforeEach(async () => {
  open = await AdminShop.open({ env: { PORTAL_URL: 'http://10.5.50.1:5000' } });
  owner = await open.signedIn('owner', 'maria');
});

afterEach(() => open.close());

const ended = (fields: Record<string, string>) => owner.post('/admin/vouchers/revocations', fields);

test('an unused voucher can be printed, shared and deleted; a running one gets time or ends', async () => {
  const unused = (await owner.get(`/admin/vouchers/${await open.shop.code()}`)).text;
  for (const button of ['>Print<', '>Share<', '>Delete<']) expect(unused).toContain(button);
  expect(unused).not.toContain('+30 min');
  expect(unused).toContain('<span class="status unused">unused</span>');

  const { code } = await open.shop.online();
  const running = (await owner.get(`/admin/vouchers/${code}`)).text;
  for (const button of ['>+30 min<', '>+1 hour<', '>+1 day<', '>End<']) expect(running).toContain(button); // prettier-ignore
  expect(running).not.toContain('>Print 58 mm<');
  expect(running).toContain('<span class="status active">running</span>');
  expect(running).toMatch(/<span>Time<\/span> <span>1h of 1h left<\/span>/);
});

test('time that was added is taken back by Undo', async () => {
  const { code } = await open.shop.online();
  const seconds = async () => (await open.shop.voucher(code)).terms.validitySeconds;
  const { location } = await owner.post('/admin/vouchers/extensions', { code, by: '1d' });
  expect(await seconds()).toBe(3600 + 86_400);
  const { text } = await owner.get(location!);
  expect(text).toContain(`action="/admin/vouchers/${code}/extension-undo"`);
  await owner.post(`/admin/vouchers/${code}/extension-undo`, { by: '86400' });
  expect(await seconds()).toBe(3600);
  expect((await owner.get(`/admin/vouchers/${code}`)).text).toContain('extension undone');
});

test('the end of a voucher is undone: what was left of it goes on, and its device comes back', async () => {
  const { shop } = open;
  const { code, phone } = await shop.online();
  shop.clock.advance(20 * MINUTE);
  await shop.reconcile();
  const before = await shop.voucher(code);
  const { location } = await ended({ code, confirmed: 'yes' });
  expect(phone.online).toBe(false);
  const { text } = await owner.get(location!);
  expect(text).toContain(`action="/admin/vouchers/${code}/end-undo"`);
  expect(text).toContain('>Undo the end<');
  shop.clock.advance(10 * MINUTE);
  await owner.post(`/admin/vouchers/${code}/end-undo`);
  const after = await shop.voucher(code);
  expect(after).toEqual({ ...before, used: after.used, usedUptimeMs: after.usedUptimeMs });
  const host = (await shop.controller.whoIsAt(phone.address))!;
  await shop.app.services.customers.resume(host);
  expect(phone.online).toBe(true);
  expect((await owner.get('/admin')).text).toContain(`maria undid the end of voucher ${code}`);
  shop.clock.advance(29 * MINUTE);
  await shop.reconcile();
  expect(phone.online).toBe(true);
  shop.clock.advance(MINUTE); // the clock went on while it was ended
  await shop.reconcile();
  expect(phone.online).toBe(false);
  expect((await shop.voucher(code)).status).toBe('expired');

  const unused = await shop.code();
  await ended({ code: unused, confirmed: 'yes' });
  await owner.post(`/admin/vouchers/${unused}/end-undo`);
  expect((await shop.voucher(unused)).status).toBe('unused');
  await shop.redeem(shop.phone(), unused);
});

test('what a voucher returns to is in the books, not in the words of the audit', async () => {
  const { shop } = open;
  const { code } = await shop.online();
  const paused = { ...(await shop.voucher(code)), status: 'paused' as const };
  await shop.app.stores.vouchers.save([paused]);
  await ended({ code, confirmed: 'yes' });
  expect(await shop.voucher(code)).toMatchObject({ status: 'revoked', endedFrom: 'paused' });
  await shop.app.db('audit').delete();
  await owner.post(`/admin/vouchers/${code}/end-undo`);
  expect(await shop.voucher(code)).toMatchObject({ status: 'paused', endedFrom: null });
});

test('an end is not undone that time or the money has made final', async () => {
  const { shop } = open;
  const { code } = await shop.online();
  const { vouchers, sales } = shop.app.services;
  await expect(vouchers.undoRevoke(code, 'maria')).rejects.toThrow('not ended by staff');
  await ended({ code, confirmed: 'yes' });
  shop.clock.advance(61 * MINUTE);
  await expect(vouchers.undoRevoke(code, 'maria')).rejects.toThrow('is up by now');
  const { code: refunded } = await shop.online();
  await sales.endAndRefund(refunded, 'mistake', 'maria');
  await expect(vouchers.undoRevoke(refunded, 'maria')).rejects.toThrow('is refunded');
  expect((await owner.get(`/admin/vouchers/${refunded}`)).text).not.toContain('Undo the end');
  const viewer = await open.signedIn('operator', 'nena');
  expect((await viewer.post(`/admin/vouchers/${code}/end-undo`)).status).toBe(403);
});

const refund = (code: string, fields: Record<string, string> = {}) =>
  owner.post(`/admin/vouchers/${code}/refund`, fields);

test('one door refunds: it asks why, ends the voucher, and subtracts the sale', async () => {
  const { code, phone } = await open.shop.online();
  expect((await ended({ code })).text).not.toContain('name="refund"');
  const page = (await owner.get(`/admin/vouchers/${code}`)).text;
  expect(page).toMatch(/<button class="danger">Refund ₱5<\/button>/);
  const asked = (await refund(code)).text;
  expect(asked).toContain("₱5 is subtracted from today's sales");
  expect(asked).toContain('value="Does not work"');
  expect((await open.shop.voucher(code)).status).toBe('active');
  await refund(code, { reason: '', other: 'too slow today' });
  expect((await open.shop.voucher(code)).status).toBe('revoked');
  expect(phone.online).toBe(false);
  expect((await owner.get('/admin/reports.csv')).text).toMatch(/1,1,0,PHP/);
  const history = (await owner.get(`/admin/vouchers/${code}`)).text;
  expect(history).toContain('by System');
  expect(history).not.toContain('by loop');
  expect(history).not.toContain('Refund ₱5');
  expect((await owner.get('/admin/vouchers')).text).toContain('status revoked">ended</span>');
  expect(history).toContain('sale refunded');
  expect(history).toContain('voucher ended by staff');
  expect(history).toMatch(/Refunded 2026-11-21[^]*too slow today/);
});

test('one that is over is refunded too; one that nobody paid for has no such door', async () => {
  const { code } = await open.shop.online();
  open.shop.clock.advance(61 * MINUTE);
  await open.shop.reconcile();
  expect((await open.shop.voucher(code)).status).toBe('expired');
  await refund(code, { reason: 'Does not work' });
  expect((await owner.get('/admin/reports.csv')).text).toMatch(/1,1,0,PHP/);
  expect((await open.shop.voucher(code)).status).toBe('expired');
  const unsold = await open.shop.code();
  expect((await owner.get(`/admin/vouchers/${unsold}`)).text).not.toContain('Refund ₱5');
  await refund(unsold, { reason: 'Paid twice' });
  expect((await owner.get('/admin/vouchers')).text).toContain('There is nothing to refund');
  expect((await open.shop.voucher(unsold)).status).toBe('unused');
});

test('what was sold at the counter is refunded before anybody used it, for good', async () => {
  const { batches, vouchers, income } = open.shop.app.services;
  const { codes } = await batches.sell({ plan: 'P5', key: 'a-key-that-is-long-enough' }, 'maria');
  const code = codes[0]!;
  const page = (await owner.get(`/admin/vouchers/${code}`)).text;
  expect(page).toContain('Refund ₱5');
  expect(page).not.toContain('>Delete</button>');
  await refund(code, { reason: 'Wrong plan' });
  expect((await open.shop.voucher(code)).status).toBe('revoked');
  await expect(vouchers.undoRevoke(code, 'maria')).rejects.toThrow('is refunded');
  const day = { name: 'today', from: new Date(0), to: new Date('2030-01-01T00:00:00Z') };
  expect(await income.during([day])).toMatchObject([{ sold: 1, voided: 1, total: { amount: 0 } }]);
  expect((await open.shop.app.services.money.verify()).fault).toBeUndefined();
});

test('a refund that fails ends nothing', async () => {
  const { code } = await open.shop.online();
  await open.shop.app.services.sales.void(code, 'paid twice', 'maria');
  expect((await owner.get(`/admin/vouchers/${code}`)).text).not.toContain('>Refund ₱5<');
  const { sales } = open.shop.app.services;
  await expect(sales.endAndRefund(code, 'again', 'maria')).rejects.toThrow('is already refunded');
  expect((await open.shop.voucher(code)).status).toBe('active');
});
