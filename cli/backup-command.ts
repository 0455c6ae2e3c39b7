import { copyDatabase } from '../src/store/database-file';
import { argument, asTyped, command } from './command';
import { sizeWords } from './words';

export const backUp = command({
  name: 'backup',
  summary: 'Copy the database, also while the server runs',
  example: 'backup /media/usb/pisonet-2026-11-21.db',
  parameters: { file: argument('FILE', 'where to; must not be there yet', asTyped) },
  run: (app, { file }) => copyDatabase(app.db, file),
  text: ({ file, bytes }) => `The database was copied to ${file} (${sizeWords(bytes)}).`,
});
