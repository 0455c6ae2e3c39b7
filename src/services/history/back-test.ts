import { DateTime } from 'luxon';
import type { Clock } from '../../clock';
import { BackTest, type BackTestOutcome, type HourOfUse } from '../../domain/simulation/back-test';
import type { Plan } from '../../domain/plans/plan';
import { readPlan, writeProfile } from '../../domain/plans/profiles';
import { ShopCalendar } from '../../domain/shop/shop-calendar';
import type { Mac } from '../../domain/units';
import { dayOf, hourIn, slotAt, slotStart } from '../../domain/usage/usage-slots';
import { InvalidInput } from '../../errors';
import type { PairUsage, UsageReports } from '../../store/usage/usage-reports';
import type { LiveShop } from '../shop/shop-settings';
import type { PlanService } from '../shop/plan-service';
import { joined, say, Text } from '../../text';

/** How much history is read at once. */
const STEP_DAYS = 7;
/** Vouchers that began before the days asked for are followed from this far back. */
const MOST_LEAD_DAYS = 31;
const USUAL_LEAD_DAYS = 1;
const DAY_SECONDS = 86_400;

export interface BackTestReport {
  plan: string;
  days: number;
  outcome: BackTestOutcome;
  /** The result, for the owner. */
  sentence: string;
}

/** What another rule for a plan would have done to the shop's own past. */
export class BackTests {
  constructor(
    private readonly plans: PlanService,
    private readonly reports: UsageReports,
    private readonly clock: Clock,
    private readonly shop: Pick<LiveShop, 'timeZone' | 'currency'>,
    private readonly keepHourlyDays: number,
  ) {}

  /**
   * @param changes keys of profiles.json that would have differed from the plan's; empty removes one
   * @param days how many whole days back, today included
   * @throws NotFound, InvalidInput with a line for each key that is wrong
   */
  async run(name: string, changes: Record<string, unknown>, days: number): Promise<BackTestReport> {
    const { keepHourlyDays } = this;
    const { timeZone } = this.shop;
    if (!Number.isInteger(days) || days < 1 || days > keepHourlyDays) {
      throw new InvalidInput(
        say`days must be from 1 to ${keepHourlyDays}: so long hours are kept (USAGE_KEEP_HOURLY_DAYS)`,
      );
    }
    const plan = await this.plans.find(name);
    const terms = this.rule(plan, changes);
    const today = DateTime.fromJSDate(this.clock.now(), { zone: timeZone }).startOf('day');
    const from = today.minus({ days: days - 1 });
    const end = today.plus({ days: 1 });
    const test = new BackTest(terms, new ShopCalendar(timeZone), from.toJSDate());
    let start = from.minus({ days: Math.min(leadDays(plan), keepHourlyDays - days) });
    while (start < end) {
      const next = DateTime.min(start.plus({ days: STEP_DAYS }), end);
      const span = { from: slotAt(start.toJSDate()), to: slotAt(next.toJSDate()) };
      this.live(test, await this.reports.hoursOfPlan(plan.name, span));
      start = next;
    }
    const outcome = test.outcome();
    return { plan: plan.name, days, outcome, sentence: sentenceOf(outcome, days) };
  }

  private rule(plan: Plan, changes: Record<string, unknown>): Plan['terms'] {
    const keys = { ...writeProfile(plan), ...changes };
    const { draft, problems } = readPlan(keys, this.shop.currency);
    if (draft) return draft.terms;
    const errors = problems.filter(({ level }) => level === 'error');
    throw new InvalidInput(
      joined(
        errors.map(({ field, message }) => say`${field} ${new Text(message)}`),
        '; ',
      ),
    );
  }

  private live(test: BackTest, rows: readonly PairUsage[]): void {
    const { timeZone } = this.shop;
    const hours = new Map<number, Map<string, HourOfUse>>();
    let day = { from: 0, to: 0 };
    for (const { slot, device, voucher, bytes } of rows) {
      if (slot >= day.to) day = dayOf(slot, timeZone);
      const hour = hourIn(day, slot).from;
      const uses = hours.get(hour) ?? new Map<string, HourOfUse>();
      if (uses.size === 0) hours.set(hour, uses);
      // The current hour is still in its five-minute slots.
      const key = `${device} ${voucher}`;
      const { up, down } = uses.get(key)?.bytes ?? { up: 0, down: 0 };
      const sum = { up: up + bytes.up, down: down + bytes.down };
      uses.set(key, { device: device as Mac, voucher, bytes: sum });
    }
    for (const [slot, uses] of hours) test.live(slotStart(slot), [...uses.values()]);
  }
}

function leadDays({ terms }: Plan): number {
  const { validitySeconds } = terms;
  const lead = validitySeconds === null ? MOST_LEAD_DAYS : Math.ceil(validitySeconds / DAY_SECONDS);
  return Math.min(MOST_LEAD_DAYS, Math.max(USUAL_LEAD_DAYS, lead));
}

/** `23 of 140 customers would have been slowed, and the busiest hour 18 % lower.` */
function sentenceOf(outcome: BackTestOutcome, days: number): string {
  const { customers, slowed, stopped, peak } = outcome;
  if (customers === 0) return `Nobody used this plan in the last ${days} days.`;
  if (slowed + stopped === 0) {
    return `Nobody would have noticed: all ${customers} customers stayed below it.`;
  }
  const stoppedToo = stopped > 0 && slowed > 0 ? ` and ${stopped} stopped` : '';
  const [count, how] = slowed > 0 ? [slowed, 'slowed'] : [stopped, 'stopped'];
  const lower = Math.round(peak.lowerBy * 100);
  const peakText = lower > 0 ? `${lower} % lower` : 'about the same';
  const hour = `${String(peak.hourBefore).padStart(2, '0')}:00`;
  return (
    `${count} of ${customers} customers would have been ${how}${stoppedToo}, ` +
    `and the busiest hour (from ${hour}) ${peakText}.`
  );
}
