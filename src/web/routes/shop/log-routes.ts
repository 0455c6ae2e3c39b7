import { detailText } from '../../../format/audit-text';
import type { LogEntry } from '../../../log';
import { query } from '../../http/forms';
import type { StaffPages } from '../../staff/staff-pages';
import type { WebParts } from '../../http/web-parts';
import { timeText } from '../../format/web-format';

const SHOWN = 300;
const LEVELS = [
  ['debug', 'everything'],
  ['info', 'what happened'],
  ['warn', 'warnings and errors'],
  ['error', 'errors only'],
] as const;
const WORDS: Readonly<Record<string, string>> = { warn: 'warning', fatal: 'error' };

/** The server's own log since it was started. */
export function logRoutes(pages: StaffPages, { services }: WebParts): void {
  pages.get('/log', 'owner', (req, res) => {
    const level = LEVELS.find(([known]) => known === query(req, 'level'))?.[0] ?? 'info';
    const zone = services.shop.get().timeZone;
    const entries = services.recentLog.entries(level, SHOWN);
    res.render('admin/shop/log', {
      level,
      levels: LEVELS,
      entries: entries.map((entry) => entryTexts(entry, zone)),
      shown: SHOWN,
    });
  });
}

function entryTexts({ at, level, message, detail }: LogEntry, zone: string) {
  const { err, ...others } = detail;
  const error = (err ?? {}) as { message?: unknown; stack?: unknown };
  return {
    at: timeText(at, zone),
    level: WORDS[level] ?? level,
    isBad: ['warn', 'error', 'fatal'].includes(level),
    message,
    reason: typeof error.message === 'string' ? error.message : '',
    stack: typeof error.stack === 'string' ? error.stack : '',
    detail: detailText(others, zone),
  };
}
