import type { Knex } from 'knex';

/** The web admin: signed-in staff, settings of the shop, voided sales, and indexes for its wide pages. */
export async function up(knex: Knex): Promise<void> {
  // The shape that connect-session-knex expects.
  await knex.schema.createTable('web_sessions', (table) => {
    table.string('sid').primary();
    table.text('sess').notNullable();
    table.timestamp('expired').notNullable().index();
  });

  // A session names the epoch it was made in; raising it signs the account out everywhere.
  await knex.schema.alterTable('staff', (table) => {
    table.integer('epoch').notNullable().defaultTo(0);
  });

  // Kept by what was tried (name, and name from an address), known or not: a restart forgets nothing.
  await knex.schema.createTable('sign_in_failures', (table) => {
    table.text('subject').primary();
    table.integer('failures').notNullable();
    table.text('last_at').notNullable();
    table.text('locked_until');
  });

  await knex.schema.createTable('shop_settings', (table) => {
    table.text('name').primary();
    table.text('value').notNullable();
  });

  // A voucher is sold when it is first used. Sales are never taken away: a void is a row of its own.
  await knex.schema.createTable('sale_voids', (table) => {
    table.increments('id');
    table.text('code').notNullable().unique().references('vouchers.code');
    table.bigInteger('price_minor').notNullable();
    table.text('currency').notNullable();
    table.text('reason').notNullable();
    table.text('voided_by').notNullable();
    table.text('voided_at').notNullable();
    table.index(['voided_at']);
  });

  // Partial, so that making thousands of vouchers does not pay for them. The first one holds all that
  // a sale is, so that a year of sales is summed without reading the vouchers.
  await knex.raw(
    `create index vouchers_sold on vouchers
       (activated_at, is_developer, currency, price_minor, plan_version_id, created_by)
       where activated_at is not null`,
  );
  await knex.raw(
    `create index vouchers_running_out on vouchers (expires_at) where status = 'active'`,
  );
  await knex.schema.alterTable('usage', (table) => table.index(['mac', 'hour']));
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('usage', (table) => table.dropIndex(['mac', 'hour']));
  await knex.raw('drop index vouchers_running_out');
  await knex.raw('drop index vouchers_sold');
  for (const table of ['sale_voids', 'shop_settings', 'sign_in_failures']) {
    await knex.schema.dropTable(table);
  }
  await knex.schema.alterTable('staff', (table) => table.dropColumn('epoch'));
  await knex.schema.dropTable('web_sessions');
}
