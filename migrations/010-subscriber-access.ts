import type { Knex } from 'knex';
import { compareByBytes, isPostgres } from './postgres-parts';

/** Subscribers come online: what the loop entitles them to is a row among the vouchers, its code the login. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('subscribers', (table) => {
    table.text('password').notNullable().defaultTo('');
    table.text('static_address'); // of a PPPoE line; empty: one of the router's pool
  });
  await knex.schema.alterTable('vouchers', (table) => {
    table.integer('subscriber_id'); // empty: a code that is sold
    table.text('access'); // JSON
  });
  await knex.raw(
    `create index vouchers_of_subscribers on vouchers (subscriber_id) where subscriber_id is not null`,
  );
  if (isPostgres(knex)) await compareByBytes(knex);
}

export async function down(knex: Knex): Promise<void> {
  const codes = () => knex('vouchers').whereNotNull('subscriber_id').select('code');
  for (const table of ['counter_readings', 'sessions']) {
    await knex(table).whereIn('code', codes()).delete();
  }
  await knex('vouchers').whereNotNull('subscriber_id').delete();
  await knex.raw('drop index vouchers_of_subscribers');
  await knex.schema.alterTable('vouchers', (table) => table.dropColumns('subscriber_id', 'access'));
  await knex.schema.alterTable('subscribers', (table) =>
    table.dropColumns('password', 'static_address'),
  );
}
