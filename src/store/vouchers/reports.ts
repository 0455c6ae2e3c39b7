import { isoTime } from '../../clock';
import type { Knex } from 'knex';
import {
  REFUSED_KINDS,
  ROUTER_WRITES,
  type AuditEntry,
  type AuditKind,
} from '../../domain/shop/audit-entry';
import type { VoucherStatus } from '../../domain/vouchers/voucher';
import type { Scope } from '../../domain/shop/scope';
import { batchesWithin, vouchersWithin } from './scoped';
import { rowsIn } from '../database/dialect';
import { isCalled } from './device-name-store';
import { toAuditEntry, type AuditRow } from '../shop/journal-store';

export interface Batch {
  id: number;
  plan: string;
  count: number;
  note: string;
  createdAt: Date;
  createdBy: string;
  /** `null` is the account that made it. */
  seller: string | null;
  /** Vouchers nobody used yet. */
  unused: number;
}

/** Audit entries searched for the news. */
const NEWS_FROM = 20_000;
/** Deeds that a text may mean; there are some hundred in all. */
const MOST_DEEDS = 200;
/** Steps from deed to deed by the index: otherwise every entry would be read. */
const DEEDS = `with recursive deeds(what) as (
    select min(what) from audit
    union all
    select (select min(later.what) from audit later where later.what > deeds.what)
    from deeds where deeds.what is not null)
  select what from deeds where what is not null`;

/** What a page shows out of many rows at once. Reads only, and fast. */
export class Reports {
  constructor(private readonly db: Knex) {}

  /** How many vouchers are in each state. */
  async countByStatus(scope: Scope): Promise<Map<VoucherStatus, number>> {
    const rows: { status: VoucherStatus; count: number | string }[] = await this.db('vouchers')
      .whereNull('subscriber_id')
      .modify((query) => vouchersWithin(this.db, query, scope))
      .select('status')
      .count('* as count')
      .groupBy('status');
    return new Map(rows.map(({ status, count }) => [status, Number(count)]));
  }

  /** Newest first. @param withSingles also those of one voucher that was sold with one tap */
  async batches(
    scope: Scope,
    { limit, offset }: { limit: number; offset: number },
    withSingles = true,
  ): Promise<Batch[]> {
    const rows = (await this.batchRows()
      .modify(batchesWithin, scope)
      .modify((query) => void (withSingles || query.whereNull('order_key')))
      .orderBy('batches.id', 'desc')
      .limit(limit)
      .offset(offset)) as BatchRow[];
    return rows.map(toBatch);
  }

  async batch(scope: Scope, id: number): Promise<Batch | undefined> {
    const found = this.batchRows().where('batches.id', id).modify(batchesWithin, scope);
    const row = (await found.first()) as BatchRow | undefined;
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

  /** Running vouchers whose time ends before that moment, soonest first. */
  async endingBefore(
    scope: Scope,
    now: Date,
    before: Date,
    limit: number,
  ): Promise<{ code: string; expiresAt: Date }[]> {
    const rows: { code: string; expires_at: string }[] = await this.db('vouchers')
      .modify((query) => vouchersWithin(this.db, query, scope))
      .select('code', 'expires_at')
      .where('status', 'active')
      .whereNull('stopped_at')
      .where('expires_at', '>', isoTime(now))
      .where('expires_at', '<', isoTime(before))
      .orderBy('expires_at')
      .limit(limit);
    return rows.map((row) => ({ code: row.code, expiresAt: new Date(row.expires_at) }));
  }

  /**
   * The newest actions of customers and staff, and what became of vouchers; the loop's work on the router
   * is left to the audit. Goes back about one busy day, so that the answer is quick in any shop.
   */
  async news(limit: number): Promise<AuditEntry[]> {
    const newest = this.db('audit').max('id');
    const rows = (await this.db('audit')
      .where('id', '>', this.db.raw('(?) - ?', [newest, NEWS_FROM]))
      .whereNot((loop) => {
        void loop.where('who', 'loop').where((write) => {
          void write.whereIn('what', [...ROUTER_WRITES, ...REFUSED_KINDS]);
        });
      })
      .orderBy('id', 'desc')
      .limit(limit)) as AuditRow[];
    return rows.map(toEntry);
  }

  /**
   * The newest entries of the audit first; those older than `beforeId` where it is given.
   * @param search.text a name or a subject as it is written there, or words of a deed, or a part of a
   *   device's name
   * @param deedText how people read what was done; as it is stored where not given
   */
  async audit(
    search: { text: string; beforeId: number | undefined },
    limit: number,
    deedText: (kind: AuditKind) => string = (kind) => kind,
  ): Promise<(AuditEntry & { id: number })[]> {
    const { text, beforeId } = search;
    const newest = (query: Knex.QueryBuilder) => {
      void query.orderBy('id', 'desc').limit(limit);
      if (beforeId !== undefined) void query.where('id', '<', beforeId);
    };
    const query = this.db('audit').modify(newest);
    if (text !== '') {
      // The newest of each column by its index: an entry that nobody has, or all have, is found as
      // quickly.
      const meant = [
        ...['who', 'what', 'subject'].map((column) => [column, text] as const),
        ...(await this.deedsWith(text, deedText)).map((what) => ['what', what] as const),
      ];
      const found = meant.map(([column, value]) => {
        const own = this.db('audit').select('id').where(column, value).modify(newest);
        return this.db.select('id').from(own.as('own'));
      });
      const called = this.db('device_names').select('mac').modify(isCalled, text);
      const onDevices = this.db('audit')
        .select('id')
        .where((any) => void any.whereIn('subject', called).orWhereIn('who', called))
        .modify(newest);
      found.push(this.db.select('id').from(onDevices.as('devices')));
      void query.whereIn('id', this.db.union(found));
    }
    const rows = (await query) as AuditRow[];
    return rows.map(toEntry);
  }

  /** What was ever done and has each of these words in it, as people read it or as it is stored. */
  private async deedsWith(text: string, deedText: (kind: AuditKind) => string): Promise<string[]> {
    const words = text.toLowerCase().split(/\s+/);
    const deeds = rowsIn<{ what: AuditKind }>(this.db, await this.db.raw(DEEDS));
    const meant = deeds.filter(({ what }) => {
      const told = `${deedText(what)} ${what}`.toLowerCase();
      return words.every((word) => told.includes(word));
    });
    return meant.slice(0, MOST_DEEDS).map(({ what }) => what);
  }
}

interface BatchRow {
  id: number;
  plan_name: string;
  count: number;
  note: string;
  created_at: string;
  created_by: string;
  sold_by: string | null;
  unused: number | string;
}

function toEntry(row: AuditRow): AuditEntry & { id: number } {
  return { ...toAuditEntry(row), id: row.id };
}

function toBatch(row: BatchRow): Batch {
  return {
    id: row.id,
    plan: row.plan_name,
    count: row.count,
    note: row.note,
    createdAt: new Date(row.created_at),
    createdBy: row.created_by,
    seller: row.sold_by,
    unused: Number(row.unused),
  };
}
