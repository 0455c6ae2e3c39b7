import type { Knex } from 'knex';
import { JournalCheck } from '../../../src/domain/money/money-journal';
import { total } from '../../../src/domain/units';
import { Stores } from '../../../src/store/stores';

/** What must be so within the books themselves, whatever the router has. @returns what is not, in words */
export async function booksViolations(db: Knex): Promise<string[]> {
  const stores = new Stores(db);
  return [
    ...(await brokenJournal(stores)),
    ...(await wrongSales(db)),
    ...(await unequalUsage(db, stores)),
  ];
}

async function brokenJournal({ money }: Stores): Promise<string[]> {
  const check = new JournalCheck();
  for await (const rows of money.pages()) {
    if (!rows.every((row) => check.add(row))) break;
  }
  const { fault } = check.end();
  return fault ? [`row ${fault.seq} of the journal of money: ${fault.what}`] : [];
}

/** Each code that was ever used was sold once, for its price; no other was. */
async function wrongSales(db: Knex): Promise<string[]> {
  const used = await db('vouchers')
    .whereNotNull('activated_at')
    .select<{ code: string; price_minor: number }[]>('code', 'price_minor');
  const sold = await db('money_journal')
    .where({ kind: 'sale' })
    .select<{ subject: string; amount_minor: number }[]>('subject', 'amount_minor');
  const open = new Map(sold.map(({ subject, amount_minor: amount }) => [subject, amount]));
  const twice = sold.length === open.size ? [] : [`${sold.length} sales of ${open.size} codes`];
  const unsold = used.flatMap(({ code, price_minor: price }) => {
    const amount = open.get(code);
    open.delete(code);
    return amount === price ? [] : [`${code} was used, and sold for ${amount}`];
  });
  return [...twice, ...unsold, ...[...open.keys()].map((code) => `${code} was sold, not used`)];
}

/** What devices used is what vouchers were charged. */
async function unequalUsage(db: Knex, { usage }: Stores): Promise<string[]> {
  const byDevice = total(await usage.totals());
  const [charged] = (await db('vouchers').sum({ bytes: db.raw('used_up + used_down') })) as [{ bytes: number | null }]; // prettier-ignore
  const byVoucher = Number(charged.bytes);
  return byDevice === byVoucher ? [] : [`devices used ${byDevice} bytes, vouchers ${byVoucher}`];
}
