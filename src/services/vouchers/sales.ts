import type { Clock } from '../../clock';
import type { Money } from '../../domain/units';
import { isLive, type Voucher } from '../../domain/vouchers/voucher';
import { Conflict, InvalidInput } from '../../errors';
import type { Stores } from '../../store/stores';
import { REFUNDED, type Vouchers } from './vouchers';
import { say } from '../../text';

/**
 * A sale is a voucher's first use, the tap that sold it at the counter, or its payment online. Its seller is fixed at its first use: the one its batch was assigned to by
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
        say`Voucher ${code} does not count as sold: nobody has used it. End it, and give the money back`,
      );
    }
    if (await this.stores.sales.voidOf(code)) {
      throw new Conflict(say`The sale of ${code} is already refunded`);
    }
    return voucher;
  }

  /** What a refund of this voucher would give back; `undefined` when there is nothing to refund. */
  async refundable(typed: string): Promise<Money | undefined> {
    const voucher = await this.vouchers.find(typed);
    const { code, terms, access } = voucher;
    const isSold = isPaidUnused(voucher) || (await this.isSold(voucher));
    if (!isSold || access || (await this.stores.sales.voidOf(code))) return undefined;
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
    await this.stores.transaction((stores) => this.giveBack(stores, voucher, reason, by));
  }

  /**
   * Gives the money back, and ends the voucher if it is not over yet. One that was sold at the counter and that nobody
   * used has no sale in the journal: its end is the refund.
   * @returns what was given back
   * @throws as `voidable` and `Vouchers.revoke`
   */
  async refund(typed: string, reason: string, by: string): Promise<Money> {
    if (reason.trim() === '') throw new InvalidInput('Enter why the sale is refunded');
    const voucher = await this.vouchers.find(typed);
    const { code } = voucher;
    const money = await this.refundable(code);
    if (!money) throw new Conflict(say`There is nothing to refund for voucher ${code}`);
    if (isPaidUnused(voucher)) {
      // Its customer may have been quicker: then there is a sale in the journal to void.
      await this.vouchers.revoke(code, by, (stores, now) =>
        now.activatedAt
          ? this.giveBack(stores, now, reason, by)
          : this.told(stores, code, money, reason, by),
      );
    } else if (isLive(voucher)) await this.endAndRefund(code, reason, by);
    else await this.void(code, reason, by);
    return money;
  }

  /**
   * Ends a voucher and refunds its sale: both, or neither.
   * @throws as `voidable` and `Vouchers.revoke`
   */
  async endAndRefund(typed: string, reason: string, by: string): Promise<void> {
    const { code } = await this.voidable(typed, reason);
    await this.vouchers.revoke(code, by, (stores, voucher) =>
      this.giveBack(stores, voucher, reason, by),
    );
  }

  /** Its money is in the journal: from the first use on, or since it was paid online. */
  private async isSold({ code, activatedAt, developer }: Voucher): Promise<boolean> {
    if (developer) return false;
    return activatedAt !== null || this.stores.payOrders.hasSold(code);
  }

  private async giveBack(
    stores: Stores,
    voucher: Voucher,
    reason: string,
    by: string,
  ): Promise<void> {
    const at = this.clock.now();
    const { code, terms, seller, createdBy } = voucher;
    const price = { ...terms.price, amount: await stores.parts.worthOf(voucher) };
    // Coins are in their box: what is given back for them comes out of somebody's drawer.
    const from = (await stores.coinCredits.hasBought(code)) ? by : (seller ?? createdBy);
    await stores.sales.void({ code, price, reason: reason.trim(), by, at }, from);
    await this.told(stores, code, price, reason, by);
  }

  private async told(
    { journal }: Stores,
    code: string,
    { amount, currency }: Money,
    reason: string,
    by: string,
  ): Promise<void> {
    const detail = { reason: reason.trim(), amount, currency };
    const at = this.clock.now();
    await journal.audit([{ at, who: by, what: REFUNDED, subject: code, detail }]);
  }
}

/** Sold at the counter, and neither used nor given back. */
function isPaidUnused({ paidAt, activatedAt, status }: Voucher): boolean {
  return paidAt !== undefined && activatedAt === null && status === 'unused';
}

/** See `Sales.sellers`; inside a transaction with its stores. */
export async function sellerNames({ accounts, vouchers }: Stores): Promise<string[]> {
  const staff = (await accounts.list()).map(({ name }) => name);
  return [...new Set([...staff, ...(await vouchers.sellers())])].sort();
}
