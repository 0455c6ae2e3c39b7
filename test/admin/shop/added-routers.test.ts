import { parseCode } from '../../../src/domain/vouchers/voucher-code';
import { Simulator } from '../../../src/simulator/simulator';
import { AdminShop, type Staff } from '../../support/admin-shop';

/** Routers beside the first, on the pages of the staff. */

jest.setTimeout(20_000);

const PASSWORD = 'sea-breeze-7';

let open: AdminShop;
let second: Simulator;
let owner: Staff;

beforeEach(async () => {
  open = await AdminShop.open({ env: { SECRET_KEY: 'a key of this test, long enough for one' } });
  const { clock } = open.shop;
  second = await Simulator.start({ clock, serial: 'SECOND', bare: true, password: PASSWORD });
  owner = await open.signedIn('owner');
  await owner.get('/admin/routers/new');
});

afterEach(async () => {
  await open.close();
  await second.stop();
});

const form = (more: Record<string, string> = {}) => ({
  ...{ title: 'Market', site: 'Purok 3', host: '127.0.0.1', port: String(second.port) },
  ...{ username: 'admin', password: PASSWORD, tls: 'off', uplinkHost: '8.8.8.8', ...more },
});
const sides = () => open.shop.app.routerSides;
const reconcile = async () => {
  for (const { controller } of sides()) await controller.reconcile();
};

/** Adds the second router. @returns the path of its page */
async function add(more: Record<string, string> = {}): Promise<string> {
  const added = await owner.post('/admin/routers', form(more));
  expect(added.status).toBe(303);
  return added.location!;
}

test('the owner adds, tests, changes and removes a router; it serves without a restart', async () => {
  const page = await add();
  const shown = await owner.get(page);
  expect(shown.text).toContain('The router answers.');
  expect(shown.text).toContain('<dd>SECOND</dd>');
  expect(shown.text).toContain('setup --router Market');
  expect(shown.text).not.toContain(PASSWORD);
  expect(sides().map(({ title }) => title)).toEqual([undefined, 'Market']);
  await reconcile();
  const list = await owner.get('/admin/routers');
  expect(list.text.match(/class="notice good">Router checked/g)).toHaveLength(2);
  expect(list.text).toContain('Purok 3');

  const edit = await owner.get(`${page}/edit`);
  expect(edit.text).toContain('value="8.8.8.8"');
  expect(edit.text).not.toContain(PASSWORD);
  const saved = await owner.post(`${page}/edit`, form({ password: '', pollSeconds: '20' }));
  expect([saved.status, saved.location]).toEqual([303, page]);
  expect(sides()[1]!.settings).toMatchObject({ pollMs: 20_000, password: PASSWORD });

  const asked = await owner.post(`${page}/removal`);
  expect(asked.text).toContain('Remove Market?');
  expect(sides()).toHaveLength(2);
  await owner.post(`${page}/removal`, { confirmed: 'yes' });
  expect(sides()).toHaveLength(1);
  expect((await owner.get(page)).status).toBe(404);
});

test('what is wrong with a setting is said, and what was typed stays in the form', async () => {
  const refused = await owner.post('/admin/routers', form({ uplinkRate: 'fast', port: '99999' }));
  expect(refused.status).toBe(422);
  expect(refused.text).toContain('write it like 20M/100M');
  expect(refused.text).toContain('The port');
  expect(refused.text).toContain('value="Market"');
  expect(sides()).toHaveLength(1);
  await add();
  expect((await owner.post('/admin/routers', form())).status).toBe(409);
});

test('the doctor of each is on its page; viewers look, and only the owner may do anything', async () => {
  const page = await add();
  expect((await owner.get(page)).text).toMatch(/Loses money: [^<]*FastTrack/i);
  expect((await owner.get('/admin/router')).text).not.toMatch(/Loses money: [^<]*FastTrack/i);
  const finding = /name="finding" value="(fasttrack [^"]+)"/.exec(
    (await owner.get(page)).text,
  )![1]!;
  const mend = {
    finding: finding.replaceAll('&#34;', '"').replaceAll('&#39;', "'"),
    confirmed: 'yes',
  };
  expect(await owner.post(`${page}/repair`, mend)).toMatchObject({ status: 303, location: page });
  const viewer = await open.signedIn('viewer');
  const seen = await viewer.get(page);
  expect(seen.status).toBe(200);
  expect(seen.text).not.toContain('/removal');
  expect((await viewer.get(`${page}/edit`)).status).toBe(403);
  expect((await viewer.post(`${page}/removal`, { confirmed: 'yes' })).status).toBe(403);
  expect((await viewer.post('/admin/routers', form({ title: 'Mine' }))).status).toBe(403);
});

test('who is online is listed with the router, and Home says which router is away', async () => {
  const page = await add();
  await reconcile();
  const phone = second.addDevice({ mac: '02:00:00:00:01:01', address: '10.5.50.9' });
  const { key } = sides()[1]!;
  const { loop, redemptions } = open.shop.app.services;
  const host = await loop.whoIsAt(phone.address, key);
  await redemptions.redeem(parseCode(await open.shop.code()), host!);
  await open.shop.online();
  const online = await owner.get('/admin/bandwidth');
  expect(online.text).toContain('· Market (Purok 3)');
  expect(online.text).toContain('· First router');

  await second.stop();
  await reconcile();
  const home = await owner.get('/admin');
  expect(home.text).toContain('Market does not answer.');
  expect(home.text).toContain('href="/admin/routers"');
  expect((await owner.get('/admin/routers')).text).toContain('Not answering');
  expect((await owner.get(page)).text).toContain('role="alert"');
  const rest = await owner.get('/admin/bandwidth');
  expect(rest.text).toContain('· First router');
  expect(rest.text).not.toContain('· Market');
  const ready = JSON.parse((await owner.get('/readyz')).text) as unknown;
  expect(ready).toMatchObject({ router: 'away', routers: { all: 2, answer: 1 } });
});
