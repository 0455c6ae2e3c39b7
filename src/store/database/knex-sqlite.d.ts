/** Knex's own client for SQLite, which has no types. */
declare module 'knex/lib/dialects/sqlite3' {
  import type { Knex } from 'knex';
  export default class SqliteClient extends Knex.Client {}
}
