import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Knex } from 'knex';
import { PISONET } from '../../command-line';
import { backupsIn } from '../../domain/shop/backup-schedule';
import { lossOf, type LossOfBooks } from '../../domain/shop/books-mark';
import { BooksUnavailable } from '../../errors';
import { damageIn, readDamage, removeDamage } from './books-damage';
import { findMark, hasTables, markFile, readMark } from './books-mark';

/** What staff read first. */
const WHY: Record<LossOfBooks | 'damaged', (file: string) => string> = {
  damaged: (file) => `The shop's books, ${file}, are damaged.`,
  missing: (file) => `The shop's books, ${file}, are missing.`,
  empty: (file) => `The shop's books, ${file}, are empty.`,
  'another shop': (file) => `The books in ${file} are of another shop than the one that was here.`,
  older: (file) =>
    `The books in ${file} are older than this shop's: what was sold and used since then is not in them.`,
};

/**
 * Books that are not there, although there was a shop, must not be made anew: everybody who is online would be
 * logged out. A mark beside them says so, or a log of theirs, or a folder of backups. To be asked before the
 * file is opened, which would make it.
 * @param file absolute path
 * @param backups the folder of the nightly ones
 * @throws BooksUnavailable with what to do
 */
export function refuseMissing(file: string, backups?: string): void {
  const size = sizeOf(file);
  if (size !== undefined && size > 0) return;
  const found = size === undefined ? 'missing' : 'empty';
  const hasLog = (sizeOf(`${file}-wal`) ?? 0) > 0;
  if (hasLog || wasShop(file, backups)) throw lost(found, file, backups);
}

/** A mark that cannot be read was written by a shop, too. */
function wasShop(file: string, backups: string | undefined): boolean {
  return existsSync(markFile(file)) || hasBackups(file, backups);
}

/**
 * The same for books that are there. To be asked before they are brought up to date.
 * @throws BooksUnavailable with what to do
 */
export async function refuseOthers(db: Knex, file: string, backups?: string): Promise<void> {
  // New ones may be in the making by another program: they are not asked, which would wait for it.
  if (!wasShop(file, backups)) return;
  // Whoever opens a file that is missing leaves one page of no table.
  if (!(await hasTables(db))) throw lost('empty', file, backups);
  const mark = readMark(file);
  const loss = mark && lossOf(mark, await findMark(db));
  if (loss) throw lost(loss, file, backups);
}

/**
 * What was found damaged before is so still, unless other books were put in their place by hand. Nobody would be led to
 * a backup otherwise: the page that is damaged may be the one that signs in the owner.
 * @throws BooksUnavailable with what to do
 */
export async function refuseDamaged(db: Knex, file: string, backups?: string): Promise<void> {
  const noted = readDamage(file);
  if (!noted || noted.isAccepted) return;
  const found = await damageIn(db);
  if (found !== undefined) throw cannotRead(file, backups, new Error(found));
  removeDamage(file);
}

/** Where damage keeps the books from being opened: no page can lead to a backup. */
export function cannotRead(
  file: string,
  backups: string | undefined,
  cause: unknown,
): BooksUnavailable {
  return new BooksUnavailable('damaged', cause, textOf('damaged', file, backups));
}

/** Other databases beside it may be the ones the backups are of: then these are new on purpose. */
function hasBackups(file: string, backups: string | undefined): boolean {
  if (newestIn(backups) === undefined) return false;
  const folder = dirname(file);
  const others = existsSync(folder) ? readdirSync(folder) : [];
  return !others.some((name) => name.endsWith('.db') && name !== basename(file));
}

function newestIn(folder: string | undefined): string | undefined {
  if (folder === undefined || !existsSync(folder)) return undefined;
  const [newest] = backupsIn(readdirSync(folder));
  return newest === undefined ? undefined : join(folder, newest);
}

function lost(loss: LossOfBooks, file: string, backups: string | undefined): BooksUnavailable {
  return new BooksUnavailable('lost', undefined, textOf(loss, file, backups));
}

function textOf(why: LossOfBooks | 'damaged', file: string, backups: string | undefined): string {
  const shown = (path: string) => {
    const short = relative('.', path);
    return short.startsWith('..') ? path : short;
  };
  const newest = newestIn(backups);
  const backup = newest === undefined ? 'FILE, a backup' : shown(newest);
  return (
    `${WHY[why](shown(file))} Customers who are online stay online, and nothing is changed until you say how ` +
    `to go on. Stop the server. Then restore the newest backup: ${PISONET} restore ${backup}. Or go on with what ` +
    `is there, or with new books: ${PISONET} database accept. The server's log has a link that does the same in a browser.`
  );
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
