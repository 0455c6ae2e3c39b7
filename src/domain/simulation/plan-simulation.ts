import { DAY_MS } from '../../clock';
import type { Terms } from '../plans/plan';
import {
  areHoursFree,
  carriedOver,
  decide,
  nextThreshold,
  overageCharge,
  type Reason,
  type PolicyInput,
} from '../policy/policy';
import type { ShopCalendar, Span } from '../shop/shop-calendar';
import type { Money, Rates } from '../units';

/**
 * What a customer would do: bytes in all, spread evenly over these days, or over the voucher's life if
 * that is shorter.
 */
export interface SimulatedUse {
  up: number;
  down: number;
  devices: number;
  days: number;
}

/** Days count from 1. */
export interface PlanSimulation {
  capReachedOnDay: number | null;
  fairUseOnDay: number | null;
  /** When the voucher would be over; `null` while it lasts. */
  endsOnDay: number | null;
  /** All periods together; `null` where the plan charges none. */
  overage: Money | null;
  /** Allowed speed of one device for as long as the voucher lasts, bit/s; offline counts as 0. */
  average: Rates;
  /** The fastest it ever is, bursts included, bit/s. */
  peak: Rates;
  /** Bytes that would not go through. */
  missed: Rates;
  /** Allowed speed on each day while the voucher lasts, on average, bit/s. */
  daily: Rates[];
  /** Each reason for the speed, in the order in which it first came, and its share of the time. */
  reasons: { reason: Reason; firstDay: number; share: number }[];
}

const NOTHING: Rates = { up: 0, down: 0 };

/**
 * Simulates one voucher of a plan from its first use, asking the policy as the loop does, at each instant
 * its answer may change. What does not go through is not fetched later.
 * @param start when it is first used
 */
export function simulatePlan(
  terms: Terms,
  use: SimulatedUse,
  start: Date,
  calendar: ShopCalendar,
): PlanSimulation {
  return new Life(terms, use, start, calendar).run();
}

/** Seconds a voucher lasts if its devices stay online from its first use on; `Infinity` without an end. */
export function longestLife(
  { validitySeconds, uptimeSeconds }: Pick<Terms, 'validitySeconds' | 'uptimeSeconds'>,
  devices: number,
): number {
  return Math.min(validitySeconds ?? Infinity, (uptimeSeconds ?? Infinity) / devices);
}

class Life {
  private readonly endMs: number;
  private readonly expiresAt: Date | null;
  /** bit/s of all devices together, until `useEndMs`. */
  private readonly wanted: Rates;
  private readonly useEndMs: number;
  /** The same to a fraction of a millisecond: the moment of the last byte. */
  private readonly lastByteMs: number;
  private period: Span | null = null;
  private bytes = 0;
  private carriedBytes = 0;
  private uptimeMs = 0;
  private overage = 0;
  private readonly sums: Rates[];
  /** How much of each day the voucher lasted. */
  private readonly livedMs: number[];
  private readonly reasons = new Map<Reason, { firstDay: number; ms: number }>();
  private readonly result: Pick<
    PlanSimulation,
    'capReachedOnDay' | 'fairUseOnDay' | 'endsOnDay' | 'peak' | 'missed'
  > = {
    capReachedOnDay: null,
    fairUseOnDay: null,
    endsOnDay: null,
    peak: { up: 0, down: 0 },
    missed: { up: 0, down: 0 },
  };

  constructor(
    private readonly terms: Terms,
    private readonly use: SimulatedUse,
    private readonly start: Date,
    private readonly calendar: ShopCalendar,
  ) {
    const seconds = Math.min(use.days * (DAY_MS / 1000), longestLife(terms, use.devices));
    this.endMs = start.getTime() + use.days * DAY_MS;
    this.wanted = { up: (use.up * 8) / seconds, down: (use.down * 8) / seconds };
    this.lastByteMs = start.getTime() + seconds * 1000;
    this.useEndMs = Math.ceil(this.lastByteMs);
    const { validitySeconds } = terms;
    this.expiresAt =
      validitySeconds === null ? null : new Date(start.getTime() + validitySeconds * 1000);
    this.sums = Array.from({ length: use.days }, () => ({ up: 0, down: 0 }));
    this.livedMs = Array.from({ length: use.days }, () => 0);
  }

  run(): PlanSimulation {
    let now = this.start;
    while (now.getTime() < this.endMs) now = this.step(now);
    this.closePeriod();
    const { days } = this.use;
    const sum = (way: keyof Rates) => this.sums.reduce((all, day) => all + day[way], 0);
    const lived = this.livedMs.reduce((all, ms) => all + ms, 0);
    const average = (bits: number, ms: number) => (ms === 0 ? 0 : Math.round(bits / ms));
    const { price } = this.terms.overage ?? {};
    return {
      ...this.result,
      missed: { up: Math.round(this.result.missed.up), down: Math.round(this.result.missed.down) },
      overage: price ? { ...price, amount: this.overage } : null,
      average: { up: average(sum('up'), lived), down: average(sum('down'), lived) },
      daily: this.sums.map(({ up, down }, day) => ({
        up: average(up, this.livedMs[day]!),
        down: average(down, this.livedMs[day]!),
      })),
      reasons: [...this.reasons].map(([reason, { firstDay, ms }]) => ({
        reason,
        firstDay,
        share: ms / (days * DAY_MS),
      })),
    };
  }

  /** From one decision to the next, never over the end of a day, so that each day has its own sum. */
  private step(now: Date): Date {
    this.rollPeriod(now);
    const policyInput = this.standing(now);
    const { rate, burst, reason, ended } = decide(this.terms, policyInput, now);
    const day = Math.floor((now.getTime() - this.start.getTime()) / DAY_MS);
    const { devices } = this.use;
    const allowed = rate ?? NOTHING;
    const asked = now.getTime() < this.useEndMs ? this.wanted : NOTHING;
    const passed = {
      up: Math.min(asked.up, allowed.up * devices),
      down: Math.min(asked.down, allowed.down * devices),
    };
    const counted = areHoursFree(this.terms, policyInput) ? 0 : passed.up + passed.down;
    const until = this.nextChange(now, day, policyInput, counted, rate !== null);
    const ms = until.getTime() - now.getTime();
    const flowMs = Math.max(0, Math.min(until.getTime(), this.lastByteMs) - now.getTime());
    const seen = this.reasons.get(reason) ?? { firstDay: day + 1, ms: 0 };
    seen.ms += ms;
    this.reasons.set(reason, seen);
    if (ended) this.result.endsOnDay ??= day + 1;
    else this.livedMs[day]! += ms;
    if (reason === 'fair use') this.result.fairUseOnDay ??= day + 1;
    for (const way of ['up', 'down'] as const) {
      this.sums[day]![way] += allowed[way] * ms;
      this.result.peak[way] = Math.max(this.result.peak[way], allowed[way], burst?.rate[way] ?? 0);
      this.result.missed[way] += ((asked[way] - passed[way]) * flowMs) / 8000;
    }
    if (rate) this.uptimeMs += ms * devices;
    this.bytes += (counted * flowMs) / 8000;
    const { capBytes } = this.terms;
    if (capBytes !== null && this.bytes >= capBytes + this.carriedBytes) {
      this.result.capReachedOnDay ??= day + 1;
    }
    return until;
  }

  /**
   * The next instant at which the decision could change. Use is steady, so the moment a threshold is
   * crossed is computed here, while the loop has to ask again and again.
   * @param counted bit/s of what counts
   */
  private nextChange(
    now: Date,
    day: number,
    standing: PolicyInput,
    counted: number,
    isOnline: boolean,
  ): Date {
    const nowMs = now.getTime();
    let first = this.start.getTime() + (day + 1) * DAY_MS;
    if (this.useEndMs > nowMs) first = Math.min(first, this.useEndMs);
    const instants = [standing.periodEndsAt, standing.window?.changesAt, standing.expiresAt];
    for (const instant of instants) {
      if (instant && instant > now) first = Math.min(first, instant.getTime());
    }
    const { uptimeSeconds } = this.terms;
    if (isOnline && uptimeSeconds !== null) {
      const leftMs = (uptimeSeconds * 1000 - this.uptimeMs) / this.use.devices;
      first = Math.min(first, nowMs + Math.max(1, Math.ceil(leftMs)));
    }
    const next = nextThreshold(this.terms, standing);
    if (next !== null && counted > 0) {
      const crossingMs = ((next - this.bytes) * 8000) / counted;
      first = Math.min(first, nowMs + Math.max(1, Math.ceil(crossingMs)));
    }
    return new Date(first);
  }

  private rollPeriod(now: Date): void {
    const period = this.calendar.capPeriod(this.terms, this.start, now);
    if (period?.startedAt.getTime() === this.period?.startedAt.getTime()) return;
    if (this.period) {
      this.closePeriod();
      this.carriedBytes = carriedOver(this.terms, this.carriedBytes, this.bytes);
      this.bytes = 0;
    }
    this.period = period;
  }

  private closePeriod(): void {
    const { capBytes } = this.terms;
    if (capBytes === null) return;
    const over = Math.max(0, Math.floor(this.bytes) - capBytes - this.carriedBytes);
    this.overage += overageCharge(this.terms, over)?.amount ?? 0;
  }

  private standing(now: Date): PolicyInput {
    const { window } = this.terms;
    return {
      startedAt: this.start,
      expiresAt: this.expiresAt,
      stoppedAt: null,
      bytes: this.bytes,
      carriedBytes: this.carriedBytes,
      periodEndsAt: this.period?.endsAt ?? null,
      window: window && this.calendar.window(window, now),
      uptimeMs: this.uptimeMs,
      onlineDevices: this.use.devices,
      paused: false,
      revoked: false,
      developer: false,
      manual: null,
    };
  }
}
