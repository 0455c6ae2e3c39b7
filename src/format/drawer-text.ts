import type { Drawer } from '../domain/money/drawer';
import { differenceOf } from '../domain/money/drawer';
import { formatMoney } from '../domain/units';
import { say, type Text } from '../text';

type Counted = Pick<Drawer, 'count' | 'float'>;

/** Whether the money was right, as people say it; `undefined` while the shift runs. */
export function outcomeText(drawer: Counted): Text | undefined {
  const difference = differenceOf(drawer);
  if (difference === null) return undefined;
  const amount = amountText(drawer, difference);
  if (difference === 0) return say`Exact`;
  return difference < 0 ? say`${amount} short` : say`${amount} over`;
}

/** The same for who has just counted. */
export function closedText(drawer: Counted): Text {
  const difference = differenceOf(drawer) ?? 0;
  const amount = amountText(drawer, difference);
  if (difference === 0) return say`Shift closed: exact.`;
  return difference < 0 ? say`Shift closed: ${amount} short.` : say`Shift closed: ${amount} over.`;
}

function amountText({ float }: Counted, difference: number): string {
  return formatMoney({ amount: Math.abs(difference), currency: float.currency });
}
