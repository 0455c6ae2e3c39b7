import type { Request, Response } from 'express';
import {
  formatDuration,
  formatRate,
  parseMac,
  parseRate,
  total,
  type Mac,
  type Rates,
} from '../../domain/units';
import { parseUntil } from '../../domain/shop/until';
import { AppError, InvalidInput } from '../../errors';
import { NEVER_SEEN } from '../../services/devices/device-service';
import { queueJson } from '../../services/json-shapes';
import { isConfirmed } from '../staff/confirmation';
import { field, fields, param, query } from '../http/forms';
import { hiding } from '../staff/hidden-codes';
import { rendered, type LiveStreams } from '../http/live-streams';
import { TIMEOUT_MS, type OnlinePage, type OnlineSearch } from '../staff/online-page';
import type { StaffPages } from '../staff/staff-pages';
import { flash, redirectWith, type Undo } from '../staff/staff-sessions';
import type { WebParts } from '../http/web-parts';
import { DEVICE_ORDERS } from '../../services/devices/device-order';
import { awayText, ratesText, timeText, trafficText } from '../format/web-format';
import { say, type Text } from '../../text';

const PAGE = '/admin/bandwidth';
/** Speeds down to slow a device to with one touch; up it has half of them. */
export const SLOW_DOWN = ['256K', '512K', '1M'];

/** Who is online, how fast, and what staff can do about it. */
export function bandwidthRoutes(
  pages: StaffPages,
  { clock, services }: WebParts,
  streams: LiveStreams,
  online: OnlinePage,
): void {
  const { deviceNames, devices, applyNow, ownDevices, plans, routerOverview } = services;

  pages.scoped.get('/bandwidth', 'viewer', async (req, res) => {
    const mac = query(req, 'mac');
    await online.show(res, readSearch(req), { limit: { mac }, block: { mac } });
  });

  pages.scoped.get('/bandwidth/live-stream', 'viewer', (req, res, me) =>
    streams.open(req, res, me, async (to: Response) => ({
      view: await rendered(to, 'admin/devices/_devices', await online.look(to, readSearch(req))),
    })),
  );

  pages.get('/bandwidth/queues', 'viewer', async (_req, res) => {
    const { found, away, at } = await queuesSeen();
    // The router's own are called after the user: <hotspot-CODE>.
    const hide = await hiding(res, services.vouchers, found.map(({ name }) => name)); // prettier-ignore
    const queues = found.map((queue) => ({
      ...queueJson(queue),
      name: hide(queue.name),
      used: trafficText(queue.bytes),
      limit: total(queue.maxLimit) > 0 ? ratesText(queue.maxLimit) : 'none',
    }));
    const asOf = at ? timeText(at, services.shop.get().timeZone) : '';
    res.render('admin/devices/queues', { queues, away, asOf });
  });

  pages.scoped.post('/bandwidth/limits', 'operator', async (req, res, me) => {
    let message: Text;
    let mac: Mac;
    let undo: Undo;
    try {
      mac = parseMac(field(req, 'mac'));
      await ownDevices.require(me.scope, mac);
      undo = await undoOf(mac);
      const rate = await rateOf(req);
      const { timeZone } = services.shop.get();
      const typed = field(req, 'until');
      // Empty means without end.
      const until = typed ? named('Until', () => parseUntil(typed, clock.now(), timeZone)) : null;
      await devices.setLimit(mac, rate, until, me.name);
      const label = await deviceNames.labelOf(mac);
      message = until
        ? say`${label} is limited to ${ratesText(rate)} until ${timeText(until, timeZone)}.`
        : say`${label} is limited to ${ratesText(rate)}.`;
    } catch (error) {
      return online.again(res, 'limit', fields(req, 'mac', 'plan', 'up', 'down', 'until'), error);
    }
    const later = await applyNow.run(TIMEOUT_MS);
    if (later) flash(req, 'bad', later);
    else if (await devices.isStranger(mac)) message = say`${message} ${NEVER_SEEN}`;
    redirectWith(req, res, PAGE, message, undo);
  });

  pages.scoped.post('/bandwidth/:mac/limit-removal', 'operator', async (req, res, me) => {
    const mac = parseMac(param(req, 'mac'));
    const undo = await undoOf(mac);
    await devices.removeLimit(mac, me.name);
    const later = await applyNow.run(TIMEOUT_MS);
    if (later) flash(req, 'bad', later);
    redirectWith(
      req,
      res,
      PAGE,
      say`${await deviceNames.labelOf(mac)} is back to the speed of its plan.`,
      undo,
    );
  });

  pages.scoped.post('/bandwidth/:mac/kick', 'operator', async (req, res, me) => {
    const mac = parseMac(param(req, 'mac'));
    const label = await deviceNames.labelOf(mac);
    // Confirmed on a page of its own: on a phone its button is very close to harmless ones.
    const confirmed = isConfirmed(req, res, {
      title: `Log out ${label === mac ? mac : `${label}, ${mac}`}?`,
      text: 'It stays offline until the customer logs in again. The voucher keeps running.',
      button: 'Log out',
      back: PAGE,
    });
    if (!confirmed) return;
    await devices.kick(mac, me.name);
    const later = await applyNow.run(TIMEOUT_MS);
    if (later) flash(req, 'bad', later);
    redirectWith(req, res, PAGE, say`${label} is logged out. Its voucher keeps running.`);
  });

  /** All queues of the first router, or why they are unknown and what a page or a round saw last. */
  async function queuesSeen() {
    try {
      return { found: await routerOverview.queues(), away: '', at: undefined };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const first = services.routers.all.find(({ id }) => id === 0);
      const { lastQueues: asked } = routerOverview;
      const seen = first?.controller.status.seen;
      const last = [
        ...(asked ? [{ ...asked, queues: asked.value }] : []),
        ...(seen ? [{ ...seen, queues: seen.network.queues }] : []),
      ].sort((a, b) => b.atMs - a.atMs)[0];
      return { found: last?.queues ?? [], away: awayText(error), at: last?.at };
    }
  }

  /** The speed of a plan, one of ours, or typed. */
  async function rateOf(req: Request): Promise<Rates> {
    const [plan, slow] = [field(req, 'plan'), field(req, 'slow')];
    const isTyped = field(req, 'up') !== '' || field(req, 'down') !== '';
    if (plan && isTyped) {
      throw new InvalidInput("Choose a plan's speed or type your own, not both");
    }
    if (plan) return (await plans.find(plan)).terms.rate;
    const down = slow
      ? named('Speed', () => parseRate(slow))
      : named('Download', () => parseRate(field(req, 'down')));
    const typed = slow ? '' : field(req, 'up').trim();
    return { up: typed ? named('Upload', () => parseRate(typed)) : Math.round(down / 2), down };
  }

  /** What leads back to the limit there is now, or to none. */
  async function undoOf(mac: Mac): Promise<Undo> {
    const before = (await devices.limits()).find((one) => one.mac === mac);
    if (!before) return { action: `/admin/bandwidth/${mac}/limit-removal`, fields: {} };
    const { rate, until } = before;
    const seconds = until && Math.ceil((until.getTime() - clock.now().getTime()) / 1000);
    return {
      action: '/admin/bandwidth/limits',
      fields: {
        ...{ mac, up: formatRate(rate.up), down: formatRate(rate.down) },
        until: seconds === null ? '' : formatDuration(seconds),
      },
    };
  }
}

function readSearch(req: Request): OnlineSearch {
  const order = DEVICE_ORDERS.find((one) => one === query(req, 'sort'));
  return { text: query(req, 'q').slice(0, 60), order: order ?? 'speed' };
}

/** Errors of a field begin with its label. */
function named<T>(title: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(say`${title}: ${error.text}`, { cause: error });
  }
}
