import type { Response } from 'express';
import { DateTime } from 'luxon';
import { queueName } from '../../domain/network';
import { total } from '../../domain/usage';
import { formatRate, formatRates, parseDuration, parseMac, parseRate } from '../../domain/units';
import { AppError, InvalidInput } from '../../errors';
import type { OnlineDevice } from '../../services/device-service';
import { queueJson } from '../../services/json-shapes';
import { field, param, query } from '../forms';
import { rendered, type LiveStreams } from '../live-streams';
import type { StaffPages } from '../staff-pages';
import { flash, redirectWith } from '../staff-sessions';
import type { WebParts } from '../web-parts';
import { leftText, ratesText, timeText, trafficText } from '../words';

/** A page waits so long for the router; what was saved takes effect all the same. */
export const PATIENCE_MS = 4_000;
const PAGE = '/admin/bandwidth';

/** Who is online, how fast, and what staff can do about it. */
export function bandwidthRoutes(
  pages: StaffPages,
  { clock, services }: WebParts,
  streams: LiveStreams,
): void {
  const { devices, effect, live, plans, routerDesk } = services;

  pages.get('/bandwidth', 'viewer', async (req, res) => {
    const picked = query(req, 'mac');
    const list = await plans.list();
    const presets = list.filter(({ status }) => status === 'active').map(({ name, terms }) => ({
      name,
      up: formatRate(terms.rate.up),
      down: formatRate(terms.rate.down),
    })); // prettier-ignore
    res.render('admin/bandwidth', {
      ...(await look()),
      presets,
      form: { mac: picked, up: '', down: '', until: '' },
      message: '',
      blocked: (await services.blocks.list()).map((one) => ({
        ...one,
        at: timeText(one.at, services.shop.get().timeZone),
      })),
    });
  });

  pages.get('/bandwidth/live-stream', 'viewer', (req, res, me) =>
    streams.open(req, res, me, async (to: Response) => ({
      view: await rendered(to, 'admin/_devices', await look()),
    })),
  );

  pages.get('/bandwidth/queues', 'viewer', async (_req, res) => {
    const queues = (await routerDesk.queues()).map((queue) => ({
      ...queueJson(queue),
      used: trafficText(queue.bytes),
      limit: total(queue.maxLimit) > 0 ? formatRates(queue.maxLimit) : 'none',
    }));
    res.render('admin/queues', { queues });
  });

  pages.post('/bandwidth/limits', 'operator', async (req, res, me) => {
    const mac = parseMac(field(req, 'mac'));
    const preset = field(req, 'plan');
    const rate = preset
      ? (await plans.find(preset)).terms.rate
      : { up: readRate(req, 'up', 'Upload'), down: readRate(req, 'down', 'Download') };
    const until = readUntil(field(req, 'until'), clock.now(), services.shop.get().timeZone);
    await devices.setLimit(mac, rate, until, me.name);
    const later = await effect.take(PATIENCE_MS);
    if (later) flash(req, 'bad', later);
    redirectWith(req, res, PAGE, `${mac} is limited to ${ratesText(rate)}.`);
  });

  pages.post('/bandwidth/:mac/limit-removal', 'operator', async (req, res, me) => {
    const mac = parseMac(param(req, 'mac'));
    await devices.removeLimit(mac, me.name);
    const later = await effect.take(PATIENCE_MS);
    if (later) flash(req, 'bad', later);
    redirectWith(req, res, PAGE, `${mac} has the speed of its plan again.`);
  });

  pages.post('/bandwidth/:mac/kick', 'operator', async (req, res, me) => {
    const mac = parseMac(param(req, 'mac'));
    await devices.kick(mac, me.name);
    const later = await effect.take(PATIENCE_MS);
    if (later) flash(req, 'bad', later);
    redirectWith(req, res, PAGE, `${mac} is logged out. Its voucher stays good.`);
  });

  async function look() {
    try {
      const { devices: online } = await live.look();
      return { devices: online.map(deviceTexts), away: '' };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { devices: [], away: error.message };
    }
  }
}

function deviceTexts(device: OnlineDevice) {
  return {
    mac: device.mac,
    ip: device.ip,
    code: device.user,
    plan: device.plan,
    used: trafficText(device.bytes),
    rate: ratesText(device.rate),
    limit: ratesText(device.maxLimit),
    reason: device.reason ?? '',
    isManual: device.reason === 'manual limit',
    queue: queueName(device.mac),
    left: leftText(device.secondsLeft),
  };
}

function readRate(req: Parameters<typeof field>[0], name: string, title: string): number {
  try {
    return parseRate(field(req, name));
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(`${title}: ${error.message}`, { cause: error });
  }
}

/** A length of time from now, or a time by the shop's clock; empty is for good. */
function readUntil(typed: string, now: Date, timeZone: string): Date | null {
  if (typed === '') return null;
  if (/^\d+[wdhms]/i.test(typed)) return new Date(now.getTime() + parseDuration(typed) * 1000);
  const at = DateTime.fromISO(typed, { zone: timeZone });
  if (/^(\d{4}-\d{2}-\d{2}([T ]|$)|\d{2}:\d{2})/.test(typed) && at.isValid) return at.toJSDate();
  throw new InvalidInput(
    `Until: ${JSON.stringify(typed)} is not a time; write it like 2h, 2026-12-24T18:00 or 18:00`,
  );
}
