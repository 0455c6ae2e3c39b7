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
  ['/batches', 'Sell', 'Batches'],
  ['/batches/7', 'Sell', 'Batches'],
  ['/batches/new', 'Sell', 'Create'],
  ['/batches/newer', 'Sell', 'Batches'],
  ['/reports', 'Money', 'Sales'],
  ['/drawers', 'Money', 'Drawers'],
  ['/plans/P5/simulation', 'Shop', 'Plans'],
  ['/log', 'Shop', 'Activity'],
  ['/account', undefined, undefined],
])('%s is in %s, at %s', (path, place, page) => {
  const places = placesAt(path, as('owner'));
  expect(here(places.bar)).toEqual(place === undefined ? [] : [place]);
  expect(here(places.pages)).toEqual(page === undefined ? [] : [page]);
});

test('each sees the pages of their role; the views of one thing are side by side', () => {
  const names = (path: string, role: Role) =>
    placesAt(path, as(role)).pages.map(({ name }) => name);
  expect(names('/vouchers', 'owner')).toEqual(['Vouchers', 'Batches', 'Create', 'Import']);
  expect(names('/vouchers', 'operator')).toEqual(['Vouchers', 'Batches', 'Create']);
  expect(names('/plans', 'viewer')).toEqual(['Plans', 'Router', 'Activity']);
  expect(here(placesAt('/audit', as('owner')).tabs)).toEqual(['Audit']);
  expect(placesAt('/alerts', as('viewer')).tabs).toEqual([]);
});
