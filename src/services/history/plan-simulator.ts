import { DateTime } from 'luxon';
import type { Clock } from '../../clock';
import {
  simulatePlan,
  type PlanSimulation,
  type SimulatedUse,
} from '../../domain/simulation/plan-simulation';
import type { Terms } from '../../domain/plans/plan';
import type { ShopCalendar } from '../../domain/shop/shop-calendar';
import { formatDuration, formatMoney, total } from '../../domain/units';
import { InvalidInput } from '../../errors';
import type { PlanService } from '../shop/plan-service';
import type { ShopSettings } from '../shop/shop-settings';
import { sizeText } from '../../format/figures';
import { say } from '../../text';

const MOST_DAYS = 366;

export interface SimulationReport extends PlanSimulation {
  plan: string;
  use: SimulatedUse;
  /** What an owner should know of it, in sentences. */
  notes: string[];
}

/** What a plan would do to a customer who uses that much: the live shop's rules, with nothing written. */
export class PlanSimulator {
  constructor(
    private readonly plans: PlanService,
    private readonly clock: Clock,
    private readonly shop: ShopSettings,
  ) {}

  /** @throws NotFound, InvalidInput naming what is wrong with the use */
  async run(name: string, use: SimulatedUse): Promise<SimulationReport> {
    const plan = await this.plans.find(name);
    checkUse(use, plan.terms);
    const calendar = this.shop.calendar();
    const simulation = simulatePlan(plan.terms, use, this.start(plan.terms, calendar), calendar);
    return { ...simulation, plan: plan.name, use, notes: notesOn(plan.terms, use, simulation) };
  }

  /** The current period, from its start; without periods, today. So the answer is the same all day. */
  private start(terms: Terms, calendar: ShopCalendar): Date {
    const now = this.clock.now();
    const today = DateTime.fromJSDate(now, { zone: calendar.zone }).startOf('day').toJSDate();
    const byCalendar = { capPeriod: terms.capPeriod, capAnchor: 'calendar' as const };
    return terms.capAnchor === 'start'
      ? today
      : (calendar.capPeriod(byCalendar, null, now)?.startedAt ?? today);
  }
}

function checkUse({ up, down, devices, days }: SimulatedUse, terms: Terms): void {
  if (days < 1 || days > MOST_DAYS)
    throw new InvalidInput(say`Days must be from 1 to ${MOST_DAYS}`);
  if (devices < 1 || devices > terms.devices) {
    const most = terms.devices === 1 ? 'one device' : `${terms.devices} devices`;
    throw new InvalidInput(say`Devices must be at least 1, and the plan allows ${most}`);
  }
  if (up + down === 0)
    throw new InvalidInput('Downloads and uploads are both zero; enter how much is used');
}

function notesOn(terms: Terms, use: SimulatedUse, simulation: PlanSimulation): string[] {
  const { fairUseOnDay, capReachedOnDay, endsOnDay, overage, missed } = simulation;
  const notes: string[] = [];
  const period = terms.capPeriod === 'voucher' ? '' : ` (counted ${terms.capPeriod})`;
  if (fairUseOnDay !== null) {
    notes.push(
      `Fair use begins on day ${fairUseOnDay}, after ${sizeText(terms.fairUseBytes!)}${period}.`,
    );
  }
  if (capReachedOnDay !== null) {
    notes.push(
      `The cap of ${sizeText(terms.capBytes!)} is reached on day ${capReachedOnDay}${period}; ${atTheCap(terms)}.`,
    );
  }
  if (overage && overage.amount > 0)
    notes.push(`What is used above the limit costs ${formatMoney(overage)} in total.`);
  if (endsOnDay !== null) {
    const why = simulation.reasons.at(-1)?.reason;
    const left = endsOnDay < use.days ? '; the days after it are offline' : '';
    notes.push(`The voucher is over on day ${endsOnDay} (${why}${validity(terms)})${left}.`);
  }
  if (total(missed) >= 1) {
    notes.push(
      `${sizeText(total(missed))} of ${sizeText(use.up + use.down)} would not go through.`,
    );
  }
  if (terms.window?.unlimited) {
    notes.push(
      `Data from ${terms.window.start} to ${terms.window.end} is free and does not count.`,
    );
  }
  if (notes.length === 0) notes.push('Full speed all the time.');
  notes.push('Assumes steady use all day.');
  return notes;
}

function atTheCap({ capPolicy }: Terms): string {
  return {
    none: 'nothing happens',
    throttle: 'it is slower from then on',
    block: 'no internet until the limit resets',
    overage: 'what is used above it is charged',
  }[capPolicy];
}

function validity({ validitySeconds }: Terms): string {
  return validitySeconds === null ? '' : `, valid for ${formatDuration(validitySeconds)}`;
}
