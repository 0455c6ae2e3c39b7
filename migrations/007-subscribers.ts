import type { Knex } from 'knex';
import { compareByBytes, isPostgres, letReferencesWait } from './postgres-parts';

/** Customers who pay by the month or another cycle: their plans, invoices and payments. */
export async function up(knex: Knex): Promise<void> {
  await makeSubscribers(knex);
  await makeInvoices(knex);
  if (!isPostgres(knex)) return;
  await compareByBytes(knex);
  await letReferencesWait(knex);
}

const TABLES = [
  ...['subscribers', 'subscriber_plans', 'plan_changes', 'subscriber_states'],
  ...['invoices', 'invoice_lines', 'subscriber_charges', 'payments'],
];

export async function down(knex: Knex): Promise<void> {
  for (const table of TABLES.toReversed()) await knex.schema.dropTable(table);
}

async function makeSubscribers(knex: Knex): Promise<void> {
  await knex.schema.createTable('subscribers', (table) => {
    table.increments('id');
    table.text('name').notNullable();
    table.text('contact').notNullable();
    table.text('address').notNullable();
    table.text('notes').notNullable();
    table.text('login_kind').notNullable();
    table.text('login').unique(); // empty: none yet
    table.text('status').notNullable();
    table.text('suspended_for'); // 'unpaid' ends with a payment, 'by hand' does not
    table.integer('discount').notNullable(); // in hundredths of a percent
    table.text('billed_to').index(); // when the next cycle begins; empty without a plan
    table.text('created_at').notNullable();
    table.text('created_by').notNullable();
  });

  // Which plan from when on; never changed. Without a plan: cancelled.
  await knex.schema.createTable('subscriber_plans', (table) => {
    table.increments('id');
    table.integer('subscriber_id').notNullable().references('subscribers.id').index();
    table.integer('plan_id').references('plans.id');
    table.text('kind').notNullable();
    table.text('cycle').notNullable();
    table.text('anchor_at').notNullable();
    table.bigInteger('price_minor'); // this subscriber's own; empty: the plan's of the day
    table.text('from_at').notNullable();
    table.text('created_by').notNullable();
  });

  await knex.schema.createTable('plan_changes', (table) => {
    table.increments('id');
    table.integer('subscriber_id').notNullable().references('subscribers.id').index();
    table.integer('plan_id').references('plans.id');
    table.bigInteger('price_minor');
    table.text('at').notNullable();
    table.text('status').notNullable();
    table.text('created_at').notNullable();
    table.text('created_by').notNullable();
  });
  await knex.raw(`create index plan_changes_pending on plan_changes (at) where status = 'pending'`);

  await knex.schema.createTable('subscriber_states', (table) => {
    table.increments('id');
    table.integer('subscriber_id').notNullable().references('subscribers.id').index();
    table.text('status').notNullable();
    table.text('reason').notNullable();
    table.text('at').notNullable();
    table.text('changed_by').notNullable();
  });
}

async function makeInvoices(knex: Knex): Promise<void> {
  await knex.schema.createTable('invoices', (table) => {
    table.increments('id');
    table.integer('subscriber_id').notNullable().references('subscribers.id');
    table.integer('subscriber_plan_id').notNullable().references('subscriber_plans.id');
    table.integer('number').unique(); // empty while a draft
    table.text('status').notNullable();
    table.text('cycle_from').notNullable();
    table.text('cycle_to').notNullable();
    table.text('period_from').notNullable(); // the part of the cycle that is charged
    table.text('plan_name').notNullable();
    table.bigInteger('plan_price'); // of the whole cycle; empty: no plan is charged
    table.bigInteger('total_minor').notNullable();
    table.text('currency').notNullable();
    table.text('issued_at');
    table.text('due_at');
    table.text('paid_at');
    table.text('voided_at');
    table.text('void_reason');
    table.unique(['subscriber_id', 'cycle_from']);
  });
  await knex.raw(`create index invoices_open on invoices (due_at) where status = 'issued'`);

  await knex.schema.createTable('invoice_lines', (table) => {
    table.increments('id');
    table.integer('invoice_id').notNullable().references('invoices.id').index();
    table.text('kind').notNullable();
    table.text('text').notNullable();
    table.bigInteger('amount_minor').notNullable();
    table.text('from_at');
    table.text('to_at');
  });

  // What the next invoice has beside the plan: overage, a repair, a credit note below zero.
  await knex.schema.createTable('subscriber_charges', (table) => {
    table.increments('id');
    table.integer('subscriber_id').notNullable().references('subscribers.id').index();
    table.integer('invoice_id').references('invoices.id');
    table.text('kind').notNullable();
    table.text('text').notNullable();
    table.bigInteger('amount_minor').notNullable();
    table.text('at').notNullable();
    table.text('created_by').notNullable();
  });

  // Below zero: a refund.
  await knex.schema.createTable('payments', (table) => {
    table.increments('id');
    table.integer('subscriber_id').notNullable().references('subscribers.id').index();
    table.bigInteger('amount_minor').notNullable();
    table.text('currency').notNullable();
    table.text('method').notNullable();
    table.text('note').notNullable();
    table.text('at').notNullable();
    table.text('taken_by').notNullable();
  });
}
