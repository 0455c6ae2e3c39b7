/** What staff read of a voucher, on its page and in the terminal. */
import { allowance } from '../domain/policy/policy';
import { total } from '../domain/usage/usage';
import { usedBytes } from '../domain/vouchers/remaining';
import type { Voucher } from '../domain/vouchers/voucher';
import { leftText, sizeText } from './figures';

const PERIODS = { voucher: '', daily: ' today', weekly: ' this week', monthly: ' this month' };

/**
 * What counts against the cap now, and the total if that is more: `0.9 GB of 1 GB today; 4.5 GB in all`.
 */
export function dataText(voucher: Voucher): string {
  const { terms, carriedBytes } = voucher;
  const all = total(voucher.used);
  const of = allowance(terms, voucher);
  if (of === null) return `${sizeText(all)}, no limit`;
  const carried = carriedBytes > 0 ? ` (${sizeText(carriedBytes)} of it carried over)` : '';
  const counted = usedBytes(voucher);
  const inAll = all === counted ? '' : `; ${sizeText(all)} in all`;
  return `${sizeText(counted)} of ${sizeText(of)}${PERIODS[terms.capPeriod]}${carried}${inAll}`;
}

/** Online time given back: `2h for a dead line`; `undefined` if there was none. */
export function givenBackText({ givenUptimeMs }: Voucher): string | undefined {
  if (givenUptimeMs < 1000) return undefined;
  return `${leftText(Math.floor(givenUptimeMs / 1000))} for a dead line`;
}

/**
 * For a list of facts. An unused voucher names its seller only if one is set, since that may still
 * change.
 */
export function sellerFact({
  activatedAt,
  createdBy,
  developer,
  seller,
}: Voucher): [string, string][] {
  if (activatedAt && !developer) return [['Sold by', seller ?? createdBy]];
  return seller ? [['To be sold by', seller]] : [];
}
