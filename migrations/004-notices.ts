import type { Knex } from 'knex';

/** What is told to people and programs, who has it already, and the outages that give time back. */
export async function up(knex: Knex): Promise<void> {
  // The outbox: written in the transaction of what it tells of, delivered afterwards.
  await knex.schema.createTable('events', (table) => {
    table.increments('id');
    table.text('uid').notNullable().unique(); // names the event to its receivers
    table.text('name').notNullable();
    table.text('at').notNullable();
    table.text('subject').notNullable().defaultTo('');
    table.text('data').notNullable().defaultTo('{}'); // JSON
    table.index(['at']);
    table.index(['name', 'id']);
  });

  // How far each line of delivery has come. In order: what is behind `event_id` is done with.
  await knex.schema.createTable('notice_lines', (table) => {
    table.text('name').primary();
    table.integer('event_id').notNullable();
    table.integer('attempts').notNullable().defaultTo(0);
    table.text('next_at');
    table.text('last_error');
    table.text('failing_since');
    table.text('sent_at');
    // One process delivers at a time; a claim that ran out is no claim.
    table.text('claimed_by');
    table.text('claimed_until');
  });

  // Each threshold of a plan counts once for a voucher and period; '' is the voucher's whole life.
  await knex.schema.createTable('quota_notices', (table) => {
    table.text('code').notNullable();
    table.text('period').notNullable();
    table.integer('percent').notNullable();
    table.text('at').notNullable();
    table.primary(['code', 'period', 'percent']);
  });

  // When the router or its line to the internet was down. Open as long as `to_at` is empty.
  await knex.schema.createTable('outages', (table) => {
    table.increments('id');
    table.integer('router_id').notNullable();
    table.text('kind').notNullable();
    table.text('from_at').notNullable();
    table.text('noticed_at').notNullable();
    table.text('to_at');
    table.index(['router_id', 'to_at']);
  });
  await knex.raw(
    `create unique index outages_open on outages (router_id, kind) where to_at is null`,
  );

  // Time a voucher was given back for an outage, and how long its clock stood still during it.
  await knex.schema.createTable('outage_credits', (table) => {
    table.integer('outage_id').notNullable().references('outages.id');
    table.text('code').notNullable();
    table.bigInteger('credited_ms').notNullable().defaultTo(0);
    table.bigInteger('stood_ms').notNullable().defaultTo(0);
    table.primary(['outage_id', 'code']);
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['outage_credits', 'outages', 'quota_notices', 'notice_lines', 'events']) {
    await knex.schema.dropTable(table);
  }
}
