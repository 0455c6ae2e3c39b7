import type { Knex } from 'knex';

/** A seller's vouchers, newest first, whatever case their name is typed in. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    'create index vouchers_seller on vouchers (lower(coalesce(sold_by, created_by)), created_at)',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index vouchers_seller');
}
