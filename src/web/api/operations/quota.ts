import { z } from 'zod';
import {
  dataShare,
  fullSpeedShare,
  overageDue,
  overageOf,
  timeLeft,
  usedBytes,
} from '../../../domain/vouchers/remaining';
import type { Voucher } from '../../../domain/vouchers/voucher';
import { CAP_POLICIES } from '../../../domain/plans/plan';
import { count, money } from '../schemas';

/** What is used and left, the same for a voucher and for what a subscriber has in place of one. */

const share = z.object({ leftBytes: count, ofBytes: count }).nullable();

export const quota = z
  .object({
    usedBytes: count.describe('In the present period of the cap'),
    cap: share.describe('null without a cap'),
    capPolicy: z.enum(CAP_POLICIES).describe('What happens at the cap'),
    fairUse: share.describe('Until fair use slows down; null without fair use'),
    isSlowed: z.boolean().describe('By fair use or at the cap'),
    overage: z
      .object({ bytes: count, charge: money })
      .nullable()
      .describe('Used above the cap, and its price'),
    secondsLeft: count.nullable().describe('null without an end'),
  })
  .meta({ id: 'Quota' });

export const projection = z
  .object({
    bytes: count,
    wouldExceed: z.boolean().describe('The cap'),
    wouldPassFairUse: z.boolean(),
    overage: z.object({ bytes: count, charge: money }).nullable(),
  })
  .meta({ id: 'Projection' });

export const projectionBody = z.strictObject({
  bytes: z.int().min(0).max(1_000_000_000_000_000).describe('Up and down together'),
});

/** @throws nothing; time and data as the loop last counted them */
export function quotaShape(voucher: Voucher, now: Date): z.input<typeof quota> {
  const cap = dataShare(voucher);
  const fairUse = fullSpeedShare(voucher);
  const { capPolicy } = voucher.terms;
  return {
    ...{ usedBytes: usedBytes(voucher), capPolicy, overage: overageDue(voucher) },
    cap: cap && { leftBytes: cap.left, ofBytes: cap.of },
    fairUse: fairUse && { leftBytes: fairUse.left, ofBytes: fairUse.of },
    isSlowed: fairUse?.left === 0 || (capPolicy === 'throttle' && cap?.left === 0),
    secondsLeft: timeLeft(voucher, now),
  };
}

export function projectionShape(voucher: Voucher, bytes: number): z.input<typeof projection> {
  const cap = dataShare(voucher);
  const fairUse = fullSpeedShare(voucher);
  return {
    bytes,
    wouldExceed: cap !== null && bytes > cap.left,
    wouldPassFairUse: fairUse !== null && bytes >= fairUse.left,
    overage: overageOf(voucher, usedBytes(voucher) + bytes, voucher.carriedBytes),
  };
}
