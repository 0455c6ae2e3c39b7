import { DateTime } from 'luxon';
import { capPeriod } from './period';
import type { Terms } from './plan';
import { decide, type Decision, type Standing } from './policy';
import { total } from './usage';
import type { Mac, Rates } from './units';

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
  /** Each customer who would have been, the hardest hit first. */
  affected: AffectedCustomer[];
  /** All bytes that were used, and those of them that came after a customer would have been slowed or stopped. */
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
 * Lives through history again under another rule. The rule is asked of `decide`, as the loop asks it; what
 * is assumed: bytes come evenly within an hour, whoever is slowed uses all the speed that is left as long
 * as there was more to fetch, and what did not go through is not fetched later. How long a voucher lasted
 * is what it was: only speeds, fair use and cap are tried.
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
   * @param zone IANA name of the shop's time zone
   * @param from hours before it are lived, so that vouchers that were half used by then count as such, but
   *   nothing of them is told
   */
  constructor(
    rule: Terms,
    private readonly zone: string,
    private readonly from: Date,
  ) {
    // Time ran as it ran: a voucher that was used was not over.
    this.terms = { ...rule, validitySeconds: null, uptimeSeconds: null };
  }

  /** One hour of everybody; hours come in order. */
  live(at: Date, uses: readonly HourOfUse[]): void {
    const local = DateTime.fromJSDate(at, { zone: this.zone });
    if (at >= this.from) this.days.add(local.toISODate()!);
    const byVoucher = new Map<string, HourOfUse[]>();
    for (const use of uses) {
      const list = byVoucher.get(use.voucher);
      if (list) list.push(use);
      else byVoucher.set(use.voucher, [use]);
    }
    for (const [voucher, list] of byVoucher) this.liveVoucher(voucher, list, at, local.hour);
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
      affected,
      bytes: this.bytes,
      bytesAfter: this.bytesAfter,
      bytesLess: affected.reduce((sum, { bytesLess }) => sum + bytesLess, 0),
      hoursBefore,
      hoursAfter,
      peak: {
        hourBefore: hoursBefore.indexOf(most),
        hourAfter: hoursAfter.indexOf(mostAfter),
        lowerBy: most > 0 ? (most - mostAfter) / most : 0,
      },
    };
  }

  private liveVoucher(voucher: string, uses: readonly HourOfUse[], at: Date, hour: number): void {
    const life = this.lifeOf(voucher, at);
    const used = uses.reduce((sum, { bytes }) => sum + total(bytes), 0);
    const free = this.freeShare(life, uses.length, at, used);
    const limit = free < 1 ? this.ask(life, life.bytes + used * free, uses.length, at) : null;
    for (const { device, bytes } of uses) {
      const all = total(bytes);
      const rest = { up: bytes.up * (1 - free), down: bytes.down * (1 - free) };
      const passed = limit
        ? throughLimit(rest, limit.rate, HOUR_SECONDS * (1 - free))
        : total(rest);
      const went = Math.round(all * free + passed);
      life.bytes += went;
      if (at < this.from) continue;
      this.devices.add(device);
      this.bytes += all;
      this.before[hour]! += all;
      this.after[hour]! += went;
      if (!limit) continue;
      this.bytesAfter += Math.round(all * (1 - free));
      const since = new Date(at.getTime() + free * HOUR_SECONDS * 1000);
      this.note(device, voucher, since, limit.rate ? 'slowed' : 'stopped', all - went);
    }
  }

  /** What share of an hour's bytes goes through before the rule bites; 1 when it does not. */
  private freeShare(life: VoucherLife, devices: number, at: Date, used: number): number {
    const bites = (share: number) =>
      this.isHeld(this.ask(life, life.bytes + used * share, devices, at));
    if (bites(0)) return 0;
    if (!bites(1)) return 1;
    let [low, high] = [0, 1];
    for (let step = 0; step < HALVINGS; step += 1) {
      const middle = (low + high) / 2;
      if (bites(middle)) high = middle;
      else low = middle;
    }
    return high;
  }

  private isHeld({ rate, throttled }: Decision): boolean {
    return rate === null || throttled;
  }

  /** The rule itself: the one place where history meets `decide`. */
  private ask(life: VoucherLife, bytes: number, devices: number, at: Date): Decision {
    const standing: Standing = {
      startedAt: life.since,
      expiresAt: null,
      stoppedAt: null,
      bytes,
      periodEndsAt: life.periodEndsAt,
      uptimeMs: 0,
      onlineDevices: devices,
      paused: false,
      revoked: false,
      developer: false,
      manual: null,
    };
    return decide(this.terms, standing, at);
  }

  private lifeOf(voucher: string, at: Date): VoucherLife {
    const known = this.vouchers.get(voucher);
    const life = known ?? { since: at, bytes: 0, periodEndsAt: null };
    if (!known) this.vouchers.set(voucher, life);
    if (!known || (life.periodEndsAt && at >= life.periodEndsAt)) {
      life.bytes = 0;
      life.periodEndsAt = capPeriod(this.terms.capPeriod, at, this.zone)?.endsAt ?? null;
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
