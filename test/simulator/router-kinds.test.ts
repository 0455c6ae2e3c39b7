import { RouterClient } from '../../src/routeros/api/client';
import { one } from '../../src/routeros/api/sentences';
import { Simulator, type SimulatorOptions } from '../../src/simulator/simulator';

/** What kinds and versions of router do differently, each as it was told by the manual or from the field. */

let simulator: Simulator;
afterEach(() => simulator.stop());

async function start(options: SimulatorOptions): Promise<void> {
  simulator = await Simulator.start({ bare: true, ...options });
}

const run = (...words: string[]) => simulator.run(words);
const rows = (menu: string) => simulator.rows(menu);
const columns = (menu: string) => Object.keys(rows(menu)[0]!);
const policies = (group: string) =>
  rows('/user/group')
    .find(({ name }) => name === group)!
    .policy!.split(',')
    .filter((word) => !word.startsWith('!'))
    .sort();

test.each([
  ['chr', '7.19.4', 'no such command or directory (routerboard)', 'system-id'],
  ['chr', '6.49.18', 'no such command prefix', 'system-id'],
  ['x86', '7.19.4', 'no such command or directory (routerboard)', 'software-id'],
] as const)('%s with %s has no board, and a license', async (machine, version, said, id) => {
  await start({ machine, version });
  expect(() => run('/system/routerboard/print')).toThrow(`/system/routerboard/print: ${said}`);
  expect(rows('/system/license')).toEqual([expect.objectContaining({ [id]: expect.any(String) })]);
});

test.each([
  ['6.49.18', 'address', false, false],
  ['7.15.3', 'address', false, false],
  ['7.16', 'address', true, false],
  ['7.19.4', 'address', true, true],
  ['7.24', 'available-from', true, true],
])(
  '%s: services by %s, session limit %s, rows per connection %s',
  async (version, name, hasLimit, hasRows) => {
    await start({ version });
    const other = name === 'address' ? 'available-from' : 'address';
    expect(columns('/ip/service')).toContain(name);
    expect(columns('/ip/service')).not.toContain(other);
    expect(columns('/ip/service').includes('max-sessions')).toBe(hasLimit);
    expect(rows('/ip/service').some(({ dynamic }) => dynamic === 'true')).toBe(hasRows);
  },
);

test('7.24 takes the old name of a list, shows the new one, and says so in the log', async () => {
  await start({ version: '7.24' });
  run('/ip/service/set', '=numbers=api', '=address=10.0.0.0/8');
  const api = () => rows('/ip/service').find(({ name }) => name === 'api')!;
  expect(api()).toHaveProperty('available-from', '10.0.0.0/8');
  expect(rows('/log').map(({ message }) => message)).toContainEqual(
    expect.stringContaining('available-from'),
  );
  run('/ip/service/set', '=numbers=api', '=available-from=');
  expect(api()).toHaveProperty('available-from', '');
});

test.each([
  ['7.19.4', undefined, ['api', 'ftp', 'read']],
  ['7.19.4', false, ['api']],
  ['6.49.18', undefined, ['api']],
  ['6.49.18', true, ['api', 'ftp', 'read']],
])('%s, adding %s: what a group may do after set', async (version, groupSetAdds, expected) => {
  await start({ version, habits: groupSetAdds === undefined ? {} : { groupSetAdds } });
  run('/user/group/add', '=name=g', '=policy=ftp,read,!write');
  expect(policies('g')).toEqual(['ftp', 'read']);
  run('/user/group/set', '=numbers=g', '=policy=api');
  expect(policies('g')).toEqual(expected);
  run('/user/group/set', '=numbers=g', '=policy=!ftp,!read,test,!api');
  expect(policies('g')).toEqual(['test']);
});

test.each([
  ['6.49.18', 'no such command prefix'],
  ['7.21', 'no such command or directory (hotspot)'],
])('%s without the package: no hotspot menus, and no such row', async (version, said) => {
  await start({ version, hasHotspotPackage: false });
  for (const menu of ['/ip/hotspot', '/ip/hotspot/user', '/ip/hotspot/walled-garden/ip']) {
    expect(() => run(`${menu}/print`)).toThrow(`${menu}/print: ${said}`);
  }
  expect(rows('/system/package').map(({ name }) => name)).not.toContain('hotspot');
});

test('a board with flash keeps nothing else over a restart', async () => {
  await start({ machine: 'flash', version: '7.19.4' });
  expect(rows('/ip/hotspot/profile')[1]).toHaveProperty('html-directory', 'flash/hotspot');
  run('/file/add', '=name=loose.txt', '=contents=x');
  run('/file/add', '=name=flash/kept.txt', '=contents=x');
  simulator.reboot();
  const names = rows('/file').map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['flash', 'flash/hotspot', 'flash/kept.txt']));
  expect(names).not.toContain('loose.txt');
  expect(() => run('/file/add', '=name=big', `=contents=${'x'.repeat(60_000)}`)).not.toThrow();
  expect(Number(rows('/system/resource')[0]!['free-hdd-space'])).toBeLessThan(1_750_000);
});

test.each([
  ['7.17.1', undefined, 'flash/mine'],
  ['7.19.4', undefined, 'mine'],
  ['7.19.4', true, 'flash/mine'],
])('%s, %s: a folder reads back as %s', async (version, flashInFront, shown) => {
  await start({ version, habits: flashInFront === undefined ? {} : { flashInFront } });
  run('/ip/hotspot/profile/set', '=numbers=hsprof1', '=html-directory=mine');
  expect(rows('/ip/hotspot/profile')[1]).toHaveProperty('html-directory', shown);
});

test('several hotspots: each on a port of its own, with its profile, its network and its devices', async () => {
  await start({ hotspots: 3 });
  expect(rows('/ip/hotspot').map((server) => [server.name, server.interface])).toEqual([
    ['hotspot1', 'bridge-hotspot'],
    ['hotspot2', 'ether3'],
    ['hotspot3', 'ether4'],
  ]);
  expect(new Set(rows('/ip/hotspot').map(({ profile }) => profile)).size).toBe(3);
  simulator.addDevice({ mac: '02:00:00:00:00:01', address: '10.5.50.9' });
  simulator.addDevice({ mac: '02:00:00:00:00:02', address: '10.5.103.9', interface: 'ether4' });
  expect(rows('/ip/hotspot/host').map(({ server }) => server)).toEqual(['hotspot1', 'hotspot3']);
  // A user of one server is nobody at the other.
  run('/ip/hotspot/user/add', '=name=ann', '=password=ann', '=server=hotspot3');
  const login = (ip: string) =>
    run('/ip/hotspot/active/login', `=ip=${ip}`, '=user=ann', '=password=ann');
  expect(() => login('10.5.50.9')).toThrow('invalid username or password');
  login('10.5.103.9');
  expect(rows('/ip/hotspot/active').map(({ server }) => server)).toEqual(['hotspot3']);
});

test.each([
  [false, '192.168.1.7', '10.5.50.7'],
  [true, '10.5.50.7', '192.168.1.7'],
])('a translated host is logged in by its to-address: %s', async (isSo, right, wrong) => {
  await start({ habits: { loginByToAddress: isSo, activeShowsToAddress: isSo } });
  simulator.addDevice({
    ...{ mac: '02:00:00:00:00:07', address: '192.168.1.7', toAddress: '10.5.50.7' },
  });
  run('/ip/hotspot/user/add', '=name=ann', '=password=ann');
  const login = (ip: string) =>
    run('/ip/hotspot/active/login', `=ip=${ip}`, '=user=ann', '=password=ann');
  expect(() => login(wrong)).toThrow(`unknown host IP ${wrong}`);
  login(right);
  expect(rows('/ip/hotspot/host')).toMatchObject([
    { address: '192.168.1.7', 'to-address': '10.5.50.7' },
  ]);
  expect(rows('/ip/hotspot/active')).toMatchObject([{ address: right }]);
  expect(rows('/ip/dhcp-server/lease')).toEqual([]);
});

describe('a crowd', () => {
  /** Programs' commands let time pass for the others; those by hand do not. */
  async function command(): Promise<void> {
    const { port } = simulator;
    const user = { username: 'admin', password: '', tls: 'off' as const };
    const client = new RouterClient({ host: '127.0.0.1', port, ...user });
    await one(client, '/system/identity', 'name');
    client.stop();
  }

  test('hundreds of rows of others, some of which point at what is gone', async () => {
    await start({ crowd: 300 });
    expect(rows('/queue/simple').length).toBeGreaterThan(300);
    expect(rows('/ip/hotspot/user').length).toBeGreaterThan(150);
    expect(rows('/ip/hotspot/ip-binding').length).toBe(30);
    const bare = /^\*[0-9A-F]+$/;
    expect(rows('/queue/simple').some(({ parent }) => bare.test(parent!))).toBe(true);
    expect(rows('/ip/hotspot/user').some(({ profile }) => bare.test(profile!))).toBe(true);
  });

  test.each([true, false])('queues come and go with each command, on top: %s', async (onTop) => {
    await start({ crowd: 30, habits: { dynamicQueuesFirst: onTop } });
    const dynamic = () => rows('/queue/simple').filter((row) => row.name!.startsWith('<pppoe'));
    await command();
    const first = dynamic();
    expect(first.length).toBeGreaterThan(0);
    const isFirst = rows('/queue/simple')[0]!.dynamic === 'true';
    expect(isFirst).toBe(onTop);
    for (let n = 0; n < 8; n += 1) await command();
    const ids = new Set(dynamic().map((row) => row['.id']));
    expect(first.some((row) => ids.has(row['.id']))).toBe(false);
    expect(ids.size).toBeLessThan(10);
  });
});
