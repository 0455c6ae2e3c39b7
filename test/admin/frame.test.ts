import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { get } from 'node:http';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { AdminShop, type Staff } from '../support/admin-shop';

/** What stands around every page of the staff: light or dark, what the bar says, and how much it weighs. */

let open: AdminShop;
let owner: Staff;

beforeEach(async () => {
  open = await AdminShop.open();
  owner = await open.signedIn('owner');
});

afterEach(() => open.close());

test('light or dark is chosen without script, is kept in this browser, and can be left to the device', async () => {
  const choose = (light: string) =>
    owner.post('/admin/account/light', { light }, { referer: `${open.address}/admin/plans?x=1` });
  const shown = async (cookie: string) => {
    const page = await fetch(`${open.address}/admin/plans`, { headers: { cookie } });
    return /<html[^>]*>/.exec(await page.text())![0];
  };
  const kept = (headers: Headers) =>
    headers.getSetCookie().find((one) => one.startsWith('pisonet.light='))!;
  const dark = await choose('dark');
  expect([dark.status, dark.location]).toEqual([303, '/admin/plans?x=1']);
  const [cookie] = kept(dark.headers).split(';');
  expect(await shown(`${owner.cookie}; ${cookie}`)).toBe('<html lang="en" data-theme="dark">');
  expect(await shown(owner.cookie)).toBe('<html lang="en">');
  expect(kept((await choose('"><script>')).headers)).toContain('1970');
  expect(await shown(`${owner.cookie}; pisonet.light=blue`)).toBe('<html lang="en">');
});

test('the bar says how many are online, and that something needs people', async () => {
  const { shop } = open;
  const counts = async () => {
    const { text } = await owner.get('/admin/plans');
    return [...text.matchAll(/class="count[^"]*">(\d+)/g)].map(([, count]) => Number(count));
  };
  expect(await counts()).toEqual([]);
  await shop.online();
  await shop.online();
  await shop.reconcile();
  expect(await counts()).toEqual([2]);
  await shop.app.stores.journal.raise('name taken', 'x', 'not ours', shop.clock.now());
  expect(await counts()).toEqual([2, 1]);
});

/** As it goes through the air. */
function fetched(
  path: string,
): Promise<{ bytes: Buffer; head: number; encoding: string | undefined }> {
  const headers = { cookie: owner.cookie, 'accept-encoding': 'gzip', accept: 'text/html,*/*' };
  return new Promise((resolve, reject) => {
    get(open.address + path, { headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const head = answer.rawHeaders.join(': \r\n').length;
        resolve({
          bytes: Buffer.concat(parts),
          head,
          encoding: answer.headers['content-encoding'],
        });
      });
    }).on('error', reject);
  });
}

test('the first page with all it needs is under 58 KB on its way', async () => {
  for (let count = 0; count < 10; count += 1) await open.shop.online();
  const page = await fetched('/admin');
  expect(page.encoding).toBe('gzip');
  const html = gunzipSync(page.bytes).toString();
  const paths = [...html.matchAll(/(?:href|src)="(\/[^"#?]+\.(?:css|js|svg)(?:\?v=[\w-]+)?)"/g)].map(([, path]) => path!); // prettier-ignore
  expect(paths.length).toBeGreaterThan(4);
  const parts = await Promise.all(paths.map(fetched));
  const bytes = [page, ...parts].reduce((sum, part) => sum + part.head + part.bytes.length, 0);
  expect(bytes).toBeLessThan(58_000);
  expect(bytes).toBeGreaterThan(20_000);
});

test('scripts of ours go without comments and indents, and say the same', async () => {
  const folder = join(__dirname, '..', '..', 'public');
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.js'))) {
    const source = readFileSync(join(folder, name), 'utf8');
    const answer = await fetch(`${open.address}/${name}`);
    const served = await answer.text();
    expect(() => new Script(served)).not.toThrow();
    expect(served.length).toBeLessThan(source.length);
    expect(served).not.toMatch(/^\s*(\/\/|\/\*|\*)/m);
    // A text over several lines would lose its indents.
    for (const [text] of source.matchAll(/`[^`]*`/g)) expect(text).not.toContain('\n');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  }
});

test('the shop’s color is kept as it was chosen, and the usual one is no color of its own', async () => {
  const { shop } = open.shop.app.services;
  await owner.get('/admin/settings');
  const save = (fields: Record<string, string>) =>
    owner.postParts('/admin/settings', { currency: 'PHP', ...fields });
  await save({ accent: '#c2185b' });
  expect(shop.get().accent).toBe('#c2185b');
  await save({ accent: '#0b6e4f' });
  expect(shop.get().accent).toBeNull();
  await save({ accent: '#c2185b' });
  await save({ accent: '#c2185b', usualColor: 'yes' });
  expect(shop.get().accent).toBeNull();
});
