import { dayBefore, rangesBetween } from '../../src/domain/shop/shop-day';
import { formatMoney, type Money } from '../../src/domain/units';
import { InvalidInput } from '../../src/errors';
import { command, option } from '../shell/command';
import { oneOf } from '../shell/choices';
import { parseDay } from '../../src/domain/plans/plan-values';
import { actorText, calledAsIs } from '../../src/format/activity-text';
import { SOLD_WHEN_USED } from '../../src/format/state-text';
import { NONE } from '../shell/figures';
import { textTable } from '../shell/text-table';
import { say } from '../../src/text';

const GROUPS = {
  seller: { head: 'Seller', table: 'bySeller' },
  plan: { head: 'Plan', table: 'byPlan' },
  day: { head: 'Day', table: 'bySpan' },
} as const;
type Group = keyof typeof GROUPS;
const NAMES = Object.keys(GROUPS) as Group[];

export const showSales = command({
  name: 'sales',
  summary: 'Show what was sold, today unless days are given',
  example: 'sales --from 2026-11-01 --to 2026-11-30 --by plan',
  hint: 'Refunds are subtracted on the day of the refund.',
  whenEmpty: 'for today',
  parameters: {
    from: option('--from <day>', 'the first day, like 2026-11-21', parseDay),
    to: option('--to <day>', 'the last day, today if not given', parseDay),
    by: {
      ...option('--by <group>', NAMES.join(', '), readGroup),
      choices: oneOf('By seller, plan or day?', NAMES),
    },
  },
  run: async (app, { from: first, to: last, by = 'seller' }) => {
    const { timeZone } = app.services.shop.get();
    const today = dayBefore(app.clock.now(), 0, timeZone);
    const to = last ?? (first !== undefined && first > today ? first : today);
    const from = first ?? to;
    const { spans } = rangesBetween(from, to, timeZone);
    const rows = (await app.services.income.tables(spans))[GROUPS[by].table];
    return { from, to, by, rows };
  },
  json: ({ from, to, by, rows }) => ({ from, to, by, rows }),
  text: ({ from, to, by, rows }) => {
    const days = from === to ? from : `${from} to ${to}`;
    if (rows.length === 0) return `Nothing was sold: ${days}. ${SOLD_WHEN_USED}`;
    const sum = (of: 'sold' | 'voided') => rows.reduce((all, row) => all + row[of], 0);
    const count = (number: number) => (number > 0 ? String(number) : NONE);
    const table = textTable(
      [
        { title: GROUPS[by].head, elastic: true },
        { title: 'Sold', align: 'right' },
        { title: 'Refunded', align: 'right' },
        { title: 'Total', align: 'right' },
      ],
      [
        ...rows.map((row) => [
          actorText(row.name || NONE, calledAsIs),
          String(row.sold),
          count(row.voided),
          formatMoney(row.total),
        ]),
        ['Total', String(sum('sold')), count(sum('voided')), totalText(rows.map((row) => row.total))], // prettier-ignore
      ],
      '',
    );
    return `Sales ${days}\n\n${table}\n\n${SOLD_WHEN_USED}`;
  },
});

/** One sum for each currency. */
function totalText(amounts: readonly Money[]): string {
  const sums = new Map<string, number>();
  for (const { amount, currency } of amounts) {
    sums.set(currency, (sums.get(currency) ?? 0) + amount);
  }
  return [...sums].map(([currency, amount]) => formatMoney({ amount, currency })).join(' + ');
}

function readGroup(typed: string): Group {
  const group = NAMES.find((known) => known === typed.trim().toLowerCase());
  if (group) return group;
  throw new InvalidInput(say`${JSON.stringify(typed)} is not one of ${NAMES.join(', ')}`);
}
