import type { Knex } from 'knex';

/** All that is summed of a sale, so that a year of sales is read from the index alone. */
const SUMMED = 'is_developer, currency, price_minor, plan_version_id, created_by, sold_by';

/** What is sold: plans, batches and vouchers, and which vouchers came from other programs. */
export async function makeVoucherTables(knex: Knex): Promise<void> {
  await makePlans(knex);
  await makeBatches(knex);
  await makeVouchers(knex);
  await makeImports(knex);
}

async function makePlans(knex: Knex): Promise<void> {
  await knex.schema.createTable('plans', (table) => {
    table.increments('id');
    table.text('name').notNullable().unique();
    table.integer('position').notNullable().defaultTo(0);
    table.integer('public').notNullable().defaultTo(1);
    table.text('status').notNullable();
    table.text('created_at').notNullable();
    table.text('type');
    // Days of the shop's calendar, both included.
    table.text('promo_from');
    table.text('promo_until');
  });

  // A plan is edited by adding a version; vouchers point at the version they were sold under.
  await knex.schema.createTable('plan_versions', (table) => {
    table.increments('id');
    table.integer('plan_id').notNullable().references('plans.id');
    table.integer('version').notNullable();
    table.text('plan_name').notNullable();
    table.text('terms').notNullable(); // JSON of domain Terms; never updated
    table.text('created_at').notNullable();
    table.text('created_by').notNullable();
    table.unique(['plan_id', 'version']);
  });
}

async function makeBatches(knex: Knex): Promise<void> {
  await knex.schema.createTable('batches', (table) => {
    table.increments('id');
    table.integer('plan_version_id').notNullable().references('plan_versions.id');
    table.integer('count').notNullable();
    table.text('prefix').notNullable().defaultTo('');
    table.text('note').notNullable().defaultTo('');
    table.text('created_at').notNullable();
    // Who passed a part of a voucher on sees on every visit which of the new codes nobody used yet.
    table.text('created_by').notNullable().index();
    table.text('sold_by'); // empty: the person who made it
    // Of the form that ordered it: a form that is sent twice makes one batch. Empty: not ordered with one tap.
    table.text('order_key').unique();
    table.integer('site_id'); // where they are to be sold; empty: anywhere
  });
  await knex.raw(`create index batches_of_sites on batches (site_id) where site_id is not null`);
}

async function makeVouchers(knex: Knex): Promise<void> {
  await knex.schema.createTable('vouchers', (table) => {
    table.text('code').primary();
    table.integer('batch_id').references('batches.id');
    // Empty for vouchers from an older database: then the columns below are all their terms.
    table.integer('plan_version_id').references('plan_versions.id');
    table.text('status').notNullable().defaultTo('unused');
    table.integer('is_developer').notNullable().defaultTo(0);
    table.bigInteger('price_minor').notNullable().defaultTo(0);
    table.text('currency').notNullable().defaultTo('PHP');
    table.text('rate_limit_up').notNullable().defaultTo('1M');
    table.text('rate_limit_down').notNullable().defaultTo('2M');
    table.bigInteger('validity_seconds');
    table.bigInteger('uptime_seconds');
    table.bigInteger('cap_bytes');
    table.integer('devices').notNullable().defaultTo(1);
    table.text('created_at').notNullable();
    table.text('created_by').notNullable();
    // During a redemption the code is held for one device; an expired hold does not count.
    table.text('held_by');
    table.text('held_until');
    table.text('activated_at');
    table.text('started_at');
    table.text('expires_at');
    table.text('stopped_at');
    table.text('ended_at');
    table.text('ended_from'); // what it was when staff ended it: it is that again when this is undone
    table.bigInteger('used_up').notNullable().defaultTo(0);
    table.bigInteger('used_down').notNullable().defaultTo(0);
    table.bigInteger('used_uptime_ms').notNullable().defaultTo(0);
    // For recurring caps: when the current period began, and what was used before it.
    table.text('period_started_at');
    table.bigInteger('used_before_period').notNullable().defaultTo(0);
    // Bytes within used_up and used_down together that count against neither cap nor fair use.
    table.bigInteger('free_bytes').notNullable().defaultTo(0);
    table.bigInteger('carried_bytes').notNullable().defaultTo(0);
    // Empty is the person who made it. Not changed once it is sold, so that no sale moves to another seller.
    table.text('sold_by');
    // The part of used_uptime_ms that does not count against the time sold.
    table.bigInteger('given_uptime_ms').notNullable().defaultTo(0);
    // What the loop entitles a subscriber to is a row here too, its code the login. Empty: a code that is sold.
    table.integer('subscriber_id');
    table.text('access'); // JSON
    table.text('not_at'); // JSON: ids of sites; empty: good everywhere
    table.text('paid_at'); // sold by a tap at the counter: its money came in before its first use
    // What a refund gives back of a voucher of which parts were passed on; empty: its price.
    table.bigInteger('refund_minor');
    table.index(['batch_id']);
    // What belongs to a subscriber is no voucher of the lists: that is told by the index alone.
    table.index(['status', 'created_at', 'subscriber_id'], 'vouchers_by_status');
  });
  await makeVoucherIndexes(knex);

  // A voucher is sold when it is first used. Sales are never deleted: a void is a row of its own.
  await knex.schema.createTable('sale_voids', (table) => {
    table.increments('id');
    table.text('code').notNullable().unique().references('vouchers.code');
    table.bigInteger('price_minor').notNullable();
    table.text('currency').notNullable();
    table.text('reason').notNullable();
    table.text('voided_by').notNullable();
    table.text('voided_at').notNullable().index();
  });
}

/**
 * Partial, so that making thousands of vouchers does not pay for them. The one of sales covers all columns of
 * one, so that a year is summed without reading the vouchers.
 */
async function makeVoucherIndexes(knex: Knex): Promise<void> {
  await knex.raw(
    `create index vouchers_running_out on vouchers (expires_at) where status = 'active'`,
  );
  await knex.raw(
    `create index vouchers_sold on vouchers (activated_at, ${SUMMED})
       where activated_at is not null and paid_at is null`,
  );
  await knex.raw(
    `create index vouchers_paid on vouchers (paid_at, ${SUMMED}) where paid_at is not null`,
  );
  await knex.raw(
    `create index vouchers_given_back on vouchers (ended_at)
       where paid_at is not null and activated_at is null and ended_at is not null`,
  );
  await knex.raw(
    `create index vouchers_of_subscribers on vouchers (subscriber_id) where subscriber_id is not null`,
  );
  // Newest first in the order of their lists, and a seller's, whatever case the name is typed in.
  await knex.raw('create index vouchers_newest on vouchers (created_at desc, code, subscriber_id)');
  await knex.raw(
    'create index vouchers_seller on vouchers (lower(coalesce(sold_by, created_by)), created_at)',
  );
}

/** What was imported from other programs, so that importing it again changes nothing. */
async function makeImports(knex: Knex): Promise<void> {
  await knex.schema.createTable('imports', (table) => {
    table.increments('id');
    table.text('origin').notNullable(); // the program it came from
    table.text('source').notNullable(); // the file or router
    table.integer('count').notNullable();
    table.text('imported_at').notNullable();
    table.text('imported_by').notNullable();
  });
  // No reference to the voucher: one deleted since must not return with the next import.
  await knex.schema.createTable('imported_vouchers', (table) => {
    table.text('code').primary();
    table.integer('import_id').notNullable().references('imports.id');
    table.text('terms').notNullable(); // distinguishes it from another voucher of the same code
  });
}
