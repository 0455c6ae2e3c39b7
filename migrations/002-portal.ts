import type { Knex } from 'knex';

/** What the customers' portal keeps: how often codes were guessed, and where a moved slot came from. */
export async function up(knex: Knex): Promise<void> {
  // Wrong codes by device, by address and in the whole shop: a restart of the server forgets nothing.
  await knex.schema.createTable('guess_tallies', (table) => {
    table.text('subject').primary();
    table.integer('failures').notNullable();
    table.text('counted_at').notNullable();
    table.text('blocked_until');
    table.index(['counted_at']);
  });
  // The device a voucher's slot was moved away from, so that the one it moved to can be told.
  await knex.schema.alterTable('sessions', (table) => {
    table.text('moved_from');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('sessions', (table) => table.dropColumn('moved_from'));
  await knex.schema.dropTable('guess_tallies');
}
