import type { Finding } from '../../src/domain/doctor/doctor-finding';
import { ABSENT_MENUS } from '../../src/routeros/absent-menus';
import type { SimulatorOptions } from '../../src/simulator/simulator';
import { TestApp } from '../support/test-app';

/** Health check of kinds of router that lack something others have. */

let shop: TestApp;
afterEach(() => shop.close());

async function examined(simulator: SimulatorOptions): Promise<Finding[]> {
  shop = await TestApp.start({ simulator });
  return shop.app.services.doctor!.examine();
}

const ids = (findings: readonly Finding[]) => findings.map(({ id }) => id);
const identity = () => shop.app.routerSide!.router.identity();
const recorded = async () =>
  (await shop.app.stores.routers.at(`127.0.0.1:${shop.simulator.port}`)).serial;

describe.each(['6.49.18', '7.19.4'])('RouterOS %s', (version) => {
  test.each([
    ['chr', '9Vd2zTuLcHK'],
    ['x86', 'MX4K-7QWE'],
    ['board', 'HGS09SIMUL8'],
  ] as const)('%s is known by %s, in the books too', async (machine, serial) => {
    const findings = await examined({ version, machine });
    expect(ids(findings)).not.toContain('not-looked-at');
    expect((await identity()).serial).toBe(serial);
    await shop.reconcile();
    expect(await recorded()).toBe(serial);
    await shop.online();
  });

  test('a CHR with the free license: that all customers share 1 Mbit/s', async () => {
    const free = (await examined({ version, machine: 'chr-free' })).find(
      ({ id }) => id === 'license-free',
    );
    expect(free).toMatchObject({ severity: 'warning' });
    expect(free!.title).toContain('1 Mbit/s');
    await shop.close();
    expect(ids(await examined({ version, machine: 'chr' }))).not.toContain('license-free');
  });

  test('a CHR whose license has no number serves customers, and the doctor says what is missing', async () => {
    const nameless = (await examined({ version, machine: 'chr-nameless' })).find(
      ({ id }) => id === 'router-nameless',
    );
    expect(nameless).toMatchObject({ severity: 'info' });
    expect((await identity()).serial).toBeUndefined();
    await shop.online();
    expect(await recorded()).toBeNull();
  });
});

test.each([
  ['board', 'mine', []],
  ['board', 'flash/mine', []],
  ['flash', 'mine', ['login-page']], // not where the profile has them, and gone with the next restart
  ['flash', 'flash/mine', []],
] as const)('%s with the pages in %s, and flash/mine shown', async (machine, folder, expected) => {
  const portal = 'http://192.168.88.10:5000';
  shop = await TestApp.start({
    simulator: { machine, habits: { flashInFront: true } },
    env: { PORTAL_URL: portal },
  });
  const page = `<meta http-equiv="refresh" content="0; url=${portal}/portal">`;
  shop.simulator.putFile(`${folder}/login.html`, page);
  const set = ['/ip/hotspot/profile/set', '=numbers=hsprof1', '=html-directory=flash/mine'];
  shop.simulator.run(set);
  const findings = ids(await shop.app.services.doctor!.examine());
  expect(findings.filter((id) => id.startsWith('login-page'))).toEqual(expected);
});

test('a router that turns out to be another one is noticed, board or not', async () => {
  await examined({ machine: 'chr' });
  const { routers } = shop.app.stores;
  const { id } = await routers.at(`127.0.0.1:${shop.simulator.port}`);
  await routers.identify(id, { serial: 'HGS09OTHER0', name: '', version: '', board: '' });
  expect(ids(await shop.app.services.doctor!.examine())).toContain('another-router');
});

test('books that were begun with a board go on when its license cannot be read', async () => {
  await examined({});
  await shop.reconcile();
  const refused = { kind: 'trap', message: 'std failure: timeout (13)' } as const;
  shop.simulator.faults.on({ menu: '/system/license', times: Infinity }, refused);
  expect((await shop.reconcile()).errors).toBe(0);
  expect(await recorded()).toBe('HGS09SIMUL8');
});

test.each(ABSENT_MENUS.map(({ menu }) => menu))(
  '%s may be absent: it is no refusal',
  async (menu) => {
    await examined({});
    const absent = { kind: 'trap', message: `no such command or directory (x)` } as const;
    const below = new RegExp(`^${menu}(/|$)`);
    shop.simulator.faults.on({ menu: below, command: 'print', times: Infinity }, absent);
    expect(ids(await shop.app.services.doctor!.examine())).not.toContain('not-looked-at');
  },
);

test('a menu that every router has is a finding when it is absent', async () => {
  await examined({});
  const absent = { kind: 'trap', message: 'no such command prefix' } as const;
  shop.simulator.faults.on({ menu: '/queue/simple', command: 'print' }, absent);
  expect(ids(await shop.app.services.doctor!.examine())).toContain('not-looked-at');
});
