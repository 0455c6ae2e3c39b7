import type { Knex } from 'knex';
import { compareByBytes, isPostgres } from './postgres-parts';

/** What devices are called: by themselves, and by the staff, whose word counts. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('device_names', (table) => {
    table.text('mac').primary();
    // The host name that the phone tells the router.
    table.text('own');
    table.text('given');
    table.text('given_by');
    table.text('given_at');
  });
  if (isPostgres(knex)) await compareByBytes(knex);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('device_names');
}
