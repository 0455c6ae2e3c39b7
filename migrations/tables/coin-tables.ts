import type { Knex } from 'knex';

/** Boxes with a coin slot: what they counted, whose it is, and what was bought with it. */
export async function makeCoinTables(knex: Knex): Promise<void> {
  await boxes(knex);
  await coins(knex);
  await knex.raw(
    'create unique index coin_boxes_name on coin_boxes (name) where removed_at is null',
  );
  await knex.raw(
    'create unique index coin_claims_of_box on coin_claims (box_id) where ended_at is null',
  );
  await knex.raw(
    'create unique index coin_claims_of_mac on coin_claims (mac) where ended_at is null',
  );
  await knex.raw('create index coin_strays_open on coin_strays (box_id) where settled_at is null');
}

async function boxes(knex: Knex): Promise<void> {
  await knex.schema.createTable('coin_boxes', (table) => {
    table.increments('id');
    table.text('name').notNullable();
    table.integer('site_id'); // empty: for customers of the whole shop
    table.text('hardware').notNullable();
    table.text('sealed_key').notNullable(); // encrypted with the shop's key
    table.integer('plan_id').notNullable().references('plans.id');
    table.text('currency').notNullable();
    table.text('denominations').notNullable(); // JSON: key, amount in minor units, pulses
    table.text('rates').notNullable(); // JSON: amount in minor units, seconds
    table.bigInteger('request_counter').notNullable().defaultTo(0); // each number is used once
    table.text('boot');
    table.text('firmware');
    table.text('seen_at');
    table.text('paired_at').notNullable();
    table.text('paired_by').notNullable();
    table.text('removed_at');
  });
  await knex.schema.createTable('coin_pairings', (table) => {
    table.text('number').primary();
    table.text('hardware').notNullable();
    table.text('sealed_key').notNullable();
    table.text('since').notNullable();
    table.text('nonce'); // set with the next one, when the owner typed the number
    table.integer('box_id').references('coin_boxes.id');
  });
}

async function coins(knex: Knex): Promise<void> {
  await knex.schema.createTable('coin_counters', (table) => {
    table.integer('box_id').notNullable().references('coin_boxes.id');
    table.text('coin').notNullable();
    table.bigInteger('pulses').notNullable(); // as the box counts, over its whole life
    table.integer('rest').notNullable(); // of them, those that do not make a coin yet
    table.primary(['box_id', 'coin']);
  });
  await knex.schema.createTable('coin_claims', (table) => {
    table.increments('id');
    table.integer('box_id').notNullable().references('coin_boxes.id').index();
    table.text('mac').notNullable().index();
    table.integer('router_id').notNullable();
    table.text('opened_at').notNullable();
    table.text('closes_at').notNullable();
    table.text('ended_at');
    table.bigInteger('amount_minor').notNullable().defaultTo(0);
  });
  await knex.schema.createTable('coin_strays', (table) => {
    table.increments('id');
    table.integer('box_id').notNullable().references('coin_boxes.id');
    table.text('at').notNullable();
    table.bigInteger('amount_minor').notNullable();
    table.text('currency').notNullable();
    table.text('settled_at');
    table.text('settled_as'); // given, kept
    table.text('settled_by');
  });
  await knex.schema.createTable('coin_credits', (table) => {
    table.increments('id');
    table.text('at').notNullable();
    table.text('mac').notNullable().index();
    table.integer('box_id').notNullable().references('coin_boxes.id');
    table.text('kind').notNullable(); // coins, found, given, bought, paid out
    table.bigInteger('amount_minor').notNullable(); // below zero: it went out
    table.text('currency').notNullable();
    table.text('code').unique(); // of the voucher that was bought
  });
}
