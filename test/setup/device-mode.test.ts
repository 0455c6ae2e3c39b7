import type { Finding } from '../../src/domain/doctor/doctor-finding';
import { BareRouter, idsOf } from '../support/router/bare-router';
import { ShopServer } from '../support/program/shop-server';

/** What the board and the license allow, feature by feature. */

const GARDEN = '/ip/hotspot/walled-garden';
const COMMAND = '/system/device-mode/update hotspot=yes proxy=yes';

let router: BareRouter;
afterEach(() => router.close());

const open = async () => (router = await BareRouter.open({ version: '7.24.5' }));
const faults = () => router.simulator.faults;
const examined = (): Promise<Finding[]> => router.server.shop.app.services.doctor!.examine();
const found = async (id: string) => (await examined()).find((finding) => finding.id === id);

test('the features count, not the mode: a board in the mode home may have a hotspot', async () => {
  await open();
  faults().deviceMode = 'home';
  faults().hotspotFeature = true;
  expect(await found('device-mode')).toBeUndefined();
  expect((await found('device-mode-proxy'))!.fix).toContain(COMMAND);
  expect(await router.apply()).toMatchObject({ failed: null });
});

test('one command allows the hotspot and the proxy, and no mode throws away what is set', async () => {
  await open();
  faults().deviceMode = 'basic';
  const { fix } = (await found('device-mode'))!;
  expect(fix).toContain(COMMAND);
  expect(fix).not.toMatch(/mode=|too many/);
  expect(await found('device-mode-proxy')).toBeUndefined();
  await expect(router.apply()).rejects.toThrow(COMMAND);
});

test('after three tries nobody confirmed, RouterOS wants to be without power first', async () => {
  await open();
  faults().deviceMode = 'basic';
  faults().attemptCount = 3;
  expect((await found('device-mode'))!.fix).toMatch(
    /too many unsuccessful attempts.*pull the plug/,
  );
});

test('without the proxy a rule for pages opens nothing, and the set-up makes one that does', async () => {
  await open();
  router.run(`${GARDEN}/add`, '=dst-host=127.0.0.1');
  router.run(`${GARDEN}/add`, '=dst-host=*.gstatic.com');
  expect(idsOf(await examined())).not.toContain('walled-garden');
  expect(idsOf(await examined())).toContain('captive-probe');
  faults().proxyFeature = false;
  expect(router.simulator.rows(GARDEN)[0]).toMatchObject({
    '.about': 'inactivated, not allowed by device-mode',
  });
  const without = await examined();
  expect(idsOf(without)).toContain('walled-garden');
  expect(idsOf(without)).not.toContain('captive-probe');
  expect(without.find(({ id }) => id === 'device-mode-proxy')).toMatchObject({
    severity: 'warning',
  });
  expect(idsOf((await router.apply()).done)).toContain('walled garden');
  expect(router.simulator.rows(`${GARDEN}/ip`)).toMatchObject([{ 'dst-address': '127.0.0.1' }]);
});

test('a rule for everything does nothing either without the proxy', async () => {
  await open();
  router.run(`${GARDEN}/add`, '=dst-host=*');
  expect(idsOf(await examined())).toContain('walled-garden-free');
  faults().proxyFeature = false;
  expect(idsOf(await examined())).not.toContain('walled-garden-free');
});

test("a flagged router is an error in RouterOS' own words, and is not set up", async () => {
  await open();
  faults().flagged = true;
  const finding = (await found('device-flagged'))!;
  expect(finding.severity).toBe('error');
  expect(finding.meaning).toContain(
    'configuration flagged, check all router configuration for unauthorized changes and update device-mode',
  );
  await expect(router.apply()).rejects.toThrow('traces of a break-in');
  expect(router.simulator.log.writes).toEqual([]);
});

describe('licenses', () => {
  let server: ShopServer;
  afterEach(() => server.close());

  test.each(['1', '3'])('level %s lets one customer in, and the doctor says so', async (level) => {
    await open();
    server = await ShopServer.start();
    const { shop } = server;
    shop.simulator.faults.licenseLevel = level;
    const [first, second] = [server.phone(21), server.phone(22)];
    expect((await server.redeem(first, await shop.code())).status).toBe(303);
    const code = await shop.code();
    await server.redeem(second, code);
    expect([first.online, second.online]).toEqual([true, false]);
    expect((await shop.voucher(code)).status).toBe('unused');
    const findings = await shop.app.services.doctor!.examine();
    expect(findings).toContainEqual(
      expect.objectContaining({ id: 'license-users', severity: 'error' }),
    );
    shop.simulator.faults.licenseLevel = '4';
    const after = await shop.app.services.doctor!.examine();
    expect(idsOf(after)).not.toContain('license-users');
    expect((await server.redeem(second, code)).status).toBe(303);
  });
});
