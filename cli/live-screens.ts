import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { total } from '../src/domain/usage';
import { AppError } from '../src/errors';
import { logWords } from '../src/log';
import { listBandwidth } from './bandwidth-commands';
import { withApp } from './with-app';
import { showLive } from './live-view';
import { logFile } from './server-process';
import { readSettings } from './settings';

const BANDWIDTH_MS = 1_000;
const LOG_MS = 500;
const LOG_TAIL_BYTES = 16_384;

/** Who uses how much right now, the busiest first. */
export async function showLiveBandwidth(): Promise<void> {
  const config = readSettings();
  await withApp(config, (app) =>
    showLive('Users with traffic', BANDWIDTH_MS, async () => {
      try {
        const devices = await listBandwidth.run(app, {});
        const busiest = [...devices].sort((a, b) => total(b.rate) - total(a.rate));
        return listBandwidth.text(busiest, app.services.shop.get().timeZone);
      } catch (error) {
        if (error instanceof AppError) return error.message; // the router may come back
        throw error;
      }
    }),
  );
}

export async function showLiveLog(): Promise<void> {
  const timeZone = await shopZone();
  const lines = () => Math.max(1, (process.stdout.rows || 24) - 4);
  return showLive(logFile(), LOG_MS, () =>
    Promise.resolve(
      tail()
        .split('\n')
        .flatMap((line) => readable(line, timeZone))
        .slice(-lines())
        .join('\n'),
    ),
  );
}

/** `undefined` where the books cannot be opened: the log may say why. */
async function shopZone(): Promise<string | undefined> {
  try {
    return await withApp(readSettings(), (app) =>
      Promise.resolve(app.services.shop.get().timeZone),
    );
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

/** The log is one JSON object a line; people need its time and its words, all of them. */
function readable(line: string, timeZone: string | undefined): string[] {
  const text = logWords(line, timeZone);
  const width = process.stdout.columns || 80;
  return text.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [''];
}

function tail(): string {
  try {
    const log = openSync(logFile(), 'r');
    const { size } = fstatSync(log);
    const piece = Buffer.alloc(Math.min(size, LOG_TAIL_BYTES));
    readSync(log, piece, 0, piece.length, size - piece.length);
    closeSync(log);
    return stripVTControlCharacters(piece.toString('utf8')).trimEnd();
  } catch {
    return 'There is no log yet: it is written by a server started from this menu.';
  }
}
