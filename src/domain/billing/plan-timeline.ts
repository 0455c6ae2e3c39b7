import type { Span } from '../shop/shop-calendar';
import type { SubscriberPlan } from './subscriber';

/**
 * Which plans came into force, after the one that a time was charged with, before that time is over.
 * @param plans all that the subscriber ever had, in the order in which they were given
 * @returns with the moment in that time from which each holds, in order of time; several that came before it are the
 *   last of them
 */
export function changesSince(
  subscriberPlanId: number,
  period: Span,
  plans: readonly SubscriberPlan[],
): { at: Date; plan: SubscriberPlan }[] {
  const later = inForce(plans).filter(
    ({ id, from }) => id > subscriberPlanId && from < period.endsAt,
  );
  const changes = new Map<number, { at: Date; plan: SubscriberPlan }>();
  for (const plan of later) {
    const at = plan.from > period.startedAt ? plan.from : period.startedAt;
    changes.set(at.getTime(), { at, plan });
  }
  return [...changes.values()];
}

/**
 * When the cycle that begins after this one does: other cycles may begin before it is over.
 * @param plans as for `changesSince`
 */
export function nextCycleAt(
  { anchor }: SubscriberPlan,
  cycle: Span,
  at: Date,
  plans: readonly SubscriberPlan[],
): Date {
  const next = inForce(plans).find(
    ({ from, planId, anchor: other }) =>
      from > at && planId !== null && other.getTime() !== anchor.getTime(),
  );
  return next && next.from < cycle.endsAt ? next.from : cycle.endsAt;
}

/** Without those that a later one replaced before they began. */
function inForce(plans: readonly SubscriberPlan[]): SubscriberPlan[] {
  const kept: SubscriberPlan[] = [];
  for (const plan of plans.toReversed()) {
    if (kept.length === 0 || plan.from < kept[0]!.from) kept.unshift(plan);
  }
  return kept;
}
