import type { Knex } from 'knex';
import { compareByBytes, isPostgres } from './postgres-parts';

/** Payment sources that sign their own way, with a secret of their own. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('payment_sources', (table) => {
    table.text('gateway'); // empty: signs our way
    table.text('sealed_secret'); // encrypted with the shop's key
  });
  if (isPostgres(knex)) await compareByBytes(knex);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('payment_sources', (table) => {
    table.dropColumns('gateway', 'sealed_secret');
  });
}
