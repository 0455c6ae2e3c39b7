import { z } from 'zod';
import { parseMac } from '../../../domain/units';
import { usedBytes } from '../../../domain/vouchers/remaining';
import { RANGES } from '../../../domain/usage/usage-range';
import type { Whose } from '../../../store/usage/usage-resolutions';
import type { Rates } from '../../../domain/units';
import {
  dayBefore,
  presentRanges,
  rangesBetween,
  type DayRange,
} from '../../../domain/shop/shop-day';
import { InvalidInput } from '../../../errors';
import type { Services } from '../../../services/services';
import { operation } from '../operation';
import {
  codeParams,
  count,
  day,
  idParams,
  mac,
  pageOf,
  pageOfRows,
  paging,
  range,
  text,
  time,
} from '../schemas';
import { projection, projectionBody, quota, quotaShape, projectionShape } from './quota';
import { soldVoucher } from './vouchers';

/** Of a list that says nothing of its days. */
const USUAL_DAYS = 30;
const KINDS = ['device', 'voucher', 'plan'] as const;

const span = {
  range: z.enum(RANGES).optional().describe('day if not given'),
  day: day.optional().describe('A day in it, by the clock of the shop; today if not given'),
};

export const usageOperations = [
  operation({
    id: 'getUsage',
    method: 'get',
    path: '/usage',
    tag: 'Usage',
    summary: 'Usage of a day, week, month or year; before and after are the days to ask for next',
    scope: 'read',
    query: z
      .strictObject({
        ...span,
        mac: mac.optional(),
        voucher: text(64).optional().describe('A code, or the login of a subscriber'),
        plan: text(80).optional(),
      })
      .refine(isOfOne, 'Name one of mac, voucher and plan'),
    answer: z.object({
      ...{ from: time, to: time, before: day, after: day },
      unit: z.enum(['hour', 'day', 'month']),
      bytesUp: count,
      bytesDown: count,
      items: z.array(
        z.object({
          ...{ from: time, to: time, bytesUp: count, bytesDown: count },
          counted: z.string().describe('Whether all of it was counted'),
        }),
      ),
      gaps: z.array(z.object({ from: time, to: time, reason: z.string() })),
    }),
    run: async ({ services: { usageHistory } }, { query }) => {
      const period = usageHistory.period(query.range ?? 'day', query.day ?? '');
      const { coarse, coarseUnit, gaps } = await usageHistory.chart(period, whoseOf(query));
      const sum = (way: 'up' | 'down') => coarse.reduce((all, { bytes }) => all + bytes[way], 0);
      return {
        ...{ from: period.from.toISOString(), to: period.to.toISOString() },
        ...{ before: period.before, after: period.after, unit: coarseUnit },
        ...{ bytesUp: sum('up'), bytesDown: sum('down') },
        items: coarse.map(({ from, to, bytes, counted }) => ({
          ...{ from: from.toISOString(), to: to.toISOString() },
          ...{ bytesUp: bytes.up, bytesDown: bytes.down, counted },
        })),
        gaps: gaps.map(({ from, to, reason }) => ({
          ...{ from: from.toISOString(), to: to.toISOString(), reason },
        })),
      };
    },
  }),
  operation({
    id: 'recordUsage',
    method: 'post',
    path: '/usage',
    tag: 'Usage',
    summary: 'Record usage that another program counted; it counts against the plan',
    scope: 'admin',
    body: z
      .strictObject({
        voucher: text(64).min(1).optional(),
        subscriber: z.int().min(1).optional(),
        bytesUp: count.max(1_000_000_000_000_000),
        bytesDown: count.max(1_000_000_000_000_000),
        note: text(200).optional(),
      })
      .describe('Name a voucher or a subscriber, not both'),
    answer: z.object({ code: z.string(), usedBytes: count.describe('Of the present period') }),
    status: 201,
    run: async ({ services }, { body: { bytesUp, bytesDown, note = '', ...whose }, by }) => {
      const used = { ...whose, note, bytes: { up: bytesUp, down: bytesDown } };
      const voucher = await services.recordedUsage.record(used, by);
      return { code: voucher.code, usedBytes: usedBytes(voucher) };
    },
  }),
  operation({
    id: 'getTopUsage',
    method: 'get',
    path: '/usage/top',
    tag: 'Usage',
    summary: 'Who used most',
    scope: 'sell',
    query: z.strictObject({
      ...span,
      by: z.enum(KINDS).optional().describe('device if not given'),
      limit: z.coerce.number().int().min(1).max(100).optional().describe('10 if not given'),
    }),
    answer: z.object({
      items: z.array(z.object({ name: z.string(), bytesUp: count, bytesDown: count })),
    }),
    run: async ({ services: { usageHistory } }, { query }) => {
      const { range = 'day', day: at = '', by = 'device', limit = 10 } = query;
      const period = usageHistory.period(range, at);
      const rows = (await usageHistory.top([by], period, undefined, limit)).get(by) ?? [];
      return {
        items: rows.map(({ name, bytes }) => ({ name, bytesUp: bytes.up, bytesDown: bytes.down })),
      };
    },
  }),
  operation({
    id: 'getSubscriberUsage',
    method: 'get',
    path: '/subscribers/{id}/usage',
    tag: 'Usage',
    summary: 'What a subscriber used, day by day',
    description: 'The last thirty days, unless told otherwise; a year at most.',
    scope: 'sell',
    params: idParams,
    query: z.strictObject({ ...paging, ...range }),
    answer: pageOf(z.object({ day, from: time, to: time, bytesUp: count, bytesDown: count })),
    run: async ({ services, clock }, { params, query: { from, to, ...asked } }) => {
      const { login } = await services.subscribers.find(params.id);
      const days = daysBetween(services, clock.now(), from, to);
      const { items, next } = await pageOfRows(asked, byDay, days);
      const used = login === null ? [] : await usedOn(services, login, items);
      return { items: items.map((one) => dayShape(one, used)), next };
    },
  }),
  operation({
    id: 'getVoucherQuota',
    method: 'get',
    path: '/vouchers/{code}/quota',
    tag: 'Usage',
    summary:
      'What a voucher used and has left: cap, fair use, time, and what is to be paid above the cap',
    scope: 'sell',
    isOfSites: true,
    params: codeParams,
    answer: quota,
    run: async ({ services, clock }, { params }) =>
      quotaShape(await soldVoucher(services, params.code), clock.now()),
  }),
  operation({
    id: 'projectVoucher',
    method: 'post',
    path: '/vouchers/{code}/projection',
    tag: 'Usage',
    summary: 'What would happen if that much more were used; nothing is changed',
    scope: 'sell',
    isOfSites: true,
    params: codeParams,
    body: projectionBody,
    answer: projection,
    run: async ({ services }, { params, body }) =>
      projectionShape(await soldVoucher(services, params.code), body.bytes),
  }),
];

const byDay = {
  key: z.tuple([z.string()]),
  of: ({ name }: DayRange): [string] => [name],
};

/** @throws InvalidInput for more than a year, or days in the wrong order */
function daysBetween(
  { shop }: Services,
  now: Date,
  first: string | undefined,
  last: string | undefined,
) {
  const { timeZone } = shop.get();
  const to = last ?? presentRanges(now, timeZone).day.name;
  const from = first ?? dayBefore(new Date(`${to}T12:00:00Z`), USUAL_DAYS - 1, 'UTC');
  const { spans, unit } = rangesBetween(from, to, timeZone);
  if (unit !== 'day') throw new InvalidInput('That is more than a year');
  return spans;
}

/** Of the months in which these days are. */
async function usedOn({ usageHistory }: Services, login: string, days: readonly DayRange[]) {
  const months = [...new Set(days.map(({ name }) => name.slice(0, 7)))];
  const charts = await Promise.all(
    months.map((month) =>
      usageHistory.chart(usageHistory.period('month', `${month}-01`), { code: login }),
    ),
  );
  return charts.flatMap(({ coarse }) => coarse);
}

function dayShape({ name, from, to }: DayRange, used: readonly { from: Date; bytes: Rates }[]) {
  const bytes = used.find((one) => one.from.getTime() === from.getTime())?.bytes;
  return {
    ...{ day: name, from: from.toISOString(), to: to.toISOString() },
    ...{ bytesUp: bytes?.up ?? 0, bytesDown: bytes?.down ?? 0 },
  };
}

interface Asked {
  mac?: string | undefined;
  voucher?: string | undefined;
  plan?: string | undefined;
}

function isOfOne({ mac: device, voucher, plan }: Asked): boolean {
  return [device, voucher, plan].filter((one) => one !== undefined).length < 2;
}

function whoseOf(asked: Asked): Whose {
  if (asked.mac !== undefined) return { mac: parseMac(asked.mac) };
  if (asked.voucher !== undefined) return { code: asked.voucher };
  return asked.plan === undefined ? undefined : { plan: asked.plan };
}
