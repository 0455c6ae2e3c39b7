import { browserOfTests } from '../../support/browser/browser';
import { BusyAdmin, OF_SALES } from '../../support/busy-admin';
import { some } from '../../support/program/run-counts';

/**
 * Every page that staff have, in a shop that is busy: an empty page would be checked for nothing. Those of
 * daily work are in browser-accessibility-sales.
 */

const browser = browserOfTests();

let admin: BusyAdmin;

beforeEach(async () => {
  admin = await BusyAdmin.start();
});

afterEach(() => admin.close());

test('every page of the shop, its plans and its router, as the owner has it', async () => {
  const page = await admin.signIn(await browser.newContext(), 'owner');
  const pages = admin.paths().map(({ path }) => path);
  const ofShop = pages.filter((path) => !OF_SALES.test(path));
  expect(ofShop.length).toBeGreaterThan(10);
  const more = [
    '/bandwidth?mac=02:00:00:00:00:0A',
    '/batches/1/print?format=58mm',
    '/plans/P20/back-test?days=30&fup_threshold=100MB&fup_rate_up=64K&fup_rate_down=64K',
    '/plans/P20/back-test?days=lots',
    '/plans/P20/simulation?down=lots&devices=1&days=30',
    '/no-such-page',
  ];
  expect(await admin.walk(page, some([...ofShop, ...more], 8), 'owner')).toEqual([]);
}, 240_000); // the walk is long, and machines are slow
