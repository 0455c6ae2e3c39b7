import { randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../clock';
import { NotFound } from '../../errors';
import { BackupFolder, type Backup } from '../../store/database/backup-folder';
import { acceptBooks } from './accept-books';
import { finishRestore, prepareRestore, type BroughtBack } from './restore-books';

/**
 * What an owner can do about books that are lost, or too damaged to be opened, in a browser: nobody can sign in then,
 * so a link in the server's log lets in.
 */
export class BooksRecovery {
  readonly token = randomBytes(32).toString('base64url');
  private turn: Promise<unknown> = Promise.resolve();

  /** @param backups the folder of the nightly ones */
  constructor(
    private readonly books: string,
    private readonly backups: string | undefined,
    private readonly clock: Clock,
  ) {}

  isAllowed(token: string): boolean {
    const [one, other] = [Buffer.from(token), Buffer.from(this.token)];
    return one.length === other.length && timingSafeEqual(one, other);
  }

  get newest(): Backup | undefined {
    return this.backups === undefined ? undefined : new BackupFolder(this.backups).list()[0];
  }

  /** Nothing else has the file meanwhile: not these, nor an attempt to open it. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** @throws NotFound without a backup, Conflict while the books are in use, InvalidInput for a damaged backup */
  restoreNewest(): Promise<BroughtBack> {
    return this.alone(async () => {
      const { newest, backups, books } = this;
      if (!newest) throw new NotFound('There is no backup');
      const restoring = { by: 'owner', from: newest.name, at: this.clock.now() };
      const brings = await prepareRestore(join(backups!, newest.name), books, restoring);
      await finishRestore(books);
      return brings;
    });
  }

  /** @throws Conflict when nothing is wrong with the books */
  accept(): Promise<unknown> {
    return this.alone(() => acceptBooks(this.books, this.backups, this.clock.now()));
  }
}
