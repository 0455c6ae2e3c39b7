import { AdminShop, type Staff } from '../../support/admin-shop';
import { HOUR } from '../../support/builders';

/** What the owner changes on the settings page, and where it is seen without a restart. */

let open: AdminShop;
let owner: Staff;

const EMPTY = {
  name: '',
  currency: '',
  timeZone: '',
  language: '',
  codePrefix: '',
  codeLength: '',
};
/** The smallest PNG there is: one pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

async function start(options: Parameters<typeof AdminShop.open>[0] = {}): Promise<void> {
  open = await AdminShop.open(options);
  owner = await open.signedIn('owner', 'maria');
}

const save = (fields: Record<string, string | File>) =>
  owner.postParts('/admin/settings', { ...EMPTY, ...fields });
const portal = async (path = '/portal') => (await fetch(open.address + path)).text();
const picture = (content: Uint8Array, name = 'logo.png') =>
  new File([new Uint8Array(content)], name, { type: 'image/png' });

afterEach(() => open.close());

test('the name is on the portal, in the admin and on slips at once; emptied, the environment’s is back', async () => {
  await start({ env: { SHOP_NAME: 'From the file' } });
  const { location } = await owner.post('/admin/batches', { plan: 'P5', count: '1' });
  const slips = async () => (await owner.get(`${location}/print`)).text;
  expect(await portal()).toContain('From the file');
  expect((await save({ name: 'Aling Nena <b>' })).status).toBe(303);
  for (const page of [await portal(), (await owner.get('/admin')).text, await slips()]) {
    expect(page).toContain('Aling Nena &lt;b&gt;');
    expect(page).not.toContain('From the file');
  }
  expect((await save({})).status).toBe(303);
  expect(await portal()).toContain('From the file');
});

test('the help line and the welcome line are on the portal; a number can be called', async () => {
  await start();
  expect(await portal()).not.toMatch(/class="(help|banner)"/);
  const phone = '0917-123 4567, 8 AM to 9 PM <b>';
  expect((await save({ phone, banner: 'Maligayang pagdating & "enjoy"' })).status).toBe(303);
  for (const page of [await portal(), await portal('/portal/nothing')]) {
    expect(page).toContain('<a href="tel:09171234567">0917-123 4567, 8 AM to 9 PM &lt;b&gt;</a>');
    expect(page).toContain('<p class="banner">Maligayang pagdating &amp; &#34;enjoy&#34;</p>');
  }
  await save({ phone: 'm.me/alingnena' });
  expect(await portal('/portal?lang=fil')).toMatch(/Kailangan ng tulong\? m\.me\/alingnena/);
  expect((await save({ banner: 'x'.repeat(121) })).status).toBe(422);
});

test('the time zone holds for pages and for the loop, which goes on meanwhile', async () => {
  await start({ profiles: [{ name: 'DAILY', data_cap: '10MB', cap_period: 'daily', throttle_policy: 'block', validity: '7d' }] }); // prettier-ignore
  open.shop.clock.set('2026-11-21T08:00:00Z');
  const { phone, code } = await open.shop.online('DAILY');
  expect((await owner.get(`/admin/vouchers/${code}`)).text).toContain('2026-11-21 16:00');
  phone.download('11M');
  await open.shop.reconcile();
  expect(phone.online).toBe(false);
  // On the island of Kiritimati the 22nd begins at 10:00 UTC, in Manila at 16:00.
  await save({ timeZone: 'Pacific/Kiritimati' });
  expect((await owner.get(`/admin/vouchers/${code}`)).text).toContain('2026-11-21 22:00');
  open.shop.clock.advance(2 * HOUR + 1_000);
  await open.shop.reconcile();
  expect(phone.online).toBe(true);
});

test('the currency is the one of new prices; what was sold keeps its own', async () => {
  await start();
  await open.shop.online();
  await save({ currency: 'usd' });
  await owner.post('/admin/plans', { name: 'NEW', price: '2', rate_up: '1M', rate_down: '1M' });
  expect((await open.shop.voucher(await open.shop.code('NEW'))).terms.price).toEqual({
    amount: 200,
    currency: 'USD',
  });
  expect((await owner.get('/admin/reports')).text).toMatch(/class="amount">[^<]*₱5\.00/);
});

test('codes get the prefix and the length, unless the order says otherwise', async () => {
  await start();
  await save({ codePrefix: 'nena', codeLength: '10' });
  expect((await owner.get('/admin/settings')).text).toMatch(/<code>NENA[A-Z2-9]{10}<\/code>/);
  expect((await owner.get('/admin/batches/new')).text).toContain('name="prefix" value="NENA"');
  expect(await open.shop.code()).toMatch(/^NENA[A-Z2-9]{10}$/);
  const order = { plan: 'P5', count: 1, prefix: '', length: 8 };
  const { vouchers } = await open.shop.app.services.batches.generate(order, 'test');
  expect(vouchers[0]!.code).toMatch(/^[A-Z2-9]{8}$/);
});

test('the language is what customers read first; their own choice goes before it', async () => {
  await start();
  await save({ language: 'fil' });
  expect(await portal()).toContain('lang="fil"');
  expect(await portal('/portal?lang=en')).toContain('lang="en"');
  await save({ language: 'xx' });
  expect(await portal()).toContain('lang="en"');
});

test('wrong fields are told at the field, and nothing is saved', async () => {
  await start();
  await save({ name: 'Before' });
  const wrong = await save({
    name: 'After',
    currency: 'PESO',
    timeZone: 'Manila',
    codePrefix: 'a-b',
    codeLength: '3',
    accent: 'green',
    logo: picture(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"></svg>')),
  });
  expect(wrong.status).toBe(422);
  for (const [name, words] of [
    ['currency', 'is not a currency'],
    ['timeZone', 'is not a time zone'],
    ['codePrefix', 'is not a prefix'],
    ['codeLength', 'is not a number of characters'],
    ['accent', 'is not a color'],
    ['logo', 'is not a picture we can show'],
  ]) {
    expect(wrong.text).toMatch(new RegExp(`id="${name}-hint" class="wrong">[^<]*${words}`));
  }
  expect(wrong.text).toContain('value="After"');
  expect(open.shop.app.services.shop.get()).toMatchObject({ name: 'Before', currency: 'PHP' });
});

test('what is stored and would not be taken counts as not set, and the owner sees which', async () => {
  await start();
  const { settings, files } = open.shop.app.stores;
  await save({ name: 'Aling Nena', logo: picture(PNG) });
  await settings.set('shop.timeZone', '../../etc/passwd');
  await settings.set('shop.currency', '<b>');
  await settings.set('shop.accent', 'red;}body{display:none}');
  await settings.set('shop.codePrefix', '--');
  open.shop.clock.advance(5_000);
  const page = await owner.get('/admin/settings');
  expect(page.status).toBe(200);
  for (const name of ['timeZone', 'currency', 'accent', 'codePrefix']) {
    expect(page.text).toContain(`id="${name}-hint" class="wrong"`);
  }
  expect(page.text).toContain('Some saved settings are not used');
  const usual = { name: 'Aling Nena', timeZone: 'Asia/Manila', currency: 'PHP', codePrefix: '' };
  expect(open.shop.app.services.shop.get()).toMatchObject({ ...usual, accent: null });
  expect((await owner.get('/admin')).status).toBe(200);

  const logo = () => fetch(`${open.address}/shop/logo-${open.shop.app.services.shop.get().logo}`);
  await files.save('logo', { type: 'text/html', content: PNG });
  expect((await logo()).headers.get('content-type')).toBe('image/png');
  await files.save('logo', { type: 'text/html', content: Buffer.from('<script>') });
  expect((await logo()).status).toBe(404);
});

test('a logo is known by its bytes, is shown by us alone, and can be kept for ever', async () => {
  await start();
  const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(100)]);
  await save({ logo: picture(jpeg, 'logo.png') });
  const address = /src="(\/shop\/logo-\w+)"/.exec(await portal())![1]!;
  const shown = await fetch(open.address + address);
  expect(shown.headers.get('content-type')).toBe('image/jpeg');
  expect(shown.headers.get('x-content-type-options')).toBe('nosniff');
  expect(shown.headers.get('cache-control')).toContain('immutable');
  expect(Buffer.from(await shown.arrayBuffer())).toEqual(jpeg);
  expect((await owner.get('/admin')).text).toContain(address);

  await save({ name: 'Another name' }); // the logo stays
  expect(await portal()).toContain(address);
  await save({ logo: picture(PNG) });
  expect((await fetch(open.address + address)).status).toBe(404);
  expect((await save({ logo: picture(Buffer.concat([PNG, Buffer.alloc(30_000)])) })).text).toContain('too large'); // prettier-ignore
  const huge = await save({
    name: 'Typed',
    logo: picture(Buffer.alloc(3_000_000)),
    codePrefix: 'ME',
  });
  expect(huge.status).toBe(422);
  expect(huge.text).toMatch(/id="logo-hint" class="wrong">The picture is too large/);
  for (const kept of ['Typed', 'ME']) expect(huge.text).toContain(`value="${kept}"`);
  await save({ removeLogo: 'yes' });
  expect(await portal()).toContain('src="/icon.svg"');
});

test('a form that is cut off on its way is told at the logo, and nothing is saved', async () => {
  await start();
  await save({ name: 'Before' });
  const part = (name: string, more = '') => `--cut\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`; // prettier-ignore
  const body = `${part('_csrf')}${owner.token}\r\n${part('name')}After\r\n${part('logo', '; filename="logo.png"')}half of`;
  const answer = await fetch(`${open.address}/admin/settings`, {
    method: 'POST',
    body,
    headers: { cookie: owner.cookie, accept: 'text/html', 'content-type': 'multipart/form-data; boundary=cut' }, // prettier-ignore
  });
  const text = await answer.text();
  expect(answer.status).toBe(422);
  expect(text).toMatch(/id="logo-hint" class="wrong">The picture [^<]*choose it again/);
  expect(text).toContain('value="After"');
  expect(open.shop.app.services.shop.get().name).toBe('Before');
});

test('with logo and color the first page stays small and asks nobody else', async () => {
  await start();
  const logo = picture(Buffer.concat([PNG, Buffer.alloc(20_000 - PNG.length, 7)]));
  await save({ logo, accent: '#ffcc00' });
  const page = await portal();
  const parts = [...page.matchAll(/(?:src|href)="(\/(?:shop|portal\.css|icon)[^"]*)"/g)];
  const sizes = await Promise.all(
    [...new Set(parts.map(([, address]) => address!))].map(async (address) => {
      const part = await fetch(open.address + address);
      expect([address, part.status]).toEqual([address, 200]);
      return (await part.arrayBuffer()).byteLength;
    }),
  );
  expect(sizes.length).toBeGreaterThanOrEqual(3);
  expect(sizes.reduce((sum, size) => sum + size, page.length)).toBeLessThan(30_000);
  expect(page).not.toMatch(/style=|<style|<script(?! src="\/portal\.js\?v=[\w-]{8}" defer><)/);
});

test('the audit tells what was changed from what to what; who is no owner sees nothing of it', async () => {
  await start();
  await save({ name: 'One' });
  await save({ name: 'Two' });
  const [last] = (await open.shop.app.services.reports.audit({ text: 'settings changed', beforeId: undefined }, 1)); // prettier-ignore
  expect(last).toMatchObject({
    who: 'maria',
    detail: { before: { name: 'One' }, after: { name: 'Two' } },
  });
  await save({ name: 'Two' }); // nothing new
  const all = await open.shop.app.services.reports.audit({ text: 'settings changed', beforeId: undefined }, 9); // prettier-ignore
  expect(all).toHaveLength(2);
  const operator = await open.signedIn('operator');
  expect((await operator.get('/admin/settings')).status).toBe(403);
  expect((await operator.postParts('/admin/settings', EMPTY)).status).toBe(403);
  expect((await open.visitor().postParts('/admin/settings', EMPTY)).status).toBe(401);
  owner.token = 'f'.repeat(64);
  expect((await save({ name: 'Mallory' })).status).toBe(403);
});

test('the owner says what is on a slip, and sees a sample of it', async () => {
  await start();
  const fields = { wifiName: 'PISONET <5G>', slipFooter: 'Salamat po!', slipShows: 'steps' };
  expect((await save(fields)).status).toBe(303);
  const sample = (await owner.get('/admin/settings/slips?format=a4-small')).text;
  expect(sample).toContain('Connect to <b>PISONET &lt;5G&gt;</b>');
  expect(sample).toContain('<p class="footer">Salamat po!</p>');
  expect(sample).not.toMatch(/<svg|class="terms"|class="origin"/);
  const settings = (await owner.get('/admin/settings')).text;
  const ticked = [...settings.matchAll(/name="slipShows" value="(\w+)"( checked)?/g)];
  expect(ticked.filter(([, , isTicked]) => isTicked).map(([, part]) => part)).toEqual(['steps']);
});
