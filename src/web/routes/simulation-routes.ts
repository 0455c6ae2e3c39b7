import type { Terms } from '../../domain/plans/plan';
import { formatMoney, formatSize, parseSize } from '../../domain/units';
import { usualUse } from '../../domain/simulation/usual-use';
import { InvalidInput } from '../../errors';
import type { SimulationReport } from '../../services/history/plan-simulator';
import { drawChart } from '../charts/chart';
import { param, query, wholeNumber } from '../http/forms';
import type { StaffPages } from '../staff/staff-pages';
import type { WebParts } from '../http/web-parts';
import { NOTHING, ratesText } from '../format/web-format';
import { rateText } from '../../format/figures';

/** What a plan would do to a customer. It changes nothing, so it is a GET. */
export function simulationRoutes(pages: StaffPages, { services }: WebParts): void {
  const { plans, planSimulator } = services;

  pages.get('/plans/:name/simulation', 'viewer', async (req, res) => {
    const { name, terms } = await plans.find(param(req, 'name'));
    const isAsked = Object.keys(req.query).length > 0;
    const values = isAsked
      ? {
          down: query(req, 'down'),
          up: query(req, 'up'),
          devices: query(req, 'devices'),
          days: query(req, 'days'),
        }
      : usualValues(terms);
    const page = {
      plan: name,
      action: `/admin/plans/${encodeURIComponent(name)}/simulation`,
      values,
    };
    try {
      const report = await planSimulator.run(name, {
        down: parseSize(values.down),
        up: values.up === '' ? 0 : parseSize(values.up),
        devices: wholeNumber(values.devices, 'Devices'),
        days: wholeNumber(values.days, 'Days'),
      });
      res.render('admin/plans/simulation', { ...page, message: '', result: resultTexts(report) });
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      const answer = { ...page, message: error.text, result: undefined };
      res.status(422).render('admin/plans/simulation', answer);
    }
  });
}

function usualValues(terms: Terms) {
  const { down, up, devices, days } = usualUse(terms);
  return {
    down: formatSize(down),
    up: formatSize(up),
    devices: String(devices),
    days: String(days),
  };
}

function resultTexts(report: SimulationReport) {
  const { daily, use, notes } = report;
  const width = 1 / daily.length;
  const marked = Math.max(1, Math.ceil(daily.length / 6));
  return {
    notes,
    facts: [
      ['Fair use begins', dayText(report.fairUseOnDay)],
      ['Data limit is reached', dayText(report.capReachedOnDay)],
      ['Extra charge above the limit', report.overage ? formatMoney(report.overage) : NOTHING],
      ['Average while it lasts', ratesText(report.average)],
      ['Fastest', ratesText(report.peak)],
    ],
    chart: drawChart({
      kind: 'bars',
      title: 'Download speed allowed, day by day',
      description: notes.join(' '),
      series: ['Average of the day'],
      points: daily.map(({ down }, index) => ({
        at: index * width,
        width,
        values: [down],
        title: `day ${index + 1}: ${rateText(down)}`,
      })),
      bands: [],
      marks: daily.flatMap((_, index) =>
        index % marked === 0 ? [{ at: index * width, text: `day ${index + 1}` }] : [],
      ),
      figure: (rate) => rateText(rate),
    }),
    days: use.days,
  };
}

function dayText(day: number | null): string {
  return day === null ? 'never' : `on day ${day}`;
}
