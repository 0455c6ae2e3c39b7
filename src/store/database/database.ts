import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import knex, { type Knex } from 'knex';
import { migrationSource } from '../../../migrations';
import { systemClock } from '../../clock';
import type { BooksUnavailable } from '../../errors';
import { booksTrouble, Conflict, InvalidInput, ShuttingDown } from '../../errors';
import { BooksClient } from './books-client';
import { keepDatabasePrivate, makePrivateFolder } from './private-files';

/**
 * Opens the books and brings their tables up to date.
 * @param file path of the SQLite file, or `:memory:`
 * @throws BooksUnavailable while the disk is full or read-only, or another program has them locked;
 *   InvalidInput naming the file when it cannot be opened at all
 */
export async function openDatabase(file: string): Promise<Knex> {
  const filename = file === ':memory:' ? file : resolve(file);
  try {
    if (file !== ':memory:') {
      makePrivateFolder(dirname(filename));
      keepDatabasePrivate(filename);
    }
    const db = connect(filename);
    try {
      await migrate(db);
    } catch (error) {
      await db.destroy();
      throw error;
    }
    return db;
  } catch (error) {
    const trouble = booksTrouble(error);
    if (trouble && !isFolder(filename)) throw trouble;
    throw new InvalidInput(
      `The database ${filename} cannot be opened: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

interface KnexClient {
  acquireConnection(): Promise<unknown>;
  releaseConnection(connection: unknown): Promise<void>;
}

/**
 * Closes the books once every question asked so far has its answer. Later ones, of a page whose reader has
 * left say, are refused: nothing went wrong then.
 */
export async function closeDatabase(db: Knex): Promise<void> {
  const client = db.client as KnexClient;
  const acquire = client.acquireConnection.bind(client);
  client.acquireConnection = () => Promise.reject(new ShuttingDown());
  // Whoever asks for the one connection last gets it last.
  await acquire().then((last) => client.releaseConnection(last), nothing);
  await db.destroy();
}

/** Opens a file as it is: no tables are made or changed. For looking at books that are not in use. */
export function connectAsIs(filename: string): Knex {
  return knex({ client: BooksClient, connection: { filename }, useNullAsDefault: true });
}

/** Opens the books with the tables they have; a file that is not there has none. */
export function connect(filename: string): Knex {
  return knex({
    client: BooksClient,
    connection: { filename },
    useNullAsDefault: true,
    acquireConnectionTimeout: 5_000,
    // What goes wrong is thrown too; knex would also print it, into the output of whatever command runs.
    log: SILENT,
    // Errors show the statement, not its values: those may be password hashes.
    compileSqlOnError: false,
    // One connection: SQLite writes one at a time, and each connection to :memory: is another database.
    pool: { min: 1, max: 1, afterCreate: prepareConnection },
  });
}

const nothing = () => undefined;
const SILENT: Knex.Logger = { warn: nothing, error: nothing, debug: nothing, deprecate: nothing };

const MIGRATION_PAUSE_MS = 250;
/** A program that makes tables writes all the time; this long without a writer there is none. */
const DEAD_LOCK_MS = 5_000;
const LONGEST_WAIT_MS = 120_000;
/** Who holds a lock for longer without a step done makes no tables: a backup, or a database browser. */
const FOREIGN_LOCK_MS = 20_000;

/**
 * Several processes may meet an empty database at once: one makes the tables, the others wait for it. The
 * lock of one that lost its power meanwhile is taken away, and so is a second one, which two that begin at
 * the same moment can make and no one can take; what was not finished is as if it never was.
 */
async function migrate(db: Knex): Promise<void> {
  if (await isUpToDate(db)) return;
  const begun = systemClock.elapsedMs();
  let quietSince = begun;
  let stuckSince = begun;
  for (let done = -1; ;) {
    let trouble: BooksUnavailable | undefined;
    const note = (error: unknown) => (trouble = booksTrouble(error));
    db.on('query-error', note);
    try {
      await db.migrate.latest({ migrationSource });
      return;
    } catch (error) {
      const { message } = error as Error;
      const isRace = /already exists|lock|busy|unique/i.test(message);
      // What goes wrong with its lock knex throws as an error of its own.
      if (!isRace || systemClock.elapsedMs() - begun > LONGEST_WAIT_MS) throw trouble ?? error;
      await systemClock.wait(MIGRATION_PAUSE_MS);
      const now = await stepsDone(db);
      if (now !== done) stuckSince = systemClock.elapsedMs();
      if (now !== done || (await isWriting(db))) {
        done = now;
        quietSince = systemClock.elapsedMs();
        if (quietSince - stuckSince > FOREIGN_LOCK_MS) throw trouble ?? error;
      } else if (systemClock.elapsedMs() - quietSince > DEAD_LOCK_MS) {
        await db.migrate.forceFreeMigrationsLock({ migrationSource });
      }
    } finally {
      db.off('query-error', note);
    }
  }
}

/** Knex would write even where there is nothing to do, and wait for whoever writes just then. */
async function isUpToDate(db: Knex): Promise<boolean> {
  const known = (await migrationSource.getMigrations([])).map((one) => migrationSource.getMigrationName(one)); // prettier-ignore
  const done = await db<{ name: string }>('knex_migrations').pluck('name').catch(nothing);
  return done !== undefined && [...known].sort().join() === [...done].sort().join();
}

async function stepsDone(db: Knex): Promise<number> {
  const steps = await db<{ name: string }>('knex_migrations').select('name').catch(nothing);
  return steps?.length ?? 0;
}

/** Whether another process is in the middle of a change. */
async function isWriting(db: Knex): Promise<boolean> {
  try {
    await db.raw('begin immediate');
  } catch {
    return true;
  }
  await db.raw('rollback');
  return false;
}

interface DriverConnection {
  exec(sql: string, done: (error: Error | null) => void): void;
}

function prepareConnection(
  connection: DriverConnection,
  done: (error: Error | null, connection: DriverConnection) => void,
): void {
  // synchronous full: vouchers that were just sold must be there after a power cut.
  // foreign_keys is off by default; busy_timeout lets the server and a command share one file.
  connection.exec(
    `pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000;`,
    (error) => done(error, connection),
  );
}

/** Tells whether anything was written since: by another process, and by this one (rows). */
export interface Stamp {
  elsewhere: number;
  here: number;
}

/** `undefined` where the database cannot tell. */
export async function writeStamp(db: Knex): Promise<Stamp | undefined> {
  if (isPostgres(db)) return undefined;
  const [version]: { data_version: number }[] = await db.raw('pragma data_version');
  const [changes]: { total: number }[] = await db.raw('select total_changes() as total');
  return { elsewhere: version!.data_version, here: changes!.total };
}

export function isPostgres(db: Knex): boolean {
  return (db.client as { config: { client: string } }).config.client === 'pg';
}

/** Runs `work`; a row that exists already becomes a Conflict with this message. */
export async function orConflict<T>(message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUniqueViolation(error)) throw new Conflict(message, { cause: error });
    throw error;
  }
}

function isUniqueViolation(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return code === '23505' || (code === 'SQLITE_CONSTRAINT' && /unique/i.test(message ?? ''));
}
