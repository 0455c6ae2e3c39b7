import { exceptOfVersion } from '../../src/domain/doctor/doctor-version';
import { examine } from '../../src/domain/doctor/doctor';
import { apiAccess } from '../../src/domain/setup/setup-access';
import type { SetupState } from '../../src/domain/setup/setup-state';
import { RouterSurvey } from '../../src/routeros/router-survey';
import { serviceList } from '../../src/routeros/rows';
import { SetupRouter } from '../../src/routeros/setup-router';
import { ADMIN, BareRouter, idsOf } from '../support/router/bare-router';

/** Who may use the router's services, under each of the names RouterOS has had for that. */

const NAMES = [
  ['6.49.18', 'address'],
  ['7.19.4', 'address'],
  ['7.24', 'available-from'],
] as const;
const MINE = '127.0.0.0/8,192.168.88.0/24';
const TOO_WIDE = '127.0.0.1/32,10.5.48.0/21';

let bare: BareRouter | undefined;
afterEach(async () => {
  await bare?.close();
  bare = undefined;
});

async function open(version: string, list: string): Promise<BareRouter> {
  bare = await BareRouter.open({ version });
  for (const name of ['api', 'api-ssl']) {
    bare.run('/ip/service/set', `=numbers=${name}`, `=address=${list}`);
  }
  return bare;
}

const listOf = (router: BareRouter, property: string) =>
  router.simulator
    .rows('/ip/service')
    .find(({ name, dynamic }) => name === 'api' && dynamic !== 'true')![property];

describe.each(NAMES)('RouterOS %s', (version, property) => {
  test('an own list that keeps customers out stays, and the doctor is content', async () => {
    const router = await open(version, MINE);
    const { done, failed } = await router.apply();
    expect(failed).toBeNull();
    expect(idsOf(done)).not.toContain('api access');
    expect(listOf(router, property)).toBe(MINE);
    await router.restart();
    const findings = await router.server.shop.app.services.doctor!.examine();
    expect(idsOf(exceptOfVersion(findings))).toEqual(['services-open', 'staff-pages-open']);
    await router.undo(ADMIN);
    expect(listOf(router, property)).toBe(MINE);
  });

  test('one that lets customers in is replaced, told of before, and comes back by undo', async () => {
    const router = await open(version, TOO_WIDE);
    const before = router.contents();
    const { steps } = await router.setup.preview({ portalUrl: router.portalUrl });
    expect(steps.at(-1)).toMatchObject({ id: 'api access', before: TOO_WIDE });
    const doctor = router.server.shop.app.services.doctor!;
    expect(idsOf(await doctor.examine())).toContain('api-open');
    expect((await router.apply()).failed).toBeNull();
    expect(listOf(router, property)).toBe('127.0.0.1/32');
    const said = router.simulator.rows('/log').map(({ message }) => message);
    expect(said.filter((line) => line!.includes('deprecated')).length).toBe(
      version === '7.24' ? 2 : 0, // this test's own two, written by the old name
    );
    await router.restart();
    expect(await router.undo(ADMIN)).toMatchObject({ failed: null, notes: [] });
    expect(router.contents()).toEqual(before);
  });

  test('logins that ended weeks ago are nobody: we know where we come from', async () => {
    const router = await open(version, TOO_WIDE);
    const client = () => router.server.shop.app.routerSide!.client;
    const state = () => new SetupRouter(client()).read('admin', [], []);
    const before = (await new RouterSurvey(client()).snapshot('admin')).apiSessions.used;
    router.simulator.addGhosts('admin');
    expect((await state()).ourAddress).toBe('127.0.0.1');
    expect((await new RouterSurvey(client()).snapshot('admin')).apiSessions.used).toBe(before);
  });

  test('rows of connections and sockets are no services', async () => {
    const router = await open(version, MINE);
    const others = await Promise.all([router.beside(), router.beside()]);
    for (const other of others) await other.app.services.doctor!.examine();
    const { services } = await new RouterSurvey(router.server.shop.app.routerSide!.client).snapshot(
      'admin',
    );
    const rows = router.simulator.rows('/ip/service');
    expect(rows.filter(({ connection }) => connection === 'true').length).toBe(
      version === '6.49.18' ? 0 : 3,
    );
    expect(services).toHaveLength(8);
    await Promise.all(others.map((other) => other.close()));
  });
});

test('a list under a name of tomorrow does not read as empty: it is told, and left alone', async () => {
  expect(serviceList({ name: 'api', 'reachable-from': MINE })).toBeUndefined();
  const router = await open('7.24', MINE);
  const seen = await new RouterSurvey(router.server.shop.app.routerSide!.client).snapshot('admin');
  const services = seen.services.map((service) => ({ ...service, addresses: undefined }));
  const shop = {
    ...{ now: router.clock.now(), username: 'admin' },
    ...{ hotspotServer: undefined, portalUrl: router.portalUrl },
  };
  const findings = examine({ ...seen, services }, shop);
  expect(idsOf(findings)).toContain('services-unknown');
  expect(idsOf(findings)).not.toContain('api-open');
  const state = { snapshot: seen, services: [], hiddenServices: ['api', 'api-ssl'] };
  const { step, notes } = apiAccess(state as unknown as SetupState);
  expect(step).toBeUndefined();
  expect(notes).toEqual([expect.stringContaining('does not show who may use its API')]);
});
