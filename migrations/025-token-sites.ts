import type { Knex } from 'knex';

/** Tokens of programs that see and sell only at one site. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('api_tokens', (table) => {
    table.integer('site_id'); // empty: the whole shop; a site that is gone is no site
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('api_tokens', (table) => table.dropColumn('site_id'));
}
