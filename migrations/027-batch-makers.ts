import type { Knex } from 'knex';

/** Who passed a part of a voucher on sees on every visit which of the new codes nobody used yet. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('batches', (table) => table.index('created_by'));
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('batches', (table) => table.dropIndex('created_by'));
}
