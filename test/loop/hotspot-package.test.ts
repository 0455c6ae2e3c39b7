import { isHealthy } from '../../src/domain/doctor/doctor';
import { AdminShop } from '../support/admin-shop';
import { TestApp } from '../support/test-app';

/** A router on which the hotspot is a package that nobody installed. */

const MINUTES = 10;
const MOST_A_MINUTE = 6;
const SAID =
  /^The router has no hotspot: its package "hotspot" is not installed, .*extra packages of just the same version .*restart the router$/;

let shop: TestApp;
let admin: AdminShop | undefined;
afterEach(async () => {
  await (admin ?? shop).close();
  admin = undefined;
});

describe.each(['6.49.18', '7.21'])('RouterOS %s', (version) => {
  beforeEach(async () => {
    shop = await TestApp.start({ simulator: { version, hasHotspotPackage: false } });
  });

  test('the loop asks rarely, and the owner is told once what to install', async () => {
    const { app, clock, loop, simulator } = shop;
    const stop = new AbortController();
    const running = loop.run(stop.signal);
    void clock.wait(MINUTES * 60_000).then(() => stop.abort());
    await clock.passingFor(running, 3); // the loop, what watches it, and we
    expect(simulator.log.commands.length / MINUTES).toBeLessThan(MOST_A_MINUTE);
    const alerts = await app.services.alerts.open();
    expect(alerts).toMatchObject([{ kind: 'router away' }]);
    expect(alerts[0]!.message.replace(/\.$/, '')).toMatch(SAID);
    expect(shop.controller.status.last).toMatchObject({ failure: 'refused' });
  });

  test('the doctor, the set-up and the page of the router name the package', async () => {
    const { doctor, routerOverview } = shop.app.services;
    const findings = await doctor!.examine();
    const named = findings.find(({ id }) => id === 'hotspot-package')!;
    expect(named.title).toBe('The router has no hotspot: its package "hotspot" is not installed');
    expect(named.fix).toContain('drag hotspot-VERSION.npk into Files');
    expect(findings.map(({ id }) => id)).not.toContain('not-looked-at');
    expect(findings.map(({ id }) => id)).not.toContain('hotspot-missing');
    expect(isHealthy(findings)).toBe(false);

    const { setup } = shop.app.routerSide!;
    await expect(setup.preview({ portalUrl: 'http://127.0.0.1:5000' })).rejects.toThrow(SAID);
    expect(shop.simulator.log.writes).toEqual([]);

    const { hotspotServers, notes } = await routerOverview.test();
    expect(hotspotServers).toEqual([]);
    expect(notes[0]).toMatch(SAID);
  });
});

test('a package that is only disabled is to be enabled', async () => {
  shop = await TestApp.start({ simulator: { version: '6.49.18', hasHotspotPackage: false } });
  const rows = [...shop.simulator.rows('/system/package'), { name: 'hotspot', disabled: 'true' }];
  shop.simulator.installPackages(rows);
  const findings = await shop.app.services.doctor!.examine();
  const named = findings.find(({ id }) => id === 'hotspot-package')!;
  expect(named.title).toContain('is disabled');
  expect(named.fix).toMatch(/select "hotspot", press "Enable"/);
});

test('the dashboard names the package', async () => {
  admin = await AdminShop.open({ simulator: { version: '7.21', hasHotspotPackage: false } });
  ({ shop } = admin);
  await shop.reconcile();
  const owner = await admin.signedIn('owner');
  const { status, text } = await owner.get('/admin');
  expect(status).toBe(200);
  expect(text).toContain('its package &#34;hotspot&#34; is not installed');
});
