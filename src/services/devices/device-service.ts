import type { Clock } from '../../clock';
import { entitle } from '../../domain/loop/entitlement';
import {
  devicesByVoucher,
  presences,
  queueName,
  type ActualNetwork,
} from '../../domain/network/network';
import { hasPassed } from '../../domain/policy/policy';
import { endsAt, timeLeft } from '../../domain/vouchers/remaining';
import { total, type Mac, type Rates } from '../../domain/units';
import { AppError, InvalidInput, NotFound, RouterRefused, RouterUnreachable } from '../../errors';
import type { LimitByHand } from '../../store/vouchers/session-store';
import type { Stores } from '../../store/stores';
import type { LoopAccess } from '../loop/no-router';
import { routerName, type RouterSide } from '../router/router-side';
import type { ShopSettings } from '../shop/shop-settings';
import { LONGEST_NAME, type DeviceNames } from './device-names';
import { say } from '../../text';

/** A device online now, as the bandwidth list shows it. */
export interface OnlineDevice {
  mac: Mac;
  /** What the staff call it, or else the phone itself, up to 40 letters; `null` if nobody does. */
  name: string | null;
  ip: string;
  /** Which router it is at; `null` where there is only one. */
  router: string | null;
  routerId: number;
  user: string;
  plan: string;
  /** Since it logged in last. */
  uptimeMs: number;
  /** What the queue counted, since the device logged in last. */
  bytes: Rates;
  /** What its voucher used: up to the last round, or this device alone since then if that is more. */
  used: Rates;
  /** Present speed in bit/s, as the router measures it; for display, never for billing. */
  rate: Rates;
  maxLimit: Rates | null;
  reason: string | null;
  /** When a limit set by staff expires; `null` if it is permanent, or there is none. */
  limitUntil: Date | null;
  /** When its voucher is over if the devices now online stay online. */
  endsAt: Date | null;
  /** By the wall clock or online time, whichever ends first; `null` without an end. */
  secondsLeft: number | null;
}

/** A limit in force now, whether or not its device is present. */
export interface SetLimit extends LimitByHand {
  /** What it is called; `null` if unknown. */
  name: string | null;
}

/** Shown for a device that {@link DeviceService.isStranger}: it may be set in advance, or mistyped. */
export const NEVER_SEEN =
  'This device was not seen here yet: check its address. The limit starts when it comes online.';

const NAMES_HOLD_MS = 30_000;

/** A router as this service asks it. */
type Asked = Pick<RouterSide, 'id' | 'title' | 'site' | 'router' | 'controller'>;

/** Speed limits set by staff, logouts, and who is online. */
export class DeviceService {
  /** By router. */
  private readonly names = new WeakMap<Asked, { of: Map<string, string>; atMs: number }>();

  constructor(
    private readonly stores: Stores,
    private readonly called: DeviceNames,
    /** As they are at any time. */
    private readonly routers: readonly Asked[],
    private readonly loop: LoopAccess,
    private readonly clock: Clock,
    private readonly shop: Pick<ShopSettings, 'calendar'>,
  ) {}

  /** Holds for this device, through logouts and reconnects, until it is removed or expires. */
  async setLimit(mac: Mac, rate: Rates, until: Date | null, by: string): Promise<void> {
    const now = this.clock.now();
    if (until && until <= now)
      throw new InvalidInput('That time is already past: choose a later one');
    await this.stores.transaction(async ({ sessions, journal }) => {
      const [before] = await sessions.limits({ mac });
      await sessions.setLimit(mac, rate, until, by, now);
      const isChange = before !== undefined && !hasPassed(before.until, now);
      const detail = { before: isChange ? noteOf(before) : null, after: noteOf({ rate, until }) };
      await journal.audit([{ at: now, who: by, what: 'limit set', subject: mac, detail }]);
    });
    this.loop.nudge();
  }

  /** @throws NotFound when the device has no limit of its own */
  async removeLimit(mac: Mac, by: string): Promise<void> {
    const now = this.clock.now();
    const wasLimited = await this.stores.transaction(async ({ sessions, journal }) => {
      const [before] = await sessions.limits({ mac });
      if (!before) return false;
      await sessions.removeLimit(mac);
      const detail = { before: noteOf(before), after: null };
      await journal.audit([{ at: now, who: by, what: 'limit removed', subject: mac, detail }]);
      return true;
    });
    if (!wasLimited) {
      throw new NotFound(say`${await this.called.labelOf(mac)} has no limit of its own`);
    }
    this.loop.nudge();
  }

  /** All in force now, newest first; the router is not asked. */
  async limits(): Promise<SetLimit[]> {
    const now = this.clock.now();
    const limits = await this.stores.sessions.limits();
    const inForce = limits.filter(({ until }) => !hasPassed(until, now));
    const names = await this.called.of(inForce.map(({ mac }) => mac));
    return inForce.map((limit) => ({ ...limit, name: names.get(limit.mac) ?? null }));
  }

  /** Neither the books nor the router know such a device; false if the router does not answer. */
  async isStranger(mac: Mac): Promise<boolean> {
    if (await this.stores.sessions.hasSeen(mac)) return false;
    try {
      for (const one of this.routers) {
        if ((await this.hostNames(one)).has(mac) || (await one.router.hasHost(mac))) return false;
      }
      return true;
    } catch (error) {
      if (error instanceof RouterUnreachable || error instanceof RouterRefused) return false;
      throw error;
    }
  }

  /** Logs a device out; its voucher stays, and the customer may return by the portal. @throws NotFound */
  async kick(mac: Mac, by: string): Promise<void> {
    const now = this.clock.now();
    const wasIn = await this.stores.transaction(async ({ sessions, journal }) => {
      if (!(await sessions.signOut(mac))) return false;
      await journal.audit([
        { at: now, who: by, what: 'logged out by staff', subject: mac, detail: {} },
      ]);
      return true;
    });
    if (!wasIn) throw new NotFound(say`${await this.called.labelOf(mac)} has no voucher running`);
    this.loop.nudge();
  }

  /** Logs out everyone who is online, all or nobody. @returns their devices */
  async kickAll(by: string): Promise<Mac[]> {
    const now = this.clock.now();
    const kicked = await this.stores.transaction(async ({ sessions, journal }) => {
      const open = (await sessions.ofInterest()).filter(
        ({ state, signedOut }) => state === 'open' && !signedOut,
      );
      const macs = [...new Set(open.map(({ mac }) => mac))];
      for (const mac of macs) await sessions.signOut(mac);
      await journal.audit(
        macs.map((mac) => ({
          at: now,
          who: by,
          what: 'logged out by staff',
          subject: mac,
          detail: { everybody: true },
        })),
      );
      return macs;
    });
    this.loop.nudge();
    return kicked;
  }

  /**
   * Our devices online now, with what the routers count and shape. Of several routers, those that are away are
   * left out.
   * @throws RouterUnreachable, RouterRefused when none answers
   */
  async online(): Promise<OnlineDevice[]> {
    const answers = await Promise.allSettled(this.routers.map((one) => this.onlineAt(one)));
    const found = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = answers.flatMap((one) =>
      one.status === 'rejected' ? [one.reason as Error] : [],
    );
    const bug = failed.find((error) => !(error instanceof AppError));
    const reason = bug ?? (found.length === 0 ? failed[0] : undefined);
    if (reason) throw reason;
    return found.flat();
  }

  /** The same as the last rounds saw it, without a question to a router; `undefined` before the first. */
  async lastOnline(): Promise<{ at: Date; atMs: number; devices: OnlineDevice[] } | undefined> {
    const sights = this.routers.flatMap((one) => {
      const { seen } = one.controller.status;
      return seen ? [{ one, ...seen }] : [];
    });
    const oldest = sights.toSorted((a, b) => a.atMs - b.atMs)[0];
    if (!oldest) return undefined;
    const lists = await Promise.all(
      sights.map(async ({ one, network }) => {
        const names = await this.called.of(network.active.map(({ mac }) => mac));
        return this.listOf(one, network, names, new Map());
      }),
    );
    return { at: oldest.at, atMs: oldest.atMs, devices: lists.flat() };
  }

  private async onlineAt(one: Asked): Promise<OnlineDevice[]> {
    const [actual, rates, hostNames] = await Promise.all([
      one.router.observe(),
      one.router.rates(),
      this.hostNames(one),
    ]);
    return this.listOf(one, actual, await this.namesOf(actual.active, hostNames), rates);
  }

  private async listOf(
    one: Asked,
    actual: ActualNetwork,
    names: ReadonlyMap<Mac, string>,
    rates: ReadonlyMap<string, Rates>,
  ): Promise<OnlineDevice[]> {
    const router = this.routers.length > 1 ? routerName(one) : null;
    const { decisions, vouchers, limits } = await this.decide(one.id, presences(actual));
    const now = this.clock.now();
    const queues = new Map(actual.queues.map((queue) => [queue.name, queue]));
    const online = devicesByVoucher(actual.active);
    return actual.active.map((active) => {
      const queue = queues.get(queueName(active.mac));
      const voucher = vouchers.get(active.user);
      const reason = decisions.get(active.mac)?.reason ?? null;
      const bytes = queue?.bytes ?? { up: 0, down: 0 };
      return {
        mac: active.mac,
        name: names.get(active.mac) ?? null,
        ip: active.address,
        router,
        routerId: one.id,
        user: active.user,
        plan: voucher?.planName ?? '',
        uptimeMs: active.uptimeMs,
        bytes,
        used: voucher && total(voucher.used) > total(bytes) ? voucher.used : bytes,
        rate: (queue && rates.get(queue.id)) ?? { up: 0, down: 0 },
        maxLimit: queue && total(queue.maxLimit) > 0 ? queue.maxLimit : null,
        reason,
        limitUntil: (reason === 'manual limit' && limits.get(active.mac)?.until) || null,
        endsAt: voucher ? endsAt(voucher, now, online.get(active.user) ?? 0) : null,
        secondsLeft: voucher ? timeLeft(voucher, now) : null,
      };
    });
  }

  /** Those who are online, also by what the router has just been told. */
  private async namesOf(
    active: readonly { mac: Mac }[],
    hostNames: ReadonlyMap<string, string>,
  ): Promise<Map<Mac, string>> {
    const heard = [...hostNames].map(([mac, name]): [Mac, string] => [
      mac as Mac,
      name.slice(0, LONGEST_NAME),
    ]);
    // Names that cannot be written down are no reason to show nobody.
    await this.called.hear(new Map(heard)).catch(() => undefined);
    return new Map([...heard, ...(await this.called.of(active.map(({ mac }) => mac)))]);
  }

  /** To recognize a phone; people look every few seconds, and names do not change as fast. */
  private async hostNames(asked: Asked): Promise<Map<string, string>> {
    const known = this.names.get(asked);
    if (known && this.clock.elapsedMs() - known.atMs < NAMES_HOLD_MS) return known.of;
    const of = await asked.router.hostNames().catch((error: unknown) => {
      // Without the right to read leases, devices are shown by their addresses.
      if (error instanceof RouterRefused) return new Map<string, string>();
      throw error;
    });
    this.names.set(asked, { of, atMs: this.clock.elapsedMs() });
    return of;
  }

  private async decide(id: number, present: ReturnType<typeof presences>) {
    const [sessions, vouchers, limits, blocked] = await Promise.all([
      this.stores.ofRouter({ id }).sessions.ofInterest(),
      this.stores.vouchers.ofInterest(),
      this.stores.sessions.limits(),
      this.stores.blocks.macs(),
    ]);
    const books = {
      sessions,
      vouchers,
      readings: new Map(),
      speeds: new Map(),
      sessionCounters: new Map(),
      limits: new Map(limits.map((limit) => [limit.mac, limit])),
      blocked,
    };
    const { decisions } = entitle(books, present, this.clock.now(), this.shop.calendar());
    return { decisions, vouchers, limits: books.limits };
  }
}

/** A limit as stored in the audit. */
function noteOf({ rate, until }: { rate: Rates; until: Date | null }) {
  return { ...rate, until: until?.toISOString() ?? null };
}
