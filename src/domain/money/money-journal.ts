import { createHash } from 'node:crypto';
import type { Money } from '../units';

/** What moves money, and what promises it. */
export const MONEY_KINDS = [
  ...(['sale', 'void', 'payment', 'refund', 'adjustment'] as const),
  ...(['invoice', 'invoice void', 'share', 'closing'] as const),
] as const;
export type MoneyKind = (typeof MONEY_KINDS)[number];

/** Money that is in somebody's hands; an invoice only asks for it, and a closing adds it up. */
export const CASH_KINDS = ['sale', 'void', 'payment', 'refund', 'adjustment'] as const;

/** One thing that happened to the shop's money; `amount` below zero where it was given back. */
export interface MoneyEntry {
  at: Date;
  kind: MoneyKind;
  /** A voucher's code, the number of an invoice, a subscriber, the day of a closing. */
  subject: string;
  money: Money;
  /** Who took the money, or gave it back; empty where nobody did. */
  seller: string;
  /** Who entered it. */
  by: string;
  detail: Record<string, unknown>;
}

/** As it is written: texts, so that the hash is of exactly what is in the database. */
export interface MoneyRow {
  seq: number;
  at: string;
  kind: string;
  subject: string;
  amount: number;
  currency: string;
  seller: string;
  by: string;
  detail: string;
  previousHash: string;
  hash: string;
}

/** Where the journal ends. */
export type Head = Pick<MoneyRow, 'seq' | 'hash'>;

/** Before the first row. */
export const NO_HEAD: Head = { seq: 0, hash: '0'.repeat(64) };

/** The rows to write after `head`: numbered without a gap, each with the hash of the one before. */
export function chained(head: Head, entries: readonly MoneyEntry[]): MoneyRow[] {
  let last = head;
  return entries.map(({ at, kind, subject, money, seller, by, detail }) => {
    const row = {
      seq: last.seq + 1,
      at: at.toISOString(),
      kind,
      subject,
      ...money,
      seller,
      by,
      detail: JSON.stringify(detail),
      previousHash: last.hash,
    };
    const written = { ...row, hash: hashOf(row) };
    last = written;
    return written;
  });
}

/** SHA-256 over all cells of the row and the hash before it, as a JSON list. Never changes: rows have it. */
export function hashOf(row: Omit<MoneyRow, 'hash'>): string {
  const { seq, at, kind, subject, amount, currency, seller, by, detail, previousHash } = row;
  const cells = [seq, at, kind, subject, amount, currency, seller, by, detail, previousHash];
  return createHash('sha256').update(JSON.stringify(cells)).digest('hex');
}

/** The first thing wrong with the journal. */
export interface JournalFault {
  seq: number;
  what: 'altered' | 'removed' | 'put in between';
}

/** Checks rows in their order, one after the other. */
export class JournalCheck {
  private last: Head = NO_HEAD;
  private beforeLast: Head | undefined;
  private isHeadSeen: boolean;
  private found: JournalFault | undefined;

  /** @param head a hash that was printed some time: the row with it has to be there */
  constructor(private readonly head?: string) {
    this.isHeadSeen = head === undefined || head === NO_HEAD.hash;
  }

  /** @returns false once something is wrong */
  add(row: MoneyRow): boolean {
    this.found ??= this.faultOf(row);
    if (this.found) return false;
    this.beforeLast = this.last;
    this.last = row;
    if (row.hash === this.head) this.isHeadSeen = true;
    return true;
  }

  /** After the last row. */
  end(): { rows: number; head: string; fault: JournalFault | undefined } {
    const { seq, hash } = this.last;
    const cut = this.isHeadSeen ? undefined : ({ seq: seq + 1, what: 'removed' } as const);
    return { rows: seq, head: hash, fault: this.found ?? cut };
  }

  private faultOf(row: MoneyRow): JournalFault | undefined {
    const { last } = this;
    const expected = last.seq + 1;
    if (row.seq > expected) return { seq: expected, what: 'removed' };
    if (row.seq < expected) return { seq: row.seq, what: 'put in between' };
    if (row.previousHash === last.hash) {
      return hashOf(row) === row.hash ? undefined : { seq: row.seq, what: 'altered' };
    }
    if (row.previousHash === this.beforeLast?.hash) {
      return { seq: last.seq, what: 'put in between' };
    }
    // The rows after a removed one were given its number and theirs: the hash still knows the old ones.
    if (hashOf({ ...row, seq: row.seq + 1 }) === row.hash) return { seq: row.seq, what: 'removed' };
    // Where this row is as it was written, the one before it was altered and given a hash that fits.
    const isIntact = last.seq > 0 && hashOf(row) === row.hash;
    return { seq: isIntact ? last.seq : row.seq, what: 'altered' };
  }
}
