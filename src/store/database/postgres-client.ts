import PostgresClient from 'knex/lib/dialects/postgres';
import { booksTrouble } from '../../errors';

/**
 * The connections to PostgreSQL. A server that is away, full or read-only is thrown as BooksUnavailable,
 * whatever part of the product made the statement.
 */
export class PostgresBooksClient extends PostgresClient {
  override async query(connection: unknown, query: unknown): Promise<unknown> {
    try {
      return (await super.query(connection, query)) as unknown;
    } catch (error) {
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

  /** PostgreSQL stores no zero character in a text: whoever typed one finds U+FFFD in its place. */
  override prepBindings(bindings: readonly unknown[] | undefined): unknown {
    return bindings?.map((value) =>
      typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value,
    );
  }
}
