import { isHealthy } from '../../src/domain/doctor/doctor';
import { ADMIN, BareRouter, idsOf } from '../support/router/bare-router';
import { some } from '../support/program/run-counts';
import { exceptOfVersion } from '../../src/domain/doctor/doctor-version';

/** From a router as the hotspot wizard leaves it to a customer who is online, and back. */

const ALL = [
  'walled garden',
  'nat',
  'pages',
  'profile hsprof1',
  'fasttrack',
  'internet line',
  'login',
  'api access',
];
const DONE = { failed: null, left: [], notes: [] };

let bare: BareRouter;
afterEach(() => bare.close());

const rows = (menu: string) => bare.simulator.rows(menu);
const order = () => ({ portalUrl: bare.portalUrl });

/** What is left is good to know: that people may still come in to the router by their own ways. */
async function expectHealthy(): Promise<void> {
  const findings = exceptOfVersion(await bare.server.shop.app.services.doctor!.examine());
  expect(idsOf(findings)).toEqual(['services-open', 'staff-pages-open']);
  expect(isHealthy(findings)).toBe(true);
}

describe.each(['6.49.18', '7.19.4'])('RouterOS %s', (version) => {
  test('from the bare hotspot to a customer online, and back to what it was', async () => {
    bare = await BareRouter.open({ version });
    const before = bare.contents();
    expect(idsOf((await bare.setup.preview(order())).steps)).toEqual(ALL);
    expect(bare.contents()).toEqual(before);

    const report = await bare.apply();
    expect(report).toMatchObject(DONE);
    expect(idsOf(report.done)).toEqual(ALL);
    expect(bare.settings).toMatchObject({ MIKROTIK_USERNAME: 'pisonet' });
    expect(bare.settings.MIKROTIK_PASSWORD).toMatch(/^[\w-]{32}$/);

    await bare.restart();
    const { server, simulator } = bare;
    const phone = server.phone(21);
    expect((await server.redeem(phone, await server.shop.code())).status).toBe(303);
    expect(phone.online).toBe(true);
    expect((await server.ask('/portal/status', phone)).text).toContain('1 hour left');
    await expectHealthy();

    simulator.log.clear();
    expect(await bare.apply()).toMatchObject({ ...DONE, done: [] });
    expect(simulator.log.writes).toEqual([]);

    await expect(bare.undo()).rejects.toThrow('may not do ftp, policy');
    expect(phone.online).toBe(true);
    expect(await bare.undo(ADMIN)).toMatchObject(DONE);
    expect(phone.online).toBe(false);
    expect(bare.contents()).toEqual(before);
    expect(bare.settings).toMatchObject({ MIKROTIK_USERNAME: 'admin', MIKROTIK_PASSWORD: '' });
    expect((await bare.undo(ADMIN)).done).toEqual([]);
  });

  test('the rows it leaves are the ones that were meant', async () => {
    bare = await BareRouter.open({ version });
    await bare.apply();
    expect(rows('/user/group').at(-1)).toMatchObject({ name: 'pisonet', comment: 'pisonet:api' });
    const { policy } = rows('/user/group').at(-1)!;
    const granted = policy!.split(',').filter((word) => !word.startsWith('!'));
    expect(granted.sort()).toEqual(['api', 'read', 'test', 'write']);
    expect(rows('/user').at(-1)).toMatchObject({ group: 'pisonet', comment: 'pisonet:api' });
    expect(rows('/ip/hotspot/profile')[1]).toMatchObject({
      'html-directory': 'pisonet-hotspot',
      'login-by': 'cookie,http-chap,http-pap,mac-cookie',
    });
    expect(rows('/ip/hotspot/walled-garden/ip')).toMatchObject([
      { 'dst-address': '127.0.0.1', protocol: 'tcp', comment: 'pisonet:portal' },
    ]);
    const page = rows('/file').find(({ name }) => name === 'pisonet-hotspot/login.html');
    expect(page!.contents).toContain(`${bare.portalUrl}/portal?mac=$(mac-esc)`);
    const stock = rows('/file').find(({ name }) => name === 'hotspot/login.html');
    expect(stock!.contents).not.toContain(bare.portalUrl);
    const audit = await bare.server.shop.app.stores.journal.auditAfter(0);
    expect(audit.filter(({ what }) => what === 'router set up')).toHaveLength(ALL.length);
    expect(JSON.stringify(audit)).not.toContain(bare.settings.MIKROTIK_PASSWORD);
    const { done } = await bare.undo(ADMIN);
    const undone = (await bare.server.shop.app.stores.journal.auditAfter(0)).slice(audit.length);
    expect(undone.map(({ what, subject }) => [what, subject])).toEqual(
      idsOf(done).map((id) => ['router setup undone', id]),
    );
  });

  test.each(some(ALL, 3))('cut at "%s" it says what holds, and goes on from there', async (cut) => {
    bare = await BareRouter.open({ version });
    const before = bare.contents();
    const at = ALL.indexOf(cut);
    bare.simulator.faults.on(faultAt(cut, version), {
      kind: 'trap',
      message: 'std failure: timeout (13)',
    });
    const first = await bare.apply();
    expect(idsOf(first.done)).toEqual(ALL.slice(0, at));
    expect(first.failed).toMatchObject({ step: { id: cut } });
    expect(String(first.failed!.reason)).toContain('std failure: timeout (13)');
    expect(idsOf(first.left)).toEqual(ALL.slice(at + 1));
    bare.simulator.faults.clear();
    await bare.restart();
    const second = await bare.apply(ADMIN);
    expect(second).toMatchObject(DONE);
    expect(idsOf(second.done)).toEqual(ALL.slice(at));
    await bare.restart();
    await expectHealthy();
    expect(await bare.undo(ADMIN)).toMatchObject(DONE);
    expect(bare.contents()).toEqual(before);
  });

  test('undo of a set-up that the router cut off half-way', async () => {
    bare = await BareRouter.open({ version });
    const before = bare.contents();
    bare.simulator.faults.on({ menu: '/user', command: 'add' }, { kind: 'answer-then-drop' });
    const cut = await bare.apply();
    expect(cut.failed?.step.id).toBe('login');
    expect(bare.settings.MIKROTIK_USERNAME).toBe('admin');
    expect(rows('/user').at(-1)!.name).toBe('pisonet');
    expect(await bare.undo()).toMatchObject(DONE);
    expect(bare.contents()).toEqual(before);
    expect(bare.settings.MIKROTIK_USERNAME).toBe('admin');
  });

  test('an undo that is cut goes on where it was', async () => {
    bare = await BareRouter.open({ version });
    const before = bare.contents();
    await bare.apply();
    bare.simulator.faults.on(
      { menu: '/file', command: 'remove', after: 2 },
      { kind: 'drop-before' },
    );
    const cut = await bare.undo(ADMIN);
    expect(cut.failed?.step.id).toBe('pages');
    expect(idsOf(cut.done)).toEqual(['profile hsprof1']);
    expect(await bare.undo(ADMIN)).toMatchObject(DONE);
    expect(bare.contents()).toEqual(before);
  });
});

/** The first write of a step. */
function faultAt(step: string, version: string) {
  const files = version.startsWith('6')
    ? { menu: '/tool', command: 'fetch' }
    : { menu: '/file', command: 'add' };
  const faults: Record<string, { menu: string; command: string; after?: number }> = {
    'walled garden': { menu: '/ip/hotspot/walled-garden/ip', command: 'add' },
    nat: { menu: '/ip/firewall/nat', command: 'add' },
    pages: { ...files, after: 3 },
    'profile hsprof1': { menu: '/ip/hotspot/profile', command: 'set' },
    fasttrack: { menu: '/ip/firewall/filter', command: 'set' },
    'internet line': { menu: '/tool/netwatch', command: 'add' },
    login: { menu: '/user/group', command: 'add' },
    'api access': { menu: '/ip/service', command: 'set', after: 1 },
  };
  return faults[step]!;
}
