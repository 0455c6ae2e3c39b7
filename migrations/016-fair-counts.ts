import type { Knex } from 'knex';

/** What no queue counts is read off the hotspot's sessions; and thresholds of cap and fair use are two things. */
export async function up(knex: Knex): Promise<void> {
  // How much of a device's session is in the books; empty bytes: its queue counts it.
  await knex.schema.createTable('session_counters', (table) => {
    table.text('mac').primary();
    table.text('active_id').notNullable();
    table.integer('boot').notNullable();
    table.bigInteger('bytes_up');
    table.bigInteger('bytes_down');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('session_counters');
}
