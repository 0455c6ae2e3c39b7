import { browserOfTests } from '../support/browser/browser';
import { BusyAdmin } from '../support/busy-admin';

/** Every page that staff have, in a shop that is busy: an empty page would be checked for nothing. */

const browser = browserOfTests();

let admin: BusyAdmin;

beforeEach(async () => {
  admin = await BusyAdmin.start();
});

afterEach(() => admin.close());

test('every page, as the owner has it', async () => {
  const page = await admin.signIn(await browser.newContext(), 'owner');
  const pages = admin.paths().map(({ path }) => path);
  expect(pages.length).toBeGreaterThan(20);
  const more = [
    '/bandwidth?mac=02:00:00:00:00:0A',
    '/batches/1/print?format=58mm',
    '/plans/P20/back-test?days=30&fup_threshold=100MB&fup_rate_up=64K&fup_rate_down=64K',
    '/plans/P20/back-test?days=lots',
    '/plans/P20/simulation?down=lots&devices=1&days=30',
    '/no-such-page',
  ];
  expect(await admin.walk(page, [...pages, ...more], 'owner')).toEqual([]);
}, 400_000); // the walk is long, and machines are slow
