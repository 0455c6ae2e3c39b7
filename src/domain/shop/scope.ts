/**
 * Which part of the shop a person works in: ids of sites, or the whole shop. Every question about vouchers that
 * is asked for a person takes it, so that nobody sees what belongs to another site. An empty list is no site.
 */
export type Scope = readonly number[] | 'whole shop';

export const WHOLE_SHOP = 'whole shop' as const satisfies Scope;

export function isWithin(scope: Scope, siteId: number | null): boolean {
  return scope === 'whole shop' || (siteId !== null && scope.includes(siteId));
}
