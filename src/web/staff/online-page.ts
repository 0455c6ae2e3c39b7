import type { Response } from 'express';
import { queueName } from '../../domain/network/network';
import { formatRate } from '../../domain/units';
import { AppError, Conflict, InvalidInput, NotFound } from '../../errors';
import type { OnlineDevice } from '../../services/devices/device-service';
import { statusOf } from '../portal/error-page';
import { hiding, type Hide } from './hidden-codes';
import type { WebParts } from '../http/web-parts';
import { awayText, ratesText, timeText, trafficText } from '../format/web-format';
import { leftText } from '../../format/figures';

/** How long a page waits for the router; what was saved takes effect anyway. */
export const TIMEOUT_MS = 4_000;

/** What was typed into the form of limits or of blocks. */
type Typed = Partial<Record<'mac' | 'plan' | 'up' | 'down' | 'until' | 'reason', string>>;

/** The page of who is online, with the forms below it. */
export class OnlinePage {
  constructor(private readonly services: WebParts['services']) {}

  /** @param limit @param block what stands in the two forms */
  async show(
    res: Response,
    limit: Typed,
    block: Typed,
    wrong: { limit?: string; block?: string } = {},
  ): Promise<void> {
    const { blocks, plans, shop } = this.services;
    const active = (await plans.list()).filter(({ status }) => status === 'active');
    const presets = active.map(({ name, terms: { rate } }) => ({
      name,
      up: formatRate(rate.up),
      down: formatRate(rate.down),
    }));
    const blocked = (await blocks.list()).map((one) => ({
      ...one,
      at: timeText(one.at, shop.get().timeZone),
    }));
    const now = await this.look(res);
    res.render('admin/devices/bandwidth', {
      ...now,
      limits: await this.limits(),
      presets,
      blocked,
      limit,
      block,
      wrong,
    });
  }

  /** The form once more, with what is wrong and all that was typed; other errors are rethrown. */
  async again(res: Response, form: 'limit' | 'block', typed: Typed, error: unknown): Promise<void> {
    const isTheirs = [InvalidInput, NotFound, Conflict].some((kind) => error instanceof kind);
    if (!isTheirs) throw error;
    res.status(statusOf(error) ?? 422);
    const wrong = { [form]: (error as AppError).message };
    const [limit, block] = form === 'limit' ? [typed, {}] : [{}, typed];
    await this.show(res, limit, block, wrong);
  }

  /** After asking the router, which knows what the devices call themselves. */
  private async limits() {
    const { devices, shop } = this.services;
    const { timeZone } = shop.get();
    return (await devices.limits()).map(({ mac, name, rate, until, by, at }) => ({
      mac,
      name: name ?? '',
      rate: ratesText(rate),
      until: until ? timeText(until, timeZone) : 'it is removed',
      by,
      at: timeText(at, timeZone),
    }));
  }

  /** Who is online, rendered for this reader; or why that is unknown. */
  async look(res: Response) {
    const { live, shop, vouchers } = this.services;
    const { timeZone } = shop.get();
    try {
      const { devices } = await live.read();
      const codes = devices.map(({ user }) => user);
      const hide = await hiding(res, vouchers, codes);
      return { devices: devices.map((one) => deviceTexts(one, timeZone, hide)), away: '' };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { devices: [], away: awayText(error) };
    }
  }
}

function deviceTexts(device: OnlineDevice, timeZone: string, hide: Hide) {
  return {
    mac: device.mac,
    name: device.name ?? '',
    ip: device.ip,
    code: hide(device.user),
    isHidden: hide(device.user) !== device.user,
    plan: device.plan,
    used: trafficText(device.bytes),
    rate: ratesText(device.rate),
    limit: ratesText(device.maxLimit),
    reason: device.reason ?? '',
    isManual: device.reason === 'manual limit',
    until: device.limitUntil ? `until ${timeText(device.limitUntil, timeZone)}` : '',
    queue: queueName(device.mac),
    left: leftText(device.secondsLeft),
  };
}
