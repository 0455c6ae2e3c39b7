import { AdminShop, PASSWORD, type Staff } from '../../support/admin-shop';

/** Money and who is online, by site and over all. */

let open: AdminShop;
let owner: Staff;

beforeEach(async () => {
  open = await AdminShop.open({ profiles: [{ name: 'P5' }, { name: 'P10', price: '10' }] });
  owner = await open.signedIn('owner');
});

afterEach(() => open.close());

/** A voucher made for that site is used, and so sold. */
async function sell(plan: string, site?: string) {
  const order = { plan, count: 1, ...(site !== undefined && { site }) };
  const { vouchers } = await open.shop.app.services.batches.generate(order, 'owner');
  const phone = open.shop.phone();
  await open.shop.redeem(phone, vouchers[0]!.code);
  return { phone, code: vouchers[0]!.code };
}

async function amount(path: string, staff = owner): Promise<string> {
  return /class="amount">([^<]*)</.exec((await staff.get(path)).text)![1]!;
}

async function addSites(): Promise<{ town: number; beach: number }> {
  const { sites } = open.shop.app.services;
  const town = await sites.add('Town', 'test');
  const beach = await sites.add('<b>Beach', 'test');
  await sites.edit('Town', { hasFirstRouter: true }, 'test');
  return { town: town.id, beach: beach.id };
}

test('a shop with one site has nothing to choose', async () => {
  await open.shop.app.services.sites.add('Town', 'test');
  for (const path of ['/admin', '/admin/reports']) {
    expect((await owner.get(path)).text).not.toMatch(/aria-label="Sites"|site=/);
  }
});

test('an owner sees what each site earned and who is online there, and what all did', async () => {
  const { town, beach } = await addSites();
  const { phone, code } = await sell('P5', 'Town');
  await sell('P10', '<b>Beach');
  await sell('P10');
  await open.shop.reconcile();

  for (const path of ['/admin', '/admin/reports']) {
    expect(await amount(path)).toBe('₱25.00');
    expect(await amount(`${path}?site=${town}`)).toBe('₱5.00');
    expect(await amount(`${path}?site=${beach}`)).toBe('₱10.00');
    expect(await amount(`${path}?site=99`)).toBe('₱25.00');
  }
  const chosen = (await owner.get(`/admin/reports?period=today&site=${town}`)).text;
  expect(chosen).toContain(
    `<a href="/admin/reports?period=today&amp;site=${beach}">&lt;b&gt;Beach</a>`,
  );
  expect(chosen).toMatch(new RegExp(`period=yesterday&site=${town}`));
  const csv = (await owner.get(`/admin/reports.csv?by=plan&site=${beach}`)).text;
  expect(csv).toMatch(/P10,1,0,10/);
  expect(csv).not.toContain('P5');

  const home = (await owner.get(`/admin?site=${town}`)).text;
  expect(home).toMatch(new RegExp(`${phone.mac}[^]*${code}`));
  expect(home).toContain(`/admin/live-stream?site=${town}`);
  expect((await owner.get(`/admin?site=${beach}`)).text).not.toContain(phone.mac);
});

test('who works at sites sees their sales alone, by each of them', async () => {
  const { town, beach } = await addSites();
  await sell('P5', 'Town');
  await sell('P10', '<b>Beach');
  await sell('P10');
  const { accounts } = open.shop.app.services;
  const manager = { role: 'manager', password: PASSWORD } as const;
  await accounts.add({ ...manager, name: 'leni', sites: ['Town'] }, 'test');
  await accounts.add({ ...manager, name: 'maria', sites: ['Town', '<b>Beach'] }, 'test');
  const [leni, maria] = [open.visitor(), open.visitor()];
  await leni.signIn('leni', PASSWORD);
  await maria.signIn('maria', PASSWORD);

  expect(await amount('/admin/reports', leni)).toBe('₱5.00');
  expect(await amount(`/admin/reports?site=${beach}`, leni)).toBe('₱5.00');
  expect((await leni.get(`/admin/reports.csv?by=plan&site=${beach}`)).text).not.toContain('P10');
  expect((await leni.get('/admin/reports')).text).not.toContain('aria-label="Sites"');
  expect(await amount('/admin/reports', maria)).toBe('₱15.00');
  expect(await amount(`/admin/reports?site=${town}`, maria)).toBe('₱5.00');
});

test('who works at a site counts their own drawer, and sees no other', async () => {
  await addSites();
  const { accounts, drawers } = open.shop.app.services;
  await drawers.open('owner', { amount: 77_700, currency: 'PHP' }, 'owner');
  const ana = { name: 'ana', role: 'operator', password: PASSWORD, sites: ['Town'] } as const;
  await accounts.add(ana, 'test');
  const staff = open.visitor();
  await staff.signIn('ana', PASSWORD);
  await staff.get('/admin/drawers');
  expect((await staff.post('/admin/drawers', { float: '100' })).status).toBe(303);
  const page = (await staff.get('/admin/drawers')).text;
  expect(page).toContain('₱100.00');
  expect(page).not.toMatch(/777|owner/);
  expect((await staff.post('/admin/drawers/count', { amount: '100' })).status).toBe(303);
  expect((await drawers.openOf('owner'))?.count).toBeNull();
});
