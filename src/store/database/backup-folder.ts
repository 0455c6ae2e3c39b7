import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backupsIn, oldBackups } from '../../domain/shop/backup-schedule';
import { connect } from './database';
import { copyDatabase, flush } from './database-file';

export interface Backup {
  name: string;
  bytes: number;
  madeAt: Date;
}

/** A folder of nightly backups. What it throws is the file system's own. */
export class BackupFolder {
  constructor(readonly path: string) {}

  has(name: string): boolean {
    return existsSync(join(this.path, name));
  }

  /** The backups, newest first; none if there is no folder. */
  list(): Backup[] {
    const names = existsSync(this.path) ? backupsIn(readdirSync(this.path)) : [];
    return names.map((name) => {
      const { size, mtime } = statSync(join(this.path, name));
      return { name, bytes: size, madeAt: mtime };
    });
  }

  async add(name: string, databaseFile: string): Promise<void> {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    await copyAside(databaseFile, join(this.path, name));
  }

  /**
   * Takes over a file of another folder; whole or not at all. The folder has to be there: a USB drive
   * that is not plugged in would otherwise be written beside its place.
   */
  async copyFrom(other: BackupFolder, name: string): Promise<void> {
    const partial = join(this.path, `${name}.partial`);
    try {
      await copyFile(join(other.path, name), partial);
      chmodSync(partial, 0o600);
      flush(partial);
      renameSync(partial, join(this.path, name));
    } catch (error) {
      rmSync(partial, { force: true });
      throw error;
    }
  }

  /** Deletes all but the newest. */
  keep(count: number): void {
    for (const name of oldBackups(readdirSync(this.path), count)) rmSync(join(this.path, name));
  }
}

/**
 * Copies the database while others go on reading and writing it, by a connection of its own: the shop's is
 * free meanwhile.
 * @returns the size
 * @throws as `copyDatabase`
 */
export async function copyAside(databaseFile: string, target: string): Promise<number> {
  const db = connect(databaseFile);
  try {
    return (await copyDatabase(db, target)).bytes;
  } finally {
    await db.destroy();
  }
}
