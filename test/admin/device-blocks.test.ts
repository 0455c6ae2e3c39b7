import { AdminShop, type Staff } from '../support/admin-shop';
import { MINUTE } from '../support/builders';

/** Devices that staff keep out: the loop takes them out, and no code lets them in. */

let open: AdminShop;
let operator: Staff;

beforeEach(async () => {
  open = await AdminShop.open();
  operator = await open.signedIn('operator', 'ben');
});

afterEach(() => open.close());

const block = (mac: string, reason = 'disturbs the others') =>
  operator.post('/admin/bandwidth/blocks', { mac, reason });

test('a blocked device is out before the page answers, and its voucher runs on', async () => {
  const { phone, code } = await open.shop.online();
  const before = await open.shop.voucher(code);
  expect((await block(phone.mac)).status).toBe(303);
  expect(phone.online).toBe(false);
  expect(open.shop.simulator.queueOf(phone.mac)).toBeUndefined();
  open.shop.clock.advance(5 * MINUTE);
  expect((await open.shop.reconcile()).writes).toBe(0);
  expect(await open.shop.voucher(code)).toMatchObject({ status: 'active', expiresAt: before.expiresAt }); // prettier-ignore
  const page = await operator.get('/admin/bandwidth');
  expect(page.text).toContain('disturbs the others');
  expect(page.text).toContain('by ben');

  await operator.post(`/admin/bandwidth/${phone.mac}/unblocking`);
  expect(phone.online).toBe(true);
  expect((await operator.get('/admin/bandwidth')).text).toContain('No device is blocked');
  open.shop.clock.advance(60 * MINUTE);
  await open.shop.reconcile();
  expect((await open.shop.voucher(code)).status).toBe('expired');
});

test('no code lets it in, and none is used up by trying; its own page says why', async () => {
  const phone = open.shop.simulator.addDevice({ mac: '02:00:00:00:01:01', address: '127.0.0.1' });
  await block(phone.mac);
  const code = await open.shop.code();
  const redeem = () =>
    fetch(`${open.address}/portal/redeem`, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams({ code }),
    });
  for (let tries = 0; tries < 12; tries += 1) {
    const answer = await redeem();
    expect([tries, answer.status]).toEqual([tries, 422]); // never 429: it is no guess
    expect(((await answer.json()) as { message: string }).message).toContain('blocked this device');
  }
  expect(await open.shop.voucher(code)).toMatchObject({ status: 'unused', activatedAt: null });
  expect(await open.shop.app.stores.sessions.ofDevice((await open.shop.app.stores.blocks.list())[0]!.mac)).toEqual([]); // prettier-ignore
  await operator.post(`/admin/bandwidth/${phone.mac}/unblocking`);
  expect((await redeem()).status).toBe(200);
  await block(phone.mac);
  const status = await (await fetch(`${open.address}/portal/status`)).text();
  expect(status).toContain('The shop has blocked this device');
  const filipino = await (await fetch(`${open.address}/portal/status?lang=fil`)).text();
  expect(filipino).toContain('Naka-block sa shop');
});

test('a reason is asked for, a viewer may only look, and the audit keeps it', async () => {
  const mac = '02:00:00:00:09:09';
  expect((await block(mac, ' ')).status).toBe(422);
  expect((await block('no mac')).status).toBe(422);
  expect((await block(mac, '<b>rude</b>')).status).toBe(303);
  expect((await block(mac)).status).toBe(422);
  expect((await operator.get('/admin/bandwidth')).text).toContain('&lt;b&gt;rude');
  const viewer = await open.signedIn('viewer');
  expect((await viewer.get('/admin/bandwidth')).text).not.toContain('Unblock');
  expect((await viewer.post(`/admin/bandwidth/${mac}/unblocking`)).status).toBe(403);
  expect((await operator.post('/admin/bandwidth/02:00:00:00:09:0A/unblocking')).status).toBe(404);
  const history = await open.shop.app.stores.journal.auditOf(mac);
  expect(history).toMatchObject([{ who: 'ben', what: 'device blocked', detail: { reason: '<b>rude</b>' } }]); // prettier-ignore
});
