import { type Dirent, existsSync, linkSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { removeMark } from './books-mark';

/** Where a backup is looked at, and brought up to date. */
export function uncheckedBooks(books: string): string {
  return `${books}.checking`;
}

/** A backup that was checked, and is to take the place of the books. */
export function preparedBooks(books: string): string {
  return `${books}.restoring`;
}

/** Where the books that a restore replaced are. */
export function keptBooks(books: string): string {
  return `${books}.before-restore`;
}

/** Begins the name of a folder for a backup that is uploaded, which only we can enter; see `isUpload`. */
export const UPLOAD_FOLDER = 'upload-';

/**
 * Puts the prepared books in the place of the present ones, which are kept beside them. Where the file system can,
 * there are books at every moment, the old or the new ones. Their mark goes: who opens them writes another one.
 * @param books of which nothing is in a log beside the file
 */
export function swapBooks(books: string): void {
  removeMark(books);
  if (existsSync(books)) keepEarlier(keptBooks(books));
  // First, or it would be taken for the log of the new ones. Of books that could not be read it may be all there is.
  if (existsSync(`${books}-wal`)) renameSync(`${books}-wal`, `${keptBooks(books)}-wal`);
  rmSync(`${books}-shm`, { force: true });
  if (existsSync(books)) keep(books);
  renameSync(preparedBooks(books), books);
}

/** After a power cut between the two renames there are no books: what was prepared and checked takes their place. */
export function finishSwap(books: string): void {
  if (existsSync(books) || !existsSync(preparedBooks(books)) || !existsSync(keptBooks(books)))
    return;
  renameSync(preparedBooks(books), books);
}

/** What a restore that was killed left behind. For the start of a server, while no restore is under way. */
export function removeLeftovers(books: string): void {
  finishSwap(books);
  removeBooks(preparedBooks(books));
  removeBooks(uncheckedBooks(books));
  const folder = dirname(books);
  if (!existsSync(folder)) return;
  for (const { name } of readdirSync(folder, { withFileTypes: true }).filter(isUpload)) {
    rmSync(join(folder, basename(name)), { recursive: true, force: true });
  }
}

/** With what SQLite and we may have beside the file. */
export function removeBooks(file: string): void {
  for (const ending of ['', '-wal', '-shm', '.shop', '.damage'])
    rmSync(file + ending, { force: true });
}

/** Somebody who restored the wrong backup, and another one after it, must still find what there was before both. */
function keepEarlier(kept: string): void {
  if (!existsSync(kept)) return;
  let number = 1;
  while (existsSync(`${kept}.${number}`)) number += 1;
  for (const ending of ['', '-wal']) {
    if (existsSync(kept + ending)) renameSync(kept + ending, `${kept}.${number}${ending}`);
  }
}

function keep(books: string): void {
  try {
    linkSync(books, keptBooks(books));
  } catch {
    // A stick formatted for Windows has no second names.
    renameSync(books, keptBooks(books));
  }
}

function isUpload(entry: Dirent): boolean {
  return entry.isDirectory() && /^upload-\w{6}$/.test(entry.name);
}
