import type { Knex } from 'knex';

/**
 * What stays: what is sold, who works here and how they sign in, the settings and the shop's own pictures,
 * the routers and what a set-up has to put back there, devices that were blocked, and up to where usage is
 * summed up, which the tables of usage are nothing without.
 */
export const KEPT: readonly string[] = [
  'plans',
  'plan_versions',
  'staff',
  'recovery_codes',
  'web_sessions',
  'shop_settings',
  'shop_files',
  'routers',
  'blocked_devices',
  'usage_marks',
];

/**
 * What goes, everything customers did: vouchers and what they were sold for and used, sessions, limits of
 * single devices, what happened and who was told, outages, which vouchers came from other programs (they
 * may come again), wrong codes and passwords.
 */
export const CLEARED: readonly string[] = [
  'batches',
  'vouchers',
  'sale_voids',
  'devices',
  'sessions',
  'counter_readings',
  'session_counters',
  'usage_names',
  'usage_slots',
  'usage_hours',
  'usage_days',
  'usage_totals',
  'usage_plan_hours',
  'usage_plan_days',
  'usage_years',
  'usage_gaps',
  'look_gaps',
  'speed_changes',
  'manual_limits',
  'quota_notices',
  'alerts',
  'audit',
  'events',
  'notice_lines',
  'outages',
  'outage_credits',
  'imports',
  'imported_vouchers',
  'guess_tallies',
  'sign_in_failures',
];

/**
 * Empties the books of everything customers did: vouchers, devices, usage, sales, alerts, the audit.
 * @returns how many rows each table lost
 */
export async function clearBooks(db: Knex): Promise<Record<string, number>> {
  return db.transaction(async (transaction) => {
    // Tables point at one another; that all of it fits together is looked at when all is gone.
    await transaction.raw('pragma defer_foreign_keys = on');
    const gone: Record<string, number> = {};
    for (const name of CLEARED) {
      const rows = await transaction(name).delete();
      if (rows > 0) gone[name] = rows;
    }
    return gone;
  });
}
