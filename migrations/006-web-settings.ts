import type { Knex } from 'knex';

/** What the web admin's settings keep: the shop's logo, second steps at sign-in, and blocked devices. */
export async function up(knex: Knex): Promise<void> {
  // Pictures are no settings: those are read as a whole, and often.
  await knex.schema.createTable('shop_files', (table) => {
    table.text('name').primary();
    table.text('type').notNullable();
    table.binary('content').notNullable();
  });

  await knex.schema.alterTable('staff', (table) => {
    table.text('totp_secret'); // base32; empty where the account has no second step
    table.bigInteger('totp_counter'); // of the code used last, which is good once only
  });
  await knex.schema.createTable('recovery_codes', (table) => {
    table.increments('id');
    table.integer('staff_id').notNullable().references('staff.id').onDelete('CASCADE');
    table.text('code_hash').notNullable();
    table.index(['staff_id']);
  });

  await knex.schema.createTable('blocked_devices', (table) => {
    table.text('mac').primary();
    table.text('reason').notNullable();
    table.text('blocked_by').notNullable();
    table.text('blocked_at').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['blocked_devices', 'recovery_codes', 'shop_files']) {
    await knex.schema.dropTable(table);
  }
  await knex.schema.alterTable('staff', (table) => table.dropColumn('totp_counter'));
  await knex.schema.alterTable('staff', (table) => table.dropColumn('totp_secret'));
}
