import type { Knex } from 'knex';
import { compareByBytes, isPostgres, letReferencesWait } from './postgres-parts';

/** What a site sells otherwise than the shop, and at which sites a voucher is good. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('sites', (table) => {
    table.integer('has_first_router').notNullable().defaultTo(0); // that of the environment has no row of its own
  });
  await knex.schema.createTable('site_plans', (table) => {
    table.integer('site_id').notNullable().references('sites.id');
    table.integer('plan_id').notNullable().references('plans.id');
    table.integer('is_sold').notNullable().defaultTo(1);
    table.bigInteger('price_minor'); // empty: the plan's own
    table.primary(['site_id', 'plan_id']);
  });
  await knex.schema.alterTable('batches', (table) => {
    table.integer('site_id'); // where they are to be sold; empty: anywhere
  });
  await knex.schema.alterTable('vouchers', (table) => {
    table.text('not_at'); // JSON: ids of sites; empty: good everywhere
  });
  if (isPostgres(knex)) {
    await compareByBytes(knex);
    await letReferencesWait(knex);
  }
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('vouchers', (table) => table.dropColumn('not_at'));
  await knex.schema.alterTable('batches', (table) => table.dropColumn('site_id'));
  await knex.schema.dropTable('site_plans');
  await knex.schema.alterTable('sites', (table) => table.dropColumn('has_first_router'));
}
