import type { Request } from 'express';
import { isWithin, WHOLE_SHOP, type Scope } from '../../domain/shop/scope';
import type { Site } from '../../domain/shop/site';
import { NotFound } from '../../errors';
import { findSite, type Sites } from '../../services/shop/sites';
import type { StaffAccount } from '../../store/staff/account-store';
import { query } from '../http/forms';

type Reader = Pick<StaffAccount, 'scope'>;

/** The sites at which the reader works. */
export async function ownSites(sites: Sites, { scope }: Reader): Promise<Site[]> {
  return (await sites.list()).filter(({ id }) => isWithin(scope, id));
}

/**
 * Where something is sold: at the site that is named, or else anywhere, or at the reader's first one.
 * @param typed its name; empty if none is named
 * @throws NotFound when the reader does not work there
 */
export function sellingSite(own: readonly Site[], scope: Scope, typed: string): Site | undefined {
  if (typed !== '') return findSite(own, typed);
  if (scope === 'whole shop') return undefined;
  const [first] = own;
  if (!first) throw new NotFound('Your site was removed: ask the owner');
  return first;
}

/** Which part of the shop a page is about, and links to its other parts. */
interface Part {
  scope: Scope;
  /** As in the address; empty for all that is the reader's. */
  siteId: string;
  /** None where there is nothing to choose. */
  chips: { name: string; href: string; isHere: boolean }[];
}

/** The site that `?site=` names by its id, if the reader works there, or else all that is the reader's. */
export async function partAsked(sites: Sites, me: Reader, req: Request): Promise<Part> {
  const own = await ownSites(sites, me);
  const site = own.find(({ id }) => String(id) === query(req, 'site'));
  const all = me.scope === WHOLE_SHOP ? 'All sites' : 'All your sites';
  const chips = [
    { name: all, href: linkTo(req, ''), isHere: !site },
    ...own.map((one) => ({
      ...{ name: one.name, href: linkTo(req, String(one.id)), isHere: one === site },
    })),
  ];
  return {
    scope: site ? [site.id] : me.scope,
    siteId: site ? String(site.id) : '',
    chips: own.length > 1 ? chips : [],
  };
}

/** The same page of another part. */
function linkTo(req: Request, siteId: string): string {
  const { pathname, searchParams } = new URL(req.originalUrl, 'http://shop.invalid');
  searchParams.delete('site');
  if (siteId !== '') searchParams.set('site', siteId);
  return searchParams.size > 0 ? `${pathname}?${searchParams.toString()}` : pathname;
}
