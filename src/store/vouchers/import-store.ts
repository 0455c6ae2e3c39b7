import { isoTime } from '../../clock';
import type { Knex } from 'knex';
import {
  soldTerms,
  type ImportedVoucher,
  type Origin,
} from '../../domain/vouchers/imported-voucher';
import type { MoneyEntry } from '../../domain/money/money-journal';
import { bulkInsert, bulkUpsert, listParameter } from '../database/bulk';
import { MoneyJournalStore } from '../money/money-journal-store';
import { soldCells } from './voucher-columns';
import { insertVouchers } from './voucher-store';

/** What was taken over before under a code. */
export interface KnownImport {
  origin: Origin;
  terms: string;
}

export interface ImportRecord {
  origin: Origin;
  /** The file or router it came from. */
  source: string;
  by: string;
  at: Date;
}

/** Vouchers that came from other programs, and the record of it. */
export class ImportStore {
  constructor(private readonly db: Knex) {}

  /** Those of these codes that were taken over before, whether or not the vouchers still exist. */
  async known(codes: readonly string[]): Promise<Map<string, KnownImport>> {
    const rows: (KnownImport & { code: string })[] = await this.db('imported_vouchers')
      .join('imports', 'imports.id', 'imported_vouchers.import_id')
      .select('code', 'origin', 'terms')
      .whereRaw(`code in (${listParameter(this.db)})`, [JSON.stringify(codes)]);
    return new Map(rows.map(({ code, ...rest }) => [code, rest]));
  }

  /** Stores vouchers, their devices and the record of the import, with one statement a table. */
  async add(record: ImportRecord, vouchers: readonly ImportedVoucher[]): Promise<number> {
    const at = record.at.toISOString();
    const [added] = await this.db('imports')
      .insert({
        origin: record.origin,
        source: record.source,
        count: vouchers.length,
        imported_at: at,
        imported_by: record.by,
      })
      .returning<{ id: number }[]>('id');
    await insertVouchers(
      this.db,
      vouchers.map((one) => ({
        ...soldCells(one),
        code: one.code,
        status: one.status,
        is_developer: one.developer ? 1 : 0,
        created_at: (one.createdAt ?? one.activatedAt ?? record.at).toISOString(),
        created_by: record.by,
        activated_at: isoTime(one.activatedAt),
        started_at: isoTime(one.activatedAt), // its clock runs since then
        expires_at: isoTime(one.expiresAt),
        ended_at: isoTime(one.endedAt),
        used_up: one.used.up,
        used_down: one.used.down,
        used_uptime_ms: one.usedUptimeMs,
      })),
    );
    await new MoneyJournalStore(this.db).append(vouchers.flatMap((one) => saleOf(one, record.by)));
    await this.openSessions(vouchers, record.at);
    await bulkInsert(
      this.db,
      'imported_vouchers',
      { code: 'text', import_id: 'bigint', terms: 'text' },
      vouchers.map((one) => [one.code, added!.id, soldTerms(one)]),
    );
    return added!.id;
  }

  /** Running vouchers whose device is known: the loop lets it in as if it had come by the portal. */
  private async openSessions(vouchers: readonly ImportedVoucher[], now: Date): Promise<void> {
    const at = now.toISOString();
    const running = vouchers.filter(({ mac, status }) => mac !== null && status === 'active');
    await bulkUpsert(
      this.db,
      'devices',
      { mac: 'text', first_seen_at: 'text', last_seen_at: 'text' },
      ['mac'],
      { last_seen_at: 'devices.last_seen_at' },
      [...new Set(running.map(({ mac }) => mac))].map((mac) => [mac, at, at]),
    );
    await bulkInsert(
      this.db,
      'sessions',
      { code: 'text', mac: 'text', state: 'text', created_at: 'text', opened_at: 'text' },
      running.map(({ code, mac, activatedAt }) => {
        const since = isoTime(activatedAt) ?? at;
        return [code, mac, 'open', since, since];
      }),
    );
  }
}

/** One that was used before is a sale of that time. */
function saleOf(voucher: ImportedVoucher, by: string): MoneyEntry[] {
  const { code: subject, activatedAt: at, developer, price: money } = voucher;
  if (!at || developer) return [];
  return [{ at, kind: 'sale', subject, money, seller: by, by, detail: { imported: true } }];
}
