import type { Knex } from 'knex';

/** Routers and the sites they stand at, and when they were away. */
export async function makeRouterTables(knex: Knex): Promise<void> {
  await makeSites(knex);
  await makeRouters(knex);
  await makeOutages(knex);
}

/** What a site sells otherwise than the shop. */
async function makeSites(knex: Knex): Promise<void> {
  await knex.schema.createTable('sites', (table) => {
    table.increments('id');
    table.text('name').notNullable().unique();
    table.integer('has_first_router').notNullable().defaultTo(0); // that of the environment has no row of its own
  });

  await knex.schema.createTable('site_plans', (table) => {
    table.integer('site_id').notNullable().references('sites.id');
    table.integer('plan_id').notNullable().references('plans.id');
    table.integer('is_sold').notNullable().defaultTo(1);
    table.bigInteger('price_minor'); // empty: the plan's own
    table.primary(['site_id', 'plan_id']);
  });
}

/**
 * One row per router: who it is, how we last saw it, and which process is its controller. In the tables of the
 * loop, router 0 is the first one, that of the environment: it keeps its sessions when it is replaced, and its
 * row here changes then.
 */
async function makeRouters(knex: Knex): Promise<void> {
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
    // The rest is empty where the environment has the settings.
    table.text('title').unique();
    table.text('key').unique(); // random; customers' links to the portal carry it
    table.integer('site_id');
    table.text('host');
    table.integer('port');
    table.text('tls');
    table.text('username');
    table.text('password'); // encrypted, see `PasswordVault`
    table.text('hotspot_server');
    table.text('wan_interface');
    table.text('removed_at');
    table.text('uplink_host'); // an address beyond the modem; empty: none is watched
    table.text('uplink_rate'); // up/down, as typed
    table.integer('poll_seconds');
    table.text('portal_url');
    table.integer('revision').notNullable().defaultTo(0); // of these settings: goes up with each change
  });

  // What routers were seen to do while the shop ran, by version and board: counts for their report alone.
  await knex.schema.createTable('router_tallies', (table) => {
    table.text('version').notNullable();
    table.text('board').notNullable();
    table.text('what').notNullable();
    table.text('value').notNullable();
    table.bigInteger('times').notNullable();
    table.bigInteger('total_ms').notNullable(); // 0 for what takes no time
    table.bigInteger('longest_ms').notNullable();
    table.text('last_at').notNullable();
    table.primary(['version', 'board', 'what', 'value']);
  });
}

async function makeOutages(knex: Knex): Promise<void> {
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
