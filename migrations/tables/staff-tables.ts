import type { Knex } from 'knex';

/** Who works with the shop, people and programs, and the shop's settings. */
export async function makeStaffTables(knex: Knex): Promise<void> {
  await makeStaff(knex);
  await makeTokens(knex);
  await makeSettings(knex);
}

async function makeStaff(knex: Knex): Promise<void> {
  await knex.schema.createTable('staff', (table) => {
    table.increments('id');
    table.text('name').notNullable().unique();
    table.text('role').notNullable();
    table.text('password_hash').notNullable();
    table.text('created_at').notNullable();
    // A session stores the epoch it was made in; raising it signs the account out everywhere.
    table.integer('epoch').notNullable().defaultTo(0);
    table.text('totp_secret'); // base32; empty if the account has no second step
    table.bigInteger('totp_counter'); // of the code used last, which is valid only once
    table.text('site_ids'); // JSON; empty: the whole shop
  });

  await knex.schema.createTable('recovery_codes', (table) => {
    table.increments('id');
    table.integer('staff_id').notNullable().references('staff.id').onDelete('CASCADE').index();
    table.text('code_hash').notNullable();
  });

  // The shape that connect-session-knex expects.
  await knex.schema.createTable('web_sessions', (table) => {
    table.string('sid').primary();
    table.text('sess').notNullable();
    table.timestamp('expired').notNullable().index();
  });

  // Kept by what was tried (name, and name from an address), known or not, and over restarts.
  await knex.schema.createTable('sign_in_failures', (table) => {
    table.text('subject').primary();
    table.integer('failures').notNullable();
    table.text('last_at').notNullable();
    table.text('locked_until');
  });
}

/** Tokens by which other programs of the shop sign in, and what such programs were answered and keep here. */
async function makeTokens(knex: Knex): Promise<void> {
  await knex.schema.createTable('api_tokens', (table) => {
    table.increments('id');
    table.text('name').notNullable();
    table.text('token_hash').notNullable().unique(); // the token itself is not kept
    table.text('prefix').notNullable();
    table.text('scope').notNullable();
    table.text('made_by').notNullable();
    table.text('made_at').notNullable();
    table.text('expires_at');
    table.text('revoked_at');
    table.text('last_used_at');
    table.integer('site_id'); // empty: the whole shop; a site that is gone is no site
  });
  // The audit tells programs apart by name; a new token may follow a revoked one.
  await knex.raw(
    'create unique index api_tokens_in_use on api_tokens (name) where revoked_at is null',
  );

  // So that a request that is sent twice is done once.
  await knex.schema.createTable('api_answers', (table) => {
    table.integer('token_id').notNullable();
    table.text('key').notNullable();
    table.text('request_hash').notNullable();
    table.integer('status'); // null while the request is being worked on
    table.text('body');
    table.text('at').notNullable().index();
    table.primary(['token_id', 'key']);
  });

  // What other programs keep beside a voucher, a subscriber or a payment: their own id of it, values, a note.
  await knex.schema.createTable('external_fields', (table) => {
    table.text('kind').notNullable();
    table.text('subject').notNullable();
    table.text('external_id');
    table.text('metadata').notNullable();
    table.text('note').notNullable();
    table.primary(['kind', 'subject']);
    table.unique(['kind', 'external_id']);
  });
}

async function makeSettings(knex: Knex): Promise<void> {
  await knex.schema.createTable('shop_settings', (table) => {
    table.text('name').primary();
    table.text('value').notNullable();
  });

  // Pictures are not in the settings: those are read as a whole, and often.
  await knex.schema.createTable('shop_files', (table) => {
    table.text('name').primary();
    table.text('type').notNullable();
    table.binary('content').notNullable();
  });
}
