import type { Operation } from './operation';
import { deviceOperations } from './operations/devices';
import { moneyOperations } from './operations/money';
import { planOperations } from './operations/plans';
import { shopOperations } from './operations/shop';
import { subscriberOperations } from './operations/subscribers';
import { subscriptionOperations } from './operations/subscriptions';
import { usageOperations } from './operations/usage';
import { voucherOperations } from './operations/vouchers';
import { webhookOperations } from './operations/webhooks';

/** All that programs can ask for. */
export const OPERATIONS: readonly Operation[] = [
  ...planOperations,
  ...voucherOperations,
  ...deviceOperations,
  ...usageOperations,
  ...shopOperations,
  ...subscriberOperations,
  ...subscriptionOperations,
  ...moneyOperations,
  ...webhookOperations,
];
