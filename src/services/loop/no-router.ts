import { systemClock } from '../../clock';
import { RouterUnreachable } from '../../errors';
import type { Controller } from './controller';
import { KnownBooks } from './known-books';
import type { HotspotHost } from '../../domain/network/network';
import type { LoopStatus } from './loop-status';
import type { ReconcileReport } from './round/reconcile-report';
import type { Onlooker } from './router/device-finder';

/** What the product needs from the loop. */
export type LoopAccess = Pick<
  Controller,
  'nudge' | 'reconcileAnywhere' | 'reconcileDevice' | 'refusedHolds'
> & {
  knownBooks: Pick<KnownBooks, 'doubt' | 'edition' | 'ofDevice' | 'lastOfDevice'>;
  /** @param host at whose router, where there are several */
  reconcile(confirm?: boolean, host?: HotspotHost): Promise<ReconcileReport>;
  /** @param key of the router whose link the customer followed, here and below */
  whoIsAt(address: string, key?: string): Promise<HotspotHost | undefined>;
  whoMayBeAt(address: string, key?: string): Promise<Onlooker | undefined>;
  whoWasAt(address: string, key?: string): Promise<Onlooker | undefined>;
  /** Whether the address is the router's own. */
  hidesPhones(address: string): boolean;
  /** Asks nobody: who was there when the router answered last. */
  whoWasLastAt(address: string, key?: string): HotspotHost | undefined;
  /** Whether the router of that device did not answer the last round. */
  isAway(host: HotspotHost): boolean;
  /** The status that pages show. */
  status: Pick<LoopStatus, 'last'>;
  /** What the owner is asked while the books seem to be lost. */
  readonly lost: string | undefined;
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
  hidesPhones: () => false,
  whoWasLastAt: () => undefined,
  isAway: () => false,
  status: { last: 'no router' },
  lost: undefined,
};
