import { z } from 'zod';
import { dayBefore, rangesBetween } from '../../../domain/shop/shop-day';
import { routerName, type RouterSide } from '../../../services/router/router-side';
import type { StoredEvent } from '../../../store/notices/event-store';
import type { Alert } from '../../../store/shop/journal-store';
import { operation } from '../operation';
import {
  byId,
  count,
  day,
  id,
  idParams,
  money,
  pageOf,
  paging,
  pageOfRows,
  readPage,
  text,
  time,
} from '../schemas';

const event = z
  .object({
    id: z.int().describe('Grows with each event'),
    delivery: z.string().describe('The id that webhooks carry'),
    event: z.string(),
    at: time,
    subject: z.string(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });

const alert = z
  .object({
    id: z.int(),
    kind: z.string(),
    subject: z.string(),
    message: z.string(),
    raisedAt: time,
  })
  .meta({ id: 'Alert' });

const router = z
  .object({
    id: count,
    name: z.string(),
    connected: z.boolean(),
    state: z
      .enum(['served', 'silent', 'refused', 'elsewhere', 'unknown'])
      .describe('After the last round; elsewhere: another program is in charge'),
    devices: count.nullable().describe('Online after the last round'),
    secondsAgo: count.nullable().describe('How long ago that round was'),
  })
  .meta({ id: 'Router' });

const TABLE_OF = { seller: 'bySeller', plan: 'byPlan', day: 'bySpan' } as const;

export const shopOperations = [
  operation({
    id: 'listRouters',
    method: 'get',
    path: '/routers',
    tag: 'Shop',
    summary: 'The routers, and whether they are served',
    scope: 'read',
    isOfSites: true,
    answer: z.object({ items: z.array(router) }),
    run: async ({ services, clock }, { within }) => {
      const isOwn = await services.sites.routersWithin(within);
      const own = services.routers.all.filter(({ id }) => isOwn(id));
      return { items: own.map((one) => routerShape(one, clock.elapsedMs())) };
    },
  }),
  operation({
    id: 'listAlerts',
    method: 'get',
    path: '/alerts',
    tag: 'Shop',
    summary: 'What is wrong now',
    scope: 'read',
    query: z.strictObject(paging),
    answer: pageOf(alert),
    run: async ({ services }, { query }) => {
      const open = await services.alerts.open();
      const { items, next } = await pageOfRows(query, byId, open);
      return { items: items.map(alertShape), next };
    },
  }),
  operation({
    id: 'listEvents',
    method: 'get',
    path: '/events',
    tag: 'Shop',
    summary: 'What happened, oldest first: the same that webhooks are sent',
    description:
      'Kept for a month. For what is new since the last visit, send the id of the last event as `after`.',
    scope: 'sell',
    query: z.strictObject({
      ...paging,
      after: id.optional().describe('Only those with a higher id'),
    }),
    answer: pageOf(event),
    run: async ({ services }, { query: { after: since = 0, ...asked } }) => {
      const { items, next } = await readPage(asked, byId, (limit, after) =>
        services.noticeOverview.eventsAfter(after?.[0] ?? since, limit),
      );
      return { items: items.map(eventShape), next };
    },
  }),
  operation({
    id: 'clearAlert',
    method: 'post',
    path: '/alerts/{id}/clear',
    tag: 'Shop',
    summary: 'Acknowledge an alert; it comes again if its cause stays',
    scope: 'sell',
    params: idParams,
    run: ({ services }, { params, by, scope }) =>
      services.alerts.clear(params.id, by, scope === 'admin'),
  }),
  operation({
    id: 'getSales',
    method: 'get',
    path: '/sales',
    tag: 'Shop',
    summary: 'What was sold; refunds are subtracted on their own day',
    scope: 'read',
    isOfSites: true,
    query: z.strictObject({
      from: day.optional().describe('The first day by the clock of the shop; today if not given'),
      to: day.optional().describe('The last day; today if not given'),
      by: z.enum(['seller', 'plan', 'day']).optional().describe('seller if not given'),
      seller: text(80).optional().describe('Only what this one sold'),
    }),
    answer: z.object({
      from: day,
      to: day,
      rows: z.array(z.object({ name: z.string(), sold: count, voided: count, total: money })),
      totals: z.array(money).describe('One for each currency'),
    }),
    run: async ({ services, clock }, { query, within }) => {
      const { from: first, to: last, by, seller } = query;
      const { timeZone } = services.shop.get();
      const today = dayBefore(clock.now(), 0, timeZone);
      const to = last ?? (first !== undefined && first > today ? first : today);
      const from = first ?? to;
      const { spans } = rangesBetween(from, to, timeZone);
      const rows = (await services.income.tables(spans, { seller, scope: within }))[
        TABLE_OF[by ?? 'seller']
      ];
      const totals = new Map<string, number>();
      for (const { total } of rows) {
        totals.set(total.currency, (totals.get(total.currency) ?? 0) + total.amount);
      }
      return {
        ...{ from, to, rows },
        totals: [...totals].map(([currency, amount]) => ({ amount, currency })),
      };
    },
  }),
];

function routerShape(side: RouterSide, nowMs: number) {
  const { last } = side.controller.status;
  const known = { id: side.id, name: routerName(side), connected: side.client.isConnected };
  if (typeof last !== 'object') {
    const state = last === 'elsewhere' ? last : ('unknown' as const);
    return { ...known, state, devices: null, secondsAgo: null };
  }
  return {
    ...known,
    state: last.failure ?? ('served' as const),
    devices: last.failure ? null : last.report.devices,
    secondsAgo: Math.round((nowMs - last.atMs) / 1000),
  };
}

function eventShape({ id: number, uid, name, at, subject, data }: StoredEvent) {
  return {
    ...{ id: number, delivery: uid, event: name, at: at.toISOString(), subject },
    data,
  };
}

function alertShape({ id, kind, subject, message, raisedAt }: Alert) {
  return { id, kind, subject, message, raisedAt: raisedAt.toISOString() };
}
