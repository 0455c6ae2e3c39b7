/** Knex's own clients, which have no types. */
declare module 'knex/lib/dialects/sqlite3' {
  import type { Knex } from 'knex';
  export default class SqliteClient extends Knex.Client {
    _driver(): object;
    acquireRawConnection(): Promise<unknown>;
    destroyRawConnection(connection: unknown): Promise<void>;
    validateConnection(connection: unknown): Promise<boolean>;
    _query(connection: unknown, statement: unknown): Promise<unknown>;
  }
}

declare module 'knex/lib/dialects/postgres' {
  import type { Knex } from 'knex';
  export default class PostgresClient extends Knex.Client {}
}

/** What `books-connection.cjs` and the tests use of it. */
declare module 'better-sqlite3' {
  class Database {
    constructor(file: string | Buffer);
    prepare(sql: string): Database.Statement;
    exec(sql: string): void;
    pragma(text: string): unknown;
    close(): void;
  }
  namespace Database {
    interface Statement {
      readonly reader: boolean;
      raw(on: boolean): this;
      all(bindings: unknown[]): unknown[][];
      run(bindings: unknown[]): { changes: number; lastInsertRowid: number | bigint };
      columns(): { name: string }[];
    }
  }
  export = Database;
}
