import type { Plan } from '../plans/plan';
import type { Voucher } from '../vouchers/voucher';

/** What a site does otherwise than the shop with one plan. */
export interface SiteOffer {
  planId: number;
  isSold: boolean;
  /** In minor units of the plan's currency; `null` is the plan's own price. */
  price: number | null;
}

export interface Site {
  id: number;
  name: string;
  /** Ids of the routers that stand there; 0 is that of the environment. */
  routers: readonly number[];
  /** A plan that is not among them is sold at its own price. */
  offers: readonly SiteOffer[];
}

/** The plan as it is sold at a site; `undefined` where it is not. */
export function soldAt<P extends Pick<Plan, 'id' | 'terms'>>(plan: P, site: Site): P | undefined {
  const offer = site.offers.find(({ planId }) => planId === plan.id);
  if (!offer) return plan;
  if (!offer.isSold) return undefined;
  if (offer.price === null) return plan;
  const price = { ...plan.terms.price, amount: offer.price };
  return { ...plan, terms: { ...plan.terms, price } };
}

/** Ids of the sites at which vouchers of this plan are not good: those that do not sell it. */
export function closedTo(plan: Pick<Plan, 'id' | 'terms'>, sites: readonly Site[]): number[] {
  return sites.filter((site) => soldAt(plan, site) === undefined).map(({ id }) => id);
}

/** @param siteId of the router the customer is at; `undefined` if it belongs to none */
export function isGoodAt({ notAt }: Pick<Voucher, 'notAt'>, siteId: number | undefined): boolean {
  return siteId === undefined || notAt?.includes(siteId) !== true;
}
