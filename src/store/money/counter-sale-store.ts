import type { Knex } from 'knex';
import type { CounterSale } from '../../domain/money/drawer';

/** Sales with one tap: cash in the drawer when the voucher is made. */
export class CounterSaleStore {
  constructor(private readonly db: Knex) {}

  /**
   * Vouchers that this seller sold one by one and that were made, first used, or ended before anybody used them since
   * then.
   */
  async of(seller: string, currency: string, since: Date): Promise<CounterSale[]> {
    const from = since.toISOString();
    const rows: {
      paid_at: string;
      activated_at: string | null;
      ended_at: string | null;
      price_minor: number | string;
    }[] = await this.db('vouchers')
      .whereNotNull('paid_at')
      .where({ currency })
      .whereRaw('coalesce(sold_by, created_by) = ?', [seller])
      .where((either) => {
        void either.where('activated_at', '>=', from).orWhere((unused) => {
          void unused.whereNull('activated_at').where((either) => {
            void either.where('paid_at', '>=', from).orWhere('ended_at', '>=', from);
          });
        });
      })
      .select('paid_at', 'activated_at', 'price_minor', 'ended_at');
    return rows.map((row) => ({
      madeAt: new Date(row.paid_at),
      usedAt: row.activated_at === null ? null : new Date(row.activated_at),
      // An end after the use is none of the till's business.
      endedAt: row.ended_at === null || row.activated_at !== null ? null : new Date(row.ended_at),
      amount: Number(row.price_minor),
    }));
  }
}
