import { allowance } from '../policy';
import { usedBytes } from '../remaining';
import type { Voucher } from '../voucher';

/** A threshold of a plan that a voucher reached in one of its cap periods. */
export interface QuotaMark {
  code: string;
  /** When the period began, as ISO text; '' for a cap over the voucher's whole life. */
  period: string;
  percent: number;
}

export interface QuotaNotice extends QuotaMark {
  plan: string;
  usedBytes: number;
  ofBytes: number;
  /** Which threshold is counted: at fair use the voucher goes on, slower. */
  kind: QuotaKind;
}

type QuotaKind = 'cap' | 'fair use';

/**
 * How much of what counts is gone in the present period: of the cap, else of what comes at full speed.
 * The one place that knows where these figures stand; `null` where a plan has no alerts to give.
 * @param voucher as `entitle` leaves it, its period rolled on
 */
function quotaStanding(
  voucher: Voucher,
): { since: Date | null; usedBytes: number; ofBytes: number; kind: QuotaKind } | null {
  const { terms, developer, periodStartedAt } = voucher;
  const cap = allowance(terms, voucher);
  const ofBytes = cap ?? terms.fairUseBytes;
  if (ofBytes === null || developer || terms.alerts.length === 0) return null;
  const since = terms.capPeriod === 'voucher' ? null : periodStartedAt;
  const kind = cap === null ? 'fair use' : 'cap';
  return { since, usedBytes: usedBytes(voucher), ofBytes, kind };
}

/** The highest of the plan's percentages that is reached now; `null` for none. */
export function quotaReached(voucher: Voucher): number | null {
  const standing = quotaStanding(voucher);
  return standing && (reached(voucher, standing).at(-1) ?? null);
}

/**
 * Thresholds that were passed and are not on record: all of them are to be recorded, the highest of each
 * voucher is told. So several passed in one look make one notice, and each threshold counts once a period.
 */
export function quotasDue(
  vouchers: Iterable<Voucher>,
  isRecorded: (mark: QuotaMark) => boolean,
): { record: QuotaMark[]; tell: QuotaNotice[] } {
  const record: QuotaMark[] = [];
  const tell: QuotaNotice[] = [];
  for (const voucher of vouchers) {
    if (!voucher.activatedAt || voucher.status === 'revoked') continue;
    const standing = quotaStanding(voucher);
    if (!standing) continue;
    const period = () => standing.since?.toISOString() ?? '';
    const marks = reached(voucher, standing).map((percent): QuotaMark => {
      return { code: voucher.code, period: period(), percent };
    });
    const fresh = marks.filter((mark) => !isRecorded(mark));
    record.push(...fresh);
    const highest = marks.at(-1);
    if (!highest || fresh.at(-1) !== highest) continue;
    const { usedBytes: used, ofBytes, kind } = standing;
    tell.push({ ...highest, plan: voucher.planName, usedBytes: used, ofBytes, kind });
  }
  return { record, tell };
}

/** What tells two marks apart. */
export function markKey({ code, period, percent }: QuotaMark): string {
  return `${code} ${period} ${percent}`;
}

function reached(voucher: Voucher, standing: { usedBytes: number; ofBytes: number }): number[] {
  const { usedBytes: used, ofBytes } = standing;
  const passed = voucher.terms.alerts.filter((percent) => used >= (ofBytes * percent) / 100);
  return passed.sort((a, b) => a - b);
}
