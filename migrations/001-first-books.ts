import type { Knex } from 'knex';

/**
 * The shop's books. Types that SQLite and PostgreSQL share: times are ISO 8601 UTC text, money is
 * integer minor units, rates are bit/s, sizes are bytes, yes/no is 0/1.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('plans', (table) => {
    table.increments('id');
    table.text('name').notNullable().unique();
    table.integer('position').notNullable().defaultTo(0);
    table.integer('public').notNullable().defaultTo(1);
    table.text('status').notNullable();
    table.text('created_at').notNullable();
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
  });

  await knex.schema.createTable('vouchers', (table) => {
    table.text('code').primary();
    table.integer('batch_id').references('batches.id');
    // Empty for vouchers that came from an older database: then the columns below are all their terms.
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
    // While a redemption is under way the code is held for one device; a hold that runs out is no hold.
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
    // For caps that come again: when the present period began, and what was used before it.
    table.text('period_started_at');
    table.bigInteger('used_before_period').notNullable().defaultTo(0);
    table.index(['status', 'created_at']);
    table.index(['batch_id']);
    table.index(['created_at']);
  });

  await knex.schema.createTable('devices', (table) => {
    table.text('mac').primary();
    table.text('address');
    table.text('first_seen_at').notNullable();
    table.text('last_seen_at').notNullable();
  });

  await knex.schema.createTable('sessions', (table) => {
    table.increments('id');
    table.text('code').notNullable().references('vouchers.code');
    table.text('mac').notNullable().references('devices.mac');
    table.text('state').notNullable();
    table.text('pending_until');
    table.text('created_at').notNullable();
    table.text('opened_at');
    table.text('ended_at');
    table.text('end_reason');
    table.integer('signed_out').notNullable().defaultTo(0);
    table.integer('on_router').notNullable().defaultTo(0);
    table.index(['code']);
    table.index(['mac']);
  });
  // One hold of a device on a voucher at a time; ended ones are history.
  await knex.raw(
    `create unique index sessions_one_slot on sessions (code, mac) where state <> 'ended'`,
  );
  await knex.raw(
    `create index sessions_of_interest on sessions (id) where state <> 'ended' or on_router = 1`,
  );

  await knex.schema.createTable('counter_readings', (table) => {
    table.text('mac').primary();
    table.integer('session_id').notNullable().references('sessions.id');
    table.text('queue_id').notNullable();
    table.integer('boot').notNullable();
    table.bigInteger('bytes_up').notNullable();
    table.bigInteger('bytes_down').notNullable();
    table.text('active_id');
    table.bigInteger('uptime_ms').notNullable().defaultTo(0);
    table.text('read_at').notNullable(); // when it last moved
  });

  await knex.schema.createTable('usage', (table) => {
    table.text('code').notNullable();
    table.text('mac').notNullable();
    table.text('hour').notNullable(); // start of the hour, UTC
    table.bigInteger('bytes_up').notNullable();
    table.bigInteger('bytes_down').notNullable();
    table.primary(['code', 'mac', 'hour']);
    table.index(['hour']);
  });

  // Bytes between the last reading and a loss of the counters cannot be known; that they are missing can.
  await knex.schema.createTable('usage_gaps', (table) => {
    table.increments('id');
    table.text('mac').notNullable();
    table.text('code').notNullable();
    table.text('reason').notNullable();
    table.text('from_at').notNullable();
    table.text('to_at').notNullable();
    table.index(['mac']);
  });

  await knex.schema.createTable('manual_limits', (table) => {
    table.text('mac').primary();
    table.bigInteger('rate_up').notNullable();
    table.bigInteger('rate_down').notNullable();
    table.text('until_at');
    table.text('set_by').notNullable();
    table.text('set_at').notNullable();
  });

  await knex.schema.createTable('staff', (table) => {
    table.increments('id');
    table.text('name').notNullable().unique();
    table.text('role').notNullable();
    table.text('password_hash').notNullable();
    table.text('created_at').notNullable();
  });

  await knex.schema.createTable('alerts', (table) => {
    table.increments('id');
    table.text('kind').notNullable();
    table.text('subject').notNullable().defaultTo('');
    table.text('message').notNullable();
    table.text('raised_at').notNullable();
    table.text('cleared_at');
    table.index(['raised_at']);
  });
  await knex.raw(
    `create unique index alerts_open on alerts (kind, subject) where cleared_at is null`,
  );

  await knex.schema.createTable('audit', (table) => {
    table.increments('id');
    table.text('at').notNullable();
    table.text('who').notNullable();
    table.text('what').notNullable();
    table.text('subject').notNullable().defaultTo('');
    table.text('detail').notNullable().defaultTo('{}'); // JSON
    table.index(['at']);
    table.index(['subject']);
  });

  // One row a router: who it is, how we last saw it, and which process is its controller.
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
    // A command beside the server asks for a pass by raising `asked` and waits for `served` to follow.
    table.integer('asked').notNullable().defaultTo(0);
    table.integer('served').notNullable().defaultTo(0);
    table.integer('confirmed').notNullable().defaultTo(0);
    table.text('report');
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of [
    'routers',
    'audit',
    'alerts',
    'staff',
    'manual_limits',
    'usage_gaps',
    'usage',
    'counter_readings',
    'sessions',
    'devices',
    'vouchers',
    'batches',
    'plan_versions',
    'plans',
  ]) {
    await knex.schema.dropTable(table);
  }
}
