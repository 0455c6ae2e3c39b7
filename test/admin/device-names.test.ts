import type { Mac } from '../../src/domain/units';
import { AdminShop, type Staff } from '../support/admin-shop';

/** What devices are called, by themselves and by the staff. */

let open: AdminShop;
let operator: Staff;

beforeEach(async () => {
  open = await AdminShop.open();
  operator = await open.signedIn('operator', 'ben');
});

afterEach(() => open.close());

async function phoneOnline(hostName: string, mac = '02:00:00:00:01:01') {
  const { shop } = open;
  const last = mac.slice(-2);
  const phone = shop.simulator.addDevice({
    mac,
    address: `10.5.50.${Number(last) + 70}`,
    hostName,
  });
  const code = await shop.code();
  await shop.redeem(phone, code);
  return { phone, code, mac: mac as Mac };
}

const rows = async (path = '/admin/bandwidth') =>
  [...(await operator.get(path)).text.matchAll(/class="row"[^]*?<b>([^<]*)<\/b>/g)].map(([, name]) => name); // prettier-ignore

test('the staff’s word counts, and without one the phone’s own; both are found', async () => {
  const { mac, code } = await phoneOnline('Galaxy-A12');
  await phoneOnline('iPhone', '02:00:00:00:01:02');
  expect(await rows()).toEqual(['Galaxy-A12', 'iPhone']);
  const name = (typed: string) => operator.post(`/admin/bandwidth/${mac}/name`, { name: typed });
  expect((await name("  Ate Joy's   Oppo ")).status).toBe(303);
  expect(await rows()).toEqual(['Ate Joy&#39;s Oppo', 'iPhone']);
  expect(await rows('/admin/bandwidth?q=JOY')).toEqual(['Ate Joy&#39;s Oppo']);
  expect(await rows('/admin/bandwidth?q=Galaxy')).toEqual([]);
  expect((await operator.get('/admin/vouchers?q=joy')).text).toContain(`value="joy"`);
  expect((await operator.get('/admin/vouchers?q=joy')).text).toContain(code);
  expect((await operator.get('/admin/vouchers?q=%25')).text).not.toContain(code);
  const owner = await open.signedIn('owner');
  expect((await owner.get('/admin/audit?q=joy')).text).toContain('device named');
  expect((await owner.get('/admin/audit?q=joy')).text).not.toContain('signed in');
  expect((await operator.get(`/admin/usage/${mac}`)).text).toContain('<h1>Ate Joy&#39;s Oppo</h1>');
  expect((await operator.get(`/admin/vouchers/${code}`)).text).toContain('Ate Joy&#39;s Oppo');
  await name('');
  expect(await rows()).toEqual(['Galaxy-A12', 'iPhone']);
  expect((await name('x'.repeat(41))).status).toBe(422);
  expect((await operator.get('/admin/bandwidth/no-such-device')).status).toBe(422);
});

test('a name is known while the device and the router are away, and after a start', async () => {
  const { mac } = await phoneOnline('Galaxy-A12');
  expect(await rows()).toEqual(['Galaxy-A12']);
  const { shop } = open;
  expect(await shop.app.stores.deviceNames.of([mac])).toEqual([
    { mac, own: 'Galaxy-A12', given: null },
  ]);
  shop.simulator.faults.refuseConnections = 'accept-then-close';
  shop.simulator.dropConnections('rst');
  const { text } = await operator.get('/admin/bandwidth');
  expect(text).toMatch(/The router does not answer[^]*who was online at 2026-11-21 16:00/);
  expect(text).toContain('<b>Galaxy-A12</b>');
  expect((await operator.get(`/admin/bandwidth/${mac}`)).text).toContain('Galaxy-A12');
});

test('naming a device is no work for the loop, and a viewer may not do it', async () => {
  const { mac } = await phoneOnline('Galaxy-A12');
  await rows();
  await open.shop.reconcile();
  await operator.post(`/admin/bandwidth/${mac}/name`, { name: 'Joy' });
  expect((await open.shop.reconcile()).writes).toBe(0);
  const viewer = await open.signedIn('viewer');
  await viewer.get('/admin');
  expect((await viewer.post(`/admin/bandwidth/${mac}/name`, { name: 'No' })).status).toBe(403);
  expect((await viewer.get(`/admin/bandwidth/${mac}`)).text).not.toContain('<form method="post" action="/admin/bandwidth'); // prettier-ignore
  expect(await rows()).toEqual(['Joy']);
});

test('a limit and a block are undone with one button, and so is the end of a limit', async () => {
  const { phone, mac } = await phoneOnline('Galaxy-A12');
  const limit = () => open.shop.simulator.queueOf(phone.mac)?.maxLimit;
  const undo = () => operator.pressUndo('/admin/bandwidth');
  const usual = { up: 1_000_000, down: 2_000_000 };
  const slow = { up: 128_000, down: 256_000 };
  await operator.post('/admin/bandwidth/limits', { mac, slow: '256K', until: '2h' });
  expect(limit()).toEqual(slow);
  await undo();
  expect(limit()).toEqual(usual);
  await operator.get('/admin/bandwidth'); // the word about it, with its own way back
  await operator.post('/admin/bandwidth/limits', { mac, slow: '256K', until: '2h' });
  await operator.get('/admin/bandwidth');
  open.shop.clock.advance(30 * 60_000);
  await operator.post(`/admin/bandwidth/${mac}/limit-removal`);
  expect(limit()).toEqual(usual);
  await undo();
  expect(limit()).toEqual(slow);
  const [back] = await open.shop.app.services.devices.limits();
  expect(back!.until).toEqual(new Date(open.shop.clock.now().getTime() + 90 * 60_000));
  await operator.get('/admin/bandwidth');
  await operator.post('/admin/bandwidth/blocks', { mac, reason: 'disturbs the others' });
  expect(phone.online).toBe(false);
  await undo();
  expect(phone.online).toBe(true);
  expect((await operator.get('/admin/bandwidth')).text).toContain('Galaxy-A12 is unblocked.');
});

test('more time asked for at a device is told of the device', async () => {
  const { mac, code } = await phoneOnline('Galaxy-A12');
  await operator.get(`/admin/bandwidth/${mac}`); // the phone's name is heard
  const manager = await open.signedIn('manager');
  const { location } = await manager.post('/admin/vouchers/extensions', { code, mac, by: '30m' });
  expect(location).toBe(`/admin/bandwidth/${mac}`);
  expect((await manager.get(location!)).text).toContain(`Galaxy-A12 has 30m more: ${code}.`);
});
