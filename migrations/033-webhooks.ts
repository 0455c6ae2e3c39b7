import type { Knex } from 'knex';
import { compareByBytes, isPostgres } from './postgres-parts';

/** Programs that are told of events, beside the one webhook of the settings. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('webhooks', (table) => {
    table.increments('id');
    table.text('url').notNullable();
    table.text('salt').notNullable(); // the secret is made of it and the shop's key
    table.text('events'); // a JSON list of their names; empty: all
    table.text('made_by').notNullable();
    table.text('made_at').notNullable();
  });
  if (isPostgres(knex)) await compareByBytes(knex);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('webhooks');
}
