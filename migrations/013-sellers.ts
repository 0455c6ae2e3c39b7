import type { Knex } from 'knex';

/**
 * Who sells a batch, and who sold a voucher; empty is whoever made it. A voucher's is no longer changed
 * once it is sold, so that no sale moves to somebody else.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('batches', (table) => table.text('sold_by'));
  await knex.schema.alterTable('vouchers', (table) => table.text('sold_by'));
  // It holds all that a sale is, and now the seller too.
  await knex.raw('drop index vouchers_sold');
  await knex.raw(
    `create index vouchers_sold on vouchers
       (activated_at, is_developer, currency, price_minor, plan_version_id, created_by, sold_by)
       where activated_at is not null`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index vouchers_sold');
  await knex.raw(
    `create index vouchers_sold on vouchers
       (activated_at, is_developer, currency, price_minor, plan_version_id, created_by)
       where activated_at is not null`,
  );
  await knex.schema.alterTable('vouchers', (table) => table.dropColumn('sold_by'));
  await knex.schema.alterTable('batches', (table) => table.dropColumn('sold_by'));
}
