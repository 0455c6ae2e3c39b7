// Every table of the books stands here once, and each row after those it refers to.

/**
 * What stays: plans, staff and how they sign in, tokens of other programs, settings and the shop's pictures, routers and what a
 * set-up has to restore there, blocked devices, names of devices, the journal of money, which is only added
 * to, the usage watermarks, without which nothing could be summed up, what routers were seen to do, and boxes for coins with what they counted.
 */
export const KEPT: readonly string[] = [
  'plans',
  'plan_versions',
  'staff',
  'recovery_codes',
  'web_sessions',
  'shop_settings',
  'shop_files',
  'sites',
  'routers',
  'site_plans',
  'blocked_devices',
  'device_names',
  'money_journal',
  'api_tokens',
  'payment_sources',
  'webhooks',
  'usage_marks',
  'router_tallies',
  'coin_boxes',
  'coin_counters',
];

/**
 * What goes is everything customers did: vouchers with their sales and usage, sessions, limits of single
 * devices, subscribers with their invoices and payments, what was ordered online, drawers, slips with sellers, coins at boxes, events and notices, outages, which vouchers were imported (they may be imported again), wrong
 * codes and passwords.
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
  'external_fields',
  'guess_tallies',
  'sign_in_failures',
  'subscribers',
  'subscriber_plans',
  'plan_changes',
  'subscriber_states',
  'invoices',
  'invoice_lines',
  'subscriber_charges',
  'payments',
  'payment_reports',
  'pay_orders',
  'drawers',
  'slip_custody',
  'coin_pairings',
  'coin_claims',
  'coin_strays',
  'coin_credits',
  'api_answers',
];

/** A database may hold those of other programs beside them, which are none of ours. */
export const OWN_TABLES: readonly string[] = [...KEPT, ...CLEARED, 'books_revision'];
