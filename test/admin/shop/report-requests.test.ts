import { AdminShop } from '../../support/admin-shop';

/** The page of an error asks for a report of the router where the error is ours, and nowhere else. */

let admin: AdminShop;
afterEach(async () => {
  jest.restoreAllMocks();
  await admin.close();
});

const ASKS = "send us the report on the router's page";
const plain = (text: string) => text.replaceAll('&#39;', "'").replaceAll(/\s+/g, ' ');

test('an error of ours asks for it; a page that is not there does not', async () => {
  admin = await AdminShop.open();
  const owner = await admin.signedIn('owner');
  const { plans } = admin.shop.app.services;
  jest.spyOn(plans, 'list').mockRejectedValue(new TypeError('a bug'));
  const failed = await owner.get('/admin/plans');
  expect(failed.status).toBe(500);
  expect(plain(failed.text)).toContain(ASKS);
  const missing = await owner.get('/admin/vouchers/NOSUCHCODE');
  expect(missing.status).toBe(404);
  expect(plain(missing.text)).not.toContain(ASKS);
});
