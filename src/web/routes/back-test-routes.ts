import type { Request } from 'express';
import { writeProfile } from '../../domain/plans/profiles';

import { InvalidInput } from '../../errors';
import type { BackTestReport } from '../../services/history/back-test';
import { drawChart } from '../charts/chart';
import { param, query, wholeNumber } from '../http/forms';
import { hiding, type Hide } from '../staff/hidden-codes';
import { PLAN_SECTIONS, readPlanForm, toPlanForm } from '../format/plan-form';
import type { StaffPages } from '../staff/staff-pages';
import type { WebParts } from '../http/web-parts';
import { NOTHING, sizeText, timeText } from '../format/web-format';

const USUAL_DAYS = '30';
const MOST_SHOWN = 10;
/** What can be tried on the past: the rule, not the price or the time. */
const TRIED = ['Fair use', 'Data limit', 'Free hours'];
const UNTRIED = ['overage_price', 'overage_unit', 'alerts'];
const SECTIONS = TRIED.flatMap((title) =>
  PLAN_SECTIONS.filter((section) => section.title === title),
);
const FIELDS = SECTIONS.flatMap(({ fields }) => fields).filter(({ key }) => !UNTRIED.includes(key));
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** What another rule for a plan would have done to the shop's own past. It changes nothing, so it is a GET. */
export function backTestRoutes(pages: StaffPages, { services }: WebParts): void {
  const { backTests, plans } = services;

  pages.get('/plans/:name/back-test', 'viewer', async (req, res) => {
    const plan = await plans.find(param(req, 'name'));
    const isTried = Object.keys(req.query).length > 0;
    const values = isTried ? typedValues(req) : toPlanForm(writeProfile(plan));
    const days = query(req, 'days') || USUAL_DAYS;
    const page = { plan: plan.name, action: pathOf(plan.name), fields: FIELDS, values, days };
    if (!isTried)
      return res.render('admin/plans/back-test', { ...page, message: '', result: undefined });
    try {
      const report = await backTests.run(plan.name, changesOf(values), wholeNumber(days, 'Days'));
      const { affected } = report.outcome;
      const hide = await hiding(res, services.vouchers, affected.map(({ voucher }) => voucher)); // prettier-ignore
      const result = resultTexts(report, hide);
      res.render('admin/plans/back-test', { ...page, message: '', result });
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      const message = error.text;
      res.status(422).render('admin/plans/back-test', { ...page, message, result: undefined });
    }
  });

  function resultTexts({ outcome, sentence }: BackTestReport, hide: Hide) {
    const { hoursBefore, hoursAfter, peak } = outcome;
    const share = outcome.bytes > 0 ? Math.round((outcome.bytesAfter / outcome.bytes) * 100) : 0;
    return {
      sentence,
      facts: [
        ['Customers (devices)', String(outcome.customers)],
        ['Slowed', String(outcome.slowed)],
        ['Stopped', String(outcome.stopped)],
        ['First time', timeText(outcome.firstAt, services.shop.get().timeZone)],
        ['Used by them afterwards', `${sizeText(outcome.bytesAfter)}, ${share} % of all`],
        ['Data saved', sizeText(outcome.bytesLess)],
        ['Busiest hour, as it was', peakText(peak.hourBefore, hoursBefore)],
        ['Busiest hour, with this rule', peakText(peak.hourAfter, hoursAfter)],
      ],
      chart: drawChart({
        kind: 'lines',
        title: 'An average day, hour by hour',
        description: sentence,
        series: ['As it was', 'With this rule'],
        points: HOURS.map((hour) => ({
          at: hour / 24,
          width: 1 / 24,
          values: [hoursBefore[hour]!, hoursAfter[hour]!],
          title: clockText(hour),
        })),
        bands: [],
        marks: HOURS.filter((hour) => hour % 4 === 0).map((hour) => ({
          at: hour / 24,
          text: clockText(hour),
        })),
        figure: sizeText,
      }),
      affected: outcome.affected.slice(0, MOST_SHOWN).map((one) => ({
        ...one,
        voucher: hide(one.voucher),
        isHidden: hide(one.voucher) !== one.voucher,
        at: timeText(one.at, services.shop.get().timeZone),
        less: sizeText(one.bytesLess),
      })),
      more: Math.max(0, outcome.affected.length - MOST_SHOWN),
    };
  }
}

function typedValues(req: Request): Record<string, string> {
  return Object.fromEntries(FIELDS.map(({ key }) => [key, query(req, key)]));
}

/** Every field of the form counts: an empty one removes the plan's own value. */
function changesOf(values: Record<string, string>): Record<string, unknown> {
  const keys = FIELDS.map(({ key }) => (key.startsWith('window_') ? 'window' : key));
  return { ...Object.fromEntries(keys.map((key) => [key, ''])), ...readPlanForm(values) };
}

function pathOf(name: string): string {
  return `/admin/plans/${encodeURIComponent(name)}/back-test`;
}

function clockText(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`;
}

function peakText(hour: number, bytes: readonly number[]): string {
  return bytes[hour]! > 0 ? `${clockText(hour)}, ${sizeText(bytes[hour]!)}` : NOTHING;
}
