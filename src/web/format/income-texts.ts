import { formatMoney, type Money } from '../../domain/units';
import type { Income } from '../../store/vouchers/income-reports';
import { sumOf } from './web-format';

/** Sales of one stretch of time as people read them. */
export function incomeTexts(income: readonly Income[], name: string, currency: string) {
  const own = income.filter((one) => one.name === name);
  const totals = sumOf(own.map((one) => one.total), currency); // prettier-ignore
  return {
    amount: totals.map(formatMoney).join(' + '),
    sold: own.reduce((all, one) => all + one.sold, 0),
    voided: own.reduce((all, one) => all + one.voided, 0),
  };
}

/** Money of one currency, of all others too where there are any. */
export function moneyText(income: readonly Income[], currency: string): string {
  return sumOf(income.map(({ total }) => total), currency).map(formatMoney).join(' + '); // prettier-ignore
}

/**
 * A stretch beside the one before it, in words; nothing if it cannot be compared, as in several currencies.
 * @param length such as "the 7 days before"
 */
export function comparedText(
  now: readonly Income[],
  before: readonly Income[],
  currency: string,
  length: string,
): string {
  if (now.length + before.length === 0) return '';
  if ([...now, ...before].some(({ total }) => total.currency !== currency)) return '';
  const sum = (rows: readonly Income[]) => rows.reduce((all, { total }) => all + total.amount, 0);
  const more = sum(now) - sum(before);
  if (more === 0) return `as much as ${length}`;
  const amount = formatMoney({ amount: Math.abs(more), currency });
  return `${amount} ${more > 0 ? 'more' : 'less'} than ${length}`;
}

/** Width and height of the drawing in its own units. */
const BARS = { step: 10, width: 7, height: 40 };

/**
 * One bar a day, the last one being today; only of the shop's currency, which is nearly always all.
 * @param highest minor units that fill the height, where two drawings have to be compared
 */
export function incomeBars(
  income: readonly Income[],
  days: readonly string[],
  currency: string,
  highest = 0,
) {
  const amounts = days.map((day) =>
    income
      .filter(({ name, total }) => name === day && total.currency === currency)
      .reduce((all, { total }) => all + total.amount, 0),
  );
  const most = Math.max(1, highest, ...amounts);
  const bars = amounts.map((amount, index) => {
    // A day without sales is seen too, as a line.
    const height = Math.max(1, Math.round((Math.max(0, amount) / most) * BARS.height));
    const money: Money = { amount, currency };
    return {
      x: index * BARS.step,
      y: BARS.height - height,
      width: BARS.width,
      height,
      title: `${days[index]}: ${formatMoney(money)}`,
      isToday: index === days.length - 1,
    };
  });
  const width = days.length * BARS.step - (BARS.step - BARS.width);
  return { bars, box: `0 0 ${width} ${BARS.height}` };
}
