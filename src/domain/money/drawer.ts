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

/** A voucher that was sold at the counter: paid when it was made, in the books when it is first used. */
export interface CounterSale {
  madeAt: Date;
  usedAt: Date | null;
  /** Minor units. */
  amount: number;
}

/**
 * Whether a count differs by no more than vouchers of the counter explain: cash for those that are not used yet is
 * above the books, and cash for those that an earlier shift sold and that were used in this one is below them.
 * @param difference as of `differenceOf`
 */
export function isExplained(
  difference: number,
  { openedAt }: Pick<Drawer, 'openedAt'>,
  sales: readonly CounterSale[],
): boolean {
  const sum = (which: (sale: CounterSale) => boolean) =>
    sales.filter(which).reduce((all, { amount }) => all + amount, 0);
  const above = sum(({ madeAt, usedAt }) => madeAt >= openedAt && usedAt === null);
  const below = sum(({ madeAt, usedAt }) => madeAt < openedAt && usedAt !== null);
  return difference >= -below && difference <= above;
}

type Row = Pick<MoneyRow, 'seq' | 'kind' | 'seller' | 'amount' | 'currency' | 'detail'>;

/** What went through a drawer, by the rows of the journal. A void counts against the voucher's seller. */
export function takingsOf(drawer: Drawer, rows: readonly Row[]): Takings {
  return takingsIn(
    drawer.float.currency,
    rows.filter((row) => isOfShift(row, drawer)),
  );
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
