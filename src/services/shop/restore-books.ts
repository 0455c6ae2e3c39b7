import { chmodSync, closeSync, existsSync, openSync, readSync, renameSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Knex } from 'knex';
import { booksTrouble, Conflict, InvalidInput } from '../../errors';
import {
  preparedBooks,
  removeBooks,
  swapBooks,
  uncheckedBooks,
} from '../../store/database/books-swap';
import { connectAsIs, openDatabase } from '../../store/database/database';
import { quoted } from '../../domain/units';
import { deed } from '../../domain/shop/audit-entry';
import { PaymentSourceStore } from '../../store/billing/payment-source-store';
import { makePrivateFolder } from '../../store/database/private-files';
import { schemaDifferences } from '../../store/database/schema-check';
import { WebhookStore } from '../../store/notices/webhook-store';
import { RouterStore } from '../../store/router/router-store';
import { JournalStore } from '../../store/shop/journal-store';
import { SettingStore } from '../../store/shop/setting-store';
import { SetupRecords } from '../../store/shop/setup-records';
import { AccountStore } from '../../store/staff/account-store';
import { TokenStore } from '../../store/staff/token-store';
import { isAlive } from '../loop/controller-lease';
import { say } from '../../text';

const SQLITE = 'SQLite format 3\0';
const OUR_TABLES = ['knex_migrations', 'vouchers', 'batches', 'plans', 'sessions', 'routers'];

/** For the audit of the books that come back: the books that are replaced have no use for it. */
export interface Restoring {
  by: string;
  /** What people call the backup. */
  from: string;
  at: Date;
}

/** Names of those who can act on books, as people should see them before they trust a file. */
export interface BroughtBack {
  /** Each with its role. */
  staff: string[];
  /** Of other programs, not revoked. */
  tokens: string[];
  /** Gateways that report payments. */
  paymentSources: string[];
  /** Addresses that are told of events. */
  webhooks: string[];
}

export async function broughtBackBy(db: Knex): Promise<BroughtBack> {
  const staff = await new AccountStore(db).list();
  const tokens = await new TokenStore(db).list();
  const sources = await new PaymentSourceStore(db).list();
  const webhooks = await new WebhookStore(db).list();
  return {
    staff: staff.map(({ name, role }) => `${name} (${role})`),
    tokens: tokens.filter(({ revokedAt }) => !revokedAt).map(({ name }) => name),
    paymentSources: sources.map(({ name }) => name),
    webhooks: webhooks.map(({ url }) => url),
  };
}

/**
 * Copies a backup beside the books, checks the copy and migrates it. The books themselves are not touched.
 * @returns who and what can act on the books that come back
 * @throws InvalidInput for a file that is not a backup of this program
 */
export async function prepareRestore(
  backup: string,
  books: string,
  restoring?: Restoring,
): Promise<BroughtBack> {
  if (books === ':memory:')
    throw new InvalidInput('This database is in memory: nothing to restore');
  const source = resolve(backup);
  const target = resolve(books);
  if (!existsSync(source)) throw new InvalidInput(say`There is no file ${source}`);
  if (source === target) throw new InvalidInput('That is the database in use, not a backup');
  makePrivateFolder(dirname(target));
  const copy = uncheckedBooks(target);
  removeBooks(copy);
  try {
    await copyFile(source, copy);
    chmodSync(copy, 0o600);
    await check(copy, restoring?.from ?? source);
    const brings = await migrate(copy, restoring);
    removeBooks(preparedBooks(target));
    // From here on it may take the place of lost books: not before it is checked.
    renameSync(copy, preparedBooks(target));
    return brings;
  } catch (error) {
    removeBooks(copy);
    throw error;
  }
}

/**
 * Puts what was prepared in the place of the books, which are kept as `.before-restore`.
 * @throws Conflict while the books are in use
 */
export async function finishRestore(books: string): Promise<void> {
  const target = resolve(books);
  try {
    if (existsSync(target)) await releaseBooks(target, 'restore');
    await carrySetupRecords(target);
    swapBooks(target);
  } finally {
    removeBooks(preparedBooks(target));
  }
}

/**
 * Merges the write-ahead log into the database, which SQLite refuses while others have it open.
 * @param then what was wanted, for the message
 * @throws Conflict
 */
export async function releaseBooks(books: string, then: string): Promise<void> {
  if (!startsAsSqlite(books)) return; // beyond repair, which may be the reason for the restore
  await withFile(books, async (db) => {
    const leases = await new RouterStore(db).leases().catch(() => []); // a database of another program has none
    const lease = leases.find((one) => one.until > new Date() && isAlive(one));
    if (lease) throw booksInUse(`process ${lease.pid} on ${lease.host.split(' ')[0]}`, then);
    const [mode] = await db.raw<{ journal_mode: string }[]>('pragma journal_mode = delete');
    if (mode?.journal_mode !== 'delete') throw booksInUse('another program', then);
  }).catch((error: unknown) => {
    if (booksTrouble(error)?.trouble === 'locked') throw booksInUse('another program', then);
    unlessDamaged(error);
  });
}

/** @param then what was wanted */
export function booksInUse(by: string, then: string): Conflict {
  return new Conflict(say`The database is in use by ${by}. Stop the server first, then ${then}`);
}

/**
 * What the set-up changed on routers is still on them: the books that come back have to know it, or it could
 * not be undone.
 */
async function carrySetupRecords(target: string): Promise<void> {
  if (!startsAsSqlite(target)) return;
  await withFile(target, async (books) => {
    if (!(await books.schema.hasTable('shop_settings'))) return;
    await withFile(preparedBooks(target), async (copy) => {
      const records = (db: Knex) => new SetupRecords(new SettingStore(db));
      await copy.transaction((inside) => records(inside).takeFrom(records(books)));
    });
  }).catch(unlessDamaged);
}

/** Ours, and intact. */
async function check(copy: string, source: string): Promise<void> {
  if (!startsAsSqlite(copy)) throw new InvalidInput(say`${source} is not a database`);
  await withFile(copy, async (db) => {
    // What its schema says is not to be run, whatever functions it names.
    await db.raw('pragma trusted_schema = off');
    const rows = await db.raw<{ name: string }[]>('select name from sqlite_master');
    const names = new Set(rows.map(({ name }) => name));
    if (!OUR_TABLES.every((name) => names.has(name))) {
      throw new InvalidInput(say`${source} is a database, but not one of this program`);
    }
    refuseForeign(source, await schemaDifferences(db));
    const [verdict] = await db.raw<{ integrity_check: string }[]>('pragma integrity_check');
    if (verdict?.integrity_check !== 'ok') throw new InvalidInput(say`${source} is damaged`);
  }).catch((error: unknown) => {
    if (error instanceof InvalidInput) throw error;
    throw new InvalidInput(say`${source} is damaged and cannot be read`, { cause: error });
  });
}

/** Damage may be the reason for the restore. */
function unlessDamaged(error: unknown): void {
  if (booksTrouble(error)?.trouble !== 'damaged') throw error;
}

function refuseForeign(source: string, found: readonly string[]): void {
  if (found.length === 0) return;
  const shown = found.slice(0, 3).map(quoted).join(', ');
  const more = found.length > 3 ? ` and ${found.length - 3} more` : '';
  throw new InvalidInput(say`${source} is not as this program makes it: ${shown}${more}`);
}

/** Refuses one that a later version made. @returns who and what can act on the books that come back */
async function migrate(copy: string, restoring: Restoring | undefined): Promise<BroughtBack> {
  const db = await openDatabase(copy);
  try {
    if (restoring) {
      const { by, from, at } = restoring;
      const done = deed('backup restored', '', { from });
      await new JournalStore(db).audit([{ at, who: by, ...done }]);
    }
    const brought = await broughtBackBy(db);
    await db.raw('pragma journal_mode = delete'); // one file again, to be moved
    return brought;
  } finally {
    await db.destroy();
  }
}

function startsAsSqlite(file: string): boolean {
  if (!existsSync(file)) return false;
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
