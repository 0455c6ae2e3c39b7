import SqliteClient from 'knex/lib/dialects/sqlite3';
import { booksTrouble } from '../../errors';

const COMMIT = /^commit\b/i;
const ROLLBACK = /^rollback\b/i;
const OVER_ALREADY = /no transaction is active/;

/**
 * The connection to the books. What a full, read-only or locked disk makes of a statement is thrown as
 * BooksUnavailable, wherever in the product it was asked; and such an error leaves no transaction open behind.
 */
export class BooksClient extends SqliteClient {
  override async query(connection: unknown, query: string | { sql: string }): Promise<unknown> {
    const sql = typeof query === 'string' ? query : query.sql;
    try {
      return (await super.query(connection, query)) as unknown;
    } catch (error) {
      // SQLite ends a transaction by itself when the disk is full: knex's own end of it would hide why.
      if (ROLLBACK.test(sql) && OVER_ALREADY.test((error as Error).message)) return undefined;
      if (COMMIT.test(sql)) await this.endTransaction(connection);
      throw booksTrouble(error) ?? error;
    }
  }

  override async acquireConnection(): Promise<unknown> {
    try {
      return (await super.acquireConnection()) as unknown;
    } catch (error) {
      throw booksTrouble(error) ?? error;
    }
  }

  /** What could not be committed must not be there when somebody else gets the connection. */
  private async endTransaction(connection: unknown): Promise<void> {
    await (super.query(connection, 'ROLLBACK') as Promise<unknown>).catch(() => undefined);
  }
}
