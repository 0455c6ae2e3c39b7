import type { Knex } from 'knex';
import { compareByBytes, isPostgres } from './postgres-parts';

/**
 * Tokens by which other programs of the shop sign in, of which only hashes are kept; and what such programs were
 * answered, so that a request that is sent twice is done once.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('api_tokens', (table) => {
    table.increments('id');
    table.text('name').notNullable();
    table.text('token_hash').notNullable().unique();
    table.text('prefix').notNullable();
    table.text('scope').notNullable();
    table.text('made_by').notNullable();
    table.text('made_at').notNullable();
    table.text('expires_at');
    table.text('revoked_at');
    table.text('last_used_at');
  });
  // The audit tells programs apart by name; a new token may follow a revoked one.
  await knex.raw(
    'create unique index api_tokens_in_use on api_tokens (name) where revoked_at is null',
  );
  await knex.schema.createTable('api_answers', (table) => {
    table.integer('token_id').notNullable();
    table.text('key').notNullable();
    table.text('request_hash').notNullable();
    table.integer('status'); // null while the request is being worked on
    table.text('body');
    table.text('at').notNullable().index();
    table.primary(['token_id', 'key']);
  });
  // Programs read the list page by page.
  await knex.raw('create index subscribers_by_name on subscribers (name, id)');
  if (isPostgres(knex)) await compareByBytes(knex);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index subscribers_by_name');
  await knex.schema.dropTable('api_answers');
  await knex.schema.dropTable('api_tokens');
}
