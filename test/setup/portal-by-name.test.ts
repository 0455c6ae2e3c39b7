import type { Finding } from '../../src/domain/doctor/doctor-finding';
import { ADMIN, BareRouter, idsOf } from '../support/router/bare-router';

/** A portal by name is in the walled garden by its address as well. */

const NAME = 'wifi.example.com';
const IP_GARDEN = '/ip/hotspot/walled-garden/ip';

let router: BareRouter;
afterEach(() => router.close());

async function open(version: string): Promise<void> {
  router = await BareRouter.open({ version });
  router.settings.PORTAL_URL = router.portalUrl.replace('127.0.0.1', NAME);
  await router.restart();
}

const examined = (): Promise<Finding[]> => router.server.shop.app.services.doctor!.examine();
const there = () => ({
  ...{ host: NAME, address: '127.0.0.1' },
  port: Number(new URL(router.portalUrl).port),
});

describe.each(['7.19.4', '7.24.5'])('RouterOS %s', (version) => {
  test('a rule by name alone keeps phones with private DNS out, and after a restart everybody', async () => {
    await open(version);
    const port = String(there().port);
    const phone = router.server.phone(21);
    const words = ['=action=accept', `=dst-host=${NAME}`, '=protocol=tcp', `=dst-port=${port}`];
    router.run(`${IP_GARDEN}/add`, ...words);
    expect(phone.reaches(there())).toBe(false);
    phone.lookUp(NAME);
    expect(phone.reaches(there())).toBe(true);
    router.simulator.reboot();
    expect(phone.reaches(there())).toBe(false);
    await examined().catch(() => undefined); // finds the line cut
    expect(idsOf(await examined())).toContain('portal-by-name');
  });

  test('the set-up makes a rule for the address too, once, and takes both back', async () => {
    await open(version);
    const before = router.contents();
    const report = await router.apply();
    expect(report).toMatchObject({ failed: null, left: [] });
    expect(idsOf(report.done)).toEqual(
      expect.arrayContaining(['walled garden', 'walled garden address']),
    );
    expect(router.simulator.rows(IP_GARDEN)).toMatchObject([
      { 'dst-host': NAME, comment: 'pisonet:portal' },
      { 'dst-address': '127.0.0.1', comment: 'pisonet:portal-address' },
    ]);
    const phone = router.server.phone(21);
    expect(phone.reaches(there())).toBe(true);
    await router.restart();
    expect(idsOf(await examined())).not.toContain('portal-by-name');
    router.simulator.log.clear();
    expect((await router.apply()).done).toEqual([]);
    expect(router.simulator.log.writes).toEqual([]);
    router.settings.PORTAL_URL = router.portalUrl.replace(NAME, '127.0.0.1');
    await router.apply(ADMIN);
    expect(await router.undo(ADMIN)).toMatchObject({ failed: null });
    expect(router.contents()).toEqual(before);
  });
});
