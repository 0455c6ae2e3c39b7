import type { Clock } from '../../clock';
import type { Money } from '../../domain/units';
import type { Voucher } from '../../domain/vouchers/voucher';
import { Conflict, InvalidInput } from '../../errors';
import type { Stores } from '../../store/stores';
import type { Vouchers } from './vouchers';

/**
 * A sale is a voucher's first use, or its payment where it was paid online. Its seller is fixed at that moment: the one its batch was assigned to by
 * then, or else the person who made it. It stays on the voucher, so reassigning the batch later moves no
 * earlier sale.
 */
export class Sales {
  constructor(
    private readonly stores: Stores,
    private readonly vouchers: Vouchers,
    private readonly clock: Clock,
  ) {}

  /** Names to choose from: staff, and everyone who sold before. */
  sellers(): Promise<string[]> {
    return sellerNames(this.stores);
  }

  /**
   * The voucher, if its sale can be voided for that reason.
   * @throws NotFound, InvalidInput without a reason, Conflict when there is no sale or it is void
   */
  async voidable(typed: string, reason: string): Promise<Voucher> {
    const voucher = await this.vouchers.find(typed);
    const { code } = voucher;
    if (reason.trim() === '') throw new InvalidInput('Enter why the sale is refunded');
    if (!(await this.isSold(voucher))) {
      throw new Conflict(
        `Voucher ${code} does not count as sold: nobody has used it. End it, and give the money back`,
      );
    }
    if (await this.stores.sales.voidOf(code)) {
      throw new Conflict(`The sale of ${code} is already refunded`);
    }
    return voucher;
  }

  /** What a refund of this voucher would give back; `undefined` when there is nothing to refund. */
  async refundable(typed: string): Promise<Money | undefined> {
    const voucher = await this.vouchers.find(typed);
    const { code, terms } = voucher;
    if (!(await this.isSold(voucher)) || (await this.stores.sales.voidOf(code))) return undefined;
    const amount = await this.stores.parts.worthOf(voucher);
    return amount > 0 ? { ...terms.price, amount } : undefined;
  }

  /**
   * Voids a sale: a row of its own, with the reason, for the full price, or for what is left of it where parts were
   * passed on, which stay good. The voucher itself is revoked separately.
   * @throws as `voidable`
   */
  async void(typed: string, reason: string, by: string): Promise<void> {
    const voucher = await this.voidable(typed, reason);
    await this.stores.transaction((stores) => this.refund(stores, voucher, reason, by));
  }

  /**
   * Ends a voucher and refunds its sale: both, or neither.
   * @throws as `voidable` and `Vouchers.revoke`
   */
  async endAndRefund(typed: string, reason: string, by: string): Promise<void> {
    const { code } = await this.voidable(typed, reason);
    await this.vouchers.revoke(code, by, (stores, voucher) =>
      this.refund(stores, voucher, reason, by),
    );
  }

  /** Its money is in the journal: from the first use on, or since it was paid online. */
  private async isSold({ code, activatedAt, developer }: Voucher): Promise<boolean> {
    if (developer) return false;
    return activatedAt !== null || this.stores.payOrders.hasSold(code);
  }

  private async refund(
    { sales, parts, coinCredits, journal }: Stores,
    voucher: Voucher,
    reason: string,
    by: string,
  ): Promise<void> {
    const at = this.clock.now();
    const { code, terms, seller, createdBy } = voucher;
    const price = { ...terms.price, amount: await parts.worthOf(voucher) };
    // Coins are in their box: what is given back for them comes out of somebody's drawer.
    const from = (await coinCredits.hasBought(code)) ? by : (seller ?? createdBy);
    await sales.void({ code, price, reason: reason.trim(), by, at }, from);
    const detail = { reason: reason.trim(), amount: price.amount, currency: price.currency };
    await journal.audit([{ at, who: by, what: 'sale refunded', subject: code, detail }]);
  }
}

/** See `Sales.sellers`; inside a transaction with its stores. */
export async function sellerNames({ accounts, vouchers }: Stores): Promise<string[]> {
  const staff = (await accounts.list()).map(({ name }) => name);
  return [...new Set([...staff, ...(await vouchers.sellers())])].sort();
}
