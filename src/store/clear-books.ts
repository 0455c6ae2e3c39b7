import type { Knex } from 'knex';

/** What stays: the tables themselves, what is sold, who works here, and the settings. */
const KEPT = [
  /^knex_/,
  /^sqlite_/,
  /^plans$/,
  /^plan_versions$/,
  /^staff/,
  /settings$/,
  /tokens?$/,
  /^web_sessions$/,
  /^routers$/,
];

/**
 * Empties the books of everything customers did: vouchers, devices, usage, sales, alerts, the audit.
 * @returns how many rows each table lost
 */
export async function clearBooks(db: Knex): Promise<Record<string, number>> {
  return db.transaction(async (transaction) => {
    // Tables point at one another; that all of it fits together is looked at when all is gone.
    await transaction.raw('pragma defer_foreign_keys = on');
    const tables: { name: string }[] = await transaction('sqlite_master')
      .select('name')
      .where('type', 'table');
    const gone: Record<string, number> = {};
    for (const { name } of tables) {
      if (KEPT.some((kept) => kept.test(name))) continue;
      const rows = await transaction(name).delete();
      if (rows > 0) gone[name] = rows;
    }
    return gone;
  });
}
