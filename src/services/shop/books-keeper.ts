import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Knex } from 'knex';
import type { Clock } from '../../clock';
import { booksTrouble } from '../../errors';
import { logFailure, type Log } from '../../log';
import { findMark, markFile, nameShop, writeMark } from '../../store/database/books-mark';
import { connect } from '../../store/database/database';
import type { Stores } from '../../store/stores';

/** How much may be lost with the log of the books before the next start can tell. */
const MARK_MS = 60_000;
/** How many marks until the log is put into the file: it is read and written for that. */
const MARKS_PER_CHECKPOINT = 5;

/**
 * Keeps what the next start needs to tell that the books are what they were: a mark beside the file, and the
 * file itself, which without this would hold nothing of a young shop until its log has grown to 4 MB.
 */
export class BooksKeeper {
  private readonly file: string | undefined;
  private marked = '';

  /** @param databaseFile path of the SQLite file, or `:memory:`; `undefined`: a server keeps the books */
  constructor(
    private readonly db: Knex,
    private readonly stores: Stores,
    databaseFile: string | undefined,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    const isFile = databaseFile !== undefined && databaseFile !== ':memory:';
    this.file = isFile ? resolve(databaseFile) : undefined;
  }

  /** Books without a mark get their first one. */
  async begin(): Promise<void> {
    if (this.file === undefined || existsSync(markFile(this.file))) return;
    await this.mark();
    await this.checkpoint();
  }

  /** From the start to the signal, and once more then. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.file === undefined) return;
    for (let count = 0; !signal.aborted; count += 1) {
      await this.mark();
      if (count % MARKS_PER_CHECKPOINT === 0) await this.checkpoint();
      await this.clock.wait(MARK_MS, signal);
    }
    await this.mark();
  }

  /** How far the books have come. A disk that takes none stops no shop. */
  async mark(): Promise<void> {
    const { file, stores, clock } = this;
    if (file === undefined) return;
    try {
      const { steps, revision, shop } = await findMark(this.db);
      const present = `${steps} ${revision}`;
      if (present === this.marked) return;
      const at = clock.now().toISOString();
      const id = shop ?? (await stores.outsideLoopState(({ settings }) => nameShop(settings)));
      await writeMark(file, { shop: id, steps, revision, at });
      this.marked = present;
    } catch (error) {
      logFailure(this.log, booksTrouble(error) ?? error, 'the mark of the books was not written');
    }
  }

  /** By a connection of its own: the shop goes on meanwhile. */
  private async checkpoint(): Promise<void> {
    // Opened, a file that somebody took away would be there again, with nothing in it.
    if (!existsSync(this.file!)) return;
    const db = connect(this.file!);
    try {
      await db.raw('pragma wal_checkpoint(passive)');
    } catch (error) {
      logFailure(this.log, error, 'the log of the books was not put into their file');
    } finally {
      await db.destroy();
    }
  }
}
