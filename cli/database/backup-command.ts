import { copyDatabase, databaseBytes } from '../../src/store/database/database-file';
import { argument, asTyped, command, consent } from '../shell/command';
import { databaseName } from '../../src/config';
import { booksFile } from './books-file';
import { restoreBooks } from './restore-books';
import { sizeText } from '../shell/figures';

export const backUp = command({
  name: 'backup',
  summary: 'Copy the database, also while the server runs',
  example: 'backup /media/usb/pisonet-2026-11-21.db',
  parameters: { file: argument('FILE', 'where to; must not be there yet', asTyped) },
  run: (app, { file }) => {
    booksFile(app.config, 'make the copy with pg_dump');
    return copyDatabase(app.db, file);
  },
  text: ({ file, bytes }) => `The database was copied to ${file} (${sizeText(bytes)}).`,
});

export const restore = command({
  name: 'restore',
  summary: 'Restore a backup; stop the server first',
  example: 'restore /media/usb/pisonet-2026-11-21.db --yes',
  parameters: {
    file: argument('FILE', 'the backup to go back to', asTyped),
    consent: consent('What was sold and used since the backup will be gone.', 'RESTORE'),
  },
  before: (config, { file }) => restoreBooks(file, booksFile(config, 'use pg_restore')),
  run: async (app, { file }) => ({
    file: databaseName(app.config.database),
    from: file,
    bytes: await databaseBytes(app.db),
    vouchers: await app.stores.vouchers.countByStatus(),
  }),
  text: ({ file, from, bytes, vouchers }) => {
    const count = Object.values(vouchers).reduce((sum, each) => sum + each, 0);
    return (
      `${file} is now what ${from} was: ${count} vouchers, ${sizeText(bytes)}.\n` +
      `The database that was there is kept as ${file}.before-restore.`
    );
  },
});
