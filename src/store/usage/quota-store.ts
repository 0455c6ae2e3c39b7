import type { Knex } from 'knex';
import { markKey, type QuotaMark } from '../../domain/notices/quota';
import { LIVE, type Voucher } from '../../domain/vouchers/voucher';
import { bulkUpsert, listParameter } from '../database/bulk';

const KEY = ['code', 'period', 'kind', 'percent'];

/** Thresholds that vouchers have passed; each once for a period. */
export class QuotaStore {
  constructor(private readonly db: Knex) {}

  /** Keys of what is on record for these vouchers; see `markKey`. */
  async recorded(codes: readonly string[]): Promise<Set<string>> {
    const rows: QuotaMark[] = await this.db('quota_notices')
      .select(...KEY)
      .whereRaw(`code in (${listParameter(this.db)})`, [JSON.stringify(codes)]);
    return new Set(rows.map(markKey));
  }

  async record(marks: readonly QuotaMark[], now: Date): Promise<void> {
    await bulkUpsert(
      this.db,
      'quota_notices',
      { code: 'text', period: 'text', kind: 'text', percent: 'bigint' },
      KEY,
      { counted_at: 'quota_notices.counted_at' },
      marks.map(({ code, period, kind, percent }) => [code, period, kind, percent]),
      { counted_at: now.toISOString() },
    );
  }

  /**
   * Checks this many thresholds last known to count before then, and deletes those of vouchers and
   * periods that are over. One of a current period stays, or it would be announced again; it is checked
   * again when it is as old once more. @returns whether there may be more
   */
  async forget(before: Date, most: number, now: Date): Promise<boolean> {
    const oldest = () =>
      this.db('quota_notices').whereIn(
        KEY,
        this.db('quota_notices')
          .select(KEY)
          .where('counted_at', '<', before.toISOString())
          .orderBy('counted_at')
          .limit(most),
      );
    const counts = () =>
      this.db('vouchers')
        .whereRaw('vouchers.code = quota_notices.code')
        .whereIn('status', [...LIVE])
        .whereRaw("period in ('', period_started_at)");
    const kept = await oldest().whereExists(counts()).update({ counted_at: now.toISOString() });
    const gone = await oldest().whereNotExists(counts()).delete();
    return kept + gone >= most;
  }

  /** Periods that began with their vouchers move along with a clock that was set; so do their marks. */
  async shift(vouchers: readonly Voucher[], jumpMs: number): Promise<void> {
    for (const { code, terms, periodStartedAt } of vouchers) {
      if (terms.capAnchor !== 'start' || !periodStartedAt) continue;
      const was = new Date(periodStartedAt.getTime() - jumpMs);
      await this.redate([{ code, from: was, to: periodStartedAt }]);
    }
  }

  /** Periods that continue under another date: what was announced in them is not announced again. */
  async redate(periods: readonly { code: string; from: Date; to: Date }[]): Promise<void> {
    for (const { code, from, to } of periods) {
      const marks = (period: Date) =>
        this.db('quota_notices').where({ code, period: period.toISOString() });
      // A clock that was wrong for a while may have left marks under both dates.
      const there: QuotaMark[] = await marks(to);
      for (const { kind, percent } of there) {
        await marks(from).where({ kind, percent }).delete();
      }
      await marks(from).update({ period: to.toISOString() });
    }
  }
}
