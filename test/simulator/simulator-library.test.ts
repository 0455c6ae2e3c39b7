import { RouterOSAPI } from 'node-routeros';
import { Simulator } from '../../src/simulator/simulator';

// A stranger's client, unmodified: it has never seen our codec. It knows no `!empty`, hence RouterOS 6.

let simulator: Simulator;
let api: RouterOSAPI;

beforeEach(async () => {
  simulator = await Simulator.start({ version: '6.49.18', password: 'secret' });
  const { port } = simulator;
  api = new RouterOSAPI({ host: '127.0.0.1', port, user: 'admin', password: 'secret' });
  await api.connect();
});

afterEach(async () => {
  await api.close();
  await simulator.stop();
});

test('adds, prints, sets and removes', async () => {
  const target = '=target=10.5.50.7';
  const [added] = await api.write('/queue/simple/add', ['=name=q', target, '=max-limit=1M/2M']);
  expect(added).toEqual({ ret: '*2' });
  await api.write('/queue/simple/set', ['=.id=*2', '=comment=pisonet:x']);
  expect(await api.write('/queue/simple/print', ['?name=q'])).toMatchObject([
    { '.id': '*2', target: '10.5.50.7/32', 'max-limit': '1000000/2000000', comment: 'pisonet:x' },
  ]);
  await api.write('/queue/simple/remove', ['=.id=*2']);
  expect(await api.write('/queue/simple/print', ['?name=q'])).toEqual([]);
});

test('gets its traps', async () => {
  await api.write('/ip/hotspot/user/add', ['=name=ann']);
  await expect(api.write('/ip/hotspot/user/add', ['=name=ann'])).rejects.toThrow(
    'already have user with this name for this server',
  );
});

test('many commands at once', async () => {
  const names = Array.from({ length: 100 }, (_, at) => `user${at}`);
  await Promise.all(names.map((name) => api.write('/ip/hotspot/user/add', [`=name=${name}`])));
  expect(simulator.users().map(({ name }) => name)).toEqual(names);
});

test('a wrong password', async () => {
  const { port } = simulator;
  const stranger = new RouterOSAPI({ host: '127.0.0.1', port, user: 'admin', password: 'guess' });
  await expect(stranger.connect()).rejects.toThrow();
  await stranger.close();
});
