import { formatMoney, parseSize } from '../../src/domain/units';
import { usualUse } from '../../src/domain/simulation/usual-use';
import type { SimulationReport } from '../../src/services/history/plan-simulator';
import { plansOnSale } from '../shell/choices';
import { argument, asTyped, command, option, requiredOption, wholeNumber } from '../shell/command';
import { fieldList } from '../shell/text-table';
import { ratesText } from '../shell/figures';

export const simulatePlanUse = command({
  name: 'plans simulate',
  summary: 'Tell what a plan would do to a customer who uses so much',
  example: 'plans simulate P5 --down 100GB --up 10GB --devices 1 --days 30',
  parameters: {
    plan: argument('NAME', 'the plan', asTyped, plansOnSale),
    down: requiredOption('--down <size>', 'total download of the devices: 100GB', parseSize),
    up: option('--up <size>', 'total upload of the devices (0)', parseSize),
    devices: option('--devices <count>', 'at the same time (1)', wholeNumber),
    days: option(
      '--days <count>',
      'from first use on (as long as the plan is valid, 30 at most)',
      wholeNumber,
    ),
  },
  run: async (app, { plan, down, up = 0, devices = 1, days }) => {
    const usual = usualUse((await app.services.plans.find(plan)).terms);
    return app.services.planSimulator.run(plan, { down, up, devices, days: days ?? usual.days });
  },
  json: (report: SimulationReport) => ({
    capReached: report.capReachedOnDay !== null,
    capReachedOnDay: report.capReachedOnDay,
    fairUseOnDay: report.fairUseOnDay,
    overage: report.overage,
    averageRateDown: report.average.down,
    averageRateUp: report.average.up,
    peakRateDown: report.peak.down,
    peakRateUp: report.peak.up,
    notes: report.notes,
  }),
  text: (report) => {
    const facts = fieldList([
      ['Fair use begins', dayText(report.fairUseOnDay)],
      ['Data limit is reached', dayText(report.capReachedOnDay)],
      ['Overage', report.overage ? formatMoney(report.overage) : '-'],
      ['Average while it lasts', ratesText(report.average)],
      ['Fastest', ratesText(report.peak)],
    ]);
    return `${facts}\n\n${report.notes.join('\n')}`;
  },
});

function dayText(day: number | null): string {
  return day === null ? 'never' : `on day ${day}`;
}
