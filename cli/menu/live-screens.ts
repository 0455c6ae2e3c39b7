import { logText } from '../../src/log';
import { showLive } from '../shell/live-view';
import { followLog, logPlace, NO_LOG, shopZone } from '../server/server-log';

const LOG_MS = 500;
const KEPT_LINES = 200;

/** The last lines of the server's log, and each new one. */
export async function showLiveLog(): Promise<void> {
  const place = await logPlace();
  const timeZone = await shopZone();
  let lines: string[] = [];
  const room = () => Math.max(1, (process.stdout.rows || 24) - 4);
  const end = followLog(
    place,
    KEPT_LINES,
    (line) => (lines = [...lines, logText(line, timeZone)].slice(-KEPT_LINES)),
    (why) => lines.push(why.message),
  );
  try {
    await showLive(place.name, LOG_MS, () => {
      const shown = lines.length > 0 ? lines : place.file ? [NO_LOG] : [];
      return Promise.resolve(shown.flatMap(folded).slice(-room()).join('\n'));
    });
  } finally {
    end();
  }
}

/** The whole line, folded to the width of the screen. */
function folded(line: string): string[] {
  const width = process.stdout.columns || 80;
  return line.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [''];
}
