import type { Knex } from 'knex';

/** What only the router of the environment could have so far; empty: as for that one. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('routers', (table) => {
    table.text('uplink_host'); // an address beyond the modem; empty: none is watched
    table.text('uplink_rate'); // up/down, as typed
    table.integer('poll_seconds');
    table.text('portal_url');
    table.integer('revision').notNullable().defaultTo(0); // of these settings: goes up with each change
  });
  await knex('routers').whereNotNull('key').update({ uplink_host: '8.8.8.8' });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('routers', (table) => {
    table.dropColumns('uplink_host', 'uplink_rate', 'poll_seconds', 'portal_url', 'revision');
  });
}
