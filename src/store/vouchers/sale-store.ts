import type { Knex } from 'knex';
import type { Money } from '../../domain/units';
import { orConflict } from '../database/dialect';
import { MoneyJournalStore } from '../money/money-journal-store';
import { say } from '../../text';

export interface SaleVoid {
  code: string;
  price: Money;
  reason: string;
  by: string;
  at: Date;
}

/** Voided sales. A sale itself is the first use of a voucher, and stays recorded. */
export class SaleStore {
  constructor(private readonly db: Knex) {}

  /**
   * Also in the money journal, as money given back by its seller.
   * @throws Conflict when the sale is already void
   */
  async void({ code, price, reason, by, at }: SaleVoid, seller: string): Promise<void> {
    await orConflict(say`The sale of ${code} is already void`, () =>
      this.db('sale_voids').insert({
        code,
        price_minor: price.amount,
        currency: price.currency,
        reason,
        voided_by: by,
        voided_at: at.toISOString(),
      }),
    );
    const money = { ...price, amount: -price.amount || 0 };
    await new MoneyJournalStore(this.db).append([
      { at, kind: 'void', subject: code, money, seller, by, detail: { reason } },
    ]);
  }

  async voidOf(code: string): Promise<SaleVoid | undefined> {
    const row:
      | {
          price_minor: number | string;
          currency: string;
          reason: string;
          voided_by: string;
          voided_at: string;
        }
      | undefined = await this.db('sale_voids').where({ code }).first();
    return (
      row && {
        code,
        price: { amount: Number(row.price_minor), currency: row.currency },
        reason: row.reason,
        by: row.voided_by,
        at: new Date(row.voided_at),
      }
    );
  }
}
