import type { Knex } from 'knex';
import type { AuditEntry } from '../domain/books';
import type { Span } from '../domain/shop-day';
import type { Money } from '../domain/units';
import type { VoucherStatus } from '../domain/voucher';
import { rowsAsTable } from './bulk';
import { rowsIn } from './usage-layers';

export interface VoucherSearch {
  /** Part of a code, of the note of its batch, or the whole MAC of a device. */
  text?: string | undefined;
  status?: VoucherStatus | undefined;
  plan?: string | undefined;
  batchId?: number | undefined;
  limit: number;
  offset: number;
}

export interface Batch {
  id: number;
  plan: string;
  count: number;
  note: string;
  createdAt: Date;
  createdBy: string;
  /** Vouchers nobody used yet. */
  unused: number;
}

/** Vouchers sold less sales taken back, and what they brought. */
export interface Income {
  name: string;
  sold: number;
  voided: number;
  total: Money;
}

/** What a page shows out of many rows at once. Reads only; no page waits for more than a moment. */
export class Reports {
  constructor(private readonly db: Knex) {}

  /** Codes of one page of vouchers, newest first, and how many there are in all. */
  async searchVouchers(search: VoucherSearch): Promise<{ codes: string[]; total: number }> {
    const rows: { code: string }[] = await this.matching(search)
      .select('code')
      .orderBy([{ column: 'created_at', order: 'desc' }, { column: 'code' }])
      .limit(search.limit)
      .offset(search.offset);
    const counted = await this.matching(search).count<{ count: number | string }[]>('* as count');
    return { codes: rows.map(({ code }) => code), total: Number(counted[0]!.count) };
  }

  private matching({ text, status, plan, batchId }: VoucherSearch): Knex.QueryBuilder {
    const query = this.db('vouchers');
    if (status) void query.where({ status });
    if (batchId !== undefined) void query.where({ batch_id: batchId });
    if (plan) {
      const versions = this.db('plan_versions').select('id').where({ plan_name: plan });
      void query.whereIn('plan_version_id', versions);
    }
    if (text) {
      const code = text.toUpperCase().replaceAll(/[\s-]/g, '');
      const inNote = this.db('batches')
        .select('id')
        .whereRaw(`lower(note) like ? escape '!'`, [`%${escapeLike(text.toLowerCase())}%`]);
      const onDevice = this.db('sessions').select('code').where({ mac: text.toUpperCase() });
      void query.where((any) => {
        void any.whereRaw(`code like ? escape '!'`, [`%${escapeLike(code)}%`]);
        void any.orWhereIn('batch_id', inNote).orWhereIn('code', onDevice);
      });
    }
    return query;
  }

  async batches(limit: number, offset: number): Promise<Batch[]> {
    const rows = (await this.batchRows()
      .orderBy('batches.id', 'desc')
      .limit(limit)
      .offset(offset)) as BatchRow[];
    return rows.map(toBatch);
  }

  async batch(id: number): Promise<Batch | undefined> {
    const row = (await this.batchRows().where('batches.id', id).first()) as BatchRow | undefined;
    return row && toBatch(row);
  }

  private batchRows(): Knex.QueryBuilder {
    const unused = this.db('vouchers')
      .count('*')
      .whereRaw(`vouchers.batch_id = batches.id and status = 'unused'`)
      .as('unused');
    return this.db('batches')
      .join('plan_versions', 'plan_versions.id', 'batches.plan_version_id')
      .select('batches.*', 'plan_versions.plan_name', unused);
  }

  /** How much came in during each of these, one row for each currency; none where nothing was sold. */
  async incomeOf(spans: readonly Span[]): Promise<Income[]> {
    const answer = await this.db.raw<unknown>(
      `with spans as (${rowsAsTable(this.db, { name: 'text', from_at: 'text', to_at: 'text' })}),
       moves as (
         select spans.name, currency, 1 as sold, 0 as voided, price_minor as amount from spans
           join vouchers on activated_at >= from_at and activated_at < to_at where ${SOLD}
         union all
         select spans.name, currency, 0, 1, -price_minor from spans
           join sale_voids on voided_at >= from_at and voided_at < to_at)
       ${SUMS} group by name, currency order by name, currency`,
      [JSON.stringify(spans.map(({ name, from, to }) => [name, iso(from), iso(to)]))],
    );
    return rowsIn<IncomeRow>(this.db, answer).map(toIncome);
  }

  /** Income of one span by the plan, or by who made the voucher; the largest first. */
  async incomeBy(by: 'plan' | 'seller', { from, to }: Span): Promise<Income[]> {
    const name = by === 'plan' ? `coalesce(plan_name, '')` : 'vouchers.created_by';
    const plans = 'left join plan_versions on plan_versions.id = vouchers.plan_version_id';
    const answer = await this.db.raw<unknown>(
      `with moves as (
         select ${name} as name, currency, 1 as sold, 0 as voided, price_minor as amount
           from vouchers ${plans} where activated_at >= ? and activated_at < ? and ${SOLD}
         union all
         select ${name}, sale_voids.currency, 0, 1, -sale_voids.price_minor
           from sale_voids join vouchers on vouchers.code = sale_voids.code ${plans}
           where voided_at >= ? and voided_at < ?)
       ${SUMS} group by name, currency order by amount desc, name`,
      [iso(from), iso(to), iso(from), iso(to)],
    );
    return rowsIn<IncomeRow>(this.db, answer).map(toIncome);
  }

  /** Running vouchers whose time ends before that moment, soonest first. */
  async endingBefore(
    now: Date,
    before: Date,
    limit: number,
  ): Promise<{ code: string; expiresAt: Date }[]> {
    const rows: { code: string; expires_at: string }[] = await this.db('vouchers')
      .select('code', 'expires_at')
      .where('status', 'active')
      .where('expires_at', '>', iso(now))
      .where('expires_at', '<', iso(before))
      .orderBy('expires_at')
      .limit(limit);
    return rows.map((row) => ({ code: row.code, expiresAt: new Date(row.expires_at) }));
  }

  /** The newest entries of the audit first; those older than `beforeId` where it is given. */
  async audit(
    search: { text: string; beforeId: number | undefined },
    limit: number,
  ): Promise<(AuditEntry & { id: number })[]> {
    const query = this.db('audit').orderBy('id', 'desc').limit(limit);
    if (search.beforeId !== undefined) void query.where('id', '<', search.beforeId);
    if (search.text !== '') {
      const { text } = search;
      void query.where((any) => {
        for (const column of ['who', 'what', 'subject']) void any.orWhere(column, text);
      });
    }
    const rows = (await query) as AuditRow[];
    return rows.map((row) => ({
      ...row,
      at: new Date(row.at),
      detail: JSON.parse(row.detail) as AuditEntry['detail'],
    }));
  }
}

/** A developer's code costs nothing and may be used again: it is never a sale. */
const SOLD = 'activated_at is not null and is_developer = 0';
const SUMS = `select name, currency, sum(sold) as sold, sum(voided) as voided, sum(amount) as amount
  from moves`;

interface BatchRow {
  id: number;
  plan_name: string;
  count: number;
  note: string;
  created_at: string;
  created_by: string;
  unused: number | string;
}

interface IncomeRow {
  name: string;
  currency: string;
  sold: number | string;
  voided: number | string;
  amount: number | string;
}

interface AuditRow {
  id: number;
  at: string;
  who: string;
  what: string;
  subject: string;
  detail: string;
}

function toBatch(row: BatchRow): Batch {
  return {
    id: row.id,
    plan: row.plan_name,
    count: row.count,
    note: row.note,
    createdAt: new Date(row.created_at),
    createdBy: row.created_by,
    unused: Number(row.unused),
  };
}

function toIncome(row: IncomeRow): Income {
  return {
    name: row.name,
    sold: Number(row.sold),
    voided: Number(row.voided),
    total: { amount: Number(row.amount), currency: row.currency },
  };
}

/** `%` and `_` in what people type are these signs, not wildcards. */
function escapeLike(text: string): string {
  return text.replaceAll(/[!%_]/g, (sign) => `!${sign}`);
}

function iso(date: Date): string {
  return date.toISOString();
}
