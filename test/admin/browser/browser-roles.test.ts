import { browserOfTests } from '../../support/browser/browser';
import { BusyAdmin } from '../../support/busy-admin';
import { some } from '../../support/program/run-counts';

/** The staff pages as other roles than the owner's have them: usable too. */

const browser = browserOfTests();
let admin: BusyAdmin;

beforeEach(async () => {
  admin = await BusyAdmin.start();
});

afterEach(() => admin.close());

test.each(some(['operator', 'viewer'] as const, 1))(
  'what differs for the %s',
  async (role) => {
    const page = await admin.signIn(await browser.newContext(), role);
    const own = ['/', '/bandwidth', '/vouchers', `/vouchers/${admin.named.code}`, '/plans', '/alerts', '/staff']; // prettier-ignore
    expect(await admin.walk(page, own, role)).toEqual([]);
  },
  60_000,
);
