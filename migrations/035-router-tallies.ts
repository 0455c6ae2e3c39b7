import type { Knex } from 'knex';
import { compareByBytes, isPostgres } from './postgres-parts';

/** What routers were seen to do while the shop ran, by version and board: counts for their report, and nothing else. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('router_tallies', (table) => {
    table.text('version').notNullable();
    table.text('board').notNullable();
    table.text('what').notNullable();
    table.text('value').notNullable();
    table.bigInteger('times').notNullable();
    table.bigInteger('total_ms').notNullable(); // 0 for what takes no time
    table.bigInteger('longest_ms').notNullable();
    table.text('last_at').notNullable();
    table.primary(['version', 'board', 'what', 'value']);
  });
  if (isPostgres(knex)) await compareByBytes(knex);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('router_tallies');
}
