import SqliteClient from 'knex/lib/dialects/sqlite3';
import { booksTrouble } from '../../errors';

const BEGIN = 'BEGIN;';
const COMMIT = /^commit\b/i;
const ROLLBACK = /^rollback\b/i;
const OVER_ALREADY = /no transaction is active/;

/**
 * The connection to the database. A full, read-only or locked disk is thrown as BooksUnavailable,
 * whatever part of the product made the statement; such an error leaves no transaction open.
 *
 * Every transaction waits for the right to write as it begins. SQLite would refuse one that reads first and
 * writes later at once, in spite of busy_timeout, if somebody else wrote in between (SQLITE_BUSY).
 */
export class BooksClient extends SqliteClient {
  override async query(connection: unknown, query: string | { sql: string }): Promise<unknown> {
    const sql = typeof query === 'string' ? query : query.sql;
    try {
      return (await super.query(connection, sql === BEGIN ? 'BEGIN IMMEDIATE;' : query)) as unknown;
    } catch (error) {
      // SQLite ends a transaction by itself when the disk is full: knex's own rollback would hide why.
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

  /** What could not be committed must be gone before the connection is used again. */
  private async endTransaction(connection: unknown): Promise<void> {
    await (super.query(connection, 'ROLLBACK') as Promise<unknown>).catch(() => undefined);
  }
}
