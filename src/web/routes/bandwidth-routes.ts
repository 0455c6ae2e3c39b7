import type { Response } from 'express';
import { DateTime } from 'luxon';
import { total } from '../../domain/usage';
import { parseDuration, parseMac, parseRate } from '../../domain/units';
import { InvalidInput } from '../../errors';
import { queueJson } from '../../services/json-shapes';
import { field, fields, param, query } from '../forms';
import { rendered, type LiveStreams } from '../live-streams';
import { PATIENCE_MS, type OnlinePage } from '../online-page';
import type { StaffPages } from '../staff-pages';
import { flash, redirectWith } from '../staff-sessions';
import type { WebParts } from '../web-parts';
import { ratesText, trafficText } from '../words';

const PAGE = '/admin/bandwidth';

/** Who is online, how fast, and what staff can do about it. */
export function bandwidthRoutes(
  pages: StaffPages,
  { clock, services }: WebParts,
  streams: LiveStreams,
  online: OnlinePage,
): void {
  const { devices, effect, plans, routerDesk } = services;

  pages.get('/bandwidth', 'viewer', async (req, res) => {
    const mac = query(req, 'mac');
    await online.show(res, { mac }, { mac });
  });

  pages.get('/bandwidth/live-stream', 'viewer', (req, res, me) =>
    streams.open(req, res, me, async (to: Response) => ({
      view: await rendered(to, 'admin/_devices', await online.look(to)),
    })),
  );

  pages.get('/bandwidth/queues', 'viewer', async (_req, res) => {
    const queues = (await routerDesk.queues()).map((queue) => ({
      ...queueJson(queue),
      used: trafficText(queue.bytes),
      limit: total(queue.maxLimit) > 0 ? ratesText(queue.maxLimit) : 'none',
    }));
    res.render('admin/queues', { queues });
  });

  pages.post('/bandwidth/limits', 'operator', async (req, res, me) => {
    let words: string;
    try {
      const mac = parseMac(field(req, 'mac'));
      const preset = field(req, 'plan');
      const rate = preset
        ? (await plans.find(preset)).terms.rate
        : { up: readRate(req, 'up', 'Upload'), down: readRate(req, 'down', 'Download') };
      const until = readUntil(field(req, 'until'), clock.now(), services.shop.get().timeZone);
      await devices.setLimit(mac, rate, until, me.name);
      words = `${mac} is limited to ${ratesText(rate)}.`;
    } catch (error) {
      return online.again(res, 'limit', fields(req, 'mac', 'plan', 'up', 'down', 'until'), error);
    }
    const later = await effect.take(PATIENCE_MS);
    if (later) flash(req, 'bad', later);
    redirectWith(req, res, PAGE, words);
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
