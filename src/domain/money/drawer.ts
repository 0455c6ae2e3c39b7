import type { Money } from '../units';
import { CASH_KINDS, type MoneyRow } from './money-journal';

/** One seller's drawer from its opening to its count. */
export interface Drawer {
  id: number;
  seller: string;
  /** What was in it at the beginning. */
  float: Money;
  openedAt: Date;
  openedBy: string;
  /** Rows of the money journal that are newer are of this shift. */
  afterSeq: number;
  /** `null` while it is open. */
  count: DrawerCount | null;
}

/** Amounts in minor units of the float's currency. */
export interface DrawerCount {
  at: Date;
  by: string;
  counted: number;
  /** What the books say should have been in it. */
  expected: number;
  /** The last row of the money journal that is of this shift. */
  lastSeq: number;
}

/** Cash that went in, or out where below zero, by what it was for. */
export interface Takings {
  sales: number;
  voids: number;
  payments: number;
  refunds: number;
}

const NOTHING: Takings = { sales: 0, voids: 0, payments: 0, refunds: 0 };
const COLUMN_OF: Record<string, keyof Takings> = {
  ...{ sale: 'sales', void: 'voids', payment: 'payments', refund: 'refunds' },
};
/** As a payment has it that nobody said otherwise of. */
const CASH = 'cash';

/** A voucher that was sold at the counter: cash when it was made, in the journal when it is first used. */
export interface CounterSale {
  madeAt: Date;
  usedAt: Date | null;
  /** When it was ended before anybody used it, and its money went back. */
  endedAt: Date | null;
  /** Minor units. */
  amount: number;
}

/**
 * What the sales at the counter put into a drawer beside the rows of the journal: the cash for those that were made in
 * the shift and not used in it, less what an earlier one took for those that were used or given back in this.
 * @returns minor units
 */
function besideJournal(
  { openedAt, count }: Pick<Drawer, 'openedAt' | 'count'>,
  sales: readonly CounterSale[],
): number {
  const isIn = (at: Date | null) => at !== null && at >= openedAt && (!count || at <= count.at);
  return sales.reduce((sum, { madeAt, usedAt, endedAt, amount }) => {
    const paid = isIn(madeAt) ? amount : 0;
    // The journal has the one that was used; money that went back has no row.
    return sum + paid - (isIn(usedAt) || isIn(endedAt) ? amount : 0);
  }, 0);
}

type Row = Pick<MoneyRow, 'seq' | 'kind' | 'seller' | 'amount' | 'currency' | 'detail'>;

/**
 * What went through a drawer. A sale at the counter counts when it is made, slips that were handed out when they are
 * used, and a void against the voucher's seller.
 * @param sales those at the counter that the shift had to do with
 */
export function takingsOf(
  drawer: Drawer,
  rows: readonly Row[],
  sales: readonly CounterSale[],
): Takings {
  const { currency } = drawer.float;
  const takings = takingsIn(
    currency,
    rows.filter((row) => isOfShift(row, drawer)),
  );
  return { ...takings, sales: takings.sales + besideJournal(drawer, sales) };
}

/** What should be in the drawer. */
export function expectedIn({ float }: Pick<Drawer, 'float'>, takings: Takings): number {
  return float.amount + totalOf(takings);
}

/** Above zero: more was counted than the books say; `null` while the drawer is open. */
export function differenceOf({ count }: Pick<Drawer, 'count'>): number | null {
  return count && count.counted - count.expected;
}

/** Cash that sellers took while they had no open drawer, by seller; sellers without any are left out. */
export function outsideDrawers(
  drawers: readonly Drawer[],
  rows: readonly Row[],
  currency: string,
): { seller: string; takings: Takings }[] {
  const outside = rows.filter(
    (row) => row.seller !== '' && !drawers.some((drawer) => isOfShift(row, drawer)),
  );
  const sellers = [...new Set(outside.map(({ seller }) => seller))].sort();
  return sellers
    .map((seller) => {
      const takings = takingsIn(
        currency,
        outside.filter((row) => row.seller === seller),
      );
      return { seller, takings };
    })
    .filter(({ takings }) => Object.values(takings).some((amount) => amount !== 0));
}

export function totalOf({ sales, voids, payments, refunds }: Takings): number {
  return sales + voids + payments + refunds;
}

function isOfShift({ seq, seller }: Row, drawer: Drawer): boolean {
  const lastSeq = drawer.count?.lastSeq ?? Infinity;
  return seller === drawer.seller && seq > drawer.afterSeq && seq <= lastSeq;
}

function takingsIn(currency: string, rows: readonly Row[]): Takings {
  const takings = { ...NOTHING };
  for (const row of rows) {
    const column = COLUMN_OF[row.kind];
    if (column && row.currency === currency && isCash(row)) takings[column] += row.amount;
  }
  return takings;
}

/** Other methods of payment, such as GCash, do not go through a drawer. */
function isCash({ kind, detail }: Row): boolean {
  if (!CASH_KINDS.some((one) => one === kind)) return false;
  const { method = CASH } = JSON.parse(detail) as { method?: string };
  return method.toLowerCase() === CASH;
}
