import { browserOfTests } from '../../support/browser/browser';
import { BusyAdmin, OF_SALES } from '../../support/busy-admin';
import { some } from '../../support/program/run-counts';

/** As browser-accessibility, for the pages of daily work: all of them in one file take too long. */

const browser = browserOfTests();

let admin: BusyAdmin;

beforeEach(async () => {
  admin = await BusyAdmin.start();
});

afterEach(() => admin.close());

test('every page about vouchers, money, devices and usage, as the owner has it', async () => {
  const page = await admin.signIn(await browser.newContext(), 'owner');
  const pages = admin.paths().map(({ path }) => path);
  const ofSales = pages.filter((path) => OF_SALES.test(path));
  expect(ofSales.length).toBeGreaterThan(10);
  expect(await admin.walk(page, some(ofSales, 8), 'owner')).toEqual([]);
}, 240_000); // the walk is long, and machines are slow
