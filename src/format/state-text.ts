/** The state of a voucher or a plan as people say it; the terms themselves are for programs. */
import { isForSubscribersOnly, type PlanDraft } from '../domain/plans/plan';
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
  active: 'for sale',
  draft: 'draft',
  inactive: 'not for sale',
  archived: 'archived',
};

/** `running` for `active`, as the audit has it; what is no state of a voucher stays as it is. */
export function statusTerm(term: string): string {
  return Object.hasOwn(VOUCHER_STATES, term) ? VOUCHER_STATES[term as VoucherStatus] : term;
}

/** `for sale` for `active`; what is no state of a plan stays as it is. */
export function planStatusText(term: string): string {
  return Object.hasOwn(PLAN_STATES, term) ? PLAN_STATES[term as PlanDraft['status']] : term;
}

/** What surprises who has just taken the money for one. */
export const SOLD_WHEN_USED =
  'A voucher counts as sold when it is first used, one sold at the counter at once.';

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

/** `on sale` for `active`, if vouchers of it can be sold. */
export function planStateText({ status, terms }: Pick<PlanDraft, 'status' | 'terms'>): string {
  return status === 'active' && isForSubscribersOnly(terms)
    ? 'for subscribers'
    : PLAN_STATES[status];
}
