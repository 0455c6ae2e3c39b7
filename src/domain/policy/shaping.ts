/** What a queue has besides its speed: bursts, and its priority on a crowded uplink. */
import type { Burst, Terms } from '../plans/plan';
import type { Decision } from './policy';
import type { Rates } from '../units';

/** In the router's own terms. */
export interface Shaping {
  burst: Burst | null;
  /** 1 goes first, 8 last. */
  priority: number;
  /** bit/s that a queue gets before any other gets more than this; 0 guarantees nothing. */
  limitAt: Rates;
}

const LOWEST_PRIORITY = 8;
const NO_GUARANTEE: Rates = { up: 0, down: 0 };
/** A queue without special settings, as RouterOS creates them. */
export const PLAIN: Shaping = { burst: null, priority: LOWEST_PRIORITY, limitAt: NO_GUARANTEE };

/**
 * How a device's queue is to be shaped under these terms. A contention of 1:N guarantees an Nth of the
 * plan's speed, never more than the device may have now; the router refuses a guarantee above its limit.
 */
export function shapingFor(terms: Terms, decision: Pick<Decision, 'rate' | 'burst'>): Shaping {
  const { priority, contention } = terms;
  const { rate, burst } = decision;
  if (priority === null && contention === null && burst === null) return PLAIN;
  const promised = (way: keyof Rates) =>
    contention === null ? 0 : Math.min(Math.floor(terms.rate[way] / contention), rate?.[way] ?? 0);
  return {
    burst,
    priority: priority === null ? LOWEST_PRIORITY : routerPriority(priority),
    limitAt: { up: promised('up'), down: promised('down') },
  };
}

/** 0 to 100, 100 most important, as RouterOS' 8 to 1. */
export function routerPriority(priority: number): number {
  return LOWEST_PRIORITY - Math.round((priority * (LOWEST_PRIORITY - 1)) / 100);
}

/** The sum these queues are guaranteed, bit/s. */
export function guaranteedRates(shapings: Iterable<Pick<Shaping, 'limitAt'>>): Rates {
  const sum = { up: 0, down: 0 };
  for (const { limitAt } of shapings) {
    sum.up += limitAt.up;
    sum.down += limitAt.down;
  }
  return sum;
}
