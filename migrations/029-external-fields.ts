import type { Knex } from 'knex';
import { compareByBytes, isPostgres } from './postgres-parts';

/** What other programs keep beside a voucher, a subscriber or a payment: their own id of it, values, a note. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('external_fields', (table) => {
    table.text('kind').notNullable();
    table.text('subject').notNullable();
    table.text('external_id');
    table.text('metadata').notNullable();
    table.text('note').notNullable();
    table.primary(['kind', 'subject']);
    table.unique(['kind', 'external_id']);
  });
  if (isPostgres(knex)) await compareByBytes(knex);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('external_fields');
}
