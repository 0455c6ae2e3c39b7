import type { Knex } from 'knex';

/** Customers' devices: what they are called, which vouchers they hold, and what they may. */
export async function makeDeviceTables(knex: Knex): Promise<void> {
  await makeDevices(knex);
  await makeSessions(knex);
  await makeLimits(knex);
  await makeSpeedChanges(knex);
}

async function makeDevices(knex: Knex): Promise<void> {
  await knex.schema.createTable('devices', (table) => {
    table.text('mac').primary();
    table.text('address');
    table.text('first_seen_at').notNullable();
    table.text('last_seen_at').notNullable();
  });

  // What devices are called: by themselves, and by the staff, whose word counts.
  await knex.schema.createTable('device_names', (table) => {
    table.text('mac').primary();
    // The host name that the phone tells the router.
    table.text('own');
    table.text('given');
    table.text('given_by');
    table.text('given_at');
  });
}

async function makeSessions(knex: Knex): Promise<void> {
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
    table.integer('router_id').notNullable().defaultTo(0);
  });
  // One hold of a device on a voucher at a time; ended ones are history.
  await knex.raw(
    `create unique index sessions_one_slot on sessions (code, mac) where state <> 'ended'`,
  );
  await knex.raw(
    `create index sessions_of_interest on sessions (id) where state <> 'ended' or on_router = 1`,
  );
}

async function makeLimits(knex: Knex): Promise<void> {
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
}

/** How fast a device was allowed to be, and why; no `until_at` while in force. No rates: not online. */
async function makeSpeedChanges(knex: Knex): Promise<void> {
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
    table.integer('router_id').notNullable().defaultTo(0);
    table.index(['mac', 'at']);
    table.index(['code', 'at']);
  });
  await knex.raw(
    'create unique index speed_changes_present on speed_changes (mac, router_id) where until_at is null',
  );
}
