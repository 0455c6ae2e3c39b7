import type { Knex } from 'knex';

/** What a refund gives back of a voucher of which parts were passed on; empty: its price. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('vouchers', (table) => table.bigInteger('refund_minor'));
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('vouchers', (table) => table.dropColumn('refund_minor'));
}
