import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { databaseAddress, databaseName, loadConfig, type DatabaseConfig } from '../../src/config';
import { BadValues, Conflict, InvalidInput } from '../../src/errors';
import { isAlive } from '../../src/services/loop/controller-lease';
import { copyBooks } from '../../src/store/copy-books';
import { openDatabase, openForCopy } from '../../src/store/database/database';
import { RouterStore } from '../../src/store/router/router-store';
import { runningServer } from '../server/server-process';
import { commandWithoutBooks, requiredOption } from '../shell/command';
import { textTable } from '../shell/text-table';
import { say } from '../../src/text';

const STOP_FIRST = 'Stop the server first, then copy: what is sold meanwhile would be missing';

export const copyDatabaseTo = commandWithoutBooks({
  name: 'database copy',
  summary: 'Copy the database into another one, also from SQLite to PostgreSQL or back',
  example: 'database copy --to postgres://pisonet:secret@127.0.0.1/pisonet',
  hint: 'Afterwards set DATABASE_URL in .env to the copy. A copy that was cut short continues where it was.',
  parameters: {
    to: requiredOption('--to <url>', 'an empty database, written as in DATABASE_URL', readTarget),
  },
  run: async ({ database }, { to }, tell) => {
    const [source, target] = [addressIn(database), addressIn(to)];
    if (source === target) throw new InvalidInput('These are the books themselves, not a copy');
    if (database.kind === 'sqlite' && !existsSync(source)) {
      throw new InvalidInput(say`There is no database ${source}`);
    }
    if (runningServer() !== undefined) throw new Conflict(STOP_FIRST);
    const from = await openDatabase(source);
    try {
      const leases = await new RouterStore(from).leases();
      if (leases.some((lease) => lease.until > new Date() && isAlive(lease))) {
        throw new Conflict(STOP_FIRST);
      }
      const into = await openForCopy(target);
      try {
        const tables = await copyBooks(from, into, databaseName(database), tell);
        return { from: databaseName(database), to: databaseName(to), tables };
      } finally {
        await into.destroy();
      }
    } finally {
      await from.destroy();
    }
  },
  json: ({ from, to, tables }) => ({ from, to, agree: tables.every(({ same }) => same), tables }),
  text: ({ from, to, tables }) =>
    [
      `${from} -> ${to}`,
      textTable(
        [{ title: 'Table' }, { title: 'Rows' }, { title: 'Copied' }, { title: 'Same' }],
        tables.map((one) => [one.table, String(one.from), String(one.to), one.same ? 'yes' : 'NO']),
        'No tables.',
      ),
    ].join('\n\n'),
  failure: ({ tables }) => {
    const different = tables.filter(({ same }) => !same).map(({ table }) => table);
    if (different.length === 0) return undefined;
    return `The copy differs in ${different.join(', ')}. Empty that database, and copy again`;
  },
});

function readTarget(typed: string): DatabaseConfig {
  const database = readAsSetting(typed);
  if (databaseAddress(database) !== ':memory:') return database;
  throw new InvalidInput('A copy in memory would be gone at once');
}

function readAsSetting(typed: string): DatabaseConfig {
  try {
    return loadConfig({ DATABASE_URL: typed }).database;
  } catch (error) {
    if (!(error instanceof BadValues)) throw error;
    throw new BadValues(error.values, ({ shown = '', problem }) => say`--to${shown} ${problem}`);
  }
}

function addressIn(database: DatabaseConfig): string {
  return database.kind === 'sqlite' ? resolve(database.file) : database.url;
}
