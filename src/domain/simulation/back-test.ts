import { DateTime } from 'luxon';
import type { Terms } from '../plans/plan';
import { areHoursFree, decide, type Decision, type PolicyInput } from '../policy/policy';
import type { ShopCalendar } from '../shop/shop-calendar';
import { total, type Mac, type Rates } from '../units';

/** What one device used with one voucher in one hour. */
export interface HourOfUse {
  device: Mac;
  voucher: string;
  bytes: Rates;
}

/** Customers, one by device, as they would have fared. */
export interface BackTestOutcome {
  /** Devices that used anything. */
  customers: number;
  slowed: number;
  stopped: number;
  /** When the first of them would have been slowed or stopped. */
  firstAt: Date | null;
  /** Each customer who would have been slowed or stopped, the hardest hit first. */
  affected: AffectedCustomer[];
  /**
   * All bytes that were used, and those of them that came after a customer would have been slowed or
   * stopped.
   */
  bytes: number;
  bytesAfter: number;
  /** Bytes that would not have gone through. */
  bytesLess: number;
  /** Average bytes in each hour of the shop's day, 0 to 23: as it was, and as it would have been. */
  hoursBefore: number[];
  hoursAfter: number[];
  /** The busiest hour of the day, before and after, and by how much of its bytes it would have been lower. */
  peak: { hourBefore: number; hourAfter: number; lowerBy: number };
}

export interface AffectedCustomer {
  device: Mac;
  voucher: string;
  at: Date;
  how: 'slowed' | 'stopped';
  bytesLess: number;
}

const HOUR_SECONDS = 3600;
/** The threshold inside an hour is found to this part of the hour's bytes. */
const HALVINGS = 20;

/**
 * Replays history under another rule, asking `decide` as the loop does. Assumptions: bytes are spread
 * evenly within an hour, a slowed device uses all the speed that is left for as long as there was more to
 * fetch, and what did not go through is not fetched later. A voucher lasts as long as it did, and data
 * carried over to the next period is not counted: only speeds, fair use, cap and window are tried.
 */
export class BackTest {
  private readonly terms: Terms;
  private readonly vouchers = new Map<string, VoucherLife>();
  private readonly devices = new Set<Mac>();
  private readonly affected = new Map<Mac, AffectedCustomer>();
  private readonly before = Array<number>(24).fill(0);
  private readonly after = Array<number>(24).fill(0);
  private bytes = 0;
  private bytesAfter = 0;
  private readonly days = new Set<string>();

  /**
   * @param calendar the shop's
   * @param from hours before it are replayed so that vouchers start half used, but are not reported
   */
  constructor(
    rule: Terms,
    private readonly calendar: ShopCalendar,
    private readonly from: Date,
  ) {
    // Time passed as it did: a voucher that was used was not over.
    this.terms = { ...rule, validitySeconds: null, uptimeSeconds: null };
  }

  /** One hour of everybody; hours come in order. */
  live(at: Date, uses: readonly HourOfUse[]): void {
    const local = DateTime.fromJSDate(at, { zone: this.calendar.zone });
    if (at >= this.from) this.days.add(local.toISODate()!);
    const byVoucher = new Map<string, HourOfUse[]>();
    for (const use of uses) {
      const list = byVoucher.get(use.voucher);
      if (list) list.push(use);
      else byVoucher.set(use.voucher, [use]);
    }
    const parts = this.partsOf(at);
    for (const [voucher, list] of byVoucher) {
      for (const part of parts) this.liveVoucher(voucher, list, part, local.hour);
    }
  }

  /** The hour, cut where the rule's window opens or shuts. */
  private partsOf(at: Date): Part[] {
    const { window } = this.terms;
    const end = new Date(at.getTime() + HOUR_SECONDS * 1000);
    if (!window) return [{ at, share: 1 }];
    const parts: Part[] = [];
    for (let from = at; from < end;) {
      const { changesAt } = this.calendar.window(window, from);
      const to = changesAt < end ? changesAt : end;
      parts.push({ at: from, share: (to.getTime() - from.getTime()) / (HOUR_SECONDS * 1000) });
      from = to;
    }
    return parts;
  }

  outcome(): BackTestOutcome {
    const days = Math.max(1, this.days.size);
    const hoursBefore = this.before.map((sum) => Math.round(sum / days));
    const hoursAfter = this.after.map((sum) => Math.round(sum / days));
    const [most, mostAfter] = [Math.max(...hoursBefore), Math.max(...hoursAfter)];
    const affected = [...this.affected.values()].sort((a, b) => b.bytesLess - a.bytesLess);
    const stopped = affected.filter(({ how }) => how === 'stopped').length;
    const first = Math.min(...affected.map(({ at }) => at.getTime()));
    return {
      customers: this.devices.size,
      slowed: affected.length - stopped,
      stopped,
      firstAt: affected.length > 0 ? new Date(first) : null,
      affected: affected.map((one) => ({ ...one, bytesLess: Math.round(one.bytesLess) })),
      bytes: Math.round(this.bytes),
      bytesAfter: Math.round(this.bytesAfter),
      bytesLess: Math.round(affected.reduce((sum, { bytesLess }) => sum + bytesLess, 0)),
      hoursBefore,
      hoursAfter,
      peak: {
        hourBefore: hoursBefore.indexOf(most),
        hourAfter: hoursAfter.indexOf(mostAfter),
        lowerBy: most > 0 ? (most - mostAfter) / most : 0,
      },
    };
  }

  private liveVoucher(
    voucher: string,
    uses: readonly HourOfUse[],
    { at, share }: Part,
    hour: number,
  ): void {
    const life = this.lifeOf(voucher, at);
    const online = uses.length;
    const used = uses.reduce((sum, { bytes }) => sum + total(bytes), 0) * share;
    const { free, limit } = this.bite(life, online, at, used);
    const counts = !areHoursFree(this.terms, this.policyInput(life, life.bytes, online, at));
    const seconds = HOUR_SECONDS * share;
    for (const { device, bytes } of uses) {
      const all = total(bytes) * share;
      const late = share * (1 - free);
      const rest = { up: bytes.up * late, down: bytes.down * late };
      const passed = limit ? throughLimit(rest, limit.rate, seconds * (1 - free)) : total(rest);
      const went = all * free + passed;
      if (counts) life.bytes += went;
      if (at < this.from) continue;
      this.devices.add(device);
      this.bytes += all;
      this.before[hour]! += all;
      this.after[hour]! += went;
      if (!limit) continue;
      this.bytesAfter += all * (1 - free);
      const since = new Date(at.getTime() + free * seconds * 1000);
      this.note(device, voucher, since, limit.rate ? 'slowed' : 'stopped', all - went);
    }
  }

  /**
   * The share of these bytes that goes through before the rule takes effect, and its decision from then
   * on; all of them if it never does. The rule is asked as rarely as possible: it takes most of the time.
   */
  private bite(life: VoucherLife, devices: number, at: Date, used: number): Bite {
    const ask = (share: number) => this.ask(life, life.bytes + used * share, devices, at);
    const before = ask(0);
    if (this.isHeld(before)) return { free: 0, limit: before };
    let limit = ask(1);
    if (!this.isHeld(limit)) return { free: 1, limit: null };
    let [low, high] = [0, 1];
    for (let step = 0; step < HALVINGS; step += 1) {
      const middle = (low + high) / 2;
      const decision = ask(middle);
      if (this.isHeld(decision)) [high, limit] = [middle, decision];
      else low = middle;
    }
    return { free: high, limit };
  }

  /** Stopped, slowed for what was used, or in hours that are slow for everybody. */
  private isHeld({ rate, throttled }: Decision): boolean {
    const usual = this.terms.rate;
    return rate === null || throttled || rate.up < usual.up || rate.down < usual.down;
  }

  /** The rule itself: the one place where the replay calls `decide`. */
  private ask(life: VoucherLife, bytes: number, devices: number, at: Date): Decision {
    return decide(this.terms, this.policyInput(life, bytes, devices, at), at);
  }

  private policyInput(life: VoucherLife, bytes: number, devices: number, at: Date): PolicyInput {
    const { window } = this.terms;
    return {
      startedAt: life.since,
      expiresAt: null,
      stoppedAt: null,
      bytes,
      carriedBytes: 0,
      periodEndsAt: life.periodEndsAt,
      window: window && this.calendar.window(window, at),
      uptimeMs: 0,
      onlineDevices: devices,
      paused: false,
      revoked: false,
      developer: false,
      manual: null,
    };
  }

  private lifeOf(voucher: string, at: Date): VoucherLife {
    const known = this.vouchers.get(voucher);
    const life = known ?? { since: at, bytes: 0, periodEndsAt: null };
    if (!known) this.vouchers.set(voucher, life);
    if (!known || (life.periodEndsAt && at >= life.periodEndsAt)) {
      life.bytes = 0;
      life.periodEndsAt = this.calendar.capPeriod(this.terms, life.since, at)?.endsAt ?? null;
    }
    return life;
  }

  private note(
    device: Mac,
    voucher: string,
    at: Date,
    how: AffectedCustomer['how'],
    less: number,
  ): void {
    const known = this.affected.get(device);
    if (!known) {
      this.affected.set(device, { device, voucher, at, how, bytesLess: less });
      return;
    }
    known.bytesLess += less;
    if (how === 'stopped') known.how = 'stopped';
  }
}

/** A stretch of an hour in which the rule's window does not change, and its share of the hour. */
interface Part {
  at: Date;
  share: number;
}

interface Bite {
  free: number;
  limit: Decision | null;
}

interface VoucherLife {
  since: Date;
  /** Used in the present period, as it would have been. */
  bytes: number;
  periodEndsAt: Date | null;
}

function throughLimit(bytes: Rates, rate: Rates | null, seconds: number): number {
  if (!rate) return 0;
  return (
    Math.min(bytes.up, (rate.up * seconds) / 8) + Math.min(bytes.down, (rate.down * seconds) / 8)
  );
}
