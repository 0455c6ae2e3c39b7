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
  const unsold: Unsold[] = await db('vouchers')
    .leftJoin('slip_custody', (on) => {
      on.on('slip_custody.batch_id', 'vouchers.batch_id').andOnVal('covered_left', '>', 0);
    })
    .leftJoin('coin_credits', 'coin_credits.code', 'vouchers.code')
    .select('vouchers.code', 'slip_custody.id as slips', 'covered_left as left')
    .select('coin_credits.code as coins')
    .whereNull('activated_at')
    // What was paid online was entered when it was paid.
    .whereNotExists(db('pay_orders').whereRaw('pay_orders.voucher_code = vouchers.code'))
    .whereRaw(`vouchers.code in (${listParameter(db)})`, [
      JSON.stringify(used.map(({ code }) => code)),
    ]);
  const isNew = new Set(unsold.map(({ code }) => code));
  const sold = used.filter(({ code }) => isNew.has(code));
  const covers = await takeCovers(db, unsold);
  const ofCoins = new Set(unsold.flatMap(({ coins }) => coins ?? []));
  const paidBefore = ({ code }: Voucher): PaidBefore | undefined => {
    if (ofCoins.has(code)) return { method: 'coins', subject: `coins ${code}` };
    const slips = covers.get(code);
    return slips === undefined ? undefined : { method: 'slips', subject: `slips ${slips}` };
  };
  const entries = sold.flatMap((voucher) => saleEntries(voucher, paidBefore(voucher)));
  await new MoneyJournalStore(db).append(entries);
}

/**
 * @property slips missing ones of its batch that are settled and not used yet, if there are any
 * @property coins its code, if it was bought with coins
 */
interface Unsold {
  code: string;
  slips: number | null;
  left: number | null;
  coins: string | null;
}

/** Money that was booked before the voucher was used: how, and under what. */
interface PaidBefore {
  method: string;
  subject: string;
}

/**
 * Vouchers that are taken for missing slips which somebody answered for: the first ones of their batch that are
 * used after that.
 * @returns by code, under which number the slips were given
 */
async function takeCovers(db: Knex, unsold: readonly Unsold[]): Promise<Map<string, number>> {
  const taken = new Map<number, number>();
  const covers = new Map<string, number>();
  for (const { code, slips, left } of unsold) {
    const used = taken.get(slips ?? 0) ?? 0;
    if (slips === null || covers.has(code) || used >= left!) continue;
    taken.set(slips, used + 1);
    covers.set(code, slips);
  }
  for (const [id, count] of taken) {
    await db('slip_custody').where({ id }).decrement('covered_left', count);
  }
  return covers;
}

/**
 * Money for a slip that was missing was booked when it was settled, and coins as they fell: the sale is not cash then,
 * and counts once.
 */
function saleEntries(voucher: Voucher, paid: PaidBefore | undefined): MoneyEntry[] {
  const { code, terms, planName: plan } = voucher;
  const seller = voucher.seller ?? voucher.createdBy;
  const who = { at: voucher.activatedAt!, seller, by: seller };
  const sale = { ...who, kind: 'sale', subject: code, money: terms.price } as const;
  if (!paid) return [{ ...sale, detail: { plan } }];
  const { method, subject } = paid;
  const before = { ...terms.price, amount: -terms.price.amount };
  return [
    { ...sale, detail: { plan, method } },
    { ...who, kind: 'adjustment', subject, money: before, detail: { code, settled: 'before' } },
  ];
}
