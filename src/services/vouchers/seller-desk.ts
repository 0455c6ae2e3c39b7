import type { Clock } from '../../clock';
import { parseSeller } from '../../domain/vouchers/seller';
import { NotFound } from '../../errors';
import type { Stores } from '../../store/stores';

/** In the audit. */
export const HANDED_OVER = 'batch handed over';

/** A batch in somebody's hands. */
export interface Handed {
  /** `null` is whoever made it. */
  seller: string | null;
  /** Vouchers whose sale will be theirs. */
  count: number;
}

/**
 * Who sells what. A sale is a voucher's first use, and its seller is decided at that moment: whoever its
 * batch was handed to by then, or else whoever made it. It stands on the voucher from then on, so that
 * handing the batch to somebody else moves no sale that was made before.
 */
export class SellerDesk {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
  ) {}

  /** Those who may be meant: staff, and whoever sold before. */
  names(): Promise<string[]> {
    return sellerNames(this.stores);
  }

  /**
   * Hands what is not sold of a batch to a seller, or with an empty name back to whoever made it.
   * @throws NotFound, InvalidInput
   */
  async handOver(batchId: number, typed: string, by: string): Promise<Handed> {
    const at = this.clock.now();
    return this.stores.transaction(async (stores) => {
      const { vouchers, journal } = stores;
      const batch = await vouchers.sellerOf(batchId);
      if (!batch) throw new NotFound(`There is no batch ${batchId}`);
      const seller = parseSeller(typed, await sellerNames(stores));
      const count = await vouchers.handOver(batchId, seller);
      const detail = {
        to: seller ?? batch.createdBy,
        before: batch.seller ?? batch.createdBy,
        vouchers: count,
      };
      const subject = `batch ${batchId}`;
      await journal.audit([{ at, who: by, what: HANDED_OVER, subject, detail }]);
      return { seller, count };
    });
  }
}

/** See `SellerDesk.names`; inside a transaction with its stores. */
export async function sellerNames({ accounts, vouchers }: Stores): Promise<string[]> {
  const staff = (await accounts.list()).map(({ name }) => name);
  return [...new Set([...staff, ...(await vouchers.sellers())])].sort();
}
