import type { Lease } from '../../../store/router/router-store';

/** The other programs that share the routers with this one, as the controller of one router needs them. */
export interface Peers {
  /** How long a lease lasts unless renewed, in ms. */
  readonly leaseMs: number;
  /** Whether this router, if it is free, is for this program to take. */
  isForUs(routerId: number): boolean;
  /** Whether the holder of a lease, as just read, does not renew it any more. */
  isStale(routerId: number, lease: Lease): boolean;
  /** A round is wanted soon, by the program that has the router. */
  nudge(routerId: number): void;
  /** Rounds that were asked for are done. */
  tellServed(routerId: number): void;
  /** Aborts when another program says so. */
  nextServed(routerId: number): AbortSignal;
}
