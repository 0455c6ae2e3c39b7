import type { Knex } from 'knex';
import { compareByBytes, isPostgres, letReferencesWait } from './postgres-parts';

/** Gateways that report payments, and what they reported: each report once. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('payment_sources', (table) => {
    table.increments('id');
    table.text('name').notNullable();
    table.text('salt').notNullable(); // the secret is made of it and the shop's key
    table.text('made_by').notNullable();
    table.text('made_at').notNullable();
    table.text('revoked_at');
  });
  await knex.raw(
    'create unique index payment_sources_in_use on payment_sources (name) where revoked_at is null',
  );
  await knex.schema.createTable('payment_reports', (table) => {
    table.increments('id');
    table.integer('source_id').notNullable().references('payment_sources.id');
    table.text('external_id').notNullable(); // the gateway's own
    table.bigInteger('amount_minor').notNullable();
    table.text('currency').notNullable();
    table.integer('invoice_number');
    table.text('login');
    table.text('note').notNullable();
    table.text('at').notNullable();
    table.integer('payment_id').references('payments.id'); // empty: not booked
    table.text('problem'); // why it was not
    table.text('settled_by');
    table.text('settled_at');
    table.unique(['source_id', 'external_id']);
  });
  await knex.raw(
    'create index payment_reports_open on payment_reports (id) where payment_id is null and settled_at is null',
  );
  if (isPostgres(knex)) {
    await compareByBytes(knex);
    await letReferencesWait(knex);
  }
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('payment_reports');
  await knex.schema.dropTable('payment_sources');
}
