import { existsSync, renameSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { booksTrouble, Conflict } from '../../errors';
import { acceptDamage, noteDamage, readDamage } from '../../store/database/books-damage';
import { hasTables, removeMark } from '../../store/database/books-mark';
import { connect, openDatabase } from '../../store/database/database';

/**
 * What is there becomes the shop's books, by somebody who was asked: as they are, where they can be read, or else new
 * ones. What could not be read is kept beside them.
 * @param backups the folder of the nightly ones
 * @returns which books the shop goes on with, and what is kept
 * @throws Conflict when nothing is wrong with the books
 */
export async function acceptBooks(
  books: string,
  backups: string | undefined,
  now: Date,
): Promise<{ books: 'as they are' | 'new'; kept: string | null }> {
  const file = resolve(books);
  let trouble = await troubleOf(file, backups);
  if (trouble !== 'lost' && trouble !== 'damaged') {
    throw new Conflict('Nothing is wrong with the books of this shop: nothing was changed');
  }
  const isDamageAccepted = acceptDamage(file);
  if (isDamageAccepted) trouble = await troubleOf(file, backups); // they may be an old copy besides
  if (trouble === undefined) return { books: 'as they are', kept: null };
  const isReadable = trouble === 'lost' && (await areBooks(file));
  const kept = isReadable ? null : setAside(file, now);
  const damage = readDamage(file);
  removeMark(file);
  if (isReadable && damage) {
    noteDamage(file, damage.what, new Date(damage.at));
    acceptDamage(file);
  }
  await (await openDatabase(file)).destroy();
  return { books: isReadable ? 'as they are' : 'new', kept };
}

async function areBooks(file: string): Promise<boolean> {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return false;
  const db = connect(file);
  try {
    return await hasTables(db);
  } finally {
    await db.destroy();
  }
}

async function troubleOf(file: string, backups: string | undefined) {
  try {
    await (await openDatabase(file, backups)).destroy();
    return undefined;
  } catch (error) {
    const trouble = booksTrouble(error)?.trouble;
    if (trouble === undefined) throw error;
    return trouble;
  }
}

/** With the log of what was written last, which somebody may be able to read. */
function setAside(file: string, now: Date): string | null {
  const kept = `${file}.unreadable-${now.toISOString().replaceAll(/[-:]|\..*/g, '')}`;
  const there = ['', '-wal'].filter((ending) => existsSync(file + ending));
  for (const ending of there) renameSync(file + ending, kept + ending);
  return there.length > 0 ? kept : null;
}
