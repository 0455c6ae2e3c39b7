import type { Money } from '../units';

/** Printed slips of one batch in a seller's hands, from the day they are given until they are counted back. */
export interface SlipCustody {
  id: number;
  batchId: number;
  seller: string;
  /** Of one voucher. */
  price: Money;
  given: number;
  givenAt: Date;
  givenBy: string;
  /** `null` while the seller has them. */
  count: SlipCount | null;
  /** How many of the missing ones, once they are settled, may still be used. */
  coveredLeft: number;
}

/** How the slips came back. */
export interface SlipCount {
  at: Date;
  by: string;
  /** Of the batch, by the books at that moment. */
  unused: number;
  back: number;
  settlement: Settlement | null;
}

export interface Settlement {
  as: SettledAs;
  at: Date;
  by: string;
}

/** The seller paid for the missing slips, or the owner let them go. */
export const SETTLED_AS = ['paid', 'written off'] as const;
export type SettledAs = (typeof SETTLED_AS)[number];

/**
 * Slips that are neither used nor there: sold to somebody who has not come yet, or lost. Below zero where more
 * came back than are unused: a slip was kept after its code had been used.
 */
export function missingOf({ unused, back }: Pick<SlipCount, 'unused' | 'back'>): number {
  return unused - back;
}

/** What that many slips cost, minor units of the price's currency. */
export function worthOf({ price }: Pick<SlipCustody, 'price'>, slips: number): Money {
  return { ...price, amount: price.amount * slips };
}

/** Missing slips that nobody answered for yet. */
export function isUnsettled({ count }: Pick<SlipCustody, 'count'>): boolean {
  return count !== null && missingOf(count) > 0 && count.settlement === null;
}
