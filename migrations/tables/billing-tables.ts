import type { Knex } from 'knex';

/** Customers who pay by the month or another cycle: their plans, invoices and payments. */
export async function makeBillingTables(knex: Knex): Promise<void> {
  await makeSubscribers(knex);
  await makeSubscriberPlans(knex);
  await makeInvoices(knex);
  await makePayments(knex);
  await makePayOrders(knex);
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
    table.text('password').notNullable().defaultTo('');
    table.text('static_address'); // of a PPPoE line; empty: one of the router's pool
    // How often they logged out on all devices: what a browser keeps names it, and an older number is void.
    table.integer('sign_outs').notNullable().defaultTo(0);
  });
  // Programs read the list page by page.
  await knex.raw('create index subscribers_by_name on subscribers (name, id)');

  await knex.schema.createTable('subscriber_states', (table) => {
    table.increments('id');
    table.integer('subscriber_id').notNullable().references('subscribers.id').index();
    table.text('status').notNullable();
    table.text('reason').notNullable();
    table.text('at').notNullable();
    table.text('changed_by').notNullable();
  });
}

async function makeSubscriberPlans(knex: Knex): Promise<void> {
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
    table.integer('charge_again').notNullable().defaultTo(0); // of a void one: another one is to charge its cycle
    table.index(['subscriber_id', 'cycle_from']);
  });
  await knex.raw(`create index invoices_open on invoices (due_at) where status = 'issued'`);
  // A cycle whose invoice is void may have another one.
  await knex.raw(
    `create unique index invoices_one_a_cycle on invoices (subscriber_plan_id, cycle_from)
       where status <> 'void' and plan_price is not null`,
  );

  await knex.schema.createTable('invoice_lines', (table) => {
    table.increments('id');
    table.integer('invoice_id').notNullable().references('invoices.id').index();
    table.text('kind').notNullable();
    table.text('text').notNullable();
    table.bigInteger('amount_minor').notNullable();
    table.text('from_at');
    table.text('to_at');
    table.integer('corrects_id').index(); // of a credit: the line it gives back a part of
    // The terms of a line that charges time in advance.
    table.integer('subscriber_plan_id');
    table.bigInteger('price_minor'); // of the whole cycle
    table.text('cycle_from');
    table.text('cycle_to');
    table.text('prorate_by');
    table.integer('discount'); // both in hundredths of a percent
    table.integer('tax');
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
    table.text('currency');
    table.text('order_key').unique(); // of the form it was typed into
  });
}

async function makePayments(knex: Knex): Promise<void> {
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
    table.text('order_key').unique(); // of the form it was typed into
    table.integer('invoice_id'); // empty: for none in particular
  });

  // Gateways that report payments.
  await knex.schema.createTable('payment_sources', (table) => {
    table.increments('id');
    table.text('name').notNullable();
    table.text('salt').notNullable(); // the secret is made of it and the shop's key
    table.text('made_by').notNullable();
    table.text('made_at').notNullable();
    table.text('revoked_at');
    table.text('gateway'); // empty: signs our way
    table.text('sealed_secret'); // of one that signs its own way; encrypted with the shop's key
    table.text('sealed_key'); // to make pages on which customers pay; empty: it only reports
    table.text('checkout'); // JSON: what else the owner entered for these pages
  });
  await knex.raw(
    'create unique index payment_sources_in_use on payment_sources (name) where revoked_at is null',
  );

  // What they reported: each report once.
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
    table.text('order_reference');
    table.text('voucher_code'); // what was sold for it
    table.unique(['source_id', 'external_id']);
  });
  await knex.raw(
    'create index payment_reports_open on payment_reports (id) where payment_id is null and settled_at is null',
  );
}

/** What customers ordered on pages of gateways. */
async function makePayOrders(knex: Knex): Promise<void> {
  await knex.schema.createTable('pay_orders', (table) => {
    table.increments('id');
    table.text('reference').notNullable().unique(); // the report of the payment has it
    table.integer('source_id').notNullable().references('payment_sources.id');
    table.integer('subscriber_id').references('subscribers.id'); // who pays what they owe
    table.text('device_mac'); // which phone ordered a voucher
    table.integer('plan_version_id').references('plan_versions.id');
    table.integer('site_id'); // at which it is sold
    table.bigInteger('amount_minor').notNullable();
    table.text('currency').notNullable();
    table.text('description').notNullable();
    table.text('return_url').notNullable();
    table.text('at').notNullable();
    table.integer('attempts').notNullable().defaultTo(0);
    table.text('page'); // empty: the gateway did not make it yet
    table.text('paid_at');
    table.text('voucher_code');
    table.index(['device_mac', 'at']);
    table.index(['subscriber_id']);
    table.index(['voucher_code']);
  });
}
