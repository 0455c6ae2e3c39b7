import { AdminShop, type Staff } from '../support/admin-shop';

/** How many doors a shop has: few where one person sells at one router, more as it grows. */

let open: AdminShop;
let owner: Staff;

beforeEach(async () => {
  open = await AdminShop.open();
  owner = await open.signedIn('owner');
});

afterEach(() => open.close());

const linksIn = (html: string, nav: string) =>
  [...html.matchAll(new RegExp(`<nav class="${nav}" aria-label="([^"]+)">([^]*?)</nav>`, 'g'))]
    .filter(([, label]) => ['Places', 'Pages of this place', 'Views'].includes(label!))
    .flatMap(([, , inside]) => [...inside!.matchAll(/href="(\/[^"]+)"/g)].map(([, href]) => href!));

/** The bar, the pages of each of its places, and the views of each of those: as one who walks through sees them. */
async function targets(): Promise<string[]> {
  const bar = linksIn((await owner.get('/admin')).text, 'places');
  const found = [...bar];
  for (const place of bar) {
    const pages = linksIn((await owner.get(place)).text, 'sub');
    const beside = new Set<string>();
    for (const page of [place, ...pages]) {
      for (const href of linksIn((await owner.get(page)).text, 'sub')) beside.add(href);
    }
    found.push(...beside);
  }
  return found;
}

const monthly = (answer: string) =>
  owner.postParts('/admin/settings', { currency: 'PHP', monthly: answer });

test('a shop of one seller and one router has 12 navigation targets; drawers and Monthly come later', async () => {
  const small = await targets();
  expect(small).toHaveLength(12);
  expect(small).not.toContain('/admin/drawers');
  await open.signedIn('operator', 'ana');
  expect(await targets()).toContain('/admin/drawers');
  await owner.get('/admin/settings');
  await monthly('yes');
  const grown = await targets();
  expect(grown).toContain('/admin/invoices');
  // Before the pages were sorted, every shop had 30.
  expect(grown).toHaveLength(17);
});

test('every page of before is listed, found by search, and opens by its address', async () => {
  const listed = async (path: string) =>
    [...(await owner.get(path)).text.matchAll(/class="row" href="([^"]+)"/g)].map(
      ([, href]) => href!,
    );
  const folded = [...(await listed('/admin/settings')), ...(await listed('/admin/advanced'))];
  const away = ['audit', 'journal', 'batches/import', 'bandwidth/queues', 'log', 'drawers', 'subscribers', 'routers', 'sites', 'staff', 'notices', 'backups']; // prettier-ignore
  expect(folded).toEqual(expect.arrayContaining(away.map((path) => `/admin/${path}`)));
  for (const href of folded) expect([href, (await owner.get(href)).status]).toEqual([href, 200]);
  for (const name of ['Journal', 'Invoices', 'Drawers', 'Batches', 'Import', 'Queues', 'Sites']) {
    const { text } = await owner.get(`/admin/search?q=${name}`);
    expect(text).toMatch(new RegExp(`<b>${name}</b>`));
  }
});

test('Monthly follows the books until the owner says yes or no; no takes its links off the portal too', async () => {
  const isShown = async () => (await targets()).includes('/admin/subscribers');
  expect(await isShown()).toBe(false);
  const { subscribers } = open.shop.app.services;
  await subscribers.add({ name: 'Ben', login: 'ben', password: 'a long one', loginKind: 'hotspot' }, 'maria'); // prettier-ignore
  open.shop.clock.advance(120_000);
  const portal = async () => (await fetch(`${open.address}/portal`)).text();
  expect(await isShown()).toBe(true);
  expect(await portal()).toContain('/portal/account');
  await owner.get('/admin/settings');
  await monthly('no');
  expect(await isShown()).toBe(false);
  expect(await portal()).not.toContain('/portal/account');
  expect((await owner.get('/admin/subscribers')).status).toBe(200);
  expect((await monthly('maybe')).status).toBe(422);
});
