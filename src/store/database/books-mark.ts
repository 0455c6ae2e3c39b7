import { readFileSync, rmSync } from 'node:fs';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Knex } from 'knex';
import { removeDamage } from './books-damage';
import type { BooksMark, FoundBooks } from '../../domain/shop/books-mark';
import { SettingStore } from '../shop/setting-store';
import { stepsDone } from './migrate';

/** The name of the setting that holds it. */
const SHOP = 'shop id';

/** `data/pisonet.db` has its mark in `data/pisonet.db.shop`. */
export function markFile(books: string): string {
  return `${books}.shop`;
}

/** `undefined` also for one that cannot be read: the books are what counts, and they may be whole. */
export function readMark(books: string): BooksMark | undefined {
  try {
    const { shop, steps, revision, at } = JSON.parse(
      readFileSync(markFile(books), 'utf8'),
    ) as Partial<BooksMark>;
    if (typeof shop !== 'string' || typeof steps !== 'number') return undefined;
    return { shop, steps, revision: Number(revision), at: String(at) };
  } catch {
    return undefined;
  }
}

/** Whole or not at all, and on the disk when it is done. */
export async function writeMark(books: string, mark: BooksMark): Promise<void> {
  const file = markFile(books);
  const partial = `${file}.${process.pid}`;
  try {
    await writeFile(partial, `${JSON.stringify(mark)}\n`, { mode: 0o600, flush: true });
    await rename(partial, file);
    await flushFolder(dirname(file));
  } finally {
    await rm(partial, { force: true });
  }
}

/** Before other books take the place of these on purpose: the next to open them writes another one. */
export function removeMark(books: string): void {
  rmSync(markFile(books), { force: true });
  removeDamage(books);
}

/** Whether these are anybody's books, rather than a file that was only opened. */
export async function hasTables(db: Knex): Promise<boolean> {
  const [row] = await db.raw<{ one: number }[]>(
    "select 1 as one from sqlite_master where type = 'table' limit 1",
  );
  return row !== undefined;
}

/** What the mark of these books is, at this moment. @param db with all of its tables, or of an older version */
export async function findMark(db: Knex): Promise<Exclude<FoundBooks, string>> {
  const steps = (await stepsDone(db)).length;
  const [row] = await db.raw<{ revision: number | null }[]>(
    'select sum(seq) as revision from sqlite_sequence',
  );
  const settings = (await db.schema.hasTable('shop_settings'))
    ? await new SettingStore(db).all()
    : {};
  return { shop: settings[SHOP], steps, revision: row!.revision ?? 0 };
}

/** Gives the shop its id, once. */
export async function nameShop(settings: SettingStore): Promise<string> {
  return settings.secret(SHOP);
}

async function flushFolder(folder: string): Promise<void> {
  const opened = await open(folder, 'r').catch(() => undefined); // Windows opens none
  await opened?.sync();
  await opened?.close();
}
