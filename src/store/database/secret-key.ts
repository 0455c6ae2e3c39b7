import { createHmac, randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../errors';
import { DATA_FOLDER, makePrivateFolder, restrict } from './private-files';
import { say } from '../../text';

const SHORTEST = 32;
/** Errors of file systems without hard links. */
const NO_LINKS: readonly (string | undefined)[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

export interface SecretKeyOptions {
  /** SECRET_KEY of the environment; takes precedence over the file. */
  given?: string | undefined;
  /**
   * The database file; the key is stored beside it. `:memory:` has a key of its own in memory; `undefined`,
   * where PostgreSQL has the books, has it in the shop's data folder.
   */
  databaseFile: string | undefined;
  /** Called once when the key could not be stored: it then lasts until this program ends. */
  onNotKept?: (reason: string) => void;
}

/**
 * The shop's key. It is never in the database, so a copy or backup of the database alone is not enough to
 * forge a sign-in. It is in a file that only its owner can read, made when it is first needed.
 */
export class SecretKey {
  private key: string | undefined;

  constructor(private readonly options: SecretKeyOptions) {}

  /**
   * A secret for one purpose, always the same for the same key; none of them reveals another or the key.
   * @returns 256 bits as base64url
   * @throws AppError when there is a key file that cannot be read or holds no key
   */
  derive(purpose: string): string {
    this.key ??= this.options.given ?? this.fromFile();
    return createHmac('sha256', this.key).update(purpose).digest('base64url');
  }

  private fromFile(): string {
    const { databaseFile } = this.options;
    if (databaseFile === ':memory:') return newKey();
    const file = keyFile(databaseFile ?? join(DATA_FOLDER, 'pisonet.db'));
    return readKey(file) ?? this.make(file);
  }

  /** Two programs may start at once: the first to put its file in place wins, and both use that one. */
  private make(file: string): string {
    const partial = `${file}.${process.pid}`;
    const key = newKey();
    try {
      if (this.options.databaseFile === undefined) makePrivateFolder(DATA_FOLDER);
      writeFileSync(partial, `${key}\n`, { mode: 0o600, flush: true });
      putInPlace(partial, file, key);
      return key;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const known = code === 'EEXIST' ? readKey(file) : undefined;
      if (known !== undefined) return known;
      // A full disk must not lock the staff out of the pages that report it.
      this.options.onNotKept?.(message);
      return key;
    } finally {
      rmSync(partial, { force: true });
    }
  }
}

/**
 * Creating a link is atomic, so nobody reads half a key. Memory sticks and some shared folders have no
 * links; there the file is written itself.
 */
function putInPlace(partial: string, file: string, key: string): void {
  try {
    linkSync(partial, file);
  } catch (error) {
    if (!NO_LINKS.includes((error as NodeJS.ErrnoException).code)) throw error;
    writeFileSync(file, `${key}\n`, { mode: 0o600, flush: true, flag: 'wx' });
  }
}

/** `data/pisonet.db` has its key in `data/pisonet.key`. */
export function keyFile(databaseFile: string): string {
  return `${databaseFile.replace(/\.(db|sqlite3?)$/, '')}.key`;
}

function newKey(): string {
  return randomBytes(SHORTEST).toString('base64url');
}

function readKey(file: string): string | undefined {
  let key: string;
  try {
    key = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AppError(say`The key file ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (key.length < SHORTEST) {
    throw new AppError(
      say`The key file ${file} holds no key. Take it away: a new one is made, and staff sign in again`,
    );
  }
  restrict(file, 0o600);
  return key;
}
