import type { Knex } from 'knex';

/** Time online that was counted while the line was dead, and is given back. */
export async function up(knex: Knex): Promise<void> {
  // Of used_uptime_ms, what does not count against the time that was sold.
  await knex.schema.alterTable('vouchers', (table) => {
    table.bigInteger('given_uptime_ms').notNullable().defaultTo(0);
  });
  await knex.schema.alterTable('outage_credits', (table) => {
    // used_uptime_ms when the outage began; empty where it was not on record then.
    table.bigInteger('online_from_ms');
    table.bigInteger('online_ms').notNullable().defaultTo(0);
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const column of ['online_ms', 'online_from_ms']) {
    await knex.schema.alterTable('outage_credits', (table) => table.dropColumn(column));
  }
  await knex.schema.alterTable('vouchers', (table) => table.dropColumn('given_uptime_ms'));
}
