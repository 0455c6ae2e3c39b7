import type { Access } from '../../domain/billing/access';
import type { Knex } from 'knex';
import type { Plan, Terms } from '../../domain/plans/plan';
import { DEFAULT_TERMS } from '../../domain/plans/plan-fields';
import type { Mac } from '../../domain/units';
import type { Voucher, VoucherStatus } from '../../domain/vouchers/voucher';
import { enterSales } from '../money/sale-lines';
import { readTerms } from '../shop/plan-store';
import { bulkInsert, bulkSelect, bulkUpdate, listParameter, type Cell } from '../database/bulk';
import { orConflict } from '../database/dialect';
import {
  LIFE_COLUMNS,
  lifeCells,
  soldCells,
  soldKey,
  soldTerms,
  toVoucher,
  typesOf,
  VOUCHER_COLUMNS,
  type VoucherColumn,
  type VoucherRow,
} from './voucher-columns';
import { say } from '../../text';

export interface NewBatch {
  /** As it is sold there. */
  plan: Pick<Plan, 'versionId' | 'name' | 'terms'>;
  codes: readonly string[];
  prefix: string;
  developer: boolean;
  note: string;
  /** `null` is the account that makes it. */
  seller: string | null;
  by: string;
  at: Date;
  /** Of the form that ordered it; unique. */
  orderKey?: string | undefined;
  /** Where they are to be sold; anywhere if not set. */
  siteId?: number | undefined;
  /** See `Voucher`. */
  notAt: readonly number[];
}

/** What a subscriber is entitled to, since when, under which version of a plan. */
export interface SubscriberAccess {
  code: string;
  access: Access;
  versionId: number;
  startedAt: Date;
}

export interface VoucherFilter {
  status?: VoucherStatus | undefined;
  batchId?: number | undefined;
  limit?: number | undefined;
}

/** The terms of a plan version; versions never change, so each is read once. */
interface Version {
  planName: string;
  terms: Terms;
  /** Thousands of vouchers share a few different terms: one object each is enough. */
  sold: Map<string, Terms>;
}

/** Terms of vouchers from a database without plans; their own columns have the rest. */
const NO_PLAN: Version = {
  planName: '',
  sold: new Map(),
  terms: { ...DEFAULT_TERMS, capPolicy: 'block' },
};

export class VoucherStore {
  constructor(
    private readonly db: Knex,
    private readonly versions = new Map<number, Version>(),
  ) {}

  /** The same store inside a transaction; its cache of plan versions is shared. */
  within(transaction: Knex): VoucherStore {
    return new VoucherStore(transaction, this.versions);
  }

  /** Adds a batch and its vouchers in two statements. */
  async addBatch(batch: NewBatch): Promise<number> {
    const { plan } = batch;
    const at = batch.at.toISOString();
    const [added] = await this.db('batches')
      .insert({
        plan_version_id: plan.versionId,
        count: batch.codes.length,
        prefix: batch.prefix,
        note: batch.note,
        created_at: at,
        created_by: batch.by,
        sold_by: batch.seller,
        order_key: batch.orderKey ?? null,
        site_id: batch.siteId ?? null,
      })
      .returning<{ id: number }[]>('id');
    const shared = {
      ...soldCells(plan.terms),
      batch_id: added!.id,
      plan_version_id: plan.versionId,
      is_developer: batch.developer ? 1 : 0,
      created_at: at,
      created_by: batch.by,
      sold_by: batch.seller,
      not_at: batch.notAt.length === 0 ? null : JSON.stringify(batch.notAt),
      paid_at: batch.orderKey === undefined || batch.developer ? null : at,
    };
    await insertVouchers(
      this.db,
      batch.codes.map((code) => ({ code, ...shared })),
    );
    return added!.id;
  }

  /** The batch that was ordered with this key. */
  async batchOrdered(orderKey: string): Promise<number | undefined> {
    const row: { id: number } | undefined = await this.db('batches')
      .where({ order_key: orderKey })
      .first('id');
    return row?.id;
  }

  /** Codes of the tap at the counter that sold this one, itself among them. */
  async soldTogether(code: string): Promise<string[]> {
    const paid: { batch_id: number } | undefined = await this.db('vouchers')
      .where({ code })
      .whereNotNull('paid_at')
      .first('batch_id');
    return paid ? this.codesOfBatch(paid.batch_id) : [code];
  }

  /** Everybody who has vouchers to sell, or sold some; the indexes of sales have all the columns needed. */
  async sellers(): Promise<string[]> {
    const named = (table: string) => this.db(table).distinct('sold_by').whereNotNull('sold_by');
    const sold = named('vouchers').whereNotNull('activated_at').whereNull('paid_at');
    const paid = named('vouchers').whereNotNull('paid_at');
    const rows: { sold_by: string }[] = await named('batches').union([sold, paid]);
    return rows.map((row) => row.sold_by);
  }

  /** The seller of a batch. */
  async sellerOf(batchId: number): Promise<Pick<Voucher, 'seller' | 'createdBy'> | undefined> {
    const row: { sold_by: string | null; created_by: string } | undefined = await this.db('batches')
      .where({ id: batchId })
      .first('sold_by', 'created_by');
    return row && { seller: row.sold_by, createdBy: row.created_by };
  }

  /**
   * Gives a batch to another seller; vouchers that were sold stay with theirs.
   * @returns how many are not sold
   */
  async handOver(batchId: number, seller: string | null): Promise<number> {
    await this.db('batches').where({ id: batchId }).update({ sold_by: seller });
    return this.unsold().where({ batch_id: batchId }).update({ sold_by: seller });
  }

  /** Of one that is not sold yet. */
  async setSeller(code: string, seller: string | null): Promise<void> {
    await this.unsold().where({ code }).update({ sold_by: seller });
  }

  /** Nobody used them, and nobody paid for them. */
  private unsold(): Knex.QueryBuilder {
    return this.db('vouchers')
      .whereNull('activated_at')
      .whereNull('paid_at')
      .whereNotExists(this.db('pay_orders').whereRaw('pay_orders.voucher_code = vouchers.code'))
      .whereNotExists(this.db('coin_credits').whereRaw('coin_credits.code = vouchers.code'));
  }

  /** Whether any was ever made. */
  async any(): Promise<boolean> {
    return (await this.db('vouchers').whereNull('subscriber_id').first('code')) !== undefined;
  }

  async find(code: string): Promise<Voucher | undefined> {
    const row = await this.db<VoucherRow>('vouchers').where({ code }).first();
    return row && (await this.toVouchers([row]))[0];
  }

  /** The site for which it was made; `null` for any. */
  async siteOf(code: string): Promise<number | null> {
    const row: { site_id: number | null } | undefined = await this.db('vouchers')
      .join('batches', 'batches.id', 'vouchers.batch_id')
      .where({ code })
      .first('site_id');
    return row?.site_id ?? null;
  }

  /** Those of these codes that were not made for one of the sites. */
  async codesBeyond(sites: readonly number[], codes: readonly string[]): Promise<Set<string>> {
    const own = this.db('batches').whereIn('site_id', sites).select('id');
    const rows: { code: string }[] = await this.db('vouchers')
      .whereRaw(`code in (${listParameter(this.db)})`, [JSON.stringify(codes)])
      .where((other) => void other.whereNull('batch_id').orWhereNotIn('batch_id', own))
      .select('code');
    return new Set(rows.map(({ code }) => code));
  }

  /** These vouchers, in the order of the codes; codes that do not exist are left out. */
  async findAll(codes: readonly string[]): Promise<Voucher[]> {
    const rows = await this.db<VoucherRow>('vouchers').whereRaw(
      `code in (${listParameter(this.db)})`,
      [JSON.stringify(codes)],
    );
    const found = new Map((await this.toVouchers(rows)).map((one) => [one.code, one]));
    return codes.flatMap((code) => found.get(code) ?? []);
  }

  /**
   * Deletes vouchers that were never used and are not being redeemed; belongs in a transaction.
   * @returns the codes that were deleted
   */
  async deleteUnused(codes: readonly string[], now: Date, sold = false): Promise<string[]> {
    const unused: { code: string }[] = await (sold ? this.db('vouchers') : this.unsold())
      .select('code')
      .whereRaw(`code in (${listParameter(this.db)})`, [JSON.stringify(codes)])
      .where({ status: 'unused' })
      .where((free) => free.whereNull('held_until').orWhere('held_until', '<=', now.toISOString()))
      .whereNotExists(this.db('sessions').whereRaw('sessions.code = vouchers.code'));
    const gone = unused.map(({ code }) => code);
    await this.db('vouchers')
      .whereRaw(`code in (${listParameter(this.db)})`, [JSON.stringify(gone)])
      .delete();
    return gone;
  }

  /** The vouchers whose sessions the loop looks at. */
  async ofInterest(router?: number): Promise<Map<string, Voucher>> {
    const here = router === undefined ? '' : ' and router_id = ?';
    const cells = await bulkSelect(
      this.db,
      VOUCHER_COLUMNS,
      `vouchers where code in (select code from sessions where (state <> 'ended' or on_router = 1)${here})`,
      router === undefined ? [] : [router],
    );
    const vouchers = await this.toVouchers(cells.map(toVoucherRow));
    return new Map(vouchers.map((voucher) => [voucher.code, voucher]));
  }

  /** Newest first. */
  async list(filter: VoucherFilter = {}): Promise<Voucher[]> {
    const query = this.db<VoucherRow>('vouchers')
      .whereNull('subscriber_id')
      .orderBy([{ column: 'created_at', order: 'desc' }, { column: 'code' }]);
    if (filter.status) void query.where('status', filter.status);
    if (filter.batchId !== undefined) void query.where('batch_id', filter.batchId);
    if (filter.limit !== undefined) void query.limit(filter.limit);
    return this.toVouchers(await query);
  }

  async countByStatus(): Promise<Record<string, number>> {
    const rows = await this.db('vouchers')
      .whereNull('subscriber_id')
      .select<{ status: string; count: number | string }[]>('status')
      .count('* as count')
      .groupBy('status');
    return Object.fromEntries(rows.map((row) => [row.status, Number(row.count)]));
  }

  /** In the order in which they are listed and printed. */
  async codesOfBatch(batch: number): Promise<string[]> {
    return this.db('vouchers')
      .where({ batch_id: batch })
      .orderBy([{ column: 'created_at', order: 'desc' }, { column: 'code' }])
      .pluck('code');
  }

  /** Codes out of these that exist already. */
  async taken(codes: readonly string[]): Promise<Set<string>> {
    const rows: { code: string }[] = await this.db('vouchers')
      .select('code')
      .whereRaw(`code in (${listParameter(this.db)})`, [JSON.stringify(codes)]);
    return new Set(rows.map((row) => row.code));
  }

  /** Those of these codes that let in anybody who types them: unused, or a developer's. */
  async openCodesOf(codes: readonly string[]): Promise<Set<string>> {
    const rows: { code: string }[] = await this.db('vouchers')
      .select('code')
      .where((open) => {
        void open.where({ status: 'unused' });
        void open.orWhere((again) => {
          void again.where({ is_developer: 1 }).whereIn('status', ['active', 'paused']);
        });
      })
      .whereRaw(`code in (${listParameter(this.db)})`, [JSON.stringify(codes)]);
    return new Set(rows.map((row) => row.code));
  }

  /** What this subscriber is entitled to now. */
  async accessOf(subscriberId: number): Promise<SubscriberAccess | undefined> {
    const row = await this.db<VoucherRow>('vouchers')
      .where({ subscriber_id: subscriberId, status: 'active' })
      .first();
    if (!row) return undefined;
    return {
      ...{ code: row.code, access: JSON.parse(row.access!) as Access },
      ...{ versionId: row.plan_version_id!, startedAt: new Date(row.started_at!) },
    };
  }

  /** @throws Conflict when a voucher, or what another subscriber had, has that code */
  async saveAccess(entitled: SubscriberAccess & { at: Date; by: string }): Promise<void> {
    const { code, access, versionId, startedAt, at, by } = entitled;
    const { subscriberId } = access;
    const cells = {
      ...{ plan_version_id: versionId, access: JSON.stringify(access), status: 'active' as const },
      ...{ started_at: startedAt.toISOString(), ended_at: null },
    };
    const changed = await this.db('vouchers')
      .where({ code, subscriber_id: subscriberId })
      .update(cells);
    if (changed > 0) return;
    await orConflict(say`The login ${code} is taken`, () =>
      insertVouchers(this.db, [
        {
          ...{ code, ...soldCells(DEFAULT_TERMS), ...cells, subscriber_id: subscriberId },
          ...{ is_developer: 0, created_at: at.toISOString(), created_by: by },
        },
      ]),
    );
  }

  async endAccess(code: string, now: Date): Promise<void> {
    await this.db('vouchers')
      .where({ code })
      .update({ status: 'revoked', ended_at: now.toISOString() });
  }

  /**
   * Reserves a code for one device while the router is asked. True for only one of several callers at
   * once: the condition is part of the update. An expired hold does not count.
   */
  async hold(code: string, mac: Mac, now: Date, until: Date): Promise<boolean> {
    const held = await this.db('vouchers')
      .where({ code })
      .where((free) => free.whereNull('held_until').orWhere('held_until', '<=', now.toISOString()))
      .update({ held_by: mac, held_until: until.toISOString() });
    return held === 1;
  }

  /** A hold of this device lasts longer; one that ended stays ended. */
  async renewHold(code: string, mac: Mac, until: Date): Promise<void> {
    await this.db('vouchers')
      .where({ code, held_by: mac })
      .update({ held_until: until.toISOString() });
  }

  async release(code: string, mac: Mac): Promise<void> {
    await this.db('vouchers')
      .where({ code, held_by: mac })
      .update({ held_by: null, held_until: null });
  }

  /**
   * Stores changes in a voucher's life; usage is only ever added, by `addUsage`. A first use is a sale, and
   * is entered in the money journal.
   */
  async save(vouchers: readonly Voucher[]): Promise<void> {
    await enterSales(this.db, vouchers);
    await bulkUpdate(
      this.db,
      'vouchers',
      typesOf(['code', ...LIFE_COLUMNS]),
      Object.fromEntries(LIFE_COLUMNS.map((name) => [name, `v.${name}`])),
      vouchers.map((voucher) => [voucher.code, ...lifeCells(voucher)]),
    );
  }

  async addUsage(
    entries: readonly {
      code: string;
      up: number;
      down: number;
      freeBytes: number;
      uptimeMs: number;
    }[],
  ): Promise<void> {
    await bulkUpdate(
      this.db,
      'vouchers',
      { code: 'text', up: 'bigint', down: 'bigint', free: 'bigint', uptime_ms: 'bigint' },
      {
        used_up: 'used_up + v.up',
        used_down: 'used_down + v.down',
        free_bytes: 'free_bytes + v.free',
        used_uptime_ms: 'used_uptime_ms + v.uptime_ms',
      },
      entries.map(({ code, up, down, freeBytes, uptimeMs }) => [
        code,
        up,
        down,
        freeBytes,
        uptimeMs,
      ]),
    );
  }

  private async toVouchers(rows: readonly VoucherRow[]): Promise<Voucher[]> {
    await this.readVersions(rows);
    return rows.map((row) => {
      const version = this.versions.get(row.plan_version_id ?? 0) ?? NO_PLAN;
      const terms = row.access === null ? termsOf(row, version) : version.terms;
      return toVoucher(row, version.planName, terms);
    });
  }

  private async readVersions(rows: readonly VoucherRow[]): Promise<void> {
    const wanted = new Set(rows.map((row) => row.plan_version_id));
    const missing = [...wanted].filter((id) => id !== null && !this.versions.has(id));
    if (missing.length === 0) return;
    const versions: { id: number; plan_name: string; terms: string }[] = await this.db(
      'plan_versions',
    )
      .select('id', 'plan_name', 'terms')
      .whereIn('id', missing as number[]);
    for (const { id, plan_name: planName, terms } of versions) {
      this.versions.set(id, { planName, terms: readTerms(terms), sold: new Map() });
    }
  }
}

/** Adds vouchers in one statement. @param rows all with the same columns; the others are as of a new voucher */
export async function insertVouchers(
  db: Knex,
  rows: readonly Partial<VoucherRow>[],
): Promise<void> {
  const names = Object.keys(rows[0] ?? {}) as VoucherColumn[];
  const cells = rows.map((row) => names.map((name) => row[name] ?? null));
  await bulkInsert(db, 'vouchers', typesOf(names), cells);
}

function toVoucherRow(cells: readonly Cell[]): VoucherRow {
  const row: Partial<Record<VoucherColumn, Cell>> = {};
  for (let index = 0; index < VOUCHER_COLUMNS.length; index += 1) {
    row[VOUCHER_COLUMNS[index]!] = cells[index] ?? null;
  }
  return row as VoucherRow;
}

function termsOf(row: VoucherRow, { terms: plan, sold }: Version): Terms {
  const key = soldKey(row);
  const terms = sold.get(key) ?? soldTerms(row, plan);
  sold.set(key, terms);
  return terms;
}
