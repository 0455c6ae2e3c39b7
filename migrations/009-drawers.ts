import type { Knex } from 'knex';
import { compareByBytes, isPostgres } from './postgres-parts';

/** Each seller's shifts: what was in the drawer at the beginning, and what they counted at the end. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('drawers', (table) => {
    table.increments('id');
    table.text('seller').notNullable();
    table.text('currency').notNullable();
    table.bigInteger('float_minor').notNullable();
    table.text('opened_at').notNullable().index();
    table.text('opened_by').notNullable();
    table.bigInteger('after_seq').notNullable(); // rows of the money journal from here on are of this shift
    table.text('counted_at');
    table.text('counted_by');
    table.bigInteger('counted_minor');
    table.bigInteger('expected_minor');
    table.bigInteger('last_seq');
  });
  await knex.raw(`create unique index drawers_open on drawers (seller) where counted_at is null`);
  if (isPostgres(knex)) await compareByBytes(knex);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('drawers');
}
