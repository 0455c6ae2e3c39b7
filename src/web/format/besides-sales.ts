import { WHOLE_SHOP } from '../../domain/shop/scope';
import { formatMoney } from '../../domain/units';
import type { Services } from '../../services/services';
import type { IncomeOf } from '../../store/vouchers/income-reports';

/**
 * What came in on these days besides sales of vouchers, for those who see the money of the whole shop; empty where
 * there is nothing.
 */
export async function besidesSales(
  { money, shop }: Pick<Services, 'money' | 'shop'>,
  { seller, scope }: IncomeOf,
  from: string,
  to: string,
): Promise<string> {
  if (seller !== undefined || scope !== WHOLE_SHOP) return '';
  const amount = await money.besidesSales(from, to);
  return amount === 0 ? '' : formatMoney({ amount, currency: shop.get().currency });
}
