import { cycleAt, usualDays, type Cycle } from './billing-cycle';
import { total, type Rates } from '../units';

/** What matters of a plan when it is changed for another; the price is for one cycle, in minor units. */
export interface PlanOffer {
  price: number;
  cycle: Cycle;
  rate: Rates;
  capBytes: number | null;
}

export type ChangeKind = 'upgrade' | 'downgrade' | 'switch';

/** When a change of plan is to happen. */
export type ChangeTime = 'now' | 'cycle-end' | Date;

/**
 * More for more money is an upgrade, less for less a downgrade; anything else, such as faster and cheaper, is
 * a switch. Prices are compared by the day, since the cycles may differ.
 */
export function changeKind(from: PlanOffer, to: PlanOffer): ChangeKind {
  const price = compare(perDay(from), perDay(to));
  const worth = [compare(total(from.rate), total(to.rate)), compare(capOf(from), capOf(to))];
  const all = [price, ...worth];
  if (all.every((one) => one >= 0) && all.some((one) => one > 0)) return 'upgrade';
  if (all.every((one) => one <= 0) && all.some((one) => one < 0)) return 'downgrade';
  return 'switch';
}

/** The moment at which a change asked for `now` takes effect. */
export function changeMoment(
  when: ChangeTime,
  now: Date,
  assigned: { anchor: Date; cycle: Cycle },
  zone: string,
): Date {
  if (when === 'now') return now;
  if (when === 'cycle-end') return cycleAt(assigned.anchor, assigned.cycle, now, zone).endsAt;
  return when;
}

function perDay({ price, cycle }: PlanOffer): number {
  return price / usualDays(cycle);
}

function capOf({ capBytes }: PlanOffer): number {
  return capBytes ?? Infinity;
}

/** Above zero when the second one is more. */
function compare(a: number, b: number): number {
  return a === b ? 0 : b > a ? 1 : -1;
}
