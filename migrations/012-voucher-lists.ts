import type { Knex } from 'knex';

/**
 * Vouchers newest first in the order of their lists, and a seller's, whatever case the name is typed in. What
 * belongs to a subscriber is no voucher of these lists: that is told by the index alone.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('vouchers', (table) => {
    table.dropIndex(['created_at']);
    table.dropIndex(['status', 'created_at']);
    table.index(['status', 'created_at', 'subscriber_id'], 'vouchers_by_status');
  });
  await knex.raw('create index vouchers_newest on vouchers (created_at desc, code, subscriber_id)');
  await knex.raw(
    'create index vouchers_seller on vouchers (lower(coalesce(sold_by, created_by)), created_at)',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index vouchers_seller');
  await knex.raw('drop index vouchers_newest');
  await knex.schema.alterTable('vouchers', (table) => {
    table.dropIndex([], 'vouchers_by_status');
    table.index(['status', 'created_at']);
    table.index(['created_at']);
  });
}
