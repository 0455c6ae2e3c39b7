import type { Knex } from 'knex';
import { compareByBytes, isPostgres, letReferencesWait } from './postgres-parts';

/** Printed slips in the hands of sellers: how many of which batch, and what came back. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('slip_custody', (table) => {
    table.increments('id');
    table.integer('batch_id').notNullable().references('batches.id');
    table.text('seller').notNullable().index();
    table.bigInteger('price_minor').notNullable(); // of one voucher
    table.text('currency').notNullable();
    table.integer('given').notNullable();
    table.text('given_at').notNullable();
    table.text('given_by').notNullable();
    table.text('counted_at');
    table.text('counted_by');
    table.integer('unused'); // by the books, when it was counted
    table.integer('back');
    table.text('settled_as'); // paid, written off
    table.text('settled_at');
    table.text('settled_by');
    table.integer('covered_left').notNullable().defaultTo(0); // missing ones that are settled and not used yet
  });
  await knex.raw(
    'create unique index slip_custody_open on slip_custody (batch_id) where counted_at is null',
  );
  await knex.raw(
    'create index slip_custody_covered on slip_custody (batch_id) where covered_left > 0',
  );
  if (isPostgres(knex)) {
    await compareByBytes(knex);
    await letReferencesWait(knex);
  }
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('slip_custody');
}
