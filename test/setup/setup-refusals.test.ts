import { exceptOfVersion } from '../../src/domain/doctor/doctor-version';
import { PISONET } from '../../src/command-line';
import { ADMIN, BareRouter, idsOf } from '../support/router/bare-router';

/** What stands in the way of a set-up, what somebody else changed, and what an owner has of his own. */

let bare: BareRouter;
afterEach(() => bare.close());

const rows = (menu: string) => bare.simulator.rows(menu);
const outlook = (admin = ADMIN) => bare.setup.preview({ admin, portalUrl: bare.portalUrl });
const V6 = { version: '6.49.18' };

describe('refused before anything is written', () => {
  afterEach(() => expect(bare.simulator.log.writes).toEqual([]));

  test('a wrong administrator password', async () => {
    bare = await BareRouter.open();
    await expect(bare.apply({ ...ADMIN, password: 'guess' })).rejects.toThrow('invalid user name');
  });

  test('an account without the rights, which is told before the first step', async () => {
    bare = await BareRouter.open();
    bare.simulator.setPolicies(['api', 'read', 'write']);
    await expect(bare.apply()).rejects.toThrow('may not do ftp, test, policy');
    const { missing, steps } = await bare.setup.preview({ portalUrl: bare.portalUrl });
    expect(missing).toEqual(['ftp', 'test', 'policy']);
    expect(steps).toHaveLength(8);
  });

  test('a router without a hotspot, and one that is switched off', async () => {
    bare = await BareRouter.open();
    bare.run('/ip/hotspot/disable', '=numbers=hotspot1');
    await expect(bare.apply()).rejects.toThrow('hotspot1 is disabled');
    bare.run('/ip/hotspot/remove', '=numbers=hotspot1');
    await expect(bare.apply()).rejects.toThrow('Hotspot Setup');
  });

  test.each([true, false])(
    'a hotspot on a port of the bridge, which the router marks as invalid; a remark of its own: %s',
    async (remarksOnRows) => {
      bare = await BareRouter.open({ habits: { remarksOnRows } });
      bare.run('/ip/hotspot/set', '=numbers=hotspot1', '=interface=ether3');
      const told = remarksOnRows ? 'does not run: "can not run on slave interface".' : 'not run.';
      await expect(bare.apply()).rejects.toThrow(told);
    },
  );

  test('a board whose mode allows no hotspot', async () => {
    bare = await BareRouter.open();
    bare.simulator.faults.deviceMode = 'home';
    await expect(bare.apply()).rejects.toThrow('/system/device-mode/update hotspot=yes');
  });

  test('a router that is away', async () => {
    bare = await BareRouter.open();
    bare.simulator.faults.refuseConnections = 'accept-then-close';
    await expect(bare.apply()).rejects.toThrow();
  });
});

test.each(['6.49.18', '7.19.4'])('%s: a full disk keeps the old pages in use', async (version) => {
  bare = await BareRouter.open({ version });
  const before = bare.contents();
  bare.simulator.faults.diskBytes = 3_000;
  const { done, failed } = await bare.apply();
  expect(idsOf(done)).toEqual(['walled garden', 'nat']);
  expect(failed).toMatchObject({ step: { id: 'pages' } });
  expect(String(failed!.reason)).toContain('not enough space');
  expect(rows('/ip/hotspot/profile')[1]!['html-directory']).toBe('hotspot');
  expect(await bare.undo()).toMatchObject({ failed: null, notes: [] });
  expect(bare.contents()).toEqual(before);
});

describe.each(['6.49.18', '7.19.4'])('a small board with %s', (version) => {
  const names = () => rows('/file').map(({ name }) => name);

  test('that is full: what to delete is said, and nothing is written', async () => {
    bare = await BareRouter.open({ version, machine: 'flash' });
    bare.simulator.putFile('flash/autosupout.rif', 'x'.repeat(900_000));
    bare.simulator.putFile('flash/old.backup', 'x'.repeat(860_000));
    bare.simulator.putFile('in-memory.txt', 'x'.repeat(20_000));
    const before = names();
    const { failed } = await bare.apply();
    expect(String(failed!.reason)).toMatch(
      /not enough space on the router: .* delete what you do not need, .*largest are flash\/autosupout\.rif \(900 KB\), flash\/old\.backup \(860 KB\)\. Then/,
    );
    expect(String(failed!.reason)).not.toContain('in-memory');
    expect(names()).toEqual(before);
    expect(bare.simulator.log.writes.filter(({ menu }) => menu === '/file')).toEqual([]);

    bare.run('/file/remove', '=numbers=flash/autosupout.rif');
    expect((await bare.apply()).failed).toBeNull();
  });

  test('that runs full on the way: none of the pages is left behind', async () => {
    bare = await BareRouter.open({ version, machine: 'flash' });
    const before = bare.contents();
    const on = version.startsWith('6')
      ? { menu: '/tool', command: 'fetch', after: 3 }
      : { menu: '/file', command: 'add', after: 4 };
    const full = { kind: 'trap', message: 'failure: not enough space on disk' } as const;
    bare.simulator.faults.on(on, full);
    const { failed } = await bare.apply();
    expect(String(failed!.reason)).toContain('not enough space');
    expect(bare.contents().files).toEqual(before.files);
    expect(await bare.undo()).toMatchObject({ failed: null, notes: [] });
    expect(bare.contents()).toEqual(before);
  });
});

test('a router that cannot reach us says so, and keeps its old pages', async () => {
  bare = await BareRouter.open(V6);
  bare.settings.PORTAL_URL = 'http://127.0.0.1:9';
  const { failed } = await bare.apply();
  expect(failed).toMatchObject({ step: { id: 'pages' } });
  expect(String(failed!.reason)).toContain('connection timeout');
  expect(String(failed!.reason)).toContain('load its pages from http://127.0.0.1:9');
  expect(rows('/ip/hotspot/profile')[1]!['html-directory']).toBe('hotspot');
});

test('the way to the pages is open only while a router loads them', async () => {
  bare = await BareRouter.open(V6);
  await bare.apply();
  const fetches = bare.simulator.log.commands.filter(({ command }) => command === 'fetch');
  expect(fetches).toHaveLength(9);
  const url = fetches[0]!.words.find((word) => word.startsWith('=url='))!.slice('=url='.length);
  expect(new URL(url).pathname).toMatch(/^\/portal\/router-pages\/[\w-]{24}\/alogin\.html$/);
  expect((await fetch(url)).status).toBe(404);
  expect((await fetch(`${bare.portalUrl}/portal/router-pages//login.html`)).status).toBe(404);
});

test('an API list that would lock us out is taken back at once', async () => {
  bare = await BareRouter.open();
  // What the router has of our address is wrong, as behind an address translation.
  const { setup } = bare;
  bare.run('/ip/address/add', '=address=127.0.0.9/8', '=interface=ether3');
  const steps = (await setup.preview({ portalUrl: bare.portalUrl })).steps;
  expect(steps.at(-1)!.what).toContain('127.0.0.0/8');
  const refuse = () => (bare.simulator.faults.refuseConnections = 'accept-then-close');
  const tools = { ...bare.tools, tell: (line: string) => void (/API \(/.test(line) && refuse()) };
  const { failed } = await setup.apply({ portalUrl: bare.portalUrl }, tools, 'test');
  expect(String(failed!.reason)).toContain('locked us out');
  expect(rows('/ip/service').filter(({ address }) => address !== '')).toEqual([]);
});

test('an API list with this computer alone says that it needs a fixed address', async () => {
  bare = await BareRouter.open();
  bare.simulator.faults.seenFrom = '10.5.50.20'; // among the customers
  await bare.restart();
  const last = async () => (await outlook()).steps.at(-1)!.what;
  expect(await last()).toMatch(/^Let only 10\.5\.50\.20\/32 .*give it a fixed address/);
  bare.simulator.faults.seenFrom = '192.168.88.10';
  bare.run('/ip/address/add', '=address=192.168.88.1/24', '=interface=ether3');
  await bare.restart();
  expect(await last()).toBe("Let only 192.168.88.0/24 use the router's API (api and api-ssl)");
});

describe('what the owner has of his own', () => {
  test('a second hotspot server with the same profile is named before it changes', async () => {
    bare = await BareRouter.open();
    const profileStep = async () => (await outlook()).steps.find(({ id }) => /profile/.test(id))!;
    bare.run('/ip/hotspot/add', '=name=guests', '=interface=ether3', '=profile=hsprof1');
    expect((await profileStep()).what).not.toContain('guests');
    bare.settings.MIKROTIK_HOTSPOT_SERVER = 'hotspot1';
    await bare.restart();
    expect((await profileStep()).what).toMatch(/html-directory .*the profile of guests too/);
  });

  test('a group and a user named pisonet stay as they are', async () => {
    bare = await BareRouter.open();
    bare.run('/user/group/add', '=name=pisonet', '=policy=api,read,winbox');
    bare.run('/user/add', '=name=pisonet', '=group=pisonet', '=password=his');
    const before = bare.contents();
    expect((await bare.apply()).failed).toBeNull();
    expect(bare.settings.MIKROTIK_USERNAME).toBe('pisonet-2');
    expect(rows('/user').at(-1)).toMatchObject({ name: 'pisonet-2', group: 'pisonet-2' });
    expect(rows('/user')[1]).toMatchObject({ name: 'pisonet', group: 'pisonet' });
    await bare.undo(ADMIN);
    expect(bare.contents()).toEqual(before);
  });

  test('an account made by hand with just our rights is used on', async () => {
    bare = await BareRouter.open();
    bare.run('/user/group/add', '=name=shop', '=policy=api,read,write,test');
    bare.run('/user/add', '=name=till', '=group=shop', '=password=his');
    Object.assign(bare.settings, { MIKROTIK_USERNAME: 'till', MIKROTIK_PASSWORD: 'his' });
    await bare.restart();
    expect(idsOf((await outlook()).steps)).not.toContain('login');
    expect((await bare.apply(ADMIN)).failed).toBeNull();
    expect(bare.settings.MIKROTIK_USERNAME).toBe('till');
  });

  test('a rate limit, free trials, an override and a board with flash', async () => {
    bare = await BareRouter.open();
    bare.run(
      ...['/ip/hotspot/profile/set', '=numbers=hsprof1', '=rate-limit=1M/2M'],
      ...['=login-by=http-pap,trial', '=html-directory-override=usb1/pages'],
    );
    bare.run('/file/add', '=name=flash', '=type=directory');
    const before = bare.contents();
    expect(await bare.apply()).toMatchObject({ failed: null, notes: [] });
    expect(rows('/ip/hotspot/profile')[1]).toMatchObject({
      'html-directory': 'flash/pisonet-hotspot',
      'html-directory-override': '',
      'login-by': 'http-pap,mac-cookie',
      'rate-limit': '',
    });
    await bare.undo(ADMIN);
    expect(bare.contents()).toEqual(before);
  });

  test('FastTrack for networks where no customer is stays on, and the doctor has nothing against it', async () => {
    bare = await BareRouter.open();
    const before = bare.contents();
    const [, factory] = rows('/ip/firewall/filter');
    const office = ['=src-address=192.168.88.0/24', '=dst-address=192.168.88.0/24'];
    bare.run('/ip/firewall/filter/set', `=numbers=${factory!['.id']}`, ...office);
    const with88 = bare.contents();
    expect(with88).not.toEqual(before);
    const { done, failed } = await bare.apply();
    expect(failed).toBeNull();
    expect(idsOf(done)).not.toContain('fasttrack');
    expect(rows('/ip/firewall/filter')[1]).toMatchObject({ disabled: 'false' });
    await bare.restart();
    const findings = await bare.server.shop.app.services.doctor!.examine();
    expect(idsOf(exceptOfVersion(findings))).toEqual(['services-open', 'staff-pages-open']);
    await bare.undo(ADMIN);
    expect(bare.contents()).toEqual(with88);
  });

  test('a rule that opens everything: ours is made all the same, and the other one is told of', async () => {
    bare = await BareRouter.open();
    bare.run('/ip/hotspot/walled-garden/ip/add', '=action=accept', '=comment=his');
    const { done, notes } = await bare.apply();
    expect(idsOf(done)).toContain('walled garden');
    expect(notes).toEqual([
      expect.stringMatching(/lets everybody reach everything without a code/),
    ]);
    expect(rows('/ip/hotspot/walled-garden/ip')).toMatchObject([
      { comment: 'his', disabled: 'false' },
      { comment: 'pisonet:portal' },
    ]);
  });

  test('a rule of the walled garden that denies: ours goes above it', async () => {
    bare = await BareRouter.open();
    bare.run('/ip/hotspot/walled-garden/ip/add', '=action=reject', '=dst-address=127.0.0.0/8');
    expect((await bare.apply()).failed).toBeNull();
    const [first] = rows('/ip/hotspot/walled-garden/ip');
    expect(first).toMatchObject({ comment: 'pisonet:portal' });
  });

  test('his own rows of netwatch stay, and one of ours that asked elsewhere does so again', async () => {
    bare = await BareRouter.open();
    bare.run('/tool/netwatch/add', '=host=8.8.8.8', '=comment=his');
    bare.run('/tool/netwatch/add', '=host=9.9.9.9', '=comment=pisonet:line');
    const before = bare.contents();
    expect(idsOf((await bare.apply()).done)).toContain('internet line');
    expect(rows('/tool/netwatch')).toMatchObject([
      { host: '8.8.8.8', comment: 'his' },
      { host: '8.8.8.8', comment: 'pisonet:line', status: 'unknown' },
    ]);
    await bare.restart();
    expect((await bare.undo(ADMIN)).failed).toBeNull();
    expect(bare.contents()).toEqual(before);
  });

  test('a router that does not let netwatch be read is set up without', async () => {
    bare = await BareRouter.open();
    const trap = { kind: 'trap', message: 'no such command prefix' } as const;
    bare.simulator.faults.on({ menu: '/tool/netwatch', times: 99 }, trap);
    const { done, failed } = await bare.apply();
    expect(failed).toBeNull();
    expect(idsOf(done)).not.toContain('internet line');
  });

  test('no address is watched where the settings say off', async () => {
    bare = await BareRouter.open();
    bare.settings.MIKROTIK_LINE_HOST = 'off';
    await bare.restart();
    expect(idsOf((await outlook()).steps)).not.toContain('internet line');
  });

  test('a rule of ours that somebody disabled, below one that denies', async () => {
    bare = await BareRouter.open();
    await bare.apply();
    await bare.restart();
    bare.run('/ip/hotspot/walled-garden/ip/add', '=action=drop', '=comment=his');
    bare.run('/ip/hotspot/walled-garden/ip/move', '=numbers=*2', '=destination=*1');
    bare.run('/ip/hotspot/walled-garden/ip/disable', '=numbers=*1');
    expect(idsOf((await bare.apply(ADMIN)).done)).toEqual(['walled garden']);
    expect(rows('/ip/hotspot/walled-garden/ip')).toMatchObject([
      { comment: 'pisonet:portal', disabled: 'false' },
      { comment: 'his' },
    ]);
  });

  test('an API that is closed to customers already is left as it is', async () => {
    bare = await BareRouter.open();
    for (const name of ['api', 'api-ssl']) {
      bare.run('/ip/service/set', `=numbers=${name}`, '=address=127.0.0.0/8,192.168.88.0/24');
    }
    expect(idsOf((await outlook()).steps)).not.toContain('api access');
  });
});

test('undo leaves alone what somebody changed since, and says so', async () => {
  bare = await BareRouter.open();
  await bare.apply();
  bare.run('/ip/hotspot/profile/set', '=numbers=hsprof1', '=login-by=http-pap,cookie');
  bare.run('/ip/service/set', '=numbers=api', '=address=127.0.0.0/8');
  bare.run('/file/set', '=numbers=pisonet-hotspot/error.html', '=contents=mine');
  const { failed, notes } = await bare.undo(ADMIN);
  expect(failed).toBeNull();
  expect(notes.join('\n')).toMatch(/login-by of the profile "hsprof1" since \(http-pap,cookie\)/);
  expect(notes.join('\n')).toContain('the service api since (127.0.0.0/8)');
  expect(notes.join('\n')).toContain('pisonet-hotspot/error.html is not as we put it there');
  expect(rows('/ip/hotspot/profile')[1]).toMatchObject({
    'login-by': 'http-pap,cookie',
    'html-directory': 'hotspot',
  });
  const ours = rows('/file').filter(({ name }) => name!.startsWith('pisonet-hotspot'));
  expect(ours.map(({ name }) => name)).toEqual(['pisonet-hotspot', 'pisonet-hotspot/error.html']);
});

test('undo leaves a login alone that the owner configured since', async () => {
  bare = await BareRouter.open();
  await bare.apply();
  const his = { MIKROTIK_USERNAME: 'till', MIKROTIK_PASSWORD: 'his' };
  bare.run('/user/add', '=name=till', '=group=full', '=password=his');
  Object.assign(bare.settings, his);
  await bare.restart();
  const { failed, notes } = await bare.undo(ADMIN);
  expect(failed).toBeNull();
  expect(notes).toEqual(['The program logs in as "till" by now, so .env stays as it is.']);
  expect(bare.settings).toMatchObject(his);
  expect(rows('/user').map(({ name }) => name)).toEqual(['admin', 'till']);
});

test('undo ends where the settings had the name of the account before, as of another router', async () => {
  bare = await BareRouter.open();
  const before = bare.contents();
  Object.assign(bare.settings, { MIKROTIK_USERNAME: 'pisonet', MIKROTIK_PASSWORD: 'elsewhere' });
  await bare.restart();
  expect((await bare.apply(ADMIN)).failed).toBeNull();
  expect(bare.settings.MIKROTIK_USERNAME).toBe('pisonet');
  await bare.restart();
  const { done, failed, notes } = await bare.undo(ADMIN);
  expect([failed, notes]).toEqual([null, []]);
  expect(done.at(-1)!.what).toContain('write "pisonet" into .env again; its password was not kept');
  expect(bare.contents()).toEqual(before);
  expect(bare.settings).toMatchObject({ MIKROTIK_USERNAME: 'pisonet', MIKROTIK_PASSWORD: '' });
  expect(await bare.setup.isKnown()).toBe(false);
});

test.each(['', 'the till, do not touch'])(
  'undo keeps the login of an account whose comment is "%s" by now: it works, and is nowhere else',
  async (comment) => {
    bare = await BareRouter.open();
    await bare.apply();
    await bare.restart();
    bare.run('/user/set', '=numbers=pisonet', `=comment=${comment}`);
    const login = { ...bare.settings };
    const { done, failed, notes } = await bare.undo(ADMIN);
    expect(failed).toBeNull();
    expect(idsOf(done)).not.toContain('login');
    expect(notes).toContain(
      'The router\'s user "pisonet" does not carry our comment any more, so it stays, and .env keeps its login.',
    );
    expect(bare.settings).toEqual(login);
    await bare.restart();
    expect((await bare.undo()).done).toEqual([]); // logs in, as the account of the settings
    expect(await bare.setup.isKnown()).toBe(false);
  },
);

test('undo that cannot remove the account keeps the login that works', async () => {
  bare = await BareRouter.open();
  await bare.apply();
  await bare.restart();
  const { MIKROTIK_PASSWORD: password } = bare.settings;
  bare.simulator.faults.on({ menu: '/user', command: 'remove' }, { kind: 'trap', message: 'no' });
  expect((await bare.undo(ADMIN)).failed).toMatchObject({ step: { id: 'login' } });
  expect(bare.settings).toMatchObject({
    MIKROTIK_USERNAME: 'pisonet',
    MIKROTIK_PASSWORD: password,
  });
  expect((await bare.undo(ADMIN)).failed).toBeNull();
  expect(bare.settings.MIKROTIK_USERNAME).toBe('admin');
});

test('pages that a profile of the owner uses by now stay', async () => {
  bare = await BareRouter.open();
  await bare.apply();
  bare.run('/ip/hotspot/profile/add', '=name=second', '=html-directory=pisonet-hotspot');
  const { notes } = await bare.undo(ADMIN);
  expect(notes).toEqual(['The profile "second" uses the pages in pisonet-hotspot, so they stay.']);
});

test('undo waits until no server works on the router', async () => {
  bare = await BareRouter.open();
  await bare.apply();
  const running = await bare.beside();
  try {
    await running.reconcile();
    await expect(bare.undo(ADMIN)).rejects.toThrow(`${PISONET} server stop`);
  } finally {
    await running.controller.reconcileAnywhere(); // gives the right back, as a server does when it stops
    await running.close();
  }
  expect((await bare.undo(ADMIN)).failed).toBeNull();
});

test('a lost password is made anew by an administrator', async () => {
  bare = await BareRouter.open();
  await bare.apply();
  bare.settings.MIKROTIK_PASSWORD = 'lost';
  await bare.restart();
  await expect(bare.apply()).rejects.toThrow('invalid user name or password');
  const { done } = await bare.apply(ADMIN);
  expect(idsOf(done)).toEqual(['login']);
  await bare.restart();
  expect((await bare.apply()).done).toEqual([]);
});

describe.each([true, false])('a group to which set adds: %s', (groupSetAdds) => {
  const rights = () =>
    rows('/user/group')
      .at(-1)!
      .policy!.split(',')
      .filter((word) => !word.startsWith('!'))
      .sort();

  test.each(['6.49.18', '7.19.4'])(
    '%s: rights somebody added go again, and the password stays',
    async (version) => {
      bare = await BareRouter.open({ version, habits: { groupSetAdds } });
      const before = bare.contents();
      await bare.apply();
      await bare.restart();
      bare.run('/user/group/set', '=numbers=pisonet', '=policy=api,read,write,test,winbox,ftp');
      const kept = { ...bare.settings };
      expect(await bare.apply(ADMIN)).toMatchObject({ done: [{ id: 'login' }], failed: null });
      expect(rights()).toEqual(['api', 'read', 'test', 'write']);
      expect(bare.settings).toEqual(kept);
      expect((await bare.apply()).done).toEqual([]); // logs in, with the password it had
      await bare.undo(ADMIN);
      expect(bare.contents()).toEqual(before);
    },
  );

  test('a group that does not take its rights ends the step before there is a new password', async () => {
    bare = await BareRouter.open({ habits: { groupSetAdds } });
    await bare.apply();
    bare.settings.MIKROTIK_PASSWORD = 'lost';
    await bare.restart();
    bare.run('/user/group/set', '=numbers=pisonet', '=policy=!write,winbox');
    const kept = { ...bare.settings };
    const words = () => bare.simulator.log.commands.flatMap((command) => command.words);
    bare.simulator.log.clear();
    const ignored = { menu: '/user/group', command: 'set' };
    bare.simulator.faults.on(ignored, { kind: 'answered-only' });
    const { failed } = await bare.apply(ADMIN);
    expect(String(failed!.reason)).toMatch(
      /group "pisonet" was to have the rights .*, and has .*winbox/,
    );
    expect(words().filter((word) => /^=password=[\w-]{32}$/.test(word))).toEqual([]);
    expect(bare.settings).toEqual(kept);
  });
});

test('a line that fails while the group is set right leaves the password that works', async () => {
  bare = await BareRouter.open();
  await bare.apply();
  bare.run('/user/group/set', '=numbers=pisonet', '=policy=api,read,write,test,winbox'); // to be set right
  await bare.restart();
  const { faults } = bare.simulator;
  const kept = { ...bare.settings };
  const refuse = () => void (faults.refuseConnections = 'accept-then-close'); // after the last round
  const order = { admin: ADMIN, portalUrl: bare.portalUrl };
  const { failed } = await bare.setup.apply(order, { ...bare.tools, checkSaving: refuse }, 'test');
  expect(failed).toMatchObject({ step: { id: 'login' } });
  expect(bare.settings).toEqual(kept);
  faults.refuseConnections = 'none';
  await bare.restart();
  expect(await bare.apply()).toMatchObject({ done: [], failed: null });
});

test('a new password that does not get in leaves .env, and says that the old one is gone', async () => {
  bare = await BareRouter.open();
  await bare.apply();
  bare.settings.MIKROTIK_PASSWORD = 'lost';
  await bare.restart();
  const { faults } = bare.simulator;
  const kept = { ...bare.settings };
  // The administrator's, two with the password that was lost, and then the new one.
  faults.on({ menu: '/', command: 'login', after: 3 }, { kind: 'drop-before' });
  const { failed } = await bare.apply(ADMIN);
  expect(failed).toMatchObject({ step: { id: 'login' } });
  expect(String(failed!.reason)).toMatch(
    /^"pisonet" has a new password but cannot log in with it .*\.env stays as it was\. The earlier password of "pisonet" does not work any more\. .*an administrator/,
  );
  expect(bare.settings).toEqual(kept);

  faults.clear();
  await bare.restart();
  await expect(bare.apply()).rejects.toThrow('invalid user name or password');
  expect(await bare.apply(ADMIN)).toMatchObject({ done: [{ id: 'login' }], failed: null });
  await bare.restart();
  expect((await bare.apply()).done).toEqual([]);
});

test('a new user that does not get in leaves .env, whose login goes on working', async () => {
  bare = await BareRouter.open();
  const kept = { ...bare.settings };
  const { faults } = bare.simulator;
  const refuse = () => void (faults.refuseConnections = 'accept-then-close');
  const order = { portalUrl: bare.portalUrl };
  const { failed } = await bare.setup.apply(order, { ...bare.tools, checkSaving: refuse }, 'test');
  expect(String(failed!.reason)).toMatch(/^the new user cannot log in, so \.env stays as it was: /);
  expect(bare.settings).toEqual(kept);
  expect(rows('/user').map(({ name }) => name)).toEqual(['admin']); // gone again, with its password
  faults.refuseConnections = 'none';
  await bare.restart();
  expect((await bare.apply()).failed).toBeNull();
});

test('a new user that neither gets in nor goes again is named', async () => {
  bare = await BareRouter.open();
  const { faults } = bare.simulator;
  faults.on({ menu: '/', command: 'login', after: 1 }, { kind: 'trap', message: 'no' });
  faults.on({ menu: '/user', command: 'remove' }, { kind: 'trap', message: 'no' });
  const { failed } = await bare.apply();
  expect(String(failed!.reason)).toMatch(
    / no\. The user "pisonet" is still on the router: remove it$/,
  );
  expect((await bare.undo()).failed).toBeNull();
  expect(rows('/user').map(({ name }) => name)).toEqual(['admin']);
});

test('another router in the same place has a set-up of its own, and none to take back', async () => {
  bare = await BareRouter.open();
  await bare.apply();
  const other = await BareRouter.open({ serial: 'ANOTHER0001', port: 0 });
  try {
    const { stores } = bare.server.shop.app;
    for (const [name, value] of Object.entries(await stores.settings.all())) {
      await other.server.shop.app.stores.settings.set(name, value);
    }
    expect(await other.undo()).toMatchObject({ done: [], failed: null });
    expect((await other.apply()).done).toHaveLength(8);
  } finally {
    await other.close();
  }
});

test.each(['6.49.18', '7.19.4'])(
  '%s: another address of ours reaches the router',
  async (version) => {
    bare = await BareRouter.open({ version });
    const before = bare.contents();
    await bare.apply();
    await bare.restart();
    const portalUrl = bare.portalUrl.replace('127.0.0.1', 'localhost');
    const order = { admin: ADMIN, portalUrl, onlyAddress: true };
    const { done, failed } = await bare.setup.apply(order, bare.tools, 'test');
    expect(failed).toBeNull();
    expect(idsOf(done)).toEqual(['walled garden', 'walled garden address', 'pages']);
    expect(rows('/ip/hotspot/walled-garden/ip')).toMatchObject([
      { 'dst-host': 'localhost' },
      { 'dst-address': '127.0.0.1' },
    ]);
    expect(rows('/ip/hotspot/walled-garden/ip')[0]).not.toHaveProperty('dst-address');
    const page = rows('/file').find(({ name }) => name === 'pisonet-hotspot/login.html');
    expect(page!.contents).toContain(`${portalUrl}/portal?mac=`);
    expect((await bare.setup.apply(order, bare.tools, 'test')).done).toEqual([]);
    await bare.undo(ADMIN);
    expect(bare.contents()).toEqual(before);
  },
);

test('without an address the one the router sees us by is taken', async () => {
  bare = await BareRouter.open();
  const first = async (portalUrl?: string) => (await bare.setup.preview({ portalUrl })).steps[0];
  await expect(first()).rejects.toThrow('PORTAL_URL is not set');
  // A portal on the router's own machine, as of a simulated one, is left alone; for phones it is no portal.
  expect(await first('http://localhost:5000')).toMatchObject({ id: 'walled garden' });
  bare.simulator.faults.seenFrom = '192.168.88.10';
  await bare.restart();
  const change = { portalUrl: 'http://192.168.88.10:0' };
  expect(await first()).toMatchObject({ id: 'portal address', change });
  expect(await first('http://localhost:5000')).toMatchObject({ id: 'portal address', change });
  expect(await first('http://shop.example')).toMatchObject({ id: 'walled garden' });
});

test('a version of 7 that cannot add files fetches them', async () => {
  bare = await BareRouter.open({ version: '7.3' });
  expect(await bare.apply()).toMatchObject({ failed: null });
  expect(bare.simulator.log.commands.some(({ command }) => command === 'fetch')).toBe(true);
});
