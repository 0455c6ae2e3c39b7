import type { Knex } from 'knex';

/** A queue may shape without counting: what a device's hotspot session counts is kept beside it. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('counter_readings', (table) => {
    table.bigInteger('heard_up');
    table.bigInteger('heard_down');
  });
  await knex.schema.alterTable('session_counters', (table) => {
    table.integer('still');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('session_counters', (table) => table.dropColumn('still'));
  await knex.schema.alterTable('counter_readings', (table) => {
    table.dropColumns('heard_up', 'heard_down');
  });
}
