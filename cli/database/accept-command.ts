import { PISONET } from '../../src/command-line';
import { systemClock } from '../../src/clock';
import { acceptBooks } from '../../src/services/shop/accept-books';
import { commandWithoutBooks, consent } from '../shell/command';
import { wrapped } from '../shell/text-table';
import { booksFile } from './books-file';
import { refuseServer } from './restore-books';

export const acceptDatabase = commandWithoutBooks({
  name: 'database accept',
  summary: 'Go on with a database that is not the one this shop had, or with a new one',
  example: 'database accept --yes',
  hint: 'Only where the server says that the database is missing, empty, damaged or another one. Restoring the newest backup is the better way.',
  parameters: {
    consent: consent(
      'Vouchers that are not in the database stop working, and customers who have them are logged out.',
      'ACCEPT',
    ),
  },
  run: (config) => {
    refuseServer('accept it');
    const file = booksFile(config, 'nothing is to be accepted there');
    return acceptBooks(file, config.backups?.folder, systemClock.now());
  },
  text: ({ books, kept }) =>
    [
      wrapped(
        `The shop goes on with ${books === 'new' ? 'a new database' : 'the database that is there'}.`,
      ),
      ...(kept === null ? [] : [wrapped(`What could not be read is kept as ${kept}.`)]),
      wrapped(
        (books === 'new'
          ? 'Entries of ours on the router stay until somebody confirms'
          : 'Entries of ours on the router that are not in it go in the next round of the loop; when they are many, it asks first') +
          `: ${PISONET} reconcile --once --confirm`,
      ),
    ].join('\n'),
});
