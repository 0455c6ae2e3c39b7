import { DateTime } from 'luxon';

/** Nightly copies of the database file. */
export interface BackupPlan {
  readonly folder: string;
  /** A second folder, such as a USB drive; `undefined` for none. */
  readonly copyFolder: string | undefined;
  /** How many nights are kept. */
  readonly keep: number;
  /** Time of day as `HH:MM`, by the shop's clock. */
  readonly at: string;
}

const NAME = /^pisonet-(\d{4}-\d{2}-\d{2})\.db$/;

/**
 * The file of the last backup that should be there: of today, or of yesterday while it is not yet time. One
 * that was missed, by a power cut say, is therefore made up as soon as the program runs again.
 * @param at time of day as `HH:MM`, by the shop's clock
 */
export function dueBackup(now: Date, at: string, timeZone: string): string {
  const local = DateTime.fromJSDate(now, { zone: timeZone });
  const isTime = local.toFormat('HH:mm') >= at;
  return `pisonet-${local.minus({ days: isTime ? 0 : 1 }).toFormat('yyyy-MM-dd')}.db`;
}

/**
 * Which files of a folder to delete, so that the newest stay. Files with other names are never touched.
 * @param keep how many stay
 */
export function oldBackups(files: readonly string[], keep: number): string[] {
  return backupsIn(files).slice(keep);
}

/** The nightly backups among the files of a folder, newest first. */
export function backupsIn(files: readonly string[]): string[] {
  return files
    .filter((file) => NAME.test(file))
    .sort()
    .reverse();
}
