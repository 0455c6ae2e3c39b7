import type { Knex } from 'knex';
import { compareByBytes, isPostgres } from './postgres-parts';

/** The key of the form that ordered a batch: a form that is sent twice makes one batch. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('batches', (table) => {
    table.text('order_key'); // empty: not ordered with one tap
    table.unique(['order_key']);
  });
  if (isPostgres(knex)) await compareByBytes(knex);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('batches', (table) => {
    table.dropUnique(['order_key']);
    table.dropColumn('order_key');
  });
}
