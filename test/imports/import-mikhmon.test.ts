import { TestApp } from '../support/test-app';

/** The first line that Mikhmon v3 puts into a profile, and something of what follows. */
const onLogin = (header: string) =>
  `:put (",${header},"); {:local date [ /system clock get date ]}`;

let shop: TestApp;

beforeEach(async () => {
  shop = await TestApp.start();
  profile('1DAY', 'remc,5000,1d,7.50,,Enable', '512k/1M 1M/2M 256k/512k 8/8');
  profile('5HOURS', 'ntf,20,5h,0,,Disable', '2M');
  profile('FOREVER', ',100,,,noexp,Disable', '');
});
afterEach(() => shop.close());

function profile(name: string, header: string, rate: string, shared = '1'): void {
  shop.simulator.run([
    ...['/ip/hotspot/user/profile/add', `=name=${name}`, `=on-login=${onLogin(header)}`],
    ...[`=rate-limit=${rate}`, `=shared-users=${shared}`],
  ]);
}

function user(name: string, profileName: string, comment: string, ...more: string[]): void {
  shop.simulator.run([
    ...['/ip/hotspot/user/add', `=name=${name}`, `=password=${name}`, `=profile=${profileName}`],
    ...[`=comment=${comment}`, ...more],
  ]);
}

function take(how: { dryRun?: boolean; adopt?: boolean } = {}) {
  const { imports } = shop.app.services;
  return imports.fromMikhmon({ dryRun: false, adopt: false, ...how, by: 'test' });
}

const rowOf = (name: string) => shop.simulator.users().find((one) => one.name === name);
/** As RouterOS writes it, by the router's clock, which is UTC here. */
function ending(hours: number, old = false): string {
  const iso = new Date(shop.clock.now().getTime() + hours * 3_600_000).toISOString();
  const months = [
    'jan',
    'feb',
    'mar',
    'apr',
    'may',
    'jun',
    'jul',
    'aug',
    'sep',
    'oct',
    'nov',
    'dec',
  ];
  const [year, month, day] = iso.slice(0, 10).split('-');
  const date = old ? `${months[Number(month) - 1]}/${day}/${year}` : iso.slice(0, 10);
  return `${date} ${iso.slice(11, 19)}`;
}

test('users in all their states become vouchers; a dry run lists them and changes nothing', async () => {
  user(
    'k7m2p',
    '1DAY',
    'vc-123-11.21.26-tina',
    '=limit-uptime=3h',
    '=limit-bytes-total=1073741824',
  );
  user('mem4', '5HOURS', 'up-456-11.21.26-');
  user('run5', '5HOURS', ending(2, true), '=mac-address=02:00:00:00:00:55');
  user('new6', '1DAY', ending(20));
  user('end7', '5HOURS', ending(-3), '=limit-uptime=1s');
  user('ever8', 'FOREVER', 'vc-789-11.21.26-');
  user('off9', '1DAY', 'vc-123-11.21.26-tina', '=disabled=yes');
  user('hand', '1DAY', 'my laptop');
  user('short', '1DAY', 'nov/21 10:00:00');
  user('camera', 'default', 'cctv');
  const usersBefore = shop.simulator.users();
  const dry = await take({ dryRun: true });
  expect(await shop.app.stores.vouchers.countByStatus()).toEqual({});
  const done = await take();
  expect(dry.taken).toEqual(done.taken);
  expect(shop.simulator.users()).toEqual(usersBefore); // nobody consented to more
  expect(done).toMatchObject({ others: 1, adoptable: 5, adopted: undefined });

  expect(done.profiles).toEqual([
    {
      name: '1DAY',
      mode: 'Remove & Record',
      price: { amount: 750, currency: 'PHP' },
      validitySeconds: 86_400,
      users: 5,
    },
    expect.objectContaining({ name: '5HOURS', mode: 'Notice', users: 3 }),
    expect.objectContaining({ name: 'FOREVER', mode: 'None', validitySeconds: null, users: 1 }),
  ]);

  const find = (code: string) => shop.app.services.vouchers.find(code);
  expect(await find('K7M2P')).toMatchObject({
    status: 'unused',
    terms: {
      rate: { up: 512_000, down: 1_000_000 },
      validitySeconds: 86_400,
      uptimeSeconds: 10_800,
      capBytes: 1_073_741_824,
      price: { amount: 750, currency: 'PHP' },
    },
  });
  expect((await find('mem4')).terms).toMatchObject({
    rate: { up: 2_000_000, down: 2_000_000 },
    price: { amount: 2000 },
  });
  const now = shop.clock.now().getTime();
  const hour = 3_600_000;
  expect(await find('run5')).toMatchObject({
    status: 'active',
    activatedAt: new Date(now - 3 * hour),
    expiresAt: new Date(now + 2 * hour),
  });
  expect(await find('new6')).toMatchObject({ expiresAt: new Date(now + 20 * hour) });
  expect(await find('end7')).toMatchObject({
    status: 'expired',
    endedAt: new Date(now - 3 * hour),
    terms: { uptimeSeconds: null },
  });
  expect(await find('ever8')).toMatchObject({
    status: 'unused',
    terms: { validitySeconds: null, rate: { up: 1_000_000, down: 2_000_000 } },
  });
  const whys = Object.fromEntries(done.unreadable.map(({ where, why }) => [where, why]));
  expect(whys).toEqual({
    'user "off9"': 'it is disabled on the router',
    'user "hand"': 'its comment "my laptop" is neither a batch nor an end',
    'user "short"': 'its comment "nov/21 10:00:00" is neither a batch nor an end',
  });
  expect(await take()).toMatchObject({ taken: [], adoptable: 5 });
});

test('adopted users are the loop’s: time, data and device go on, an unused one waits closed', async () => {
  const phone = shop.phone();
  user('run5', '5HOURS', ending(2), '=limit-uptime=5h');
  user('k7m2p', '1DAY', 'vc-123-11.21.26-tina');
  const login = ['/ip/hotspot/active/login', `=ip=${phone.address}`];
  shop.simulator.run([...login, `=mac-address=${phone.mac}`, '=user=run5', '=password=run5']);
  const before = rowOf('run5')!;
  const done = await take({ adopt: true });
  expect(done.adopted).toEqual({ done: 2, closed: 0, loggedOut: 1, refused: [] });
  expect(rowOf('run5')).toBeUndefined();
  expect(rowOf('RUN5')).toMatchObject({ id: before.id, profile: 'pisonet-1x', disabled: true });
  expect(rowOf('K7M2P')).toMatchObject({ disabled: true, comment: 'vc-123-11.21.26-tina' });

  expect(await shop.reconcile()).toMatchObject({ errors: 0, skipped: 0, devices: 1 });
  expect(shop.simulator.active()).toMatchObject([{ user: 'RUN5', mac: phone.mac }]);
  expect(rowOf('RUN5')).toMatchObject({ id: before.id, disabled: false, mac: phone.mac });
  expect(rowOf('RUN5')!.comment).toMatch(/^pisonet:voucher RUN5/);
  expect((await shop.reconcile()).writes).toBe(0);

  // The one that waited is used at the portal: its own row opens, no other is made.
  const other = shop.phone();
  const waiting = rowOf('K7M2P')!.id;
  await shop.redeem(other, 'k7m2p');
  expect(rowOf('K7M2P')).toMatchObject({ id: waiting, disabled: false, mac: other.mac });
  expect(shop.simulator.users().filter(({ name }) => /k7m2p/i.test(name))).toHaveLength(1);
  expect((await shop.reconcile()).errors).toBe(0);

  shop.clock.advance(2 * 3_600_000);
  await shop.reconcile();
  expect(shop.simulator.active().map(({ user: name }) => name)).toEqual(['K7M2P']);
  expect(await take({ adopt: true })).toMatchObject({ taken: [], adoptable: 0 });
});

test('a user beside one of ours is closed; online time already used stays used', async () => {
  const phone = shop.phone();
  user('abc', '1DAY', ending(2), '=limit-uptime=1h', `=mac-address=${phone.mac}`);
  const login = ['/ip/hotspot/active/login', `=ip=${phone.address}`];
  shop.simulator.run([...login, `=mac-address=${phone.mac}`, '=user=abc', '=password=abc']);
  shop.clock.advance(40 * 60_000);
  const [session] = shop.simulator.active();
  shop.simulator.run(['/ip/hotspot/active/remove', `=numbers=${session!.id}`]);
  await take(); // not adopted: the loop makes a row of its own
  expect((await shop.voucher('ABC')).usedUptimeMs).toBe(40 * 60_000);
  await shop.reconcile();
  expect(shop.simulator.active()).toMatchObject([{ user: 'ABC' }]);
  const done = await take({ adopt: true });
  expect(done.adopted).toMatchObject({ done: 0, closed: 1, refused: [] });
  expect(rowOf('abc')).toMatchObject({ disabled: true, profile: '1DAY' });
  expect(await take({ adopt: true })).toMatchObject({ unreadable: [], adoptable: 0, taken: [] });
  shop.clock.advance(20 * 60_000);
  await shop.reconcile();
  expect(await shop.voucher('ABC')).toMatchObject({ status: 'exhausted' });
  expect(shop.simulator.active()).toEqual([]);
});

test('a voucher that Mikhmon ended since is known, although its online time reads 1s now', async () => {
  user('run5', '5HOURS', ending(2), '=limit-uptime=5h');
  expect(await take()).toMatchObject({ taken: [{ code: 'RUN5' }] });
  shop.clock.advance(3 * 3_600_000);
  shop.simulator.run(['/ip/hotspot/user/set', '=numbers=run5', '=limit-uptime=1s']);
  expect(await take()).toMatchObject({ taken: [], known: ['RUN5'], clashes: [] });
});

test('a price with a dot for thousands is refused, not taken for a few pesos', async () => {
  profile('DOT', 'rem,5.000,1d,6.000,,Disable', '1M');
  profile('DOTS', 'rem,7,1d,1.250.000,,Disable', '1M');
  profile('CENTS', 'rem,5.00,1d,0.00,,Disable', '1M');
  for (const [at, name] of ['DOT', 'DOTS', 'CENTS'].entries())
    user(`code${at}`, name, 'vc-1-11.21.26-');
  const { taken, unreadable } = await take({ dryRun: true });
  expect(taken).toMatchObject([{ code: 'CODE2', price: { amount: 500 } }]);
  expect(unreadable.map(({ why }) => why)).toEqual([
    expect.stringContaining('the price of "DOT": "6.000" may be thousands'),
    expect.stringContaining('the price of "DOTS": "1.250.000" may be thousands'),
  ]);
});

test('an adoption that is cut off leaves nobody online for nothing once it is done again', async () => {
  const names = ['run1', 'run2', 'run3'];
  for (const name of names) {
    const phone = shop.phone();
    user(name, '5HOURS', ending(2), '=limit-uptime=5h');
    const login = ['/ip/hotspot/active/login', `=ip=${phone.address}`];
    shop.simulator.run([
      ...login,
      `=mac-address=${phone.mac}`,
      `=user=${name}`,
      `=password=${name}`,
    ]);
  }
  const visitor = shop.phone(); // of a user who is none of our business
  user('camera', 'default', 'cctv');
  shop.simulator.run([
    ...['/ip/hotspot/active/login', `=ip=${visitor.address}`, `=mac-address=${visitor.mac}`],
    ...['=user=camera', '=password=camera'],
  ]);
  const drop = { kind: 'drop-before' } as const;
  shop.simulator.faults.on({ menu: '/ip/hotspot/user', command: 'set', after: 2 }, drop);
  shop.simulator.faults.on({ menu: '/ip/hotspot/active', command: 'remove' }, drop);
  await expect(take({ adopt: true })).rejects.toThrow();
  expect(shop.simulator.active()).toHaveLength(4);
  expect(shop.simulator.users().map(({ name }) => name)).toContain('RUN1');

  const { adopted } = await take({ adopt: true });
  expect(adopted).toMatchObject({ done: 1, loggedOut: 3 });
  expect(shop.simulator.active().map(({ user: name }) => name)).toEqual(['camera']);
  await shop.reconcile();
  const online = shop.simulator.active().map(({ user: name }) => name);
  expect(online.sort()).toEqual(['RUN1', 'RUN2', 'RUN3', 'camera']);
});

test('without a router, or one that is away, nothing is changed', async () => {
  user('k7m2p', '1DAY', 'vc-123-11.21.26-');
  shop.simulator.setPolicies(['api']);
  await expect(take()).rejects.toThrow(/permission|policy|policies/i);
  expect(await shop.app.stores.vouchers.countByStatus()).toEqual({});
});
