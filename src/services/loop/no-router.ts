import { systemClock } from '../../clock';
import { RouterUnreachable } from '../../errors';
import type { Controller } from './controller';
import { KnownBooks } from './known-books';
import type { LoopStatus } from './loop-status';

/** What the product needs from the loop. */
export type LoopAccess = Pick<
  Controller,
  | 'knownBooks'
  | 'nudge'
  | 'reconcile'
  | 'reconcileAnywhere'
  | 'reconcileDevice'
  | 'refusedHolds'
  | 'whoIsAt'
  | 'whoMayBeAt'
  | 'whoWasAt'
> & {
  /** The status that pages show. */
  status: Pick<LoopStatus, 'last'>;
};

/** No router is configured. */
export class NoRouterYet extends RouterUnreachable {
  constructor() {
    super('No router is set up yet: write its address into .env as MIKROTIK_HOST');
  }
}

const notYet = () => Promise.reject(new NoRouterYet());

/** Stands in for the loop until a router is set up: deferrable calls do nothing, all others throw. */
export const noRouter: LoopAccess = {
  knownBooks: new KnownBooks(systemClock, 0),
  nudge: () => undefined,
  reconcile: notYet,
  reconcileAnywhere: notYet,
  reconcileDevice: notYet,
  refusedHolds: new Set(),
  whoIsAt: notYet,
  whoMayBeAt: notYet,
  whoWasAt: notYet,
  status: { last: 'no router' },
};
