import type { Knex } from 'knex';

/** A payment may be for one invoice. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('payments', (table) => table.integer('invoice_id'));
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('payments', (table) => table.dropColumn('invoice_id'));
}
