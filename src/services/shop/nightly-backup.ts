import { join } from 'node:path';
import type { Clock } from '../../clock';
import { dueBackup, type BackupPlan } from '../../domain/shop/backup-schedule';
import { deed } from '../../domain/shop/audit-entry';
import { booksTrouble, Conflict, NotFound } from '../../errors';
import { logFailure, type Log } from '../../log';
import { BackupFolder, copyAside, type Backup } from '../../store/database/backup-folder';
import type { Stores } from '../../store/stores';
import type { ClockWitness } from './clock-witness';
import { finishRestore, prepareRestore, type BroughtBack } from './restore-books';
import type { LiveShop } from './shop-settings';
import { say } from '../../text';

/** How often to check whether a backup is due; the first time so long after the start. */
const EVERY_MS = 5 * 60_000;

/** How the backups are, for people. */
export interface BackupStatus {
  folder: string;
  copyFolder: string | undefined;
  keep: number;
  /** Newest first. */
  all: Backup[];
}

/**
 * Copies the database once a night into a folder, and from there into a second one, such as a USB drive.
 * Whether a backup is due is read from the folder, so one that was missed is made up, and one that failed is
 * tried again.
 */
export class NightlyBackup {
  private readonly folder: BackupFolder | undefined;
  private readonly copies: BackupFolder | undefined;

  /**
   * @param databaseFile `undefined` if the database is not a file
   * @param config `undefined` makes none by itself
   */
  constructor(
    private readonly databaseFile: string | undefined,
    private readonly config: BackupPlan | undefined,
    private readonly stores: Pick<Stores, 'journal' | 'outsideLoopState'>,
    private readonly witness: Pick<ClockWitness, 'isTrusted'>,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly shop: Pick<LiveShop, 'timeZone'>,
  ) {
    this.folder = config && new BackupFolder(config.folder);
    this.copies =
      config?.copyFolder === undefined ? undefined : new BackupFolder(config.copyFolder);
  }

  /** `undefined` if no backups are made. */
  get status(): BackupStatus | undefined {
    const { config, folder } = this;
    if (!config || !folder) return undefined;
    const { copyFolder, keep } = config;
    return { folder: folder.path, copyFolder, keep, all: folder.list() };
  }

  /**
   * A copy of this moment, to take away.
   * @param file must not exist yet
   * @throws Conflict when the database is not a file
   */
  async copyTo(file: string, by: string): Promise<void> {
    const { databaseFile } = this;
    if (databaseFile === undefined || databaseFile === ':memory:') {
      throw new Conflict('Only a database in a file can be copied');
    }
    const done = deed('backup taken', '', { bytes: await copyAside(databaseFile, file) });
    const entry = { at: this.clock.now(), who: by, ...done };
    await this.stores.outsideLoopState(({ journal }) => journal.audit([entry]));
  }

  /**
   * Checks a backup and prepares it beside the books, which are not touched yet.
   * @param backup a night of the list, or any file and what its owner calls it
   * @returns who can act on the books it brings, and what puts them in place, to be called when the others are closed
   * @throws NotFound, Conflict when the database is not a file, InvalidInput when it is not a backup
   */
  async prepareRestore(
    backup: { night: string } | { file: string; name: string },
    by: string,
  ): Promise<{ brings: BroughtBack; between: () => Promise<void> }> {
    const { databaseFile, folder } = this;
    if (databaseFile === undefined || databaseFile === ':memory:') {
      throw new Conflict('Only a database in a file can be restored');
    }
    const isNight = 'night' in backup;
    const from = isNight ? backup.night : backup.name;
    const isListed = folder?.list().some(({ name }) => name === from) ?? false;
    if (isNight && !isListed) throw new NotFound(say`There is no backup ${from}`);
    const file = isNight ? join(folder!.path, from) : backup.file;
    const restoring = { by, from, at: this.clock.now() };
    const brings = await prepareRestore(file, databaseFile, restoring);
    const between = async () => {
      await finishRestore(databaseFile);
      this.log.info({ from, ...brings }, 'a backup was restored');
    };
    return { brings, between };
  }

  /** Runs until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    if (!this.config) return;
    await this.clock.wait(EVERY_MS, signal);
    while (!signal.aborted) {
      try {
        await this.backUpIfDue();
      } catch (error) {
        logFailure(this.log, error, 'the nightly backup was not checked; it is tried again');
      }
      await this.clock.wait(EVERY_MS, signal);
    }
  }

  /**
   * Makes the backup that is due, in both folders. A failure is an alert until it succeeds. A clock that is
   * wrong makes none: it would be of a wrong day, and push out good ones.
   */
  async backUpIfDue(): Promise<void> {
    const { config, databaseFile, folder, copies } = this;
    const now = this.clock.now();
    if (!config || databaseFile === undefined || !folder) return;
    if (!(await this.witness.isTrusted(now))) return;
    const name = dueBackup(now, config.at, this.shop.timeZone);
    const isMade = await this.attempt(folder, now, async () => {
      if (folder.has(name)) return;
      await folder.add(name, databaseFile);
      folder.keep(config.keep);
      this.log.info({ folder: folder.path, name }, 'the nightly backup was made');
    });
    if (!isMade || !copies) return;
    await this.attempt(copies, now, async () => {
      if (copies.has(name)) return;
      await copies.copyFrom(folder, name);
      copies.keep(config.keep);
    });
  }

  private async attempt(
    { path }: BackupFolder,
    now: Date,
    work: () => Promise<void>,
  ): Promise<boolean> {
    try {
      await work();
    } catch (error) {
      logFailure(this.log, error, 'the nightly backup failed');
      const { message } = error as Error;
      const isDamaged = booksTrouble(error)?.trouble === 'damaged';
      const text = isDamaged
        ? `No nightly backup was made, and those of the nights before are kept. ${message}`
        : `The nightly backup could not be written to ${path}. Is the disk full, or the USB drive not plugged in? It is tried again every few minutes. Details: ${message}`;
      await this.stores.outsideLoopState(({ journal }) =>
        journal.raise('backup failed', path, text, now),
      );
      return false;
    }
    await this.stores.outsideLoopState(({ journal }) => journal.clear('backup failed', path, now));
    return true;
  }
}
