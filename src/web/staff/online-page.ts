import type { Response } from 'express';
import type { Plan } from '../../domain/plans/plan';
import { WHOLE_SHOP, type Scope } from '../../domain/shop/scope';
import { soldAt } from '../../domain/shop/site';
import { formatRate, type Mac } from '../../domain/units';
import { AppError, Conflict, InvalidInput, NotFound } from '../../errors';
import type { OnlineDevice } from '../../services/devices/device-service';
import { sorted, type DeviceOrder } from '../../services/devices/device-order';
import { deviceRow } from '../format/device-row';
import { awayText, ratesText, timeText } from '../format/web-format';
import type { WebParts } from '../http/web-parts';
import { statusOf } from '../portal/error-page';
import { hiding, scopeOf } from './hidden-codes';
import { ownSites } from './own-sites';

/** How long a page waits for the router; what was saved takes effect anyway. */
export const TIMEOUT_MS = 4_000;

/** What was typed into the form of limits or of blocks. */
type Typed = Partial<Record<'mac' | 'plan' | 'up' | 'down' | 'until' | 'reason', string>>;

/** Which devices are listed, and in which order. */
export interface OnlineSearch {
  /** Part of what a row shows, or of an address; empty for all. */
  text: string;
  order: DeviceOrder;
}

const EVERYBODY: OnlineSearch = { text: '', order: 'speed' };

/** Forms with something in them, and what is wrong with it. */
interface OnlineForms {
  limit?: Typed;
  block?: Typed;
  wrong?: { limit?: string; block?: string };
}

/** The page of who is online, with what was limited and blocked below it; for staff of some sites of theirs. */
export class OnlinePage {
  constructor(private readonly services: WebParts['services']) {}

  async show(
    res: Response,
    search: OnlineSearch = EVERYBODY,
    { limit = {}, block = {}, wrong = {} }: OnlineForms = {},
  ): Promise<void> {
    // After asking the router, which knows what the devices call themselves.
    const now = await this.look(res, search);
    res.render('admin/devices/bandwidth', {
      ...now,
      limits: await this.limits(scopeOf(res)),
      presets: await this.speedsOfPlans(scopeOf(res)),
      blocked: await this.blocked(scopeOf(res)),
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
    const wrong = { [form]: (error as AppError).text };
    await this.show(res, EVERYBODY, { [form]: typed, wrong });
  }

  /** Who is online, rendered for this reader; while the router is away, who was online last. */
  async look(res: Response, search: OnlineSearch = EVERYBODY) {
    const { live, shop, sites, vouchers } = this.services;
    const { timeZone } = shop.get();
    const found = await live.read().catch(async (error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      const last = await live.last();
      return { away: awayText(error), devices: last?.devices ?? [], at: last?.at };
    });
    const isOwn = await sites.routersWithin(scopeOf(res));
    const devices = found.devices.filter(({ routerId }) => isOwn(routerId));
    const hide = await hiding(res, vouchers, devices.map(({ user }) => user)); // prettier-ignore
    const rows = sorted(devices, search.order).map((one) => deviceRow(one, timeZone, hide));
    return {
      search,
      count: rows.length,
      devices: rows.filter((row) => isFound(row, search.text)),
      away: 'away' in found ? found.away : '',
      asOf: 'away' in found && found.at ? timeText(found.at, timeZone) : '',
    };
  }

  /** One device, if it is online or was when the router answered last. */
  async device(mac: string): Promise<OnlineDevice | undefined> {
    const { live } = this.services;
    const snapshot = await live.read().catch((error: unknown) => {
      if (error instanceof AppError) return live.last();
      throw error;
    });
    return snapshot?.devices.find((one) => one.mac === mac);
  }

  /** Speeds to choose from for a limit: of the plans at the reader's sites. */
  async speedsOfPlans(scope: Scope) {
    const all = (await this.services.plans.list()).filter(({ status }) => status === 'active');
    const own = await ownSites(this.services.sites, { scope });
    const isSold = (plan: Plan) => own.some((site) => soldAt(plan, site) !== undefined);
    const active = scope === WHOLE_SHOP ? all : all.filter(isSold);
    return active.map(({ name, terms: { rate } }) => ({
      name,
      up: formatRate(rate.up),
      down: formatRate(rate.down),
    }));
  }

  private async limits(scope: Scope) {
    const { devices, shop } = this.services;
    const { timeZone } = shop.get();
    return (await this.own(scope, await devices.limits())).map(
      ({ mac, name, rate, until, by, at }) => ({
        mac,
        name: name ?? '',
        rate: ratesText(rate),
        until: until ? timeText(until, timeZone) : 'it is removed',
        by,
        at: timeText(at, timeZone),
      }),
    );
  }

  private async blocked(scope: Scope) {
    const { blocks, deviceNames, shop } = this.services;
    const list = await this.own(scope, await blocks.list());
    const names = await deviceNames.of(list.map(({ mac }) => mac));
    return list.map((one) => ({
      ...one,
      name: names.get(one.mac) ?? '',
      at: timeText(one.at, shop.get().timeZone),
    }));
  }

  private async own<T extends { mac: Mac }>(scope: Scope, rows: readonly T[]): Promise<T[]> {
    const isOwn = await this.services.ownDevices.among(
      scope,
      rows.map(({ mac }) => mac),
    );
    return rows.filter(({ mac }) => isOwn(mac));
  }
}

/** By what the reader sees: a hidden code must not be found out by its parts. */
function isFound(
  row: Record<'label' | 'mac' | 'ip' | 'code' | 'plan' | 'router', string>,
  text: string,
) {
  const wanted = text.toLowerCase();
  const { label, mac, ip, code, plan, router } = row;
  return [label, mac, ip, code, plan, router].some((part) => part.toLowerCase().includes(wanted));
}
