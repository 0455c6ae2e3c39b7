import type { BackTestReport } from '../../src/services/history/back-test';
import { argument, asTyped, command, option, wholeNumber } from '../shell/command';
import { plansOnSale } from '../shell/choices';
import { fieldList } from '../shell/text-table';
import { sizeText, timeText } from '../shell/figures';

const USUAL_DAYS = 30;

/** Options that are keys of a plan, as profiles.json has them. */
const RULE = {
  fup_threshold: option('--fup-threshold <size>', 'fair use from that much data on: 2GB', asTyped),
  fup_rate_up: option('--fup-rate-up <rate>', 'upload speed after that: 256K', asTyped),
  fup_rate_down: option('--fup-rate-down <rate>', 'download speed after that: 512K', asTyped),
  data_cap: option('--data-cap <size>', 'the data limit: 5GB; none takes it away', asTyped),
  cap_period: option('--cap-period <period>', 'voucher, daily, weekly or monthly', asTyped),
  throttle_policy: option('--throttle-policy <policy>', 'none, throttle, block, overage', asTyped),
  throttle_rate_up: option('--throttle-rate-up <rate>', 'upload speed after the limit', asTyped),
  throttle_rate_down: option('--throttle-rate-down <rate>', 'download after the limit', asTyped),
};

export const backTestPlan = command({
  name: 'plans back-test',
  summary: 'Test another rule on past usage: who would have been slowed, and the peak',
  example: 'plans back-test P5 --fup-threshold 2GB --fup-rate-up 256K --fup-rate-down 512K',
  parameters: {
    plan: argument('NAME', 'the plan', asTyped, plansOnSale),
    days: option('--days <count>', `how many days back (${USUAL_DAYS})`, wholeNumber),
    ...RULE,
  },
  run: (app, { plan, days = USUAL_DAYS, ...rule }) => {
    const given = Object.entries(rule).filter(([, value]) => value !== undefined);
    return app.services.backTests.run(plan, Object.fromEntries(given), days);
  },
  json: ({ plan, days, outcome, sentence }: BackTestReport) => ({
    plan,
    days,
    sentence,
    customers: outcome.customers,
    slowed: outcome.slowed,
    stopped: outcome.stopped,
    firstAt: outcome.firstAt?.toISOString() ?? null,
    bytes: outcome.bytes,
    bytesAfter: outcome.bytesAfter,
    bytesLess: outcome.bytesLess,
    peak: outcome.peak,
    hours: { before: outcome.hoursBefore, after: outcome.hoursAfter },
    affected: outcome.affected.map((one) => ({ ...one, at: one.at.toISOString() })),
  }),
  text: ({ outcome, sentence, days }, timeZone) => {
    const { peak, hoursBefore, hoursAfter } = outcome;
    const share = outcome.bytes > 0 ? Math.round((outcome.bytesAfter / outcome.bytes) * 100) : 0;
    const facts = fieldList([
      ['Days', String(days)],
      ['Customers (devices)', String(outcome.customers)],
      ['Slowed', String(outcome.slowed)],
      ['Stopped', String(outcome.stopped)],
      ['The first of them', timeText(outcome.firstAt, timeZone)],
      ['Used after that point', `${sizeText(outcome.bytesAfter)}, ${share} % of all`],
      ['Data saved', sizeText(outcome.bytesLess)],
      ['Busiest hour, as it was', peakText(peak.hourBefore, hoursBefore)],
      ['Busiest hour, with this rule', peakText(peak.hourAfter, hoursAfter)],
    ]);
    return `${sentence}\n\n${facts}`;
  },
});

function peakText(hour: number, bytes: readonly number[]): string {
  return `${String(hour).padStart(2, '0')}:00, ${sizeText(bytes[hour]!)}`;
}
