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

/** Width and height of the drawing in its own units. */
const BARS = { step: 10, width: 7, height: 40 };

/** One bar a day, the last one being today; only of the shop's currency, which is nearly always all. */
export function incomeBars(income: readonly Income[], days: readonly string[], currency: string) {
  const amounts = amountsOf(income, days, currency);
  const most = Math.max(1, ...amounts);
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

/**
 * Two bars a day: the day itself, and the same day of the week before.
 * @param before the days a week earlier, in the same order
 */
export function weekBars(
  income: readonly Income[],
  days: readonly string[],
  before: readonly string[],
  currency: string,
) {
  const [now, then] = [amountsOf(income, days, currency), amountsOf(income, before, currency)];
  const most = Math.max(1, ...now, ...then);
  const heightOf = (amount: number) =>
    Math.max(0.5, (Math.max(0, amount) / most) * BARS.height).toFixed(1);
  const text = (amount: number) => formatMoney({ amount, currency });
  return {
    width: days.length * BARS.step,
    height: BARS.height,
    days: days.map((day, index) => ({
      x: index * BARS.step,
      now: heightOf(now[index]!),
      then: heightOf(then[index]!),
      title: `${day}: ${text(now[index]!)}, a week before ${text(then[index]!)}`,
    })),
  };
}

function amountsOf(income: readonly Income[], days: readonly string[], currency: string): number[] {
  const sums = new Map<string, number>();
  for (const { name, total } of income) {
    if (total.currency === currency) sums.set(name, (sums.get(name) ?? 0) + total.amount);
  }
  return days.map((day) => sums.get(day) ?? 0);
}
