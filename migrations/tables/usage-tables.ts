import type { Knex } from 'knex';
import { isPostgres } from '../postgres-parts';

/** What devices and vouchers used: the last readings, the sums at each resolution, and what is missing. */
export async function makeUsageTables(knex: Knex): Promise<void> {
  await makeCounters(knex);
  await makeSums(knex);
  await makeMarks(knex);
  await makeGaps(knex);
}

/** A device that walks from one router to another is counted by both for a while. */
async function makeCounters(knex: Knex): Promise<void> {
  await knex.schema.createTable('counter_readings', (table) => {
    table.text('mac').notNullable();
    table.integer('session_id').notNullable().references('sessions.id');
    table.text('queue_id').notNullable();
    table.integer('boot').notNullable();
    table.bigInteger('bytes_up').notNullable();
    table.bigInteger('bytes_down').notNullable();
    table.text('active_id');
    table.bigInteger('uptime_ms').notNullable().defaultTo(0);
    table.text('read_at').notNullable(); // when it last changed
    table.integer('router_id').notNullable().defaultTo(0);
    // A queue may shape without counting: what the device's hotspot session counts is kept beside it.
    table.bigInteger('heard_up');
    table.bigInteger('heard_down');
    table.primary(['mac', 'router_id']);
  });

  // How much of a device's session is in the books; empty bytes: its queue counts it.
  await knex.schema.createTable('session_counters', (table) => {
    table.text('mac').notNullable();
    table.text('active_id').notNullable();
    table.integer('boot').notNullable();
    table.bigInteger('bytes_up');
    table.bigInteger('bytes_down');
    table.integer('router_id').notNullable().defaultTo(0);
    table.integer('still');
    table.primary(['mac', 'router_id']);
  });
}

async function makeSums(knex: Knex): Promise<void> {
  // Hardware addresses and codes; the two never look alike. A code's plan is kept with it, since joining by
  // voucher and version is too slow for a hundred thousand rows.
  await knex.schema.createTable('usage_names', (table) => {
    table.increments('id');
    table.text('name').notNullable().unique();
    table.integer('plan_id').index();
  });

  // One layout at three resolutions, kept small: names are numbers, times slots, the key is the table.
  await makeSum(knex, 'usage_slots', ['slot', 'device', 'voucher']);
  await makeSum(knex, 'usage_hours', ['slot', 'device', 'voucher']);
  await makeSum(knex, 'usage_days', ['slot', 'device', 'voucher']);
  // What all vouchers of a plan used in an hour or a day; 0 is no plan.
  await makeSum(knex, 'usage_plan_hours', ['slot', 'plan']);
  await makeSum(knex, 'usage_plan_days', ['slot', 'plan']);
  // What each device and each voucher used in a year of the shop, by plan; the slot is the year's first.
  await makeSum(knex, 'usage_years', ['slot', 'is_voucher', 'who', 'plan']);
  // All that a device ever used with a voucher, up to where the hours are written; never deleted.
  await makeSum(knex, 'usage_totals', ['device', 'voucher']);
  await knex.raw('create index usage_totals_voucher on usage_totals (voucher)');
}

async function makeSum(knex: Knex, name: string, key: readonly string[]): Promise<void> {
  const columns = key.map((column) => `${column} integer not null, `).join('');
  await knex.raw(
    `create table ${name} (${columns}bytes_up bigint not null, bytes_down bigint not null,
       primary key (${key.join(', ')}))${isPostgres(knex) ? '' : ' without rowid'}`,
  );
}

/** Nothing is booked before it: no correct clock can show less. In slots of five minutes since 1970. */
const FIRST_SLOT = Date.parse('2026-01-01') / 1000 / 300;

/**
 * Up to where slots are in the hours (and totals), and hours in the days; from where slots and hours are
 * still kept; when the clock was last believed. One row.
 */
async function makeMarks(knex: Knex): Promise<void> {
  await knex.schema.createTable('usage_marks', (table) => {
    table.integer('id').primary();
    table.integer('hours_to').notNullable();
    table.integer('days_to').notNullable();
    table.integer('slots_from').notNullable();
    table.integer('hours_from').notNullable();
    table.text('believed_at');
    // Days before `years_to` are in the years, split by this time zone; years before `years_from` are not.
    table.integer('years_to').notNullable().defaultTo(0);
    table.integer('years_from').notNullable().defaultTo(0);
    table.text('years_zone').notNullable().defaultTo('');
  });
  const begin = { hours_to: FIRST_SLOT, days_to: 0, slots_from: FIRST_SLOT, hours_from: 0 };
  await knex('usage_marks').insert({ id: 1, ...begin });
}

async function makeGaps(knex: Knex): Promise<void> {
  // Bytes between the last reading and a loss of the counters cannot be known, only that they are missing.
  await knex.schema.createTable('usage_gaps', (table) => {
    table.increments('id');
    table.text('mac').notNullable().index();
    table.text('code').notNullable();
    table.text('reason').notNullable();
    table.text('from_at').notNullable();
    table.text('to_at').notNullable().index();
  });

  // From and to: the loop did not run in between, so the exact time is unknown.
  await knex.schema.createTable('look_gaps', (table) => {
    table.increments('id');
    table.text('from_at').notNullable();
    table.text('to_at').notNullable().index();
  });
}
