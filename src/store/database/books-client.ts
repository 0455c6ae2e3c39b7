import SqliteClient from 'knex/lib/dialects/sqlite3';
import { booksTrouble } from '../../errors';
import type { Answer } from './books-connection.cjs';
import { BooksInMemory } from './books-in-memory';
import { BooksThread } from './books-thread';

/** A connection to a file, or to books in memory. */
export type Books = BooksThread | BooksInMemory;

const BEGIN = 'BEGIN;';
const COMMIT = /^commit\b/i;
const ROLLBACK = /^rollback\b/i;
const OVER_ALREADY = /no transaction is active/;

/** What knex tells of a statement, and wants to know. */
interface Statement {
  sql: string;
  bindings?: readonly unknown[];
  response?: unknown;
  context?: { changes: number; lastID: number | bigint };
}

/**
 * The connection to the database. A full, read-only or locked disk is thrown as BooksUnavailable,
 * whatever part of the product made the statement; such an error leaves no transaction open.
 *
 * Every transaction waits for the right to write as it begins. SQLite would refuse one that reads first and
 * writes later at once, in spite of busy_timeout, if somebody else wrote in between (SQLITE_BUSY).
 */
export class BooksClient extends SqliteClient {
  /** Loaded by the thread, not here. */
  override _driver(): object {
    return {};
  }

  override async acquireRawConnection(): Promise<Books> {
    const { filename } = this.connectionSettings as { filename: string | Uint8Array };
    if (typeof filename !== 'string') return BooksInMemory.open(filename);
    return filename === ':memory:' ? BooksInMemory.open(undefined) : BooksThread.open(filename);
  }

  override destroyRawConnection(connection: Books): Promise<void> {
    return connection.close();
  }

  override validateConnection(connection: Books): Promise<boolean> {
    return Promise.resolve(connection.isAlive);
  }

  override async _query(connection: Books, statement: Statement): Promise<Statement> {
    const answer = await connection.run(statement.sql, statement.bindings ?? []);
    statement.response = rowsOf(answer);
    if ('changes' in answer) statement.context = answer;
    return statement;
  }

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

/** What a thread passes on of a Buffer is its bytes alone. */
function asRead(cell: unknown): unknown {
  if (!(cell instanceof Uint8Array)) return cell;
  return Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength);
}

function rowsOf(answer: Answer): Record<string, unknown>[] {
  if (!('rows' in answer)) return [];
  const { columns, rows } = answer;
  return rows.map((cells) => {
    const row: Record<string, unknown> = {};
    for (const [index, name] of columns.entries()) row[name] = asRead(cells[index]);
    return row;
  });
}
