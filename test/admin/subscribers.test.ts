import { AdminShop } from '../support/admin-shop';
import { DAY } from '../support/builders';

/** Subscribers, their invoices and payments, as staff have them on their pages. */

let open: AdminShop;

const MONTHLY = { billing_cycle: 'monthly' };

beforeEach(async () => {
  open = await AdminShop.open({
    profiles: [
      { name: 'P5' },
      { name: 'Home', price: '300', ...MONTHLY },
      { name: 'Fast', price: '600', ...MONTHLY },
    ],
  });
});

afterEach(() => open.close());

const FORM = { name: 'Joy', contact: '0917', login: 'joy', password: 'secret', discount: '10' };
const facts = (text: string) => text.replaceAll(/\s+/g, ' ');

test('an owner adds a subscriber, gives a plan, takes a payment, changes, suspends, resumes and ends it', async () => {
  const owner = await open.signedIn('owner', 'maria');
  const { subscribers } = open.shop.app.services;
  expect((await owner.get('/admin/subscribers')).text).toContain('No monthly customers yet');
  expect((await owner.get('/admin/subscribers/new')).text).not.toContain('P5');
  const added = await owner.post('/admin/subscribers', { ...FORM, loginKind: 'pppoe' });
  expect(added.location).toBe('/admin/subscribers/1');
  const page = async () => facts((await owner.get('/admin/subscribers/1')).text);
  expect(await page()).toContain('no plan yet');
  await owner.post('/admin/subscribers/1/plan', { plan: 'Home', price: '', when: '' });
  expect(await page()).toContain('Owes <b>₱270.00</b>');
  expect(await page()).not.toContain('secret');
  await owner.post('/admin/subscribers/1/payments', { amount: '270', method: 'GCash', note: 'x' });
  expect(await page()).toContain('Credit <b>₱0.00</b>');
  expect((await owner.get('/admin/payments')).text).toContain('GCash');

  await owner.post('/admin/subscribers/1', { ...FORM, password: '', notes: 'third floor' });
  expect(await subscribers.find(1)).toMatchObject({ password: 'secret', notes: 'third floor' });
  await owner.post('/admin/subscribers/1/plan', { plan: 'Fast', price: '', when: 'cycle-end' });
  expect(await page()).toContain('changes to another plan 2026-12-21');
  await owner.post('/admin/subscribers/1/changes/1/cancellation');
  expect(await page()).not.toContain('changes to another plan');
  await owner.post('/admin/subscribers/1/charges', { text: 'cable', amount: '50', kind: 'charge' });
  await owner.post('/admin/subscribers/1/charges', { text: 'sorry', amount: '20', kind: 'credit' });
  await owner.post('/admin/subscribers/1/suspension', { reason: 'holiday' });
  expect((await subscribers.find(1)).status).toBe('suspended');
  await owner.post('/admin/subscribers/1/resumption');
  expect((await subscribers.find(1)).status).toBe('active');
  const asked = await owner.post('/admin/subscribers/1/cancellation');
  expect(asked.text).toContain('End the subscription of Joy?');
  await owner.post('/admin/subscribers/1/cancellation', { confirmed: 'yes' });
  open.shop.clock.advance(31 * DAY);
  await open.shop.app.services.billing.run();
  expect((await subscribers.find(1)).status).toBe('cancelled');
  const last = facts((await owner.get('/admin/invoices/2')).text);
  expect(last).toMatch(/cable.*₱50\.00.*sorry.*-₱20\.00.*Total.*₱30\.00/);
});

test('an invoice is printed on a sheet and on a roll, and voided with a reason', async () => {
  const owner = await open.signedIn('owner', 'maria');
  await owner.post('/admin/subscribers', FORM);
  await owner.post('/admin/subscribers/1/plan', { plan: 'Home', price: '', when: '' });
  for (const format of ['a4', '80mm']) {
    const { text } = await owner.get(`/admin/invoices/1/print?format=${format}`);
    expect(text).toContain(`class="print-${format}"`);
    expect(facts(text)).toMatch(/Invoice 1.*plan: Home.*₱300\.00.*discount: 10%.*Total.*₱270\.00/);
  }
  expect((await owner.get('/admin/invoices?status=issued')).text).toContain('/admin/invoices/1"');
  expect((await owner.post('/admin/invoices/1/void', { reason: '' })).status).toBe(422);
  await owner.post('/admin/invoices/1/void', { reason: 'mistyped' });
  expect((await owner.get('/admin/invoices/1')).text).toContain('Void: mistyped');
  expect((await owner.get('/admin/invoices?status=issued')).text).not.toContain('invoices/1"');
  const journal = await owner.get('/admin/journal');
  expect(
    [...journal.text.matchAll(/<td>\d{4}-[^<]*<\/td>\s*<td>([^<]+)</g)].map(([, what]) => what),
  ).toEqual(['invoice void', 'invoice']);
  expect((await owner.post('/admin/journal/check')).text).toContain('All 2 rows are unchanged');
  expect((await owner.post('/admin/journal/check', { head: 'abc' })).text).toContain('removed');
});

test('who sells sees subscribers and takes their money, and changes nothing else', async () => {
  const owner = await open.signedIn('owner', 'maria');
  const ana = await open.signedIn('operator', 'ana');
  await owner.post('/admin/subscribers', FORM);
  await owner.post('/admin/subscribers/1/plan', { plan: 'Home', price: '', when: '' });
  const { text } = await ana.get('/admin/subscribers/1');
  expect(text).toContain('Take a payment');
  expect(text).not.toContain('Change plan');
  await ana.post('/admin/drawers', { float: '0' });
  await ana.post('/admin/subscribers/1/payments', { amount: '100', method: 'cash', note: '' });
  const [shift] = (await open.shop.app.services.drawers.report('2026-11-21', '2026-11-21')).shifts;
  expect(shift!.takings.payments).toBe(100_00);
  expect((await ana.post('/admin/subscribers/1/suspension')).status).toBe(403);
  expect((await ana.get('/admin/subscribers?q=jo')).text).toContain('/admin/subscribers/1"');
  expect((await ana.get('/admin/subscribers?q=zz')).text).toContain('No subscriber matches');
  expect((await ana.get('/admin/subscribers/9')).status).toBe(404);
});
