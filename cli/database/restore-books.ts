import {
  chmodSync,
  copyFileSync,
  existsSync,
  readSync,
  openSync,
  closeSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Knex } from 'knex';
import { AppError, booksTrouble, Conflict, InvalidInput } from '../../src/errors';
import { isAlive } from '../../src/services/loop/controller-lease';
import { connectAsIs, openDatabase } from '../../src/store/database/database';
import { RouterStore } from '../../src/store/router/router-store';
import { runningServer } from '../server/server-process';
import { makePrivateFolder } from '../../src/store/database/private-files';

const SQLITE = 'SQLite format 3\0';
const OUR_TABLES = ['knex_migrations', 'vouchers', 'batches', 'plans', 'sessions', 'routers'];

/**
 * Replaces the database with a backup. The backup is checked and migrated as a copy before anything is
 * touched, and the old database is kept as `.before-restore`.
 * @throws Conflict while the database is in use, InvalidInput for a file that is not a backup
 */
export async function restoreBooks(backup: string, books: string): Promise<void> {
  if (books === ':memory:') throw new InvalidInput('These books are in memory: nothing to restore');
  const source = resolve(backup);
  const target = resolve(books);
  if (!existsSync(source)) throw new InvalidInput(`There is no file ${source}`);
  if (source === target) throw new InvalidInput('These are the books themselves, not a backup');
  refuseServer();
  makePrivateFolder(dirname(target));
  const copy = `${target}.restoring`;
  remove(copy);
  try {
    copyFileSync(source, copy);
    chmodSync(copy, 0o600);
    await check(copy, source);
    if (existsSync(target)) await close(target);
    remove(`${target}.before-restore`);
    for (const ending of ['-wal', '-shm']) rmSync(target + ending, { force: true });
    if (existsSync(target)) renameSync(target, `${target}.before-restore`);
    renameSync(copy, target);
  } finally {
    remove(copy);
  }
}

/**
 * For what must not happen while another program uses the database.
 * @param then what was wanted, for the message
 * @throws Conflict
 */
export async function refuseWhileInUse(books: string, then: string): Promise<void> {
  refuseServer(then);
  if (books !== ':memory:' && existsSync(resolve(books))) await close(resolve(books), then);
}

function refuseServer(then?: string): void {
  const pid = runningServer();
  if (pid !== undefined) throw inUse(`the server, process ${pid}`, then);
}

/** Ours, intact, and not made by a later version than this one. */
async function check(copy: string, source: string): Promise<void> {
  if (!startsAsSqlite(copy)) throw new InvalidInput(`${source} is not a database`);
  await withFile(copy, async (db) => {
    const rows = await db.raw<{ name: string }[]>('select name from sqlite_master');
    const names = new Set(rows.map(({ name }) => name));
    if (!OUR_TABLES.every((name) => names.has(name))) {
      throw new InvalidInput(`${source} is a database, but not one of this program`);
    }
    const [verdict] = await db.raw<{ integrity_check: string }[]>('pragma integrity_check');
    if (verdict?.integrity_check !== 'ok') throw new InvalidInput(`${source} is damaged`);
  }).catch((error: unknown) => {
    if (error instanceof AppError) throw error;
    throw new InvalidInput(`${source} is damaged and cannot be read`, { cause: error });
  });
  const db = await openDatabase(copy);
  await db.raw('pragma journal_mode = delete'); // one file again, to be moved
  await db.destroy();
}

/** Merges the write-ahead log into the database, which SQLite refuses while others have it open. */
async function close(books: string, then?: string): Promise<void> {
  if (!startsAsSqlite(books)) return; // beyond repair, which may be the reason for the restore
  await withFile(books, async (db) => {
    const leases = await new RouterStore(db).leases().catch(() => []); // older databases have none
    const lease = leases.find((one) => one.until > new Date() && isAlive(one));
    if (lease) throw inUse(`process ${lease.pid} on ${lease.host.split(' ')[0]}`, then);
    const [mode] = await db.raw<{ journal_mode: string }[]>('pragma journal_mode = delete');
    if (mode?.journal_mode !== 'delete') throw inUse('another program', then);
  }).catch((error: unknown) => {
    const { code } = error as { code?: string };
    if (booksTrouble(error)?.trouble === 'locked') throw inUse('another program', then);
    if (code !== 'SQLITE_CORRUPT' && code !== 'SQLITE_NOTADB') throw error;
  });
}

function inUse(by: string, then = 'restore'): Conflict {
  return new Conflict(`The books are in use by ${by}. Stop the server first, then ${then}`);
}

function startsAsSqlite(file: string): boolean {
  const start = Buffer.alloc(SQLITE.length);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, start);
  closeSync(descriptor);
  return start.toString('latin1') === SQLITE;
}

/** As it is, without migrating it. */
async function withFile(filename: string, work: (db: Knex) => Promise<void>): Promise<void> {
  const db = connectAsIs(filename);
  try {
    await work(db);
  } finally {
    await db.destroy();
  }
}

function remove(file: string): void {
  for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true });
}
