import type { Knex } from 'knex';

/** Vouchers newest first in the order of their lists, and a seller's, whatever case the name is typed in. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('vouchers', (table) => table.dropIndex(['created_at']));
  await knex.raw('create index vouchers_newest on vouchers (created_at desc, code)');
  await knex.raw(
    'create index vouchers_seller on vouchers (lower(coalesce(sold_by, created_by)), created_at)',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index vouchers_seller');
  await knex.raw('drop index vouchers_newest');
  await knex.schema.alterTable('vouchers', (table) => table.index(['created_at']));
}
