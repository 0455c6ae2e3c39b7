import type { Knex } from 'knex';
import { dropPostgresParts, isPostgres, makePostgresParts } from './postgres-parts';

/**
 * The shop's books. Types that SQLite and PostgreSQL share: times are ISO 8601 UTC text, money is integer
 * minor units, rates are bit/s, sizes are bytes, yes/no is 0/1. Columns are in the same order as in books
 * from before the first release.
 */
export async function up(knex: Knex): Promise<void> {
  await makePlansAndVouchers(knex);
  await makeDevicesAndSessions(knex);
  await makeUsage(knex);
  await makeRoutersAndOutages(knex);
  await makeJournalAndNotices(knex);
  await makeStaffAndSettings(knex);
  await makeImports(knex);
  if (isPostgres(knex)) await makePostgresParts(knex);
}

/** Created in this order, and dropped in reverse. */
const TABLES = [
  ...['plans', 'plan_versions', 'batches', 'vouchers', 'sale_voids'],
  ...['devices', 'sessions', 'manual_limits', 'blocked_devices', 'guess_tallies', 'speed_changes'],
  ...[
    'counter_readings',
    'session_counters',
    'usage_names',
    'usage_slots',
    'usage_hours',
    'usage_days',
  ],
  ...[
    'usage_plan_hours',
    'usage_plan_days',
    'usage_years',
    'usage_totals',
    'usage_marks',
    'usage_gaps',
  ],
  ...['look_gaps', 'routers', 'outages', 'outage_credits'],
  ...['alerts', 'audit', 'events', 'notice_lines', 'quota_notices'],
  ...['staff', 'recovery_codes', 'web_sessions', 'sign_in_failures', 'shop_settings', 'shop_files'],
  ...['imports', 'imported_vouchers'],
];

export async function down(knex: Knex): Promise<void> {
  if (isPostgres(knex)) await dropPostgresParts(knex);
  for (const table of TABLES.toReversed()) await knex.schema.dropTable(table);
}

async function makePlansAndVouchers(knex: Knex): Promise<void> {
  await knex.schema.createTable('plans', (table) => {
    table.increments('id');
    table.text('name').notNullable().unique();
    table.integer('position').notNullable().defaultTo(0);
    table.integer('public').notNullable().defaultTo(1);
    table.text('status').notNullable();
    table.text('created_at').notNullable();
    table.text('type');
    // Days of the shop's calendar, both included.
    table.text('promo_from');
    table.text('promo_until');
  });

  // A plan is edited by adding a version; vouchers point at the version they were sold under.
  await knex.schema.createTable('plan_versions', (table) => {
    table.increments('id');
    table.integer('plan_id').notNullable().references('plans.id');
    table.integer('version').notNullable();
    table.text('plan_name').notNullable();
    table.text('terms').notNullable(); // JSON of domain Terms; never updated
    table.text('created_at').notNullable();
    table.text('created_by').notNullable();
    table.unique(['plan_id', 'version']);
  });

  await knex.schema.createTable('batches', (table) => {
    table.increments('id');
    table.integer('plan_version_id').notNullable().references('plan_versions.id');
    table.integer('count').notNullable();
    table.text('prefix').notNullable().defaultTo('');
    table.text('note').notNullable().defaultTo('');
    table.text('created_at').notNullable();
    table.text('created_by').notNullable();
    table.text('sold_by'); // empty: the person who made it
  });

  await knex.schema.createTable('vouchers', (table) => {
    table.text('code').primary();
    table.integer('batch_id').references('batches.id');
    // Empty for vouchers from an older database: then the columns below are all their terms.
    table.integer('plan_version_id').references('plan_versions.id');
    table.text('status').notNullable().defaultTo('unused');
    table.integer('is_developer').notNullable().defaultTo(0);
    table.bigInteger('price_minor').notNullable().defaultTo(0);
    table.text('currency').notNullable().defaultTo('PHP');
    table.text('rate_limit_up').notNullable().defaultTo('1M');
    table.text('rate_limit_down').notNullable().defaultTo('2M');
    table.bigInteger('validity_seconds');
    table.bigInteger('uptime_seconds');
    table.bigInteger('cap_bytes');
    table.integer('devices').notNullable().defaultTo(1);
    table.text('created_at').notNullable();
    table.text('created_by').notNullable();
    // During a redemption the code is held for one device; an expired hold does not count.
    table.text('held_by');
    table.text('held_until');
    table.text('activated_at');
    table.text('started_at');
    table.text('expires_at');
    table.text('stopped_at');
    table.text('ended_at');
    table.bigInteger('used_up').notNullable().defaultTo(0);
    table.bigInteger('used_down').notNullable().defaultTo(0);
    table.bigInteger('used_uptime_ms').notNullable().defaultTo(0);
    // For recurring caps: when the current period began, and what was used before it.
    table.text('period_started_at');
    table.bigInteger('used_before_period').notNullable().defaultTo(0);
    // Bytes within used_up and used_down together that count against neither cap nor fair use.
    table.bigInteger('free_bytes').notNullable().defaultTo(0);
    table.bigInteger('carried_bytes').notNullable().defaultTo(0);
    // Empty is the person who made it. Not changed once it is sold, so that no sale moves to another seller.
    table.text('sold_by');
    // The part of used_uptime_ms that does not count against the time sold.
    table.bigInteger('given_uptime_ms').notNullable().defaultTo(0);
    table.index(['status', 'created_at']);
    table.index(['batch_id']);
    table.index(['created_at']);
  });
  // Partial, so that making thousands of vouchers does not pay for them. The second one covers all of a
  // sale's columns, so that a year of sales is summed without reading the vouchers.
  await knex.raw(
    `create index vouchers_running_out on vouchers (expires_at) where status = 'active'`,
  );
  await knex.raw(
    `create index vouchers_sold on vouchers
       (activated_at, is_developer, currency, price_minor, plan_version_id, created_by, sold_by)
       where activated_at is not null`,
  );

  // A voucher is sold when it is first used. Sales are never deleted: a void is a row of its own.
  await knex.schema.createTable('sale_voids', (table) => {
    table.increments('id');
    table.text('code').notNullable().unique().references('vouchers.code');
    table.bigInteger('price_minor').notNullable();
    table.text('currency').notNullable();
    table.text('reason').notNullable();
    table.text('voided_by').notNullable();
    table.text('voided_at').notNullable().index();
  });
}

async function makeDevicesAndSessions(knex: Knex): Promise<void> {
  await knex.schema.createTable('devices', (table) => {
    table.text('mac').primary();
    table.text('address');
    table.text('first_seen_at').notNullable();
    table.text('last_seen_at').notNullable();
  });

  await knex.schema.createTable('sessions', (table) => {
    table.increments('id');
    table.text('code').notNullable().references('vouchers.code').index();
    table.text('mac').notNullable().references('devices.mac').index();
    table.text('state').notNullable();
    table.text('pending_until');
    table.text('created_at').notNullable();
    table.text('opened_at');
    table.text('ended_at');
    table.text('end_reason');
    table.integer('signed_out').notNullable().defaultTo(0);
    table.integer('on_router').notNullable().defaultTo(0);
    // The device a voucher's slot was moved from, so that the device it moved to can be told.
    table.text('moved_from');
  });
  // One hold of a device on a voucher at a time; ended ones are history.
  await knex.raw(
    `create unique index sessions_one_slot on sessions (code, mac) where state <> 'ended'`,
  );
  await knex.raw(
    `create index sessions_of_interest on sessions (id) where state <> 'ended' or on_router = 1`,
  );

  await knex.schema.createTable('manual_limits', (table) => {
    table.text('mac').primary();
    table.bigInteger('rate_up').notNullable();
    table.bigInteger('rate_down').notNullable();
    table.text('until_at');
    table.text('set_by').notNullable();
    table.text('set_at').notNullable();
  });

  await knex.schema.createTable('blocked_devices', (table) => {
    table.text('mac').primary();
    table.text('reason').notNullable();
    table.text('blocked_by').notNullable();
    table.text('blocked_at').notNullable();
  });

  // Wrong codes by device, by address and in the whole shop: kept over a restart of the server.
  await knex.schema.createTable('guess_tallies', (table) => {
    table.text('subject').primary();
    table.integer('failures').notNullable();
    table.text('counted_at').notNullable().index();
    table.text('blocked_until');
  });

  // How fast a device was allowed to be, and why; no `until_at` while in force. No rates: not online.
  await knex.schema.createTable('speed_changes', (table) => {
    table.increments('id');
    table.text('mac').notNullable();
    table.text('code').notNullable();
    table.text('at').notNullable();
    table.text('until_at').index();
    table.bigInteger('rate_up');
    table.bigInteger('rate_down');
    table.text('reason').notNullable();
    table.bigInteger('used_bytes').notNullable();
    table.bigInteger('limit_bytes');
    table.text('reason_until');
    table.index(['mac', 'at']);
    table.index(['code', 'at']);
  });
  await knex.raw(
    `create unique index speed_changes_present on speed_changes (mac) where until_at is null`,
  );
}

/** Nothing is booked before it: no correct clock can show less. In slots of five minutes since 1970. */
const FIRST_SLOT = Date.parse('2026-01-01') / 1000 / 300;

async function makeUsage(knex: Knex): Promise<void> {
  await knex.schema.createTable('counter_readings', (table) => {
    table.text('mac').primary();
    table.integer('session_id').notNullable().references('sessions.id');
    table.text('queue_id').notNullable();
    table.integer('boot').notNullable();
    table.bigInteger('bytes_up').notNullable();
    table.bigInteger('bytes_down').notNullable();
    table.text('active_id');
    table.bigInteger('uptime_ms').notNullable().defaultTo(0);
    table.text('read_at').notNullable(); // when it last changed
  });

  // How much of a device's session is in the books; empty bytes: its queue counts it.
  await knex.schema.createTable('session_counters', (table) => {
    table.text('mac').primary();
    table.text('active_id').notNullable();
    table.integer('boot').notNullable();
    table.bigInteger('bytes_up');
    table.bigInteger('bytes_down');
  });

  // Hardware addresses and codes; the two never look alike. A code's plan is kept with it, since joining by
  // voucher and version is too slow for a hundred thousand rows.
  await knex.schema.createTable('usage_names', (table) => {
    table.increments('id');
    table.text('name').notNullable().unique();
    table.integer('plan_id').index();
  });

  // One layout at three resolutions, kept small: names are numbers, times slots, the key is the table.
  await makeSums(knex, 'usage_slots', ['slot', 'device', 'voucher']);
  await makeSums(knex, 'usage_hours', ['slot', 'device', 'voucher']);
  await makeSums(knex, 'usage_days', ['slot', 'device', 'voucher']);
  // What all vouchers of a plan used in an hour or a day; 0 is no plan.
  await makeSums(knex, 'usage_plan_hours', ['slot', 'plan']);
  await makeSums(knex, 'usage_plan_days', ['slot', 'plan']);
  // What each device and each voucher used in a year of the shop, by plan; the slot is the year's first.
  await makeSums(knex, 'usage_years', ['slot', 'is_voucher', 'who', 'plan']);
  // All that a device ever used with a voucher, up to where the hours are written; never deleted.
  await makeSums(knex, 'usage_totals', ['device', 'voucher']);
  await knex.raw('create index usage_totals_voucher on usage_totals (voucher)');

  // Up to where slots are in the hours (and totals), and hours in the days; from where slots and hours are
  // still kept; when the clock was last believed. One row.
  await knex.schema.createTable('usage_marks', (table) => {
    table.integer('id').primary();
    table.integer('hours_to').notNullable();
    table.integer('days_to').notNullable();
    table.integer('slots_from').notNullable();
    table.integer('hours_from').notNullable();
    table.text('believed_at');
    // Days before `years_to` are in the years, split by this time zone; years before `years_from` are not.
    table.integer('years_to').notNullable().defaultTo(0);
    table.integer('years_from').notNullable().defaultTo(0);
    table.text('years_zone').notNullable().defaultTo('');
  });
  const begin = { hours_to: FIRST_SLOT, days_to: 0, slots_from: FIRST_SLOT, hours_from: 0 };
  await knex('usage_marks').insert({ id: 1, ...begin });

  // Bytes between the last reading and a loss of the counters cannot be known, only that they are missing.
  await knex.schema.createTable('usage_gaps', (table) => {
    table.increments('id');
    table.text('mac').notNullable().index();
    table.text('code').notNullable();
    table.text('reason').notNullable();
    table.text('from_at').notNullable();
    table.text('to_at').notNullable().index();
  });

  // From and to: the loop did not run in between, so the exact time is unknown.
  await knex.schema.createTable('look_gaps', (table) => {
    table.increments('id');
    table.text('from_at').notNullable();
    table.text('to_at').notNullable().index();
  });
}

async function makeSums(knex: Knex, name: string, key: readonly string[]): Promise<void> {
  const columns = key.map((column) => `${column} integer not null, `).join('');
  await knex.raw(
    `create table ${name} (${columns}bytes_up bigint not null, bytes_down bigint not null,
       primary key (${key.join(', ')}))${isPostgres(knex) ? '' : ' without rowid'}`,
  );
}

async function makeRoutersAndOutages(knex: Knex): Promise<void> {
  // One row per router: who it is, how we last saw it, and which process is its controller.
  await knex.schema.createTable('routers', (table) => {
    table.increments('id');
    table.text('address').notNullable().unique();
    table.text('serial');
    table.text('name');
    table.text('version');
    table.text('board');
    table.text('certificate');
    table.integer('boot').notNullable().defaultTo(0);
    table.bigInteger('uptime_ms');
    table.text('looked_at');
    table.text('lease_holder');
    table.text('lease_host');
    table.integer('lease_pid');
    table.text('lease_until');
    // A command beside the server asks for a round by raising `asked` and waits for `served` to follow.
    table.integer('asked').notNullable().defaultTo(0);
    table.integer('served').notNullable().defaultTo(0);
    table.integer('confirmed').notNullable().defaultTo(0);
    table.text('report');
  });

  // When the router or its uplink was down. Open while `to_at` is empty.
  await knex.schema.createTable('outages', (table) => {
    table.increments('id');
    table.integer('router_id').notNullable();
    table.text('kind').notNullable();
    table.text('from_at').notNullable();
    table.text('noticed_at').notNullable();
    table.text('to_at');
    table.index(['router_id', 'to_at']);
  });
  await knex.raw(
    `create unique index outages_open on outages (router_id, kind) where to_at is null`,
  );

  // Time a voucher was given back for an outage, and how long its clock was stopped during it.
  await knex.schema.createTable('outage_credits', (table) => {
    table.integer('outage_id').notNullable().references('outages.id');
    table.text('code').notNullable();
    table.bigInteger('credited_ms').notNullable().defaultTo(0);
    table.bigInteger('stood_ms').notNullable().defaultTo(0);
    // used_uptime_ms when the outage began; empty if it was not recorded then.
    table.bigInteger('online_from_ms');
    table.bigInteger('online_ms').notNullable().defaultTo(0);
    table.primary(['outage_id', 'code']);
  });
}

async function makeJournalAndNotices(knex: Knex): Promise<void> {
  await knex.schema.createTable('alerts', (table) => {
    table.increments('id');
    table.text('kind').notNullable();
    table.text('subject').notNullable().defaultTo('');
    table.text('message').notNullable();
    table.text('raised_at').notNullable().index();
    table.text('cleared_at').index();
  });
  await knex.raw(
    `create unique index alerts_open on alerts (kind, subject) where cleared_at is null`,
  );

  await knex.schema.createTable('audit', (table) => {
    table.increments('id');
    table.text('at').notNullable().index();
    table.text('who').notNullable();
    table.text('what').notNullable();
    table.text('subject').notNullable().defaultTo('');
    table.text('detail').notNullable().defaultTo('{}'); // JSON
    // Searched by any of the three, newest first.
    for (const column of ['who', 'what', 'subject']) table.index([column, 'id']);
  });
  // What customers did, by their hardware address; staff actions stay forever and are not in it.
  await knex.raw(
    `create index audit_of_customers on audit (at) where who like '__:__:__:__:__:__'`,
  );

  // The outbox: written in the transaction of what it reports, delivered afterwards.
  await knex.schema.createTable('events', (table) => {
    table.increments('id');
    table.text('uid').notNullable().unique(); // identifies the event to its receivers
    table.text('name').notNullable();
    table.text('at').notNullable().index();
    table.text('subject').notNullable().defaultTo('');
    table.text('data').notNullable().defaultTo('{}'); // JSON
    table.index(['name', 'id']);
  });

  // How far each subscription to events has come. In order: everything up to `event_id` is done.
  await knex.schema.createTable('notice_lines', (table) => {
    table.text('name').primary();
    table.integer('event_id').notNullable();
    table.integer('attempts').notNullable().defaultTo(0);
    table.text('next_at');
    table.text('last_error');
    table.text('failing_since');
    table.text('sent_at');
    // One process delivers at a time; an expired claim does not count.
    table.text('claimed_by');
    table.text('claimed_until');
  });

  // Each threshold of a plan counts once per voucher and period; '' is the voucher's whole life.
  await knex.schema.createTable('quota_notices', (table) => {
    table.text('code').notNullable();
    table.text('period').notNullable();
    table.text('kind').notNullable(); // of the cap, or of fair use
    table.integer('percent').notNullable();
    table.text('counted_at').notNullable().index(); // when it was last known to count
    table.primary(['code', 'period', 'kind', 'percent']);
  });
}

async function makeStaffAndSettings(knex: Knex): Promise<void> {
  await knex.schema.createTable('staff', (table) => {
    table.increments('id');
    table.text('name').notNullable().unique();
    table.text('role').notNullable();
    table.text('password_hash').notNullable();
    table.text('created_at').notNullable();
    // A session stores the epoch it was made in; raising it signs the account out everywhere.
    table.integer('epoch').notNullable().defaultTo(0);
    table.text('totp_secret'); // base32; empty if the account has no second step
    table.bigInteger('totp_counter'); // of the code used last, which is valid only once
  });

  await knex.schema.createTable('recovery_codes', (table) => {
    table.increments('id');
    table.integer('staff_id').notNullable().references('staff.id').onDelete('CASCADE').index();
    table.text('code_hash').notNullable();
  });

  // The shape that connect-session-knex expects.
  await knex.schema.createTable('web_sessions', (table) => {
    table.string('sid').primary();
    table.text('sess').notNullable();
    table.timestamp('expired').notNullable().index();
  });

  // Kept by what was tried (name, and name from an address), known or not, and over restarts.
  await knex.schema.createTable('sign_in_failures', (table) => {
    table.text('subject').primary();
    table.integer('failures').notNullable();
    table.text('last_at').notNullable();
    table.text('locked_until');
  });

  await knex.schema.createTable('shop_settings', (table) => {
    table.text('name').primary();
    table.text('value').notNullable();
  });

  // Pictures are not in the settings: those are read as a whole, and often.
  await knex.schema.createTable('shop_files', (table) => {
    table.text('name').primary();
    table.text('type').notNullable();
    table.binary('content').notNullable();
  });
}

/** What was imported from other programs, so that importing it again changes nothing. */
async function makeImports(knex: Knex): Promise<void> {
  await knex.schema.createTable('imports', (table) => {
    table.increments('id');
    table.text('origin').notNullable(); // the program it came from
    table.text('source').notNullable(); // the file or router
    table.integer('count').notNullable();
    table.text('imported_at').notNullable();
    table.text('imported_by').notNullable();
  });
  // No reference to the voucher: one deleted since must not return with the next import.
  await knex.schema.createTable('imported_vouchers', (table) => {
    table.text('code').primary();
    table.integer('import_id').notNullable().references('imports.id');
    table.text('terms').notNullable(); // distinguishes it from another voucher of the same code
  });
}
