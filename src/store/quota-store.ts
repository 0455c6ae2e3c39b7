import type { Knex } from 'knex';
import { markKey, type QuotaMark } from '../domain/quota';
import { LIVE, type Voucher } from '../domain/voucher';
import { bulkUpsert, deleteSome, listParameter } from './bulk';

/** Thresholds that vouchers have passed; each once for a period. */
export class QuotaStore {
  constructor(private readonly db: Knex) {}

  /** Keys of what is on record for these vouchers; see `markKey`. */
  async recorded(codes: readonly string[]): Promise<Set<string>> {
    const rows: QuotaMark[] = await this.db('quota_notices')
      .select('code', 'period', 'percent')
      .whereRaw(`code in (${listParameter(this.db)})`, [JSON.stringify(codes)]);
    return new Set(rows.map(markKey));
  }

  async record(marks: readonly QuotaMark[], now: Date): Promise<void> {
    await bulkUpsert(
      this.db,
      'quota_notices',
      { code: 'text', period: 'text', percent: 'bigint' },
      ['code', 'period', 'percent'],
      { at: 'quota_notices.at' },
      marks.map(({ code, period, percent }) => [code, period, percent]),
      { at: now.toISOString() },
    );
  }

  /**
   * Lets go of thresholds passed before then, so many at a time: of vouchers that are over, and of periods
   * that are. One of a period that goes on stays however old, or it would be told again.
   * @returns whether there may be more
   */
  async forget(before: Date, most: number): Promise<boolean> {
    const present = this.db('vouchers')
      .whereRaw('vouchers.code = quota_notices.code')
      .whereIn('status', [...LIVE])
      .whereRaw("period in ('', period_started_at)");
    return deleteSome(this.db, 'quota_notices', ['code', 'period', 'percent'], most, (old) => {
      void old.where('at', '<', before.toISOString()).whereNotExists(present);
    });
  }

  /** Periods that began with their vouchers go along with a clock that was set; marks in them do too. */
  async shift(vouchers: readonly Voucher[], jumpMs: number): Promise<void> {
    for (const { code, terms, periodStartedAt } of vouchers) {
      if (terms.capAnchor !== 'start' || !periodStartedAt) continue;
      const was = new Date(periodStartedAt.getTime() - jumpMs);
      await this.db('quota_notices')
        .where({ code, period: was.toISOString() })
        .update({ period: periodStartedAt.toISOString() });
    }
  }
}
