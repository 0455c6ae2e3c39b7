import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { connectAsIs } from '../../src/store/database/database';

const BOOKS = readFileSync(join(__dirname, 'books-of-2026-11.sql'), 'utf8');

/** Books of a shop from before the first release, with rows in every table. */
export async function makeOldBooks(file: string): Promise<void> {
  const db = connectAsIs(file);
  await runScript(db, BOOKS);
  await db.destroy();
}

/** Knex runs one statement at a time. */
async function runScript(db: Knex, sql: string): Promise<void> {
  type Connection = { exec(sql: string, done: (error: Error | null) => void): void };
  const client = db.client as {
    acquireConnection(): Promise<Connection>;
    releaseConnection(connection: Connection): Promise<void>;
  };
  const connection = await client.acquireConnection();
  await new Promise<void>((resolve, reject) =>
    connection.exec(sql, (error) => (error ? reject(error) : resolve())),
  );
  await client.releaseConnection(connection);
}
