import type { Response } from 'express';
import type { Role } from '../../store/staff/account-store';

/** A page one can go to from the frame of every page. */
interface StaffPage {
  name: string;
  /** Below `/admin`; pages below it belong to it too. */
  path: string;
  role: Role;
  /** What the shop must have for the page to stand in the frame; elsewhere it is on the page Advanced. */
  needs?: Door;
  /** What it is for, where it stands in a list. */
  about?: string;
  /** Views of one thing, side by side on the page itself. */
  tabs?: readonly StaffPage[];
  /** Pages that this one lists, and the frame does not. */
  listed?: readonly StaffPage[];
}

/** What a shop grows into: several routers, several sellers, customers who pay by the month. */
export type Door = 'chain' | 'coins' | 'drawers' | 'monthly';

interface StaffPlace {
  name: string;
  /** In the sprite of icons. */
  icon: string;
  pages: readonly StaffPage[];
}

// prettier-ignore
const SETTINGS: readonly StaffPage[] = [
  { name: 'Staff', path: '/staff', role: 'owner', about: 'Who may sell, and what else they may do.' },
  { name: 'Notices', path: '/notices', role: 'owner', about: 'Messages to your phone when something is wrong.' },
  { name: 'Backups', path: '/backups', role: 'owner', about: 'Copies of the books, and going back to one.' },
];

// prettier-ignore
const ADVANCED: readonly StaffPage[] = [
  { name: 'Audit', path: '/audit', role: 'owner', about: 'Who changed what, the program included.' },
  { name: 'Journal', path: '/journal', role: 'owner', about: 'Every sale, refund and payment, in an order nobody can change.' },
  { name: 'Import', path: '/batches/import', role: 'owner', about: 'Codes that were printed before.' },
  { name: 'Queues', path: '/bandwidth/queues', role: 'viewer', about: 'Every speed limit on the router.' },
  { name: 'Server log', path: '/log', role: 'owner', about: 'What this program reports, for support.' },
];

/** By what people come to do, in the order of the bar. */
const PLACES: readonly StaffPlace[] = [
  { name: 'Home', icon: 'home', pages: [{ name: 'Home', path: '', role: 'viewer' }] },
  {
    name: 'Online',
    icon: 'online',
    pages: [
      { name: 'Online now', path: '/bandwidth', role: 'viewer' },
      { name: 'Usage', path: '/usage', role: 'viewer' },
    ],
  },
  {
    name: 'Sell',
    icon: 'ticket',
    pages: [
      {
        ...{ name: 'Vouchers', path: '/vouchers', role: 'viewer' },
        listed: [
          { name: 'Batches', path: '/batches', role: 'viewer' },
          { name: 'Create', path: '/batches/new', role: 'operator' },
        ],
      },
    ],
  },
  {
    name: 'Money',
    icon: 'money',
    pages: [
      { name: 'Sales', path: '/reports', role: 'viewer' },
      {
        ...{ name: 'Drawers', path: '/drawers', role: 'operator', needs: 'drawers' },
        about: 'Count the cash of each seller’s shift.',
      },
      {
        ...{ name: 'Coin boxes', path: '/coin-boxes', role: 'operator', needs: 'coins' },
        about: 'Boxes that take coins: pair one, set its rates, collect.',
      },
      {
        ...{ name: 'Monthly', path: '/subscribers', role: 'operator', needs: 'monthly' },
        about: 'Customers who pay by the month: invoices and payments. Switch it on in Settings.',
        tabs: [
          { name: 'Subscribers', path: '/subscribers', role: 'operator' },
          { name: 'Invoices', path: '/invoices', role: 'operator' },
          { name: 'Payments', path: '/payments', role: 'operator' },
        ],
      },
    ],
  },
  {
    name: 'Shop',
    icon: 'shop',
    pages: [
      { name: 'Plans', path: '/plans', role: 'viewer' },
      {
        name: 'Router',
        path: '/router',
        role: 'viewer',
        tabs: [
          { name: 'First router', path: '/router', role: 'viewer' },
          {
            ...{ name: 'All routers', path: '/routers', role: 'viewer', needs: 'chain' },
            about: 'Add a second router.',
          },
        ],
      },
      {
        ...{ name: 'Sites', path: '/sites', role: 'owner', needs: 'chain' },
        about: 'Places with prices and staff of their own.',
      },
      { name: 'Activity', path: '/alerts', role: 'viewer' },
      { name: 'Settings', path: '/settings', role: 'owner', listed: SETTINGS },
      { name: 'Advanced', path: '/advanced', role: 'viewer', listed: ADVANCED },
    ],
  },
];

interface Link {
  name: string;
  href: string;
  isHere: boolean;
}

/** What the frame shows of the places: the bar, the pages beside this one, and the views of this one. */
export interface Places {
  bar: (Link & { icon: string })[];
  pages: Link[];
  tabs: Link[];
}

/** What of the shop there is for the reader. */
export interface Reach {
  has: ReadonlySet<Door>;
  /** Whether a page is there for the reader at all. */
  opens: (path: string) => boolean;
}

const ALL: Reach = {
  has: new Set<Door>(['chain', 'coins', 'drawers', 'monthly']),
  opens: () => true,
};

/**
 * @param path of the page, below `/admin`
 * @param may whether the reader has a role
 * @param reach what of the shop there is for the reader
 */
export function placesAt(
  path: string,
  may: (role: Role) => boolean,
  { has, opens }: Reach = ALL,
): Places {
  const here = nearest(path);
  const isThere = ({ role, path: there }: StaffPage) => may(role) && opens(there);
  /** The first view of a page that is there for the reader. */
  const viewOf = (page: StaffPage) => page.tabs?.find(isThere) ?? page;
  const link = (page: StaffPage): Link => ({
    name: page.name,
    href: `/admin${viewOf(page).path}`,
    isHere: pathsOf(page).includes(here),
  });
  const isShown = (page: StaffPage) =>
    isThere(viewOf(page)) && (!page.needs || has.has(page.needs) || link(page).isHere);
  const place = PLACES.find(({ pages }) => pages.flatMap(pathsOf).includes(here));
  const pages = place?.pages.filter(isShown) ?? [];
  const page = pages.find((one) => link(one).isHere);
  return {
    bar: PLACES.flatMap((one) => {
      const first = one.pages.map(viewOf).find(({ path: there }) => opens(there));
      const { name, icon } = one;
      return first ? { name, icon, isHere: one === place, href: `/admin${first.path}` } : [];
    }),
    pages: severalOf(pages).map(link),
    tabs: severalOf(page?.tabs?.filter(isShown) ?? []).map(link),
  };
}

/** What a page lists for its reader; Advanced also what the shop has not grown into yet. */
export function listedFor(
  { locals }: Pick<Response, 'locals'>,
  path: '/settings' | '/advanced',
): { name: string; about: string; href: string }[] {
  const { may, reach } = locals as { may: (role: Role) => boolean; reach: Reach };
  const all = PLACES.flatMap(({ pages }) => pages);
  const listed = all.find((page) => page.path === path)?.listed ?? [];
  const later = all
    .flatMap((page) => [page, ...(page.tabs ?? [])])
    .filter(({ needs }) => path === '/advanced' && needs && !reach.has.has(needs));
  return [...listed, ...later]
    .filter((page) => may(page.role) && reach.opens(page.path))
    .map(({ name, about = '', path: there }) => ({ name, about, href: `/admin${there}` }));
}

/** Every page of the places that somebody may open, for search. */
export function pagesFor(
  may: (role: Role) => boolean,
): { name: string; place: string; href: string }[] {
  return PLACES.flatMap(({ name: place, pages }) =>
    pages
      .flatMap((page) => [...(page.tabs ?? [page]), ...(page.listed ?? [])])
      .filter(({ role }) => may(role))
      .map(({ name, path }) => ({ name, place, href: `/admin${path}` })),
  );
}

/** The path of the page to which this one belongs: of `/batches/new` that itself, of `/batches/7` `/batches`. */
function nearest(path: string): string {
  if (path === '/' || path === '') return '';
  const above = PLACES.flatMap(({ pages }) => pages)
    .flatMap(pathsOf)
    .filter((one) => one !== '' && (path === one || path.startsWith(`${one}/`)));
  return above.sort((a, b) => b.length - a.length)[0] ?? 'nowhere';
}

function pathsOf(page: StaffPage): string[] {
  return [page, ...(page.tabs ?? []), ...(page.listed ?? [])].map(({ path }) => path);
}

/** A choice of one is none. */
function severalOf<Item>(items: readonly Item[]): readonly Item[] {
  return items.length > 1 ? items : [];
}
