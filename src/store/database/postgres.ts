import knex, { type Knex } from 'knex';
import pg from 'pg';
import { migrationSource } from '../../../migrations';
import { InvalidInput } from '../../errors';
import { isUpToDate, SILENT } from './migrate';
import { PostgresBooksClient } from './postgres-client';
import { say } from '../../text';

/** As many at once as a busy shop's pages and its loop can use. */
const MOST_CONNECTIONS = 10;

/** Held while the tables are made: programs that start together take turns. Any number nobody else uses. */
const MIGRATION_LOCK = 7_467_001;

/**
 * Of each connection. A writer waits for another one for five seconds, as on SQLite. A program that is stopped,
 * or loses its network, in the middle of a transaction holds the line of all writers: the server ends what
 * stands idle for less than that, so that the next in line still gets its turn. Nothing of ours waits for anything
 * but the books in a transaction, and what takes its time reads only: see `freezeForReading`. How long one statement
 * may take is not limited: it is the server that works then, and a month's report of a large chain is no fault.
 */
const SESSION = `
  set lock_timeout = '5s';
  set idle_in_transaction_session_timeout = '3s';
  set tcp_keepalives_idle = 10;
  set tcp_keepalives_interval = 5;
  set tcp_keepalives_count = 3;
  set time zone 'UTC'`;

/** Opens the books with the tables they have. @param url `postgres://USER:PASSWORD@HOST:PORT/NAME` */
export function connectPostgres(url: string): Knex {
  return knex({
    client: PostgresBooksClient,
    connection: {
      connectionString: url,
      application_name: 'pisonet',
      connectionTimeoutMillis: 4_000,
      types: { getTypeParser },
    },
    acquireConnectionTimeout: 5_000,
    log: SILENT,
    // Errors show the statement, not its values, which may be password hashes.
    compileSqlOnError: false,
    pool: { min: 0, max: MOST_CONNECTIONS, afterCreate: prepareConnection },
  });
}

/** Such as `db.example:5432`, for people. */
export function serverOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || '5432'}`;
}

/**
 * Any other encoding lacks letters that people type, and a name with one of them could not be saved.
 * @throws InvalidInput
 */
export async function refuseOtherEncodings(db: Knex): Promise<void> {
  const answer: { rows: { server_encoding: string }[] } = await db.raw('show server_encoding');
  const { server_encoding: encoding } = answer.rows[0]!;
  if (encoding === 'UTF8') return;
  throw new InvalidInput(
    say`it keeps texts as ${encoding}, which lacks letters that people type. Make one that keeps all: createdb --encoding UTF8 --template template0 NAME`,
  );
}

/** Makes the tables, or the missing ones, while other programs wait. */
export async function migratePostgres(db: Knex): Promise<void> {
  if (await isUpToDate(db)) return;
  await db.transaction(async (turn) => {
    await turn.raw(`set local lock_timeout = '120s'`);
    await turn.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
    // The steps are made on another connection, however long they take. A program that loses power is noticed.
    await turn.raw('set local idle_in_transaction_session_timeout = 0');
    if (await isUpToDate(db)) return; // not by `turn`: without tables the question ends a transaction
    // Nobody else makes tables now: knex's own lock is of a program that lost power.
    await db.migrate.forceFreeMigrationsLock({ migrationSource });
    await db.migrate.latest({ migrationSource });
  });
}

interface DriverConnection {
  query(sql: string, done: (error: Error | null) => void): void;
}

function prepareConnection(
  connection: DriverConnection,
  done: (error: Error | null, connection: DriverConnection) => void,
): void {
  connection.query(SESSION, (error) => done(error, connection));
}

/** Sums and sizes are far below 2^53: numbers, as SQLite gives them. */
const NUMBERS: readonly number[] = [pg.types.builtins.INT8, pg.types.builtins.NUMERIC];

function getTypeParser(id: number, format?: string): (value: never) => unknown {
  return NUMBERS.includes(id) ? Number : pg.types.getTypeParser(id, format as 'text');
}
