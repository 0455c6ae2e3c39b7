import type { Knex } from 'knex';
import type { MoneyEntry } from '../../domain/money/money-journal';
import type { Voucher } from '../../domain/vouchers/voucher';
import { listParameter } from '../database/bulk';
import { MoneyJournalStore } from './money-journal-store';

/**
 * The first use of a voucher is its sale: enters those of these vouchers in the journal. A developer's code is never
 * sold, nor is a subscriber's access. Only in a transaction, before the vouchers are saved.
 */
export async function enterSales(db: Knex, vouchers: readonly Voucher[]): Promise<void> {
  const used = vouchers.filter(
    ({ activatedAt, developer, access }) => activatedAt && !developer && !access,
  );
  if (used.length === 0) return;
  const unsold: { code: string }[] = await db('vouchers')
    .select('code')
    .whereNull('activated_at')
    .whereRaw(`code in (${listParameter(db)})`, [JSON.stringify(used.map(({ code }) => code))]);
  const isNew = new Set(unsold.map(({ code }) => code));
  const sold = used.filter(({ code }) => isNew.has(code));
  await new MoneyJournalStore(db).append(sold.map(saleEntry));
}

function saleEntry(voucher: Voucher): MoneyEntry {
  const { code: subject, terms, planName: plan } = voucher;
  const seller = voucher.seller ?? voucher.createdBy;
  return {
    ...{ at: voucher.activatedAt!, kind: 'sale', subject, money: terms.price },
    ...{ seller, by: seller, detail: { plan } },
  };
}
