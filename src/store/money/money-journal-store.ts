import type { Knex } from 'knex';
import {
  chained,
  NO_HEAD,
  type Head,
  type MoneyEntry,
  type MoneyRow,
} from '../../domain/money/money-journal';
import type { TiedBooks } from '../../domain/money/journal-ties';
import { bulkInsert } from '../database/bulk';

interface JournalRow extends Omit<MoneyRow, 'amount' | 'by' | 'previousHash'> {
  amount_minor: number | string;
  entered_by: string;
  previous_hash: string;
}

export interface JournalFilter {
  from?: Date | undefined;
  /** Not included. */
  to?: Date | undefined;
}

/** Of one kind and currency. */
export interface KindTotal {
  kind: string;
  currency: string;
  count: number;
  amount: number;
}

export interface Closing {
  seq: number;
  hash: string;
  day: string;
  /** Rows from before it are in this closing, or in one before. */
  to: Date;
}

const AT_ONCE = 5_000;

/** Every movement of money, each row chained to the one before. Rows are only ever added. */
export class MoneyJournalStore {
  constructor(private readonly db: Knex) {}

  /** Adds rows at the end; only in a transaction, whose turn to write keeps the numbers without a gap. */
  async append(entries: readonly MoneyEntry[]): Promise<MoneyRow[]> {
    if (entries.length === 0) return [];
    const rows = chained(await this.head(), entries);
    await bulkInsert(
      this.db,
      'money_journal',
      {
        ...{ seq: 'bigint', at: 'text', kind: 'text', subject: 'text', amount_minor: 'bigint' },
        ...{ currency: 'text', seller: 'text', entered_by: 'text', detail: 'text' },
        ...{ previous_hash: 'text', hash: 'text' },
      },
      rows.map((row) => [
        ...[row.seq, row.at, row.kind, row.subject, row.amount, row.currency, row.seller, row.by],
        ...[row.detail, row.previousHash, row.hash],
      ]),
    );
    return rows;
  }

  async head(): Promise<Head> {
    const row: Head | undefined = await this.db('money_journal')
      .orderBy('seq', 'desc')
      .first('seq', 'hash');
    return row ? { seq: Number(row.seq), hash: row.hash } : NO_HEAD;
  }

  /** In their order. */
  async list({ from, to }: JournalFilter = {}): Promise<MoneyRow[]> {
    const query = this.db<JournalRow>('money_journal').orderBy('seq');
    if (from) void query.where('at', '>=', from.toISOString());
    if (to) void query.where('at', '<', to.toISOString());
    return (await query).map(toMoneyRow);
  }

  async newest(limit: number, offset: number): Promise<MoneyRow[]> {
    const query = this.db<JournalRow>('money_journal').orderBy('seq', 'desc');
    return (await query.limit(limit).offset(offset)).map(toMoneyRow);
  }

  /** What this seller took and gave back after that row, in order. */
  async ofSeller(seller: string, afterSeq: number): Promise<MoneyRow[]> {
    const rows = await this.db<JournalRow>('money_journal')
      .where({ seller } as object)
      .where('seq', '>', afterSeq)
      .orderBy('seq');
    return rows.map(toMoneyRow);
  }

  /** All rows after that one in their order, some at a time. */
  async *pages(after = Number.MIN_SAFE_INTEGER): AsyncGenerator<MoneyRow[]> {
    for (let last = after; ;) {
      const rows = await this.db<JournalRow>('money_journal')
        .where('seq', '>', last)
        .orderBy('seq')
        .limit(AT_ONCE);
      if (rows.length === 0) return;
      yield rows.map(toMoneyRow);
      last = Number(rows.at(-1)!.seq);
    }
  }

  /** All that rows of the journal stand for. */
  async tiedBooks(): Promise<TiedBooks> {
    type Row = { currency: string } & Record<string, number | string | null>;
    const money = ({ amount, currency }: Row) => ({ amount: Number(amount), currency });
    const payments: Row[] = await this.db('payments')
      .orderBy('id')
      .select('id', 'currency', 'amount_minor as amount');
    const lines = this.db('invoice_lines')
      .sum('amount_minor')
      .whereRaw('invoice_lines.invoice_id = invoices.id')
      .as('lines');
    const invoices: Row[] = await this.db('invoices')
      .whereNotNull('number')
      .orderBy('number')
      .select('number', 'status', 'currency', 'total_minor as amount', lines);
    const refunds: Row[] = await this.db('sale_voids')
      .orderBy('id')
      .select('code', 'currency', 'price_minor as amount');
    const drawers: Row[] = await this.db('drawers')
      .whereNotNull('counted_at')
      .orderBy('id')
      .select('id', 'currency', 'counted_minor', 'expected_minor');
    return {
      payments: payments.map((row) => ({ ...money(row), id: Number(row.id) })),
      invoices: invoices.map((row) => ({
        ...{ ...money(row), number: Number(row.number) },
        ...{ isVoid: row.status === 'void', lines: Number(row.lines ?? 0) },
      })),
      refunds: refunds.map((row) => ({ ...money(row), code: String(row.code) })),
      drawers: drawers.map(({ id, currency, counted_minor, expected_minor }) => ({
        ...{ id: Number(id), currency },
        amount: Number(counted_minor) - Number(expected_minor),
      })),
    };
  }

  /** The last day that was closed. */
  async lastClosing(): Promise<Closing | undefined> {
    const row = await this.db<JournalRow>('money_journal')
      .where({ kind: 'closing' })
      .orderBy('seq', 'desc')
      .first();
    if (!row) return undefined;
    const { to } = JSON.parse(row.detail) as { to: string };
    return { seq: Number(row.seq), hash: row.hash, day: row.subject, to: new Date(to) };
  }

  /** What happened before `to` and is in no closing yet, by kind and currency. */
  async totalsSince(last: Closing | undefined, to: Date): Promise<KindTotal[]> {
    const query = this.sums().where('at', '<', to.toISOString()).whereNot('kind', 'closing');
    if (last) {
      // What was entered after a closing and happened before it is counted in this one.
      void query.where((rows) => {
        void rows.where('seq', '>', last.seq).orWhere('at', '>=', last.to.toISOString());
      });
    }
    return (await query).map(toTotal);
  }

  /**
   * What came in and went out in this time that is no sale of a voucher: payments and their refunds, coins among them,
   * less the sales of what was paid for before, by coins or as slips that were missing, since those are counted as
   * sales too. Minor units.
   */
  async besidesSales({ from, to }: { from: Date; to: Date }, currency: string): Promise<number> {
    const row = (await this.db('money_journal')
      .sum('amount_minor as amount')
      .where({ currency })
      .where('at', '>=', from.toISOString())
      .where('at', '<', to.toISOString())
      .where((rows) => {
        void rows.whereIn('kind', ['payment', 'refund']).orWhere((settled) => {
          void settled.where({ kind: 'adjustment' }).where((paid) => {
            void paid.whereLike('subject', 'slips %').orWhereLike('subject', 'coins %');
          });
        });
      })
      .first()) as { amount: number | string | null } | undefined;
    return Number(row?.amount ?? 0);
  }

  private sums(): Knex.QueryBuilder<object, TotalRow[]> {
    return this.db('money_journal')
      .select('kind', 'currency')
      .count('* as count')
      .sum('amount_minor as amount')
      .groupBy('kind', 'currency')
      .orderBy(['currency', 'kind']) as unknown as Knex.QueryBuilder<object, TotalRow[]>;
  }
}

type TotalRow = Record<'kind' | 'currency', string> & Record<'count' | 'amount', number | string>;

function toTotal({ kind, currency, count, amount }: TotalRow): KindTotal {
  return { kind, currency, count: Number(count), amount: Number(amount) };
}

function toMoneyRow(row: JournalRow): MoneyRow {
  const { seq, at, kind, subject, amount_minor, currency, seller, detail, hash } = row;
  return {
    ...{ seq: Number(seq), at, kind, subject, amount: Number(amount_minor), currency, seller },
    ...{ by: row.entered_by, detail, previousHash: row.previous_hash, hash },
  };
}
