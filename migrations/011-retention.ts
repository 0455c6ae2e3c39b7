import type { Knex } from 'knex';

/** What is old is found by its time, and not looked through each time whether it may go. */
export async function up(knex: Knex): Promise<void> {
  // No longer when a threshold was passed (the audit tells), but when its mark was last known to count.
  await knex.raw('alter table quota_notices rename column at to counted_at');
  await knex.schema.alterTable('quota_notices', (table) => table.index(['counted_at']));
  // What customers did, by their hardware address: staff, whose deeds stay for ever, are not in it.
  await knex.raw(
    `create index audit_of_customers on audit (at) where who like '__:__:__:__:__:__'`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index audit_of_customers');
  await knex.schema.alterTable('quota_notices', (table) => table.dropIndex(['counted_at']));
  await knex.raw('alter table quota_notices rename column counted_at to at');
}
