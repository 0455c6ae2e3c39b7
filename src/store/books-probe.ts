import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { BooksUnavailable } from '../errors';
import {
  damageIn,
  noteDamage,
  readDamage,
  removeDamage,
  type BooksDamage,
} from './database/books-damage';
import { connect } from './database/database';
import type { Stores } from './stores';

/** More than selling, redeeming and a round of the loop write at a time. */
const PROBE_BYTES = 65_536;
/** With less room on the disk the next write may fail, or the one after it. */
const LEAST_ROOM_BYTES = 1_048_576;
const PROBE = 'probe';

/** Tests whether the database can be written. Nothing of it stays, and the loop does not notice. */
export class BooksProbe {
  private readonly file: string | undefined;

  /** @param databaseFile path of the SQLite file, or `:memory:`; `undefined`: a server looks after its disk */
  constructor(
    private readonly stores: Stores,
    databaseFile: string | undefined,
  ) {
    const isFile = databaseFile !== undefined && databaseFile !== ':memory:';
    this.file = isFile ? resolve(databaseFile) : undefined;
  }

  /** Without writing to the disk, for frequent checks. @throws BooksUnavailable */
  async look(): Promise<void> {
    await this.lookForRoom();
    const enough = new Error('that was enough');
    await this.stores
      .outsideLoopState(async ({ settings }) => {
        await settings.set(PROBE, 'x'.repeat(PROBE_BYTES));
        throw enough; // undoes the write
      })
      .catch((error: unknown) => {
        if (error !== enough) throw error;
      });
  }

  /** Down to the disk, for when a write failed before. @throws BooksUnavailable */
  async write(): Promise<void> {
    await this.lookForRoom();
    await this.stores.outsideLoopState(({ settings }) =>
      settings.set(PROBE, 'x'.repeat(PROBE_BYTES)),
    );
    await this.stores.outsideLoopState(({ settings }) => settings.set(PROBE, ''));
  }

  /** What this program or one before it found damaged; it is noted beside the file. */
  get damage(): BooksDamage | undefined {
    return this.file === undefined ? undefined : readDamage(this.file);
  }

  /** @throws Error where the folder takes no file */
  noteDamage(what: string, at: Date): void {
    if (this.file !== undefined) noteDamage(this.file, what, at);
  }

  /**
   * Reads every page, by a connection of its own: the shop's is free meanwhile. Where all of them are well, an earlier
   * damage is over.
   * @param signal the program ends
   * @throws BooksUnavailable
   */
  async readAll(signal: AbortSignal): Promise<void> {
    if (this.file === undefined) return;
    const db = connect(this.file);
    try {
      const found = await damageIn(db, signal);
      if (found !== undefined) throw new BooksUnavailable('damaged', new Error(found));
      if (!signal.aborted) removeDamage(this.file);
    } finally {
      await db.destroy();
    }
  }

  private async lookForRoom(): Promise<void> {
    if (this.file === undefined) return;
    const { bsize, bavail, bfree } = await statfs(dirname(this.file));
    const blocks = process.getuid?.() === 0 ? bfree : bavail; // some are reserved for root
    if (blocks * bsize < LEAST_ROOM_BYTES) throw new BooksUnavailable('full');
  }
}
