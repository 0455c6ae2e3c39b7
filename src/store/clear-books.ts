import type { Knex } from 'knex';
import { CLEARED } from '../../migrations/own-tables';
import { takeTurnToWrite } from './database/change-stamp';
import { checkReferencesLast } from './database/dialect';

/**
 * Deletes everything customers did: vouchers, devices, usage, sales, alerts, the audit.
 * @returns how many rows each table lost
 */
export async function clearBooks(db: Knex): Promise<Record<string, number>> {
  return db.transaction(async (transaction) => {
    await takeTurnToWrite(transaction);
    await checkReferencesLast(transaction);
    const gone: Record<string, number> = {};
    for (const name of CLEARED) {
      const rows = await transaction(name).delete();
      if (rows > 0) gone[name] = rows;
    }
    return gone;
  });
}
