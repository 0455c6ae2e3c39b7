import type { Role } from '../../store/staff/account-store';

/** A page one can go to from the frame of every page. */
interface StaffPage {
  name: string;
  /** Below `/admin`; pages below it belong to it too. */
  path: string;
  role: Role;
  /** Only where the shop has several routers. */
  isOfChains?: true;
  /** Views of one thing, side by side on the page itself. */
  tabs?: readonly StaffPage[];
}

interface StaffPlace {
  name: string;
  /** In the sprite of icons. */
  icon: string;
  pages: readonly StaffPage[];
}

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
      { name: 'Vouchers', path: '/vouchers', role: 'viewer' },
      { name: 'Batches', path: '/batches', role: 'viewer' },
      { name: 'Create', path: '/batches/new', role: 'operator' },
      { name: 'Import', path: '/batches/import', role: 'owner' },
    ],
  },
  {
    name: 'Money',
    icon: 'money',
    pages: [
      { name: 'Sales', path: '/reports', role: 'viewer' },
      {
        name: 'Drawers',
        path: '/drawers',
        role: 'operator',
        tabs: [
          { name: 'Drawers', path: '/drawers', role: 'operator' },
          { name: 'Coin boxes', path: '/coin-boxes', role: 'operator' },
        ],
      },
      {
        name: 'Monthly',
        path: '/subscribers',
        role: 'operator',
        tabs: [
          { name: 'Subscribers', path: '/subscribers', role: 'operator' },
          { name: 'Invoices', path: '/invoices', role: 'operator' },
          { name: 'Payments', path: '/payments', role: 'operator' },
        ],
      },
      { name: 'Journal', path: '/journal', role: 'owner' },
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
          { name: 'All routers', path: '/routers', role: 'viewer' },
        ],
      },
      { name: 'Sites', path: '/sites', role: 'owner', isOfChains: true },
      { name: 'Staff', path: '/staff', role: 'owner' },
      { name: 'Notices', path: '/notices', role: 'owner' },
      { name: 'Settings', path: '/settings', role: 'owner' },
      { name: 'Backups', path: '/backups', role: 'owner' },
      {
        name: 'Activity',
        path: '/alerts',
        role: 'viewer',
        tabs: [
          { name: 'Needs you', path: '/alerts', role: 'viewer' },
          { name: 'Audit', path: '/audit', role: 'owner' },
          { name: 'Server log', path: '/log', role: 'owner' },
        ],
      },
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
  /** The shop has several routers. */
  isChain: boolean;
  /** Whether a page is there for the reader at all. */
  opens: (path: string) => boolean;
}

const ALL: Reach = { isChain: false, opens: () => true };

/**
 * @param path of the page, below `/admin`
 * @param may whether the reader has a role
 * @param reach what of the shop there is for the reader
 */
export function placesAt(
  path: string,
  may: (role: Role) => boolean,
  { isChain, opens }: Reach = ALL,
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
  const isOpen = (page: StaffPage) => isThere(viewOf(page));
  const place = PLACES.find(({ pages }) => pages.flatMap(pathsOf).includes(here));
  const pages =
    place?.pages.filter((one) => isOpen(one) && (isChain || !one.isOfChains || link(one).isHere)) ??
    [];
  const page = pages.find((one) => link(one).isHere);
  return {
    bar: PLACES.flatMap((one) => {
      const first = one.pages.map(viewOf).find(({ path: there }) => opens(there));
      const { name, icon } = one;
      return first ? { name, icon, isHere: one === place, href: `/admin${first.path}` } : [];
    }),
    pages: severalOf(pages).map(link),
    tabs: severalOf(page?.tabs?.filter(isOpen) ?? []).map(link),
  };
}

/** Every page of the places that somebody may open, for search. */
export function pagesFor(
  may: (role: Role) => boolean,
): { name: string; place: string; href: string }[] {
  return PLACES.flatMap(({ name: place, pages }) =>
    pages
      .flatMap((page) => page.tabs ?? [page])
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
  return [page.path, ...(page.tabs ?? []).map((tab) => tab.path)];
}

/** A choice of one is none. */
function severalOf<Item>(items: readonly Item[]): readonly Item[] {
  return items.length > 1 ? items : [];
}
