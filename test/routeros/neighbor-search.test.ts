import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { NeighborSearch, ownNetworks } from '../../src/routeros/neighbors/neighbor-search';
import { Simulator } from '../../src/simulator/simulator';
import { FastClock } from '../support/fast-clock';
import { freeUdpPort } from '../support/peers/free-port';

/** Over UDP on this computer, a second in 100 ms. */

let port: number;
let routers: Simulator[];
let search: NeighborSearch;

beforeEach(async () => {
  port = await freeUdpPort();
  routers = [];
  search = new NeighborSearch(new FastClock(10), port);
});

afterEach(() => Promise.all(routers.map((router) => router.stop())));

async function aRouter(name: string, version: string): Promise<Simulator> {
  const router = await Simulator.start({ version, neighborPort: port });
  routers.push(router);
  router.run(['/system/identity/set', `=name=${name}`]);
  return router;
}

test('routers answer with what they are, by name; a router that is off does not', async () => {
  await aRouter('Shop', '7.19.4');
  await aRouter('Annex', '6.49.18');
  const off = await aRouter('Away', '7.19.4');
  off.reboot({ bootMs: 60_000 });
  const { routers: found } = await search.find();
  expect(found).toMatchObject([
    { name: 'Annex', address: '127.0.0.1', platform: 'MikroTik' },
    { name: 'Shop', address: '127.0.0.1', mac: '48:A9:8A:00:00:06' },
  ]);
  expect(found.map(({ version }) => version.split(' ')[0])).toEqual(['6.49.18', '7.19.4']);
  expect(found.every(({ board }) => board !== '')).toBe(true);
});

test('asking changes nothing on a router', async () => {
  const router = await aRouter('Shop', '7.19.4');
  const before = router.exported();
  await search.find();
  expect(router.exported()).toEqual(before);
  expect(router.log.commands).toEqual([]);
});

test('noise and floods of made-up routers do no harm, and nothing is left open', async () => {
  await aRouter('Shop', '7.19.4');
  const liar = await opened();
  liar.on('message', () => {
    for (let n = 0; n < 300; n += 1) {
      const mac = n.toString(16).padStart(12, '0');
      for (const bytes of [`000000010001000${6}${mac}`, '', 'ff'.repeat(n), '00010001ffffffff']) {
        liar.send(Buffer.from(bytes, 'hex'), port, '127.255.255.255');
      }
    }
  });
  const found = (await search.find()).routers;
  expect(found.length).toBeLessThanOrEqual(64);
  liar.close();
  // Nobody has the port any more: it can be taken for one program alone.
  for (const router of routers) await router.stop();
  routers = [];
  const alone = await opened(false);
  alone.close();
});

test('one search for all who ask at the same time, and a new one afterwards', async () => {
  const [one, other] = [search.find(), search.find()];
  expect(one).toBe(other);
  expect((await one).routers).toEqual([]);
  await aRouter('Shop', '7.19.4');
  expect((await search.find()).routers).toHaveLength(1);
});

test('a program that has the port for itself is named, and nothing stays open', async () => {
  const holder = await opened(false);
  await expect(search.find()).rejects.toThrow(`UDP port ${port} for itself, WinBox perhaps`);
  holder.close();
  expect((await search.find()).routers).toEqual([]);
});

test('every network of IPv4 is asked, and whoever is in it with another address', () => {
  const card = (address: string, netmask: string, family: 'IPv4' | 'IPv6', internal = false) =>
    ({ address, netmask, family, internal, mac: '', cidr: null, scopeid: 0 }) as never;
  const cards = {
    lo: [card('127.0.0.1', '255.0.0.0', 'IPv4', true), card('::1', 'ffff::', 'IPv6', true)],
    eth0: [card('192.168.88.10', '255.255.255.0', 'IPv4')],
    wlan0: [card('10.5.50.7', '255.255.254.0', 'IPv4')],
  };
  expect(ownNetworks(cards)).toEqual([
    { name: 'lo', address: '127.0.0.1', broadcast: ['127.255.255.255'] },
    { name: 'eth0', address: '192.168.88.10', broadcast: ['192.168.88.255', '255.255.255.255'] },
    { name: 'wlan0', address: '10.5.50.7', broadcast: ['10.5.51.255', '255.255.255.255'] },
  ]);
});

async function opened(isShared = true): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: isShared });
  socket.bind(port);
  await once(socket, 'listening');
  socket.setBroadcast(true);
  return socket;
}
