import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** The folder the shop keeps its files in unless DATABASE_URL says otherwise. */
export const DATA_FOLDER = 'data';

/** Files SQLite keeps beside an open database file. */
const COMPANIONS = ['', '-wal', '-shm', '-journal'];

/**
 * Makes a folder that only its owner can enter. An existing one is closed to others only if it is the
 * shop's own data folder: any other may be shared on purpose.
 */
export function makePrivateFolder(folder: string): void {
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (made === undefined && resolve(folder) === resolve(DATA_FOLDER)) restrict(folder, 0o700);
}

/**
 * Makes sure only the owner can read a database file and what SQLite keeps beside it. Called before the
 * file is opened, since SQLite would make it, and the files beside it, readable for everybody.
 */
export function keepDatabasePrivate(file: string): void {
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  for (const suffix of COMPANIONS) restrict(file + suffix, 0o600);
}

/** Removes the rights of others. A file of another user is left to that user. */
export function restrict(path: string, mode: number): void {
  const found = statSync(path, { throwIfNoEntry: false });
  const ours = process.getuid === undefined || found?.uid === process.getuid();
  if (found && ours && (found.mode & 0o077) !== 0) chmodSync(path, mode);
}
