import { allowance } from '../policy/policy';
import { usedBytes } from '../vouchers/remaining';
import type { Voucher } from '../vouchers/voucher';

/** A threshold of a plan that a voucher reached in one of its cap periods. */
export interface QuotaMark {
  code: string;
  /** When the period began, as ISO text; '' for a cap over the voucher's whole life. */
  period: string;
  kind: QuotaKind;
  percent: number;
}

export interface QuotaNotice extends QuotaMark {
  plan: string;
  usedBytes: number;
  ofBytes: number;
}

/** What a threshold is counted against: at fair use the voucher goes on, slower. */
const QUOTA_KINDS = ['cap', 'fair use'] as const;
export type QuotaKind = (typeof QUOTA_KINDS)[number];

interface QuotaLevel {
  since: Date | null;
  usedBytes: number;
  ofBytes: number;
  kind: QuotaKind;
}

/**
 * How much is used in the present period: of the cap, and of the data at full speed. A cap that has no
 * effect does not count. The one place that knows where these figures are; empty if a plan has no alerts.
 * @param voucher as `entitle` leaves it, its period rolled on
 */
function quotaLevels(voucher: Voucher): QuotaLevel[] {
  const { terms, developer, periodStartedAt } = voucher;
  if (developer || terms.alerts.length === 0) return [];
  const since = terms.capPeriod === 'voucher' ? null : periodStartedAt;
  const limits: Record<QuotaKind, number | null> = {
    cap: terms.capPolicy === 'none' ? null : allowance(terms, voucher),
    'fair use': terms.fairUseBytes,
  };
  return QUOTA_KINDS.flatMap((kind) => {
    const ofBytes = limits[kind];
    return ofBytes === null ? [] : [{ since, usedBytes: usedBytes(voucher), ofBytes, kind }];
  });
}

/** The highest of the plan's percentages reached now: of the cap if one is, else of fair use. */
export function quotaReached(voucher: Voucher): { percent: number; kind: QuotaKind } | null {
  for (const standing of quotaLevels(voucher)) {
    const percent = reached(voucher, standing).at(-1);
    if (percent !== undefined) return { percent, kind: standing.kind };
  }
  return null;
}

/**
 * Thresholds that were passed and are not recorded yet: all are to be recorded, only the highest of each
 * voucher and kind is announced. So several passed in one round make one notice, and each counts once a
 * period.
 */
export function quotasDue(
  vouchers: Iterable<Voucher>,
  isRecorded: (mark: QuotaMark) => boolean,
): { record: QuotaMark[]; tell: QuotaNotice[] } {
  const record: QuotaMark[] = [];
  const tell: QuotaNotice[] = [];
  for (const voucher of vouchers) {
    if (!voucher.activatedAt || voucher.status === 'revoked') continue;
    for (const standing of quotaLevels(voucher)) {
      const { usedBytes: used, ofBytes, kind } = standing;
      const period = () => standing.since?.toISOString() ?? '';
      const marks = reached(voucher, standing).map((percent): QuotaMark => {
        return { code: voucher.code, period: period(), kind, percent };
      });
      const fresh = marks.filter((mark) => !isRecorded(mark));
      record.push(...fresh);
      const highest = marks.at(-1);
      if (!highest || fresh.at(-1) !== highest) continue;
      tell.push({ ...highest, plan: voucher.planName, usedBytes: used, ofBytes });
    }
  }
  return { record, tell };
}

/** Identifies a mark. */
export function markKey({ code, period, kind, percent }: QuotaMark): string {
  return `${code} ${period} ${percent} ${kind}`;
}

function reached(voucher: Voucher, standing: QuotaLevel): number[] {
  const { usedBytes: used, ofBytes } = standing;
  const passed = voucher.terms.alerts.filter((percent) => used >= (ofBytes * percent) / 100);
  return passed.sort((a, b) => a - b);
}
