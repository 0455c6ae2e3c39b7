import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { NeighborSearch } from '../../../src/routeros/neighbors/neighbor-search';
import { AdminShop, type Staff } from '../../support/admin-shop';
import { FastClock } from '../../support/fast-clock';
import { freeUdpPort } from '../../support/peers/free-port';

/** The first minute, with nobody who knows the router's address. */

let port: number;
let open: AdminShop;
let owner: Staff;
let asked: number;
let stopListening: () => void;

beforeEach(async () => {
  port = await freeUdpPort();
  asked = 0;
  const ear = createSocket({ type: 'udp4', reuseAddr: true }).bind(port);
  await once(ear, 'listening');
  ear.on('message', (bytes) => (asked += bytes.length === 4 ? 1 : 0));
  stopListening = () => ear.close();
  open = await AdminShop.open({
    simulator: { neighborPort: port },
    neighbors: new NeighborSearch(new FastClock(10), port),
  });
  owner = await open.signedIn('owner');
});

afterEach(async () => {
  stopListening();
  await open.close();
});

const PLACES = [
  ['/admin/router/connection', '/admin/router/connection/search', 'name="address"'],
  ['/admin/routers/new', '/admin/routers/new/search', 'name="host"'],
] as const;

test('the owner looks for routers, and the one chosen fills the address; no page looks by itself', async () => {
  const { simulator } = open.shop;
  simulator.run(['/system/identity/set', '=name=<b>Shop & Sons</b>']);
  const before = simulator.exported();
  for (const [page, search, field] of PLACES) {
    const calls = asked;
    expect((await owner.get(page)).text).toContain('Look for routers');
    expect(asked).toBe(calls);
    const found = await owner.post(search);
    expect(asked).toBeGreaterThan(calls);
    expect(found.text).toContain('Routers found on your network');
    expect(found.text).toContain('&lt;b&gt;Shop &amp; Sons&lt;/b&gt;');
    expect(found.text).not.toContain('<b>Shop');
    expect(found.text).toMatch(/name="use" value="127\.0\.0\.1"/);
    const after = asked;
    const chosen = await owner.post(search, { use: '127.0.0.1' });
    expect(chosen.text).toMatch(new RegExp(`${field}[^>]*value="127\\.0\\.0\\.1"`));
    expect(asked).toBe(after);
  }
  expect(simulator.exported()).toEqual(before);
});

test('where no router answers it says what helps; only an owner may look', async () => {
  open.shop.simulator.reboot({ bootMs: 60_000 });
  const { text } = await owner.post(PLACES[0][1]);
  expect(text).toContain('No router answered.');
  expect(text).toContain('UDP port 5678');
  const manager = await open.signedIn('manager');
  const calls = asked;
  for (const [, search] of PLACES) expect((await manager.post(search)).status).toBe(403);
  expect(asked).toBe(calls);
});

test('another program that has the port is named on the page, and an address can still be typed', async () => {
  stopListening();
  const holder = createSocket('udp4');
  await open.shop.simulator.stop();
  holder.bind(port);
  await once(holder, 'listening');
  stopListening = () => holder.close();
  const { status, text } = await owner.post(PLACES[0][1]);
  expect(status).toBe(200);
  expect(text).toContain(`UDP port ${port} for itself`);
  expect(text).toContain('name="address"');
});
