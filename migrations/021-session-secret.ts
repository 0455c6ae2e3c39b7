import type { Knex } from 'knex';

/** Cookies are signed with a key that is not in the database any more; staff sign in once more. */
export async function up(knex: Knex): Promise<void> {
  await knex('shop_settings').where({ name: 'session secret' }).delete();
}

/** A version that wants the secret in the database makes a new one by itself. */
export async function down(): Promise<void> {}
