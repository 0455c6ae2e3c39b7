import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DateTime } from 'luxon';
import { systemClock } from '../../src/clock';
import { copyDatabase, databaseBytes } from '../../src/store/database/database-file';
import { argument, asTyped, command, consent, type Choices } from '../shell/command';
import { databaseName } from '../../src/config';
import { keptBooks } from '../../src/store/database/books-swap';
import { booksFile } from './books-file';
import { restoreBooks } from './restore-books';
import { broughtBackBy } from '../../src/services/shop/restore-books';
import { sizeText } from '../shell/figures';
import { fieldList } from '../shell/text-table';

export const backUp = command({
  name: 'backup',
  summary: 'Copy the database, also while the server runs',
  example: 'backup /media/usb/pisonet-2026-11-21.db',
  parameters: {
    file: {
      ...argument('FILE', 'where to; must not exist yet', asTyped),
      question: 'save as: a new file',
      present: () =>
        `pisonet-${DateTime.fromJSDate(systemClock.now()).toFormat('yyyy-MM-dd-HHmm')}.db`,
    },
  },
  run: (app, { file }) => {
    booksFile(app.config, 'make the copy with pg_dump');
    return copyDatabase(app.db, file);
  },
  text: ({ file, bytes }) => `The database was copied to ${file} (${sizeText(bytes)}).`,
});

/** The nightly ones; any other file may be typed. */
const BACKUPS: Choices = {
  question: 'Which backup?',
  others: 'another file',
  find: ({ services }) => {
    const { folder = '', all = [] } = services.backups.status ?? {};
    return Promise.resolve(
      all.map(({ name, bytes }) => ({
        value: join(folder, name),
        name: `${join(folder, name)}  ${sizeText(bytes)}`,
      })),
    );
  },
};

export const restore = command({
  name: 'restore',
  summary: 'Restore a backup; stop the server first',
  example: 'restore /media/usb/pisonet-2026-11-21.db --yes',
  parameters: {
    file: argument('FILE', 'the backup to go back to', asTyped, BACKUPS),
    consent: consent('Sales and usage since the backup will be lost.', 'RESTORE'),
  },
  before: (config, { file }) => restoreBooks(file, booksFile(config, 'use pg_restore')),
  run: async (app, { file }) => ({
    file: databaseName(app.config.database),
    from: file,
    bytes: await databaseBytes(app.db),
    vouchers: await app.stores.vouchers.countByStatus(),
    kept: keptAfterRestore(databaseName(app.config.database)),
    ...(await broughtBackBy(app.db)),
  }),
  text: ({ file, from, kept, bytes, vouchers, staff, tokens, paymentSources, webhooks }) => {
    const count = Object.values(vouchers).reduce((sum, each) => sum + each, 0);
    return (
      `${file} is now what ${from} was: ${count} ${count === 1 ? 'voucher' : 'vouchers'}, ${sizeText(bytes)}.\n` +
      (kept === null ? '' : `The database that was there is kept as ${kept}.\n`) +
      fieldList([
        ['Can sign in', staff.join(', ') || '-'],
        ['Programs with a token', tokens.join(', ') || '-'],
        ['Report payments', paymentSources.join(', ') || '-'],
        ['Are told of events', webhooks.join(', ') || '-'],
      ])
    );
  },
});

/** @returns where the database is that was replaced; `null` when there was none */
function keptAfterRestore(file: string): string | null {
  const kept = keptBooks(file);
  return existsSync(kept) ? kept : null;
}
