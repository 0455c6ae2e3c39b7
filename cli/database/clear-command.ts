import { PISONET } from '../../src/command-line';
import { existsSync } from 'node:fs';
import { DateTime } from 'luxon';
import type { App } from '../../src/compose';
import type { Config } from '../../src/config';
import { InvalidInput } from '../../src/errors';
import { clearBooks } from '../../src/store/clear-books';
import { copyDatabase } from '../../src/store/database/database-file';
import { actor } from '../shell/actor';
import { withApp } from '../shell/with-app';
import { asTyped, command, consent, requiredOption } from '../shell/command';
import { booksFile } from './books-file';
import { refuseWhileInUse } from './restore-books';
import { wrapped } from '../shell/text-table';
import { say } from '../../src/text';

const EMPTY_DATABASE = 'begin with an empty database, and keep the old one';

export const clearDatabase = command({
  name: 'clear',
  summary: 'Delete all vouchers, devices, usage and sales; stop the server first',
  example: 'clear --confirm PisoNet --yes',
  parameters: {
    name: requiredOption('--confirm <name>', "the shop's name, to show that it is meant", asTyped),
    consent: consent(
      'All sales and usage will be deleted. Plans, staff, settings and blocked devices stay. Continue?',
    ),
  },
  check: mayClear,
  before: mayClear,
  run: async (app, _given, tell) => {
    tell?.('making a backup first');
    const backup = await copyDatabase(app.db, backupName(app));
    tell?.('clearing');
    const { currency } = app.services.shop.get();
    const gone = await clearBooks(app.db, { at: app.clock.now(), by: actor(), currency });
    const detail = { backup: backup.file, vouchers: gone.vouchers ?? 0 };
    await app.stores.journal.audit([
      { at: app.clock.now(), who: actor(), what: 'books cleared', subject: '', detail },
    ]);
    return { backup: backup.file, gone };
  },
  json: ({ backup, gone }) => ({ backup, gone }),
  text: ({ backup, gone }) =>
    [
      wrapped(`Cleared: ${gone.vouchers ?? 0} vouchers and everything that happened to them.`),
      wrapped(`What was there is in ${backup}; restore brings it back.`),
      wrapped(
        'Entries of ours on the router go in the next round of the loop; when they are many, it asks ' +
          `first: ${PISONET} reconcile --once --confirm`,
      ),
    ].join('\n'),
});

/** @throws InvalidInput for another shop's name, Conflict while the database is in use */
async function mayClear(config: Config, { name }: { name: string }): Promise<void> {
  const shopName = await withApp(config, (app) => Promise.resolve(app.services.shop.get().name));
  if (name.trim() !== shopName) {
    throw new InvalidInput(
      say`--confirm ${JSON.stringify(name)} is not the name of this shop; nothing was changed`,
    );
  }
  await refuseWhileInUse(booksFile(config, EMPTY_DATABASE), 'clear it');
}

function backupName({ config, clock, services }: App): string {
  const { timeZone: zone } = services.shop.get();
  const at = DateTime.fromJSDate(clock.now(), { zone });
  const books = booksFile(config, EMPTY_DATABASE);
  const base = `${books}.before-clear-${at.toFormat('yyyyMMdd-HHmmss')}`;
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!existsSync(name)) return name;
  }
}
