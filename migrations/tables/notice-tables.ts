import type { Knex } from 'knex';

/** What happened, and who is told of it. */
export async function makeNoticeTables(knex: Knex): Promise<void> {
  await makeJournal(knex);
  await makeEvents(knex);
}

async function makeJournal(knex: Knex): Promise<void> {
  await knex.schema.createTable('alerts', (table) => {
    table.increments('id');
    table.text('kind').notNullable();
    table.text('subject').notNullable().defaultTo('');
    table.text('message').notNullable();
    table.text('raised_at').notNullable().index();
    table.text('cleared_at').index();
    table.integer('router_id').notNullable().defaultTo(0);
  });
  await knex.raw(
    `create unique index alerts_open on alerts (kind, subject) where cleared_at is null`,
  );

  await knex.schema.createTable('audit', (table) => {
    table.increments('id');
    table.text('at').notNullable().index();
    table.text('who').notNullable();
    table.text('what').notNullable();
    table.text('subject').notNullable().defaultTo('');
    table.text('detail').notNullable().defaultTo('{}'); // JSON
    // Searched by any of the three, newest first.
    for (const column of ['who', 'what', 'subject']) table.index([column, 'id']);
  });
  // What customers did, by their hardware address; staff actions stay forever and are not in it.
  await knex.raw(
    `create index audit_of_customers on audit (at) where who like '__:__:__:__:__:__'`,
  );
}

async function makeEvents(knex: Knex): Promise<void> {
  // The outbox: written in the transaction of what it reports, delivered afterwards.
  await knex.schema.createTable('events', (table) => {
    table.increments('id');
    table.text('uid').notNullable().unique(); // identifies the event to its receivers
    table.text('name').notNullable();
    table.text('at').notNullable().index();
    table.text('subject').notNullable().defaultTo('');
    table.text('data').notNullable().defaultTo('{}'); // JSON
    table.index(['name', 'id']);
  });

  // How far each subscription to events has come. In order: everything up to `event_id` is done.
  await knex.schema.createTable('notice_lines', (table) => {
    table.text('name').primary();
    table.integer('event_id').notNullable();
    table.integer('attempts').notNullable().defaultTo(0);
    table.text('next_at');
    table.text('last_error');
    table.text('failing_since');
    table.text('sent_at');
    // One process delivers at a time; an expired claim does not count.
    table.text('claimed_by');
    table.text('claimed_until');
  });

  // Programs that are told of events, beside the one webhook of the settings.
  await knex.schema.createTable('webhooks', (table) => {
    table.increments('id');
    table.text('url').notNullable();
    table.text('salt').notNullable(); // the secret is made of it and the shop's key
    table.text('events'); // a JSON list of their names; empty: all
    table.text('made_by').notNullable();
    table.text('made_at').notNullable();
  });

  // Each threshold of a plan counts once per voucher and period; '' is the voucher's whole life.
  await knex.schema.createTable('quota_notices', (table) => {
    table.text('code').notNullable();
    table.text('period').notNullable();
    table.text('kind').notNullable(); // of the cap, or of fair use
    table.integer('percent').notNullable();
    table.text('counted_at').notNullable().index(); // when it was last known to count
    table.primary(['code', 'period', 'kind', 'percent']);
  });
}
