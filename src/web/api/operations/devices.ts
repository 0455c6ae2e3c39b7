import { z } from 'zod';
import { parseMac, type Mac } from '../../../domain/units';
import { normalizeCode } from '../../../domain/vouchers/voucher-code';
import { NotFound } from '../../../errors';
import { deviceJson, limitJson, speedJson } from '../../../services/json-shapes';
import type { OnlineDevice, SetLimit } from '../../../services/devices/device-service';
import { operation } from '../operation';
import { count, macParams, pageOf, paging, rate, pageOfRows, time } from '../schemas';
import { say } from '../../../text';

const session = z
  .object({
    mac: z.string(),
    ip: z.string(),
    user: z
      .string()
      .nullable()
      .describe('Its code or login; null for codes that only those who sell may see'),
    plan: z.string(),
    bytesUp: count,
    bytesDown: count,
    rateUp: rate,
    rateDown: rate,
    maxLimitUp: rate.nullable(),
    maxLimitDown: rate.nullable(),
    reason: z.string().nullable(),
    endsAt: time.nullable(),
    router: z.string().nullable().describe('null where there is only one'),
  })
  .meta({ id: 'Session' });

const limit = z
  .object({
    mac: z.string(),
    rateUp: rate,
    rateDown: rate,
    until: time.nullable(),
    by: z.string(),
    at: time,
  })
  .meta({ id: 'Limit' });

/** Slowest and fastest a router can be told. */
const limitRate = z.int().min(1_000).max(100_000_000_000).describe('Bit/s');

const byMac = {
  key: z.tuple([z.string(), z.int()]),
  of: ({ mac: of, routerId }: OnlineDevice): [string, number] => [of, routerId],
};
const byAge = {
  key: z.tuple([z.string(), z.string()]),
  of: ({ at, mac: of }: SetLimit): [string, string] => [at.toISOString(), of],
};

export const deviceOperations = [
  operation({
    id: 'listSessions',
    method: 'get',
    path: '/sessions',
    tag: 'Devices',
    summary: 'Devices that are online; while the router is silent, those that were seen last',
    scope: 'read',
    isOfSites: true,
    query: z.strictObject(paging),
    answer: pageOf(session).extend({
      observedAt: time.describe('When they were seen: now, unless the router is silent'),
    }),
    run: async ({ services }, { query, scope, within }) => {
      const { devices, at } = await services.live.readOrLast();
      const isOwn = await services.sites.routersWithin(within);
      const own = devices
        .filter(({ routerId }) => isOwn(routerId))
        .sort((a, b) => (a.mac === b.mac ? a.routerId - b.routerId : a.mac < b.mac ? -1 : 1));
      const { items, next } = await pageOfRows(query, byMac, own);
      const codes = items.map(({ user }) => normalizeCode(user));
      const open = scope === 'read' ? await services.vouchers.openCodesOf(codes) : [];
      const hidden = new Set([...open, ...(await services.vouchers.codesBeyond(within, codes))]);
      const shown = items.map((device) => ({
        ...deviceJson(device),
        user: hidden.has(normalizeCode(device.user)) ? null : device.user,
        router: device.router,
      }));
      return { items: shown, next, observedAt: at.toISOString() };
    },
  }),
  operation({
    id: 'logOutDevice',
    method: 'post',
    path: '/sessions/{mac}/log-out',
    tag: 'Devices',
    summary: 'Log a device out; its voucher stays, and the customer may come back',
    isLong: true,
    scope: 'sell',
    isOfSites: true,
    params: macParams,
    run: ({ services }, { params, by }) => services.devices.kick(parseMac(params.mac), by),
  }),
  operation({
    id: 'getDevicePolicy',
    method: 'get',
    path: '/devices/{mac}/policy',
    tag: 'Devices',
    summary: 'Which speed a device has, and why',
    scope: 'read',
    isOfSites: true,
    params: macParams,
    answer: z.object({
      mac: z.string(),
      rateUp: rate.nullable().describe('null: it may not be online'),
      rateDown: rate.nullable(),
      reason: z.string(),
      since: time,
      until: time.nullable().describe('When the reason ends by the clock'),
      usedBytes: count,
      limitBytes: count.nullable(),
      limit: limit.nullable().describe('Set by hand'),
    }),
    run: async ({ services }, { params, within }) => {
      const mac = parseMac(params.mac);
      const [latest] = await services.speeds.ofDevice(mac, within);
      if (!latest || latest.until) throw new NotFound(say`${mac} has no speed now`);
      const byHand = (await services.devices.limits()).find((one) => one.mac === mac);
      const { rateUp, rateDown, reason, from, usedBytes, limitBytes, until } = speedJson(latest);
      return {
        ...{ mac, rateUp, rateDown, reason, since: from, usedBytes, limitBytes, until },
        limit: byHand ? limitJson(byHand) : null,
      };
    },
  }),
  operation({
    id: 'listLimits',
    method: 'get',
    path: '/limits',
    tag: 'Devices',
    summary: 'Speeds of single devices, set by hand, newest first',
    scope: 'read',
    isOfSites: true,
    query: z.strictObject(paging),
    answer: pageOf(limit),
    run: async ({ services }, { query, within }) => {
      const limits = await services.devices.limits();
      const isOwn = await services.ownDevices.among(
        within,
        limits.map((one) => one.mac),
      );
      const own = limits.filter((one) => isOwn(one.mac));
      const { items, next } = await pageOfRows(query, byAge, own, true);
      return { items: items.map(limitJson), next };
    },
  }),
  operation({
    id: 'setLimit',
    method: 'put',
    path: '/devices/{mac}/limit',
    tag: 'Devices',
    summary: 'Give a device a speed of its own',
    scope: 'sell',
    isOfSites: true,
    params: macParams,
    body: z.strictObject({
      rateUp: limitRate,
      rateDown: limitRate,
      until: time.nullable().optional().describe('Without one it stays until it is removed'),
    }),
    answer: limit,
    run: async ({ services: { devices } }, { params, body: { rateUp, rateDown, until }, by }) => {
      const mac: Mac = parseMac(params.mac);
      await devices.setLimit(
        mac,
        { up: rateUp, down: rateDown },
        until ? new Date(until) : null,
        by,
      );
      return limitJson((await devices.limits()).find((one) => one.mac === mac)!);
    },
  }),
  operation({
    id: 'removeLimit',
    method: 'delete',
    path: '/devices/{mac}/limit',
    tag: 'Devices',
    summary: 'Give a device the speed of its plan again',
    scope: 'sell',
    isOfSites: true,
    params: macParams,
    run: ({ services }, { params, by }) => services.devices.removeLimit(parseMac(params.mac), by),
  }),
];
