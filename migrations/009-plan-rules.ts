import type { Knex } from 'knex';

/** What free hours, rollover, "why is my speed this" and plans for a season need to be remembered. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('vouchers', (table) => {
    // Of used_up and used_down together, bytes that count against neither cap nor fair use.
    table.bigInteger('free_bytes').notNullable().defaultTo(0);
    table.bigInteger('carried_bytes').notNullable().defaultTo(0);
  });

  await knex.schema.alterTable('plans', (table) => {
    table.text('type');
    // Days of the shop's calendar, both included.
    table.text('promo_from');
    table.text('promo_until');
  });

  // How fast a device was allowed to be, and why; no `until_at` while it holds. No rates: not online.
  await knex.schema.createTable('speed_changes', (table) => {
    table.increments('id');
    table.text('mac').notNullable();
    table.text('code').notNullable();
    table.text('at').notNullable();
    table.text('until_at');
    table.bigInteger('rate_up');
    table.bigInteger('rate_down');
    table.text('reason').notNullable();
    table.bigInteger('used_bytes').notNullable();
    table.bigInteger('limit_bytes');
    table.text('reason_until');
    table.index(['mac', 'at']);
    table.index(['code', 'at']);
  });
  await knex.raw(
    `create unique index speed_changes_present on speed_changes (mac) where until_at is null`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('speed_changes');
  await knex.schema.alterTable('plans', (table) => {
    table.dropColumns('type', 'promo_from', 'promo_until');
  });
  await knex.schema.alterTable('vouchers', (table) => {
    table.dropColumns('free_bytes', 'carried_bytes');
  });
}
