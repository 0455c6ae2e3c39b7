import type { Knex } from 'knex';
import { CLEARED } from '../../migrations/own-tables';
import { BOOKS_CLEARED } from '../domain/money/journal-ties';
import { takeTurnToWrite } from './database/change-stamp';
import { checkReferencesLast } from './database/dialect';
import { MoneyJournalStore } from './money/money-journal-store';

/**
 * Deletes everything customers did: vouchers, devices, usage, sales, alerts, the audit. The journal of money stays, and
 * has a row that says so.
 * @returns how many rows each table lost
 */
export async function clearBooks(
  db: Knex,
  { at, by, currency }: { at: Date; by: string; currency: string },
): Promise<Record<string, number>> {
  return db.transaction(async (transaction) => {
    await takeTurnToWrite(transaction);
    await checkReferencesLast(transaction);
    const gone: Record<string, number> = {};
    for (const name of CLEARED) {
      const all = transaction(name);
      // Plans stay, and with them what other programs keep beside them.
      if (name === 'external_fields') void all.whereNot({ kind: 'plan' });
      const rows = await all.delete();
      if (rows > 0) gone[name] = rows;
    }
    const nothing = { amount: 0, currency };
    const row = { at, kind: 'adjustment', subject: BOOKS_CLEARED, money: nothing } as const;
    await new MoneyJournalStore(transaction).append([{ ...row, seller: '', by, detail: {} }]);
    return gone;
  });
}
