/** The state of a voucher or a plan as people say it; the terms themselves are for programs. */
import { isForSubscribersOnly, type PlanDraft } from '../domain/plans/plan';
import { isWaiting, type Voucher, type VoucherStatus } from '../domain/vouchers/voucher';

const VOUCHER_STATES = {
  unused: 'unused',
  active: 'running',
  paused: 'paused',
  expired: 'time over',
  exhausted: 'data used up',
  revoked: 'ended',
} as const satisfies Readonly<Record<VoucherStatus, string>>;

const PLAN_STATES = {
  active: 'for sale',
  draft: 'draft',
  inactive: 'not for sale',
  archived: 'archived',
} as const satisfies Readonly<Record<PlanDraft['status'], string>>;

type VoucherState = (typeof VOUCHER_STATES)[VoucherStatus];
type PlanState = (typeof PLAN_STATES)[PlanDraft['status']] | 'for subscribers';

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
export function statusText(status: VoucherStatus): VoucherState {
  return VOUCHER_STATES[status];
}

/** The same, and `next in line` for one whose device runs another voucher first. */
export function voucherStateText(
  voucher: Pick<Voucher, 'status' | 'startedAt' | 'stoppedAt'>,
): VoucherState | 'next in line' {
  return isWaiting(voucher) ? 'next in line' : statusText(voucher.status);
}

/** `on sale` for `active`, if vouchers of it can be sold. */
export function planStateText({ status, terms }: Pick<PlanDraft, 'status' | 'terms'>): PlanState {
  return status === 'active' && isForSubscribersOnly(terms)
    ? 'for subscribers'
    : PLAN_STATES[status];
}
