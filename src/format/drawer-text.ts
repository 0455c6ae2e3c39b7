import type { Drawer } from '../domain/money/drawer';
import { differenceOf } from '../domain/money/drawer';
import { formatMoney } from '../domain/units';

/** Whether the money was right, as people say it; `undefined` while the shift runs. */
export function outcomeText(drawer: Pick<Drawer, 'count' | 'float'>): string | undefined {
  const difference = differenceOf(drawer);
  if (difference === null) return undefined;
  if (difference === 0) return 'Exact';
  const { currency } = drawer.float;
  const amount = formatMoney({ amount: Math.abs(difference), currency });
  return `${amount} ${difference < 0 ? 'short' : 'over'}`;
}

/** The same for who has just counted. */
export function closedText(drawer: Pick<Drawer, 'count' | 'float'>): string {
  const outcome = outcomeText(drawer) ?? '';
  return `Shift closed: ${outcome === 'Exact' ? 'exact' : outcome}.`;
}
