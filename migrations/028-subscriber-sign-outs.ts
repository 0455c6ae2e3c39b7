import type { Knex } from 'knex';

/** How often a subscriber logged out on all devices: what a browser keeps names it, and an older number is void. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('subscribers', (table) => {
    table.integer('sign_outs').notNullable().defaultTo(0);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('subscribers', (table) => table.dropColumn('sign_outs'));
}
