/** The state of a voucher or a plan as people say it; the terms themselves are for programs. */
import type { PlanDraft } from '../domain/plans/plan';
import { isWaiting, type Voucher, type VoucherStatus } from '../domain/vouchers/voucher';

const VOUCHER_STATES: Readonly<Record<VoucherStatus, string>> = {
  unused: 'unused',
  active: 'running',
  paused: 'paused',
  expired: 'time over',
  exhausted: 'data used up',
  revoked: 'ended',
};

const PLAN_STATES: Readonly<Record<PlanDraft['status'], string>> = {
  active: 'on sale',
  draft: 'draft',
  inactive: 'not on sale',
  archived: 'archived',
};

/** `running` for `active`. */
export function statusText(status: VoucherStatus): string {
  return VOUCHER_STATES[status];
}

/** The same, and `next in line` for one whose device runs another voucher first. */
export function voucherStateText(
  voucher: Pick<Voucher, 'status' | 'startedAt' | 'stoppedAt'>,
): string {
  return isWaiting(voucher) ? 'next in line' : statusText(voucher.status);
}

/** `on sale` for `active`. */
export function planStateText(status: PlanDraft['status']): string {
  return PLAN_STATES[status];
}
