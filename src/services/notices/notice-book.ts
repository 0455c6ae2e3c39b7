import type { LoopState } from '../../domain/loop/loop-state';
import type { AuditEntry } from '../../domain/shop/audit-entry';
import { voucherEvents, type ShopEvent } from '../../domain/notices/event';
import { markKey, quotasDue, type QuotaMark } from '../../domain/notices/quota';
import type { Voucher } from '../../domain/vouchers/voucher';
import type { Stores } from '../../store/stores';

/**
 * Records the events that follow from a change of the books, in the transaction of that change: who came,
 * whose time is over, who is near a limit. A table holds the thresholds on record; what was read there is
 * kept in memory, so a round in which nobody passes one queries nothing.
 */
export class NoticeBook {
  private readonly seen = new Set<string>();

  /** @param before the vouchers as they were */
  async noteLives(
    { events }: Stores,
    before: ReadonlyMap<string, Voucher>,
    changed: readonly Voucher[],
    sessions: LoopState['sessions'],
    now: Date,
  ): Promise<void> {
    await events.add(voucherEvents(before, changed, sessions, now));
  }

  /**
   * Thresholds passed and not yet on record.
   * @returns what the caller hands to `remember` once the transaction is committed
   */
  async noteQuotas(
    stores: Stores,
    vouchers: LoopState['vouchers'],
    now: Date,
  ): Promise<QuotaMark[]> {
    const isSeen = (mark: QuotaMark) => this.seen.has(markKey(mark));
    const { record: unseen } = quotasDue(vouchers.values(), isSeen);
    if (unseen.length === 0) return [];
    const codes = [...new Set(unseen.map(({ code }) => code))];
    const recorded = await stores.quotas.recorded(codes);
    const passed = codes.map((code) => vouchers.get(code)!);
    const due = quotasDue(passed, (mark) => recorded.has(markKey(mark)));
    await stores.quotas.record(due.record, now);
    await stores.events.add(
      due.tell.map(({ code, period, ...rest }): ShopEvent => {
        const data = { code, period: period || null, ...rest };
        return { name: 'quota.reached', at: now, subject: code, data };
      }),
    );
    await stores.journal.audit(
      due.tell.map(({ code, percent, usedBytes, ofBytes, kind }): AuditEntry => {
        const detail = { kind, percent, usedBytes, ofBytes };
        return { at: now, who: 'loop', what: 'quota reached', subject: code, detail };
      }),
    );
    return unseen;
  }

  remember(marks: readonly QuotaMark[], vouchers: LoopState['vouchers']): void {
    if (marks.length === 0) return;
    // Rows of deleted vouchers go too, now that there is something to write anyway.
    for (const key of this.seen) if (!vouchers.has(key.split(' ')[0]!)) this.seen.delete(key);
    for (const mark of marks) this.seen.add(markKey(mark));
  }
}
