import type { Knex } from 'knex';
import type { Money } from '../../domain/units';
import type { VoucherStatus } from '../../domain/vouchers/voucher';
import { normalizeCode } from '../../domain/vouchers/voucher-code';
import { bulkSelect, listParameter } from '../database/bulk';
import { isPostgres } from '../database/dialect';
import { partOf } from '../database/like';
import type { Scope } from '../../domain/shop/scope';
import { vouchersWithin } from './scoped';
import { isCalled } from './device-name-store';

export interface VoucherSearch {
  /** The reader's part of the shop. */
  scope: Scope;
  /**
   * Part of a code, of the note of its batch or of the name of a device; or the whole MAC of one, a seller,
   * or `batch 7`.
   */
  text?: string | undefined;
  /** Unused codes are not found by their text: the reader may not know them. */
  hidesOpen?: boolean;
  statuses?: readonly VoucherStatus[] | undefined;
  plan?: string | undefined;
  batchId?: number | undefined;
  /** This one alone. */
  code?: string | undefined;
  /** Only vouchers of this seller. */
  seller?: string | undefined;
}

/** Where a voucher stands in a list. */
export type VoucherPlace = Pick<ListedVoucher, 'createdAt' | 'code'>;

/** What a list tells of a voucher; times as in ISO 8601. */
export interface ListedVoucher {
  code: string;
  planName: string;
  status: VoucherStatus;
  price: Money;
  developer: boolean;
  usedBytes: number;
  batchId: number | null;
  createdAt: string;
  createdBy: string;
  seller: string | null;
  activatedAt: string | null;
  expiresAt: string | null;
}

const COLUMNS = [
  ...['code', 'plan_version_id', 'status', 'price_minor', 'currency', 'is_developer', 'used_up'],
  ...['used_down', 'batch_id', 'created_at', 'created_by', 'sold_by', 'activated_at', 'expires_at'],
];
const LISTED = [
  ...['code', "coalesce(plan_name, '')", 'status', 'price_minor', 'currency', 'is_developer'],
  ...['used_up + used_down', 'batch_id', 'listed.created_at', 'listed.created_by', 'sold_by'],
  ...['activated_at', 'expires_at'],
];
type ListedCells = [
  ...[code: string, planName: string, status: VoucherStatus, price: number, currency: string],
  ...[developer: number, used: number, batchId: number | null, createdAt: string],
  ...[createdBy: string, seller: string | null, activatedAt: string | null],
  expiresAt: string | null,
];

/** More codes than this are not listed one by one: then each voucher is compared with the text. */
const MOST_CODES = 1_000;
const SELLER = 'coalesce(sold_by, created_by)';
/** As the index `vouchers_seller` has it. */
const LOWER_SELLER = `lower(${SELLER})`;

/** Finds vouchers, newest first. */
export class VoucherSearches {
  constructor(private readonly db: Knex) {}

  /** Codes of one page, and how many vouchers match in all. */
  async page(
    search: VoucherSearch,
    { limit, offset }: { limit: number; offset: number },
  ): Promise<{ codes: string[]; total: number }> {
    const matching = await this.matching(search);
    const codes: string[] = await this.newestFirst(matching())
      .limit(limit)
      .offset(offset)
      .pluck('code');
    const counted = await matching().count<{ count: number | string }[]>('* as count');
    return { codes, total: Number(counted[0]!.count) };
  }

  /** Some of them. @param after the last one before */
  async next(
    search: VoucherSearch,
    limit: number,
    after?: readonly [createdAt: string, code: string],
  ): Promise<VoucherPlace[]> {
    const matching = await this.matching(search);
    const query = this.newestFirst(matching()).select('created_at', 'code').limit(limit);
    if (after) void query.modify(isAfter, { createdAt: after[0], code: after[1] });
    const rows = (await query) as { created_at: string; code: string }[];
    return rows.map(({ created_at: createdAt, code }) => ({ createdAt, code }));
  }

  /** The notes that have this text in them, by the codes of their vouchers; the others are missing. */
  async notesWith(text: string, codes: readonly string[]): Promise<Map<string, string>> {
    const rows: { code: string; note: string }[] = await this.db('vouchers')
      .join('batches', 'batches.id', 'vouchers.batch_id')
      .whereRaw(`code in (${listParameter(this.db)})`, [JSON.stringify(codes)])
      .whereRaw(...partOf('note', text))
      .select('code', 'note');
    return new Map(rows.map(({ code, note }) => [code, note]));
  }

  /** All of them, some thousand at a time; each step is as quick as the first. */
  async *all(search: VoucherSearch, step: number): AsyncGenerator<ListedVoucher[]> {
    const matching = await this.matching(search);
    let last: ListedVoucher | undefined;
    do {
      const query = this.newestFirst(matching()).select(COLUMNS).limit(step);
      if (last) void query.modify(isAfter, last);
      const { sql, bindings } = query.toSQL();
      const cells = await bulkSelect<ListedCells>(
        this.db,
        LISTED,
        `(${sql}) as listed left join plan_versions on plan_versions.id = plan_version_id`,
        bindings as string[],
      );
      const listed = cells.map(toListed).sort(newestFirst);
      if (listed.length > 0) yield listed;
      last = listed.length === step ? listed.at(-1) : undefined;
    } while (last);
  }

  private newestFirst(query: Knex.QueryBuilder): Knex.QueryBuilder {
    return query.orderBy([{ column: 'created_at', order: 'desc' }, { column: 'code' }]);
  }

  /**
   * What the text means is looked up first, and only what it does mean becomes a condition: each has an index
   * of its own, and a condition more would have every voucher read.
   */
  private async matching(search: VoucherSearch): Promise<() => Knex.QueryBuilder> {
    const { scope, text, statuses, plan, batchId, seller, code } = search;
    const byText = text ? await this.byText(text, search.hidesOpen ?? false) : undefined;
    return () => {
      const query = this.db('vouchers').whereNull('subscriber_id');
      vouchersWithin(this.db, query, scope);
      if (seller !== undefined) {
        void query.whereRaw(`${LOWER_SELLER} = lower(?) and ${SELLER} = ?`, [seller, seller]);
      }
      if (statuses) void query.whereIn('status', statuses);
      if (code !== undefined) void query.where({ code });
      if (batchId !== undefined) void query.where({ batch_id: batchId });
      if (plan) {
        const versions = this.db('plan_versions').select('id').where({ plan_name: plan });
        void query.whereIn('plan_version_id', versions);
      }
      if (byText) void query.where(byText);
      return query;
    };
  }

  private async byText(text: string, hidesOpen: boolean): Promise<Knex.QueryCallback> {
    const code = normalizeCode(text) || text.toUpperCase();
    const part = this.db.raw(this.hasPart(), [code]);
    const known: Knex.QueryCallback = (query) => {
      void query.where(part);
      if (hidesOpen) void query.whereNot({ status: 'unused' }).where({ is_developer: 0 });
    };
    const hits: string[] = await this.db('vouchers')
      .where(known)
      .limit(MOST_CODES + 1)
      .pluck('code');
    const onDevices = await this.codesOnDevices(text);
    const batches = this.batchesCalled(text);
    const inBatches = (await batches.clone().first('id')) !== undefined;
    const sold = await this.db('vouchers')
      .whereRaw(`${LOWER_SELLER} = ?`, [text.toLowerCase()])
      .first('code');
    const tooMany = hits.length > MOST_CODES;
    const codes = tooMany ? onDevices : [...hits, ...onDevices];
    return (any) => {
      if (tooMany) void any.where(known);
      if (inBatches) void any.orWhereIn('batch_id', batches.clone().select('id'));
      if (sold) void any.orWhereRaw(`${LOWER_SELLER} = ?`, [text.toLowerCase()]);
      const isAnything = tooMany || inBatches || sold;
      if (codes.length > 0 || !isAnything) {
        void any.orWhereRaw(`code in (${listParameter(this.db)})`, [JSON.stringify(codes)]);
      }
    };
  }

  private async codesOnDevices(text: string): Promise<string[]> {
    const called = this.db('device_names').select('mac').modify(isCalled, text);
    const sessions = this.db('sessions')
      .where({ mac: text.toUpperCase() })
      .orWhereIn('mac', called);
    return sessions.distinct('code').pluck('code') as Promise<string[]>;
  }

  private batchesCalled(text: string): Knex.QueryBuilder {
    const [, number] = /^batch (\d{1,9})$/i.exec(text) ?? [];
    const query = this.db('batches').whereRaw(...partOf('note', text));
    if (number) void query.orWhere('id', Number(number));
    return query;
  }

  /** Half again as quick as `like`, which compares without case. */
  private hasPart(): string {
    return isPostgres(this.db) ? 'strpos(code, ?) > 0' : 'instr(code, ?) > 0';
  }
}

function isAfter(query: Knex.QueryBuilder, { createdAt, code }: VoucherPlace): void {
  void query.where('created_at', '<=', createdAt).where((after) => {
    void after.where('created_at', '<', createdAt).orWhere('code', '>', code);
  });
}

function newestFirst(a: ListedVoucher, b: ListedVoucher): number {
  if (a.createdAt !== b.createdAt) return a.createdAt > b.createdAt ? -1 : 1;
  return a.code < b.code ? -1 : 1;
}

function toListed(cells: ListedCells): ListedVoucher {
  const [code, planName, status, amount, currency, developer, used, batchId, ...rest] = cells;
  const [createdAt, createdBy, seller, activatedAt, expiresAt] = rest;
  return {
    ...{ code, planName, status, price: { amount: Number(amount), currency } },
    ...{ developer: developer === 1, usedBytes: Number(used), batchId },
    ...{ createdAt, createdBy, seller, activatedAt, expiresAt },
  };
}
