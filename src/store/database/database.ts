import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import knex, { type Knex } from 'knex';
import { migrationSource } from '../../../migrations';
import { systemClock } from '../../clock';
import { withoutSecrets } from '../../domain/shop/web-address';
import type { BooksUnavailable } from '../../errors';
import { booksTrouble, InvalidInput, ServerUnavailable, ShuttingDown } from '../../errors';
import { removeMark } from './books-mark';
import { finishSwap } from './books-swap';
import { BooksClient, type Books } from './books-client';
import { cannotRead, refuseMissing, refuseDamaged, refuseOthers } from './lost-books';
import { isUpToDate, SILENT, stepsDone, unfinishedCopy } from './migrate';
import { connectPostgres, migratePostgres, refuseOtherEncodings, serverOf } from './postgres';
import { keepDatabasePrivate, makePrivateFolder } from './private-files';
import { say } from '../../text';

/**
 * Opens the database and migrates it.
 * @param database path of the SQLite file, `:memory:`, or `postgres://USER:PASSWORD@HOST:PORT/NAME`
 * @param backups the folder of the nightly ones of an SQLite file
 * @throws BooksUnavailable for a file that is damaged, or not what the mark beside it and the backups say there was, and while the disk is full or read-only, another program has it locked, or the
 *   server is away; InvalidInput naming the database when it cannot be opened at all
 */
export function openDatabase(database: string, backups?: string): Promise<Knex> {
  return isPostgresUrl(database) ? openPostgres(database) : openFile(database, backups);
}

/**
 * Opens books to copy others into: new ones, or those where an earlier copy was not finished.
 * @throws as `openDatabase`
 */
export async function openForCopy(database: string): Promise<Knex> {
  if (isPostgresUrl(database) || existsSync(database)) {
    const asIs = isPostgresUrl(database) ? connectPostgres(database) : connect(resolve(database));
    if ((await unfinishedCopy(asIs)) !== undefined) return asIs;
    await asIs.destroy();
  }
  // These were somebody's, or a copy before this one: they are made anew on purpose.
  if (!isPostgresUrl(database) && bytesIn(database) === 0) removeMark(resolve(database));
  return openDatabase(database);
}

function isPostgresUrl(database: string): boolean {
  return /^postgres(ql)?:/i.test(database);
}

async function openPostgres(url: string): Promise<Knex> {
  const db = connectPostgres(url);
  try {
    await refuseOtherEncodings(db);
    await migratePostgres(db);
    return db;
  } catch (error) {
    await db.destroy();
    const trouble = booksTrouble(error);
    if (trouble) throw new ServerUnavailable(trouble, serverOf(url));
    throw cannotOpen(withoutSecrets(url), error);
  }
}

async function openFile(file: string, backups: string | undefined): Promise<Knex> {
  const filename = file === ':memory:' ? file : resolve(file);
  try {
    if (file !== ':memory:') {
      makePrivateFolder(dirname(filename));
      finishSwap(filename);
      refuseMissing(filename, backups);
      keepDatabasePrivate(filename);
    }
    const db = connect(filename);
    try {
      if (file !== ':memory:') {
        await refuseDamaged(db, filename, backups);
        await refuseOthers(db, filename, backups);
      }
      await migrate(db);
    } catch (error) {
      await db.destroy();
      throw error;
    }
    return db;
  } catch (error) {
    const trouble = booksTrouble(error);
    if (trouble?.trouble === 'damaged') throw cannotRead(filename, backups, trouble.cause);
    if (trouble && !isFolder(filename)) throw trouble;
    throw cannotOpen(filename, error);
  }
}

function cannotOpen(name: string, error: unknown): InvalidInput {
  const { message } = error as Error;
  return new InvalidInput(say`The database ${name} cannot be opened: ${message}`, { cause: error });
}

function bytesIn(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

interface KnexClient {
  acquireConnection(): Promise<unknown>;
  releaseConnection(connection: unknown): Promise<void>;
}

/**
 * Closes the database once every query so far has its answer. Later ones, such as of a page whose reader
 * has left, are refused without an error in the log.
 */
export async function closeDatabase(db: Knex): Promise<void> {
  const client = db.client as KnexClient;
  const acquire = client.acquireConnection.bind(client);
  client.acquireConnection = () => Promise.reject(new ShuttingDown());
  // Requests for a connection are served in order, so this one comes last.
  await acquire().then(
    (last) => client.releaseConnection(last),
    () => undefined,
  );
  await db.destroy();
}

/**
 * Of each connection. synchronous full: vouchers that were just sold must survive a power cut. busy_timeout
 * lets the server and a command share one file: a thread waits, not the program. foreign_keys, and a cache of
 * two megabytes, whatever the driver was compiled with.
 */
const PRAGMAS = [
  'journal_mode = wal',
  'synchronous = full',
  'foreign_keys = on',
  'busy_timeout = 5000',
  'cache_size = -2000',
  // What a schema says is data: no function that could reach out of it.
  'trusted_schema = off',
];

/** Opens a file as it is, without migrating it. For databases that are not in use. */
export function connectAsIs(filename: string): Knex {
  return knex({ client: BooksClient, connection: { filename }, useNullAsDefault: true });
}

/**
 * Opens the books with the tables they have; a file that is not there has none.
 * @param file its path, or its bytes: they are then in memory
 */
export function connect(file: string | Uint8Array): Knex {
  return knex({
    client: BooksClient,
    connection: { filename: file as string },
    useNullAsDefault: true,
    acquireConnectionTimeout: 5_000,
    // Errors are thrown too; knex would also print them, into the output of a command.
    log: SILENT,
    // Errors show the statement, not its values, which may be password hashes.
    compileSqlOnError: false,
    // One connection: SQLite has one writer at a time, and each connection to :memory: is another
    // database.
    pool: { min: 1, max: 1, afterCreate: prepareConnection },
  });
}

const MIGRATION_PAUSE_MS = 250;
/** A migrating program writes all the time: after this long without a writer there is none. */
const DEAD_LOCK_MS = 5_000;
const LONGEST_WAIT_MS = 120_000;
/** A lock held for longer without progress is not a migration: a backup, or a database browser. */
const FOREIGN_LOCK_MS = 20_000;

/**
 * Several processes may find an empty database at once: one migrates it, the others wait. The lock of one
 * that lost power is removed, and so is a second lock, which two that begin at the same moment can create
 * and neither can take; an unfinished migration is rolled back.
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
      // knex throws its own kind of error for problems with its lock.
      if (!isRace || systemClock.elapsedMs() - begun > LONGEST_WAIT_MS) throw trouble ?? error;
      await systemClock.wait(MIGRATION_PAUSE_MS);
      const now = (await stepsDone(db)).length;
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

async function prepareConnection(
  connection: Books,
  done: (error: unknown, connection: Books) => void,
): Promise<void> {
  try {
    for (const pragma of PRAGMAS) await connection.run(`pragma ${pragma}`, []);
    done(null, connection);
  } catch (error) {
    await connection.close();
    done(error, connection);
  }
}
