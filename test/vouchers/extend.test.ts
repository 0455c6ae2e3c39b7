import { AdminShop } from '../support/admin-shop';
import { HOUR, MINUTE } from '../support/builders';

/** Time that staff give: whatever would end a voucher first comes later by it. */

let open: AdminShop;

beforeEach(async () => {
  open = await AdminShop.open({
    profiles: [
      { name: 'BOTH', validity: '1d', uptime: '3h' },
      { name: 'ONLINE', validity: undefined, uptime: '3h' },
      { name: 'WALL', validity: '3h' },
      { name: 'DATA', validity: undefined, data_cap: '1GB' },
    ],
  });
});

afterEach(() => open.close());

test.each(['BOTH', 'ONLINE', 'WALL'])(
  'a customer of plan %s goes on online past the old end, and stops at the new one',
  async (plan) => {
    const { shop } = open;
    const owner = await open.signedIn('owner', 'maria');
    const { phone, code } = await shop.online(plan);
    shop.clock.advance(2 * HOUR);
    await shop.reconcile();
    const { status } = await owner.post('/admin/vouchers/extensions', { code, by: '1h' });
    expect(status).toBe(303);
    await shop.reconcile();
    shop.clock.advance(HOUR + 30 * MINUTE); // past the third hour; the router alone, nobody looks
    expect(phone.online).toBe(true);
    await shop.reconcile();
    expect(phone.online).toBe(true);
    expect((await shop.voucher(code)).status).toBe('active');
    expect((await shop.reconcile()).writes).toBe(0);
    shop.clock.advance(30 * MINUTE);
    expect(phone.online).toBe(false);
    await shop.reconcile();
    expect((await shop.voucher(code)).status).toBe(plan === 'WALL' ? 'expired' : 'exhausted');
  },
);

test('what was given is said as it is: on the page, and in the history', async () => {
  const { shop } = open;
  const owner = await open.signedIn('owner', 'maria');
  const extend = async (code: string) => {
    const { location } = await owner.post('/admin/vouchers/extensions', { code, by: '1h' });
    return (await owner.get(location!)).text;
  };
  const both = await shop.code('BOTH');
  const page = await extend(both);
  expect(page).toContain(`1 hour added to validity and time online: ${both}.`);
  expect(page).toMatch(/voucher extended<\/b>.*by: 1h, of: validity and time online/);
  expect((await shop.voucher(both)).terms).toMatchObject({
    validitySeconds: 25 * 3600,
    uptimeSeconds: 4 * 3600,
  });
  expect(await extend(await shop.code('ONLINE'))).toContain('1 hour added to time online: ');
  expect(await extend(await shop.code('WALL'))).toContain('1 hour added: ');
  const code = await shop.code('DATA');
  expect(await extend(code)).toContain(
    `Not changed: Voucher ${code} never ends, so no time can be added`,
  );
  const developer = await shop.code('WALL', true);
  expect(await extend(developer)).toContain(
    `Not changed: Voucher ${developer} never ends, so no time can be added`,
  );
});
