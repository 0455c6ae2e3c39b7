/** Knex's own clients, which have no types. */
declare module 'knex/lib/dialects/sqlite3' {
  import type { Knex } from 'knex';
  export default class SqliteClient extends Knex.Client {}
}

declare module 'knex/lib/dialects/postgres' {
  import type { Knex } from 'knex';
  export default class PostgresClient extends Knex.Client {}
}
