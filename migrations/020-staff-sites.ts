import type { Knex } from 'knex';
import { compareByBytes, isPostgres } from './postgres-parts';

/** Staff who see and change only what is of their sites. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('staff', (table) => {
    table.text('site_ids'); // JSON; empty: the whole shop
  });
  await knex.raw(`create index batches_of_sites on batches (site_id) where site_id is not null`);
  if (isPostgres(knex)) await compareByBytes(knex);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index batches_of_sites');
  await knex.schema.alterTable('staff', (table) => table.dropColumn('site_ids'));
}
