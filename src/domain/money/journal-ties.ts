import { formatMoney, type Money } from '../units';
import type { MoneyRow } from './money-journal';

/** What the books have of everything the journal has a row of. */
export interface TiedBooks {
  payments: readonly (Money & { id: number })[];
  /** Those with a number. @property lines the sum of its lines */
  invoices: readonly (Money & { number: number; isVoid: boolean; lines: number })[];
  /** Refunds of vouchers, as they were paid out. */
  refunds: readonly (Money & { code: string })[];
  /** Counted ones; the amount is the difference. */
  drawers: readonly (Money & { id: number })[];
}

/** Something of the books that is not as the journal has it. */
export interface TieFault {
  /** As people call it: `payment 7`. */
  what: string;
  how: 'changed' | 'removed' | 'not in the journal';
  /** By the journal, and by the books. */
  journal: string | null;
  books: string | null;
}

/** The subject of the row that says that all before it is in the journal alone. */
export const BOOKS_CLEARED = 'books cleared';

/** Compares the books with the rows of the journal, which prove themselves alone. */
export class JournalTies {
  private readonly written = new Map<string, Money>();

  /** In their order. */
  add(row: MoneyRow): void {
    if (row.subject === BOOKS_CLEARED) this.written.clear();
    const of = tieOf(row);
    if (of) this.written.set(of, { amount: row.amount, currency: row.currency });
  }

  /** What differs, in the order of the journal; then what it does not have at all. */
  compare(books: TiedBooks): TieFault[] {
    const found = tiesOf(books);
    const faults: TieFault[] = [];
    for (const [what, money] of this.written) {
      const present = found.get(what);
      if (present && isSame(present, money)) continue;
      const how = present ? 'changed' : 'removed';
      faults.push({
        what,
        how,
        journal: formatMoney(money),
        books: present ? formatMoney(present) : null,
      });
    }
    for (const [what, money] of found) {
      if (this.written.has(what)) continue;
      faults.push({ what, how: 'not in the journal', journal: null, books: formatMoney(money) });
    }
    for (const { number, amount, currency, lines } of books.invoices) {
      if (lines === amount) continue;
      const [total, sum] = [amount, lines].map((one) => formatMoney({ amount: one, currency }));
      faults.push({
        what: `lines of invoice ${number}`,
        how: 'changed',
        journal: total!,
        books: sum!,
      });
    }
    return faults;
  }
}

/** What a row stands for; `undefined` where the books have no row beside it. */
function tieOf({ kind, subject, detail }: MoneyRow): string | undefined {
  switch (kind) {
    case 'payment':
    case 'refund': {
      // A seller pays for missing slips too; that is in no other table as money.
      const { payment } = JSON.parse(detail) as { payment?: number };
      return payment === undefined ? undefined : `payment ${payment}`;
    }
    case 'invoice':
      return subject;
    case 'invoice void':
      return `void ${subject}`;
    case 'void':
      return `refund of ${subject}`;
    case 'adjustment':
      return subject.startsWith('drawer ') ? subject : undefined;
    default:
      return undefined;
  }
}

function tiesOf({ payments, invoices, refunds, drawers }: TiedBooks): Map<string, Money> {
  const negative = ({ amount, currency }: Money) => ({ amount: -amount || 0, currency });
  return new Map<string, Money>([
    ...payments.map((one) => [`payment ${one.id}`, one] as const),
    ...invoices.map((one) => [`invoice ${one.number}`, one] as const),
    ...invoices
      .filter(({ isVoid }) => isVoid)
      .map((one) => [`void invoice ${one.number}`, negative(one)] as const),
    ...refunds.map((one) => [`refund of ${one.code}`, negative(one)] as const),
    ...drawers.map((one) => [`drawer ${one.id}`, one] as const),
  ]);
}

function isSame(one: Money, other: Money): boolean {
  return one.amount === other.amount && one.currency === other.currency;
}
