import type { Clock } from '../../clock';
import type { Voucher } from '../../domain/vouchers/voucher';
import { Conflict, InvalidInput } from '../../errors';
import type { Stores } from '../../store/stores';
import type { Vouchers } from './vouchers';

/**
 * A sale is a voucher's first use. Its seller is decided at that moment: the one its batch was handed to by
 * then, or else whoever made it. It stays on the voucher from then on, so handing the batch to somebody else
 * moves no sale that was made before.
 */
export class Sales {
  constructor(
    private readonly stores: Stores,
    private readonly vouchers: Vouchers,
    private readonly clock: Clock,
  ) {}

  /** Names to choose from: staff, and everybody who sold before. */
  sellers(): Promise<string[]> {
    return sellerNames(this.stores);
  }

  /**
   * The voucher whose sale can be taken back for that reason.
   * @throws NotFound, InvalidInput without a reason, Conflict when there is no sale or it is void
   */
  async voidable(typed: string, reason: string): Promise<Voucher> {
    const voucher = await this.vouchers.find(typed);
    const { code } = voucher;
    if (reason.trim() === '') throw new InvalidInput('Say why the sale is void');
    if (!voucher.activatedAt || voucher.developer) {
      throw new Conflict(`Voucher ${code} was not sold: nobody has used it yet`);
    }
    if (await this.stores.sales.voidOf(code)) {
      throw new Conflict(`The sale of ${code} is void already`);
    }
    return voucher;
  }

  /**
   * Takes a sale back: a row of its own, with the reason, for the full price. The voucher itself is
   * revoked separately.
   * @throws as `voidable`
   */
  async void(typed: string, reason: string, by: string): Promise<void> {
    const { code, terms } = await this.voidable(typed, reason);
    const { price } = terms;
    const at = this.clock.now();
    await this.stores.transaction(async ({ sales, journal }) => {
      await sales.void({ code, price, reason: reason.trim(), by, at });
      const detail = { reason: reason.trim(), amount: price.amount, currency: price.currency };
      await journal.audit([{ at, who: by, what: 'sale voided', subject: code, detail }]);
    });
  }
}

/** See `Sales.sellers`; inside a transaction with its stores. */
export async function sellerNames({ accounts, vouchers }: Stores): Promise<string[]> {
  const staff = (await accounts.list()).map(({ name }) => name);
  return [...new Set([...staff, ...(await vouchers.sellers())])].sort();
}
