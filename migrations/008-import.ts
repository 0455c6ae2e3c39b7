import type { Knex } from 'knex';

/** What was taken over from other programs, so that taking it over again changes nothing. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('imports', (table) => {
    table.increments('id');
    table.text('origin').notNullable(); // the program it came from
    table.text('source').notNullable(); // the file or router
    table.integer('count').notNullable();
    table.text('imported_at').notNullable();
    table.text('imported_by').notNullable();
  });
  // No reference to the voucher: one that was deleted since must not come back by the next import.
  await knex.schema.createTable('imported_vouchers', (table) => {
    table.text('code').primary();
    table.integer('import_id').notNullable().references('imports.id');
    table.text('terms').notNullable(); // what tells it from another voucher of the same code
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('imported_vouchers');
  await knex.schema.dropTable('imports');
}
