import { AdminShop } from '../../support/admin-shop';
import type { SimulatedDevice } from '../../../src/simulator/simulator';
import { ShopServer } from '../../support/program/shop-server';

/** Time that came back for an internet outage, as the customer and the staff read it. */

const MINUTE = 60_000;

let close: () => Promise<void>;
afterEach(() => close());

const OPTIONS = {
  env: { MIKROTIK_WAN_INTERFACE: 'ether1', BROWN_OUT_CREDIT: 'on' },
  profiles: [{ name: 'P10', validity: '1d', uptime: '3h' }],
};

/** The phone is online, and two hours of that the line is dead. */
async function deadLine({ shop }: { shop: ShopServer['shop'] }, phone: SimulatedDevice) {
  const code = await shop.code('P10');
  await shop.redeem(phone, code);
  await shop.reconcile();
  shop.simulator.run(['/interface/disable', '=numbers=ether1']);
  for (let n = 0; n < 120; n += 1) {
    shop.clock.advance(MINUTE);
    await shop.reconcile();
  }
  shop.simulator.run(['/interface/enable', '=numbers=ether1']);
  await shop.reconcile();
  return code;
}

test('the portal tells the customer, in both languages, and has all of the time left', async () => {
  const server = await ShopServer.start(OPTIONS);
  close = () => server.close();
  const phone = server.phone(21);
  await deadLine(server, phone);
  const page = await server.ask('/portal/status', phone);
  expect(page.text).toContain('3 hours left');
  expect(page.text).toContain('2 hours of online time was given back to you');
  const filipino = await server.ask('/portal/status?lang=fil', phone);
  expect(filipino.text).toMatch(/ibinalik sa iyo ang 2 oras ng oras mo online/);
});

test('the admin has it beside the time online, and in the history', async () => {
  const admin = await AdminShop.open(OPTIONS);
  close = () => admin.close();
  const code = await deadLine(admin, admin.shop.phone());
  const owner = await admin.signedIn('owner');
  const { text } = await owner.get(`/admin/vouchers/${code}`);
  expect(text).toMatch(/Time given back<\/dt>\s*<dd>2h for an internet outage/);
  expect(text).toMatch(/0s of 3h/);
  expect(text).toContain('online time given back');
  expect(text).toContain('internet line down');
});
