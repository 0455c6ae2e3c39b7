import { DateTime } from 'luxon';
import type { Cycle } from '../../domain/billing/billing-cycle';
import type { PlanOffer } from '../../domain/billing/plan-change';
import type { Terms } from '../../domain/plans/plan';
import { InvalidInput } from '../../errors';
import { say } from '../../text';

/** @throws InvalidInput for a plan that is sold by the voucher alone */
export function cycleOf({ billingCycle }: Terms, name: string): Cycle {
  if (billingCycle !== 'none') return billingCycle;
  throw new InvalidInput(say`${name} has no billing_cycle: it is sold by the voucher only`);
}

/** What counts in a comparison of plans. @param price what this subscriber pays for a cycle */
export function offerOf(
  { price, terms }: { price: number; terms: Terms },
  cycle: Cycle,
): PlanOffer {
  return { price, cycle, rate: terms.rate, capBytes: terms.capBytes };
}

/** Midnight of that day by the shop's clock. */
export function startOfDay(at: Date, zone: string): Date {
  return DateTime.fromJSDate(at, { zone }).startOf('day').toJSDate();
}
