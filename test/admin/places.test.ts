import { placesAt } from '../../src/web/staff/places';
import { ROLES, type Role } from '../../src/store/staff/account-store';

/** Which of the places one is in, and where one can go from there. */

const as = (role: Role) => (needed: Role) => ROLES.indexOf(role) <= ROLES.indexOf(needed);
const here = (links: readonly { name: string; isHere: boolean }[]) =>
  links.filter(({ isHere }) => isHere).map(({ name }) => name);

test.each([
  ['/', 'Home', undefined],
  ['/bandwidth/02:00:00:00:00:01/speeds', 'Online', 'Online now'],
  ['/usage/vouchers/ABCD', 'Online', 'Usage'],
  ['/batches', 'Sell', undefined],
  ['/batches/7', 'Sell', undefined],
  ['/batches/import', 'Shop', 'Advanced'],
  ['/reports', 'Money', 'Sales'],
  ['/drawers', 'Money', 'Drawers'],
  ['/plans/P5/simulation', 'Shop', 'Plans'],
  ['/alerts', 'Shop', 'Activity'],
  ['/log', 'Shop', 'Advanced'],
  ['/journal', 'Shop', 'Advanced'],
  ['/bandwidth/queues', 'Shop', 'Advanced'],
  ['/staff', 'Shop', 'Settings'],
  ['/backups/restore', 'Shop', 'Settings'],
  ['/account', undefined, undefined],
])('%s is in %s, at %s', (path, place, page) => {
  const places = placesAt(path, as('owner'));
  expect(here(places.bar)).toEqual(place === undefined ? [] : [place]);
  expect(here(places.pages)).toEqual(page === undefined ? [] : [page]);
});

const names = (links: readonly { name: string }[]) => links.map(({ name }) => name);

test('each sees the pages of their role; the views of one thing are side by side', () => {
  const seen = (path: string, role: Role) => names(placesAt(path, as(role)).pages);
  expect(seen('/reports', 'owner')).toEqual(['Sales', 'Drawers', 'Coin boxes', 'Monthly']);
  expect(seen('/reports', 'viewer')).toEqual([]);
  expect(seen('/plans', 'viewer')).toEqual(['Plans', 'Router', 'Activity', 'Advanced']);
  expect(here(placesAt('/invoices', as('owner')).tabs)).toEqual(['Invoices']);
  expect(placesAt('/alerts', as('viewer')).tabs).toEqual([]);
});

test('what the shop has not grown into stands in the frame only where one is at it', () => {
  const small = { has: new Set<never>(), opens: () => true };
  const seen = (path: string) => placesAt(path, as('owner'), small);
  expect(seen('/reports').pages).toEqual([]);
  expect(names(seen('/invoices').pages)).toEqual(['Sales', 'Monthly']);
  expect(names(seen('/invoices').tabs)).toEqual(['Subscribers', 'Invoices', 'Payments']);
  expect(seen('/router').tabs).toEqual([]);
  expect(names(seen('/routers').tabs)).toEqual(['First router', 'All routers']);
});

test('with everything there is, the frame has 22 places to go', () => {
  const { bar } = placesAt('/', as('owner'));
  const pages = bar.flatMap(({ href }) => placesAt(href.slice('/admin'.length), as('owner')).pages);
  const tabs = pages.flatMap(({ href }) => placesAt(href.slice('/admin'.length), as('owner')).tabs);
  expect(bar.length + pages.length + tabs.length).toBe(22);
});
