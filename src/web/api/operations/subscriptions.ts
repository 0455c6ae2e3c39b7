import { z } from 'zod';
import { isoTime } from '../../../clock';
import type { ChangeTime } from '../../../domain/billing/plan-change';
import type { PlanChange } from '../../../domain/billing/subscriber';
import { rangesBetween } from '../../../domain/shop/shop-day';
import type { Services } from '../../../services/services';
import { operation } from '../operation';
import {
  amount,
  count,
  day,
  id,
  idParams,
  money,
  pageOf,
  pageOfRows,
  paging,
  time,
  word,
} from '../schemas';
import { subscriber, subscriberShape } from './subscribers';

const ONE = '/subscribers/{id}';
const TAG = 'Plans of subscribers';

const ownPrice = amount.min(0).optional().describe('A price of their own for each cycle');
const when = z
  .union([z.enum(['now', 'cycle-end']), day])
  .optional()
  .describe('now, cycle-end, or a day by the clock of the shop');

const planChange = z
  .object({
    id: z.int(),
    subscriberId: z.int(),
    plan: z.string().nullable().describe('null: the subscription ends'),
    price: amount.nullable().describe('null: the price of the plan'),
    at: time,
    by: z.string(),
  })
  .meta({ id: 'PlanChange' });

const byTime = {
  key: z.tuple([z.string(), z.int()]),
  of: ({ at, id: number }: PlanChange): [string, number] => [at.toISOString(), number],
};

export const subscriptionOperations = [
  operation({
    id: 'getSubscription',
    method: 'get',
    path: `${ONE}/subscription`,
    tag: TAG,
    summary: 'The plan in force, what is to change, and what is owed',
    scope: 'sell',
    params: idParams,
    answer: z.object({
      plan: z.string().nullable(),
      since: time.nullable(),
      cycle: z.string().nullable(),
      price: amount.nullable().describe('Their own; null: that of the plan'),
      cycleEndsAt: time.nullable(),
      owed: money.describe('Below zero it is credit'),
      owedElse: z.array(money).describe('The same in other currencies that were used before'),
      pending: z.array(planChange),
    }),
    run: async ({ services }, { params }) => {
      const shown = await services.subscribers.show(params.id);
      const { subscriber: found, plan, pending, owed, owedElse } = shown;
      return {
        ...{ plan: plan?.name || null, since: isoTime(plan?.from ?? null) },
        ...{ cycle: plan?.cycle ?? null, price: plan?.price ?? null },
        cycleEndsAt: isoTime(found.billedTo),
        owed: { amount: owed, currency: services.shop.get().currency },
        owedElse,
        pending: await changeShapes(services, pending),
      };
    },
  }),
  operation({
    id: 'assignPlan',
    method: 'post',
    path: `${ONE}/assign`,
    tag: TAG,
    summary: 'Give a subscriber the first plan; cycles begin at midnight of that day',
    scope: 'admin',
    params: idParams,
    body: z.strictObject({
      plan: word(80),
      price: ownPrice,
      from: day.optional().describe('By the clock of the shop; today if not given'),
    }),
    answer: subscriber,
    run: async ({ services }, { params, body: { plan, price, from }, by }) => {
      const start = from === undefined ? undefined : dayStart(services, from);
      await services.subscribers.assign(params.id, { plan, price }, start, by);
      return subscriberShape(services, await services.subscribers.find(params.id));
    },
  }),
  operation({
    id: 'changePlan',
    method: 'post',
    path: `${ONE}/change-plan`,
    tag: TAG,
    summary: 'Change the plan now, when the cycle ends, or on a day',
    scope: 'admin',
    params: idParams,
    body: z.strictObject({ plan: word(80), price: ownPrice, when }),
    answer: planChange,
    run: async ({ services }, { params, body: { plan, price, when: at = 'now' }, by }) => {
      const to = { plan, price };
      const time = timeOf(services, at);
      return changeShape(services, await services.subscribers.changePlan(params.id, to, time, by));
    },
  }),
  operation({
    id: 'cancelSubscription',
    method: 'post',
    path: `${ONE}/cancel`,
    tag: TAG,
    summary: 'End a subscription; what was paid in advance is credit',
    scope: 'admin',
    params: idParams,
    body: z.strictObject({ when }),
    answer: planChange,
    run: async ({ services }, { params, body: { when: at = 'cycle-end' }, by }) => {
      const time = timeOf(services, at);
      const change = await services.subscribers.changePlan(params.id, null, time, by);
      return changeShape(services, change);
    },
  }),
  operation({
    id: 'resetCycle',
    method: 'post',
    path: `${ONE}/reset-cycle`,
    tag: TAG,
    summary: 'End the present cycle early: usage starts at zero, and what is left is credited',
    scope: 'admin',
    params: idParams,
    answer: subscriber,
    run: async ({ services }, { params, by }) =>
      subscriberShape(services, await services.subscribers.resetCycle(params.id, by)),
  }),
  operation({
    id: 'listPlanChanges',
    method: 'get',
    path: '/plan-changes',
    tag: TAG,
    summary: 'Changes of plans that are still to come, the next one first',
    scope: 'sell',
    query: z.strictObject({ ...paging, subscriber: id.optional() }),
    answer: pageOf(planChange),
    run: async ({ services }, { query: { subscriber: of, ...asked } }) => {
      const { items, next } = await pageOfRows(
        asked,
        byTime,
        await services.subscribers.changes(of),
      );
      return { items: await changeShapes(services, items), next };
    },
  }),
  operation({
    id: 'dropPlanChange',
    method: 'delete',
    path: '/plan-changes/{id}',
    tag: TAG,
    summary: 'Cancel a change that is still to come',
    scope: 'admin',
    params: idParams,
    run: ({ services }, { params, by }) => services.subscribers.dropChange(params.id, by),
  }),
  operation({
    id: 'processPlanChanges',
    method: 'post',
    path: '/plan-changes/process',
    tag: TAG,
    summary: 'Do now what is due: changes, invoices of cycles that began, suspensions',
    description: 'The server does it by itself every few minutes; repeating it is safe.',
    isLong: true,
    scope: 'admin',
    answer: z.object({ changes: count, invoices: count, suspended: count }),
    run: ({ services }, { by }) => services.billing.run(undefined, false, by),
  }),
];

/** Midnight of that day by the shop's clock. */
function dayStart({ shop }: Services, on: string): Date {
  return rangesBetween(on, on, shop.get().timeZone).spans[0]!.from;
}

function timeOf(services: Services, typed: string): ChangeTime {
  return typed === 'now' || typed === 'cycle-end' ? typed : dayStart(services, typed);
}

async function changeShape(services: Services, change: PlanChange) {
  return (await changeShapes(services, [change]))[0]!;
}

async function changeShapes({ plans }: Services, changes: readonly PlanChange[]) {
  const names = new Map((await plans.list()).map((plan) => [plan.id, plan.name]));
  return changes.map(({ id: number, subscriberId, planId, price, at, by }) => ({
    ...{ id: number, subscriberId, price, at: at.toISOString(), by },
    plan: planId === null ? null : (names.get(planId) ?? ''),
  }));
}
