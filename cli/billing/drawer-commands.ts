import { isoTime } from '../../src/clock';
import { totalOf, type Drawer } from '../../src/domain/money/drawer';
import { parseDay } from '../../src/domain/plans/plan-values';
import { dayBefore } from '../../src/domain/shop/shop-day';
import type { App } from '../../src/compose';
import { formatMoney } from '../../src/domain/units';
import { Conflict } from '../../src/errors';
import { closedText, outcomeText } from '../../src/format/drawer-text';
import type { Shift } from '../../src/services/money/drawers';
import { actorText, calledAsIs } from '../../src/format/activity-text';
import { actor } from '../shell/actor';
import { argument, asTyped, command, option, requiredOption, wholeNumber } from '../shell/command';
import { NONE, timeText } from '../shell/figures';
import { fieldList, textTable } from '../shell/text-table';
import { amountOf, checkAmount } from './billing-values';

const SELLER = {
  ...option('--seller <name>', 'whose drawer; yours without it', asTyped),
  question: 'whose drawer',
};
/** Whose shift has begun. */
const WHOSE = {
  ...SELLER,
  choices: {
    question: 'Which drawer?',
    find: async (app: App) => {
      const open = await app.services.drawers.openOnes();
      if (open.length === 0) throw new Conflict('No drawer is open: open one first');
      return open.map(({ seller, float }) => ({
        value: seller,
        name: `${person(seller)}, opened with ${formatMoney(float)}`,
      }));
    },
  },
};

export const openDrawer = command({
  name: 'drawer open',
  summary: 'Begin a shift with what is in the drawer now',
  example: 'drawer open --seller ana --float 500',
  whenEmpty: 'means yours',
  parameters: {
    seller: SELLER,
    float: {
      ...requiredOption('--float <amount>', 'what is in it now', asTyped),
      checkAsked: checkAmount,
    },
  },
  run: (app, { seller = actor(), float }) =>
    app.services.drawers.open(seller, amountOf(app, float, '--float'), actor()),
  json: drawerJson,
  text: ({ seller, float }) =>
    `The drawer of ${person(seller)} is open with ${formatMoney(float)} in it.`,
});

const COUNT = {
  summary: 'End a shift with the cash you counted; the expected amount is shown afterwards',
  parameters: {
    seller: WHOSE,
    amount: {
      ...requiredOption('--amount <amount>', 'all that is in it, the float too', asTyped),
      checkAsked: checkAmount,
    },
  },
  json: drawerJson,
  text: (drawer: Drawer) => `${person(drawer.seller)}: ${closedText(drawer).toString()}`,
};

export const countDrawer = command({
  ...COUNT,
  name: 'drawer count',
  example: 'drawer count --seller ana --amount 1240',
  run: (app, { seller = actor(), amount }) =>
    app.services.drawers.count(seller, amountOf(app, amount), actor()),
});

/** Another word for the same. */
export const closeDrawer = command({
  ...COUNT,
  name: 'drawer close',
  summary: 'The same as drawer count',
  example: 'drawer close --seller ana --amount 1240',
  run: (app, { seller = actor(), amount }) =>
    app.services.drawers.count(seller, amountOf(app, amount), actor()),
});

export const showDrawer = command({
  name: 'drawer show',
  summary: 'Show one shift: what went through the drawer, what was counted',
  example: 'drawer show 3',
  parameters: { id: argument('ID', 'the number of the drawer', wholeNumber) },
  run: (app, { id }) => app.services.drawers.find(id),
  json: shiftJson,
  text: (shift, timeZone) => {
    const { currency } = shift.float;
    const money = (amount: number) => formatMoney({ amount, currency });
    const { sales, voids, payments, refunds } = shift.takings;
    return fieldList([
      ['Seller', person(shift.seller)],
      ['Opened', timeText(shift.openedAt, timeZone)],
      ['Counted', shift.count ? timeText(shift.count.at, timeZone) : NONE],
      ['In it before', money(shift.float.amount)],
      ['Sales', money(sales)],
      ['Refunded sales', money(voids)],
      ['Payments', money(payments)],
      ['Refunds', money(refunds)],
      ['Expected', shift.count ? money(shift.expected) : NONE],
      ['Counted amount', shift.count ? money(shift.count.counted) : NONE],
      ['Result', outcomeText(shift)?.toString() ?? NONE],
    ]);
  },
});

export const reportDrawers = command({
  name: 'drawer report',
  summary: 'Show the shifts of these days with their differences; today without days',
  example: 'drawer report --from 2026-11-16 --to 2026-11-22',
  hint: 'A refunded sale counts against the seller of the voucher.',
  parameters: {
    from: option('--from <day>', 'the first day', parseDay),
    to: option('--to <day>', 'the last day; today without it', parseDay),
    seller: option('--seller <name>', 'of this seller only', asTyped),
  },
  run: async (app, { from, to, seller }) => {
    const { timeZone, currency } = app.services.shop.get();
    const last = to ?? dayBefore(app.clock.now(), 0, timeZone);
    return { ...(await app.services.drawers.report(from ?? last, last, seller)), currency };
  },
  json: ({ shifts, outside }) => ({ drawers: shifts.map(shiftJson), outside }),
  text: ({ shifts, outside, currency }, timeZone) => {
    const table = textTable(
      [
        { title: 'ID', align: 'right' },
        { title: 'Seller', elastic: true },
        { title: 'Opened' },
        { title: 'Taken', align: 'right' },
        { title: 'Expected', align: 'right' },
        { title: 'Counted', align: 'right' },
        { title: 'Result', align: 'right' },
      ],
      shifts.map((shift) => {
        const { id, seller, openedAt, takings, expected, count, float } = shift;
        const money = (amount: number) => formatMoney({ ...float, amount });
        return [
          ...[String(id), person(seller), timeText(openedAt, timeZone)],
          // The count is blind: what was taken in a shift that runs would tell it.
          ...(count ? [totalOf(takings), expected, count.counted].map(money) : [NONE, NONE, NONE]),
          outcomeText(shift)?.toString() ?? NONE,
        ];
      }),
      'No drawer was open.',
    );
    const without = outside.map(
      ({ seller, takings }) =>
        `Without a drawer, ${person(seller)}: ${formatMoney({ amount: totalOf(takings), currency })}`,
    );
    return [table, ...without].join('\n');
  },
});

/** `Terminal (root)` for the user of this computer. */
function person(seller: string): string {
  return actorText(seller, calledAsIs);
}

export function drawerJson({ id, seller, float, openedAt, count }: Drawer) {
  return {
    ...{ id, seller, float, openedAt: isoTime(openedAt) },
    countedAt: isoTime(count?.at ?? null),
    counted: count && { ...float, amount: count.counted },
  };
}

function shiftJson(shift: Shift) {
  const money = (amount: number) => ({ ...shift.float, amount });
  return {
    ...drawerJson(shift),
    takings: shift.takings,
    expected: money(shift.expected),
    difference: shift.difference === null ? null : money(shift.difference),
  };
}
