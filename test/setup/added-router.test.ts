import { isHealthy } from '../../src/domain/doctor/doctor';
import { exceptOfVersion } from '../../src/domain/doctor/doctor-version';
import type { SetupTools } from '../../src/services/setup/setup-applier';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator';
import type { AddedSettings } from '../../src/store/router/added-router-store';
import { idsOf } from '../support/router/bare-router';
import { ChainShop, ROUTER_PASSWORD } from '../support/router/chain-shop';

/** A router that was added has what the first one has: set-up, undo, doctor, watch of its uplink. */

const ADMIN = { username: 'admin', password: ROUTER_PASSWORD };
const PORTAL = 'http://10.9.0.1:5000';
const ENV = { PORTAL_URL: 'http://192.168.88.2:5000' };

let chain: ChainShop;
afterEach(() => chain.close());

async function open(settings: Partial<AddedSettings> = {}, simulator: SimulatorOptions = {}) {
  chain = await ChainShop.open({ env: ENV }, { simulator, settings });
}

/** The caller's `.env`, which is not that of an added router. */
const tools: SetupTools = {
  tell: () => undefined,
  save: () => {
    throw new Error('an added router has nothing in .env');
  },
  checkSaving: () => undefined,
  masked: () => ['MIKROTIK_USERNAME', 'PORTAL_URL'],
  serve: () => Promise.resolve(() => Promise.resolve()),
};
const row = async () => (await chain.shop.app.services.addedRouters.list())[0]!;
const alerts = async () =>
  (await chain.shop.app.stores.journal.openAlerts()).map(({ kind, subject }) => [kind, subject]);

test('it is set up with its key in every page, its login goes into the books, and undo puts it back', async () => {
  await open({ portalUrl: PORTAL }, { bare: true });
  const before = chain.second.exported();
  const order = { portalUrl: chain.added.settings.portalUrl };
  const preview = await chain.added.setup.preview(order);
  expect(preview.steps.find(({ id }) => id === 'login')!.what).toContain('write it into the books');
  const report = await chain.added.setup.apply(order, tools, 'test');
  expect(report).toMatchObject({ failed: null, left: [] });

  const { key, username } = await row();
  expect(username).toBe('pisonet');
  const pages = chain.second.rows('/file').filter(({ name }) => name!.startsWith('pisonet-'));
  const [login] = pages.filter(({ name }) => name!.endsWith('/login.html'));
  expect(login!.contents).toContain(`${PORTAL}/portal?r=${key}&amp;mac=$(mac-esc)`);
  const links = pages.flatMap(({ contents }) => [
    ...contents!.matchAll(new RegExp(`${PORTAL}/portal[^"]*`, 'g')),
  ]);
  expect(links.length).toBeGreaterThanOrEqual(6);
  for (const [link] of links) expect(link).toContain(`?r=${key}`);

  await chain.restart();
  expect((await chain.added.controller.reconcile()).errors).toBe(0);
  expect(idsOf((await chain.added.setup.preview(order)).steps)).toEqual([]);
  const findings = await chain.added.doctor.examine();
  expect(isHealthy(exceptOfVersion(findings))).toBe(true);

  const undone = await chain.added.setup.undo({ ...order, admin: ADMIN }, tools, 'test');
  expect(undone).toMatchObject({ failed: null });
  expect(chain.second.exported()).toEqual(before);
  expect((await row()).username).toBe('admin');
  // Nobody touched the first router.
  expect(chain.first.rows('/file').some(({ name }) => name!.startsWith('pisonet-'))).toBe(false);
});

test('where there are several, the first router has a key in its pages too: both may have one address', async () => {
  await open();
  const { setup, key } = chain.shop.app.routerSide!;
  const pages = async () => {
    const { steps } = await setup.preview({ portalUrl: ENV.PORTAL_URL });
    return JSON.stringify(steps.find(({ id }) => id === 'pages')!.change);
  };
  expect(await pages()).toContain(`/portal?r=${key}&amp;mac=`);
  const here = chain.first.addDevice({ mac: '02:00:00:00:01:01', address: '10.5.50.9' });
  chain.second.addDevice({ mac: '02:00:00:00:01:02', address: '10.5.50.9' });
  const { loop, addedRouters } = chain.shop.app.services;
  await expect(loop.whoIsAt('10.5.50.9')).rejects.toThrow('Two routers');
  expect(await loop.whoIsAt('10.5.50.9', key)).toMatchObject({ mac: here.mac, router: 0 });
  await addedRouters.remove('Purok 3', 'maria');
  expect(await pages()).not.toContain('?r=');
});

test('its doctor examines it and nothing else, and names the router in what to run', async () => {
  await open({}, { bare: true });
  const ids = idsOf(await chain.added.doctor.examine());
  expect(ids).toContain('fasttrack');
  expect(idsOf(await chain.shop.app.services.doctor!.examine())).not.toContain('fasttrack');
  const commands = (await chain.added.doctor.examine()).flatMap((one) => one.commands ?? []);
  expect(commands).toContain('setup --router "Purok 3"');
  const { fixed } = await chain.added.doctor.treat('test');
  expect(idsOf(fixed)).toContain('fasttrack');
});

test('its uplink is watched and shared: a dead line is told by its name, and its rate is on its queue', async () => {
  await open({ wanInterface: 'ether1', uplinkRate: '5M/20M' });
  const row = ['=host=8.8.8.8', '=interval=10s', '=timeout=3s', '=comment=pisonet:line'];
  chain.second.run(['/tool/netwatch/add', ...row]);
  const rounds = async (count: number) => {
    for (let round = 0; round < count; round += 1) {
      chain.clock.advance(10_000);
      await chain.reconcile();
    }
  };
  await rounds(3);
  expect(await alerts()).toEqual([]);
  chain.second.faults.deadLine = true;
  await rounds(8);
  expect(await alerts()).toEqual([['wan down', 'Purok 3: 8.8.8.8']]);
  chain.second.faults.deadLine = false;
  await rounds(2);
  expect(await alerts()).toEqual([]);
  const limits = (router: Simulator) => router.rows('/queue/simple').map((one) => one['max-limit']);
  expect([limits(chain.first), limits(chain.second)]).toEqual([[], ['5000000/20000000']]);
});

test('what cannot be a setting is refused in words, and nothing is kept', async () => {
  await open();
  const edit = (changes: Partial<AddedSettings>) =>
    chain.shop.app.services.addedRouters.edit('Purok 3', changes, undefined, 'maria');
  await expect(edit({ uplinkRate: 'fast' })).rejects.toThrow('write it like 20M/100M');
  await expect(edit({ uplinkHost: 'google' })).rejects.toThrow('is not an address like 8.8.8.8');
  await expect(edit({ pollSeconds: 0 })).rejects.toThrow('number of seconds (1 to 3600)');
  await expect(edit({ portalUrl: 'ftp://x' })).rejects.toThrow('is not a plain web address');
  const { uplinkRate, pollSeconds, revision } = await row();
  expect([uplinkRate, pollSeconds]).toEqual([null, null]);
  await edit({ pollSeconds: 30, tls: 'anonymous' });
  expect((await row()).revision).toBe(revision + 1);
  await chain.restart();
  expect(chain.added.settings).toMatchObject({ pollMs: 30_000, tls: 'anonymous' });
});
