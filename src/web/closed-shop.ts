import { UnservedCustomers } from './portal/unserved';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { join } from 'node:path';
import express, { type Express } from 'express';
import type { Clock } from '../clock';
import type { Config } from '../config';
import { BooksUnavailable, type BooksTrouble } from '../errors';
import { catalogOf } from '../format/catalog';
import type { Log } from '../log';
import { errorPage } from './portal/error-page';
import { languageCodes, languages } from './http/languages';
import { requestId } from './http/request-id';
import { publicFiles } from './http/public-files';
import type { BooksTroubleSince, DirectNotices } from '../services/notices/direct-notices';
import type { BooksRecovery } from '../services/shop/books-recovery';
import { LOST_BOOKS_PAGE, lostBooksRoutes } from './routes/shop/lost-books-routes';
import { closedHealthRoutes } from './routes/health-routes';
import { staffErrorPage } from './staff/staff-error-page';
import { useViews } from './http/views';

const TRY_AGAIN_MS = 5_000;
/** Opening takes this long only during a migration, or while another program has the database locked. */
const TIMEOUT_MS = 10_000;

interface Waiting {
  config: Config;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  recovery?: { books: BooksRecovery; staffAt: string } | undefined;
  /** To the receivers that are known without the books. */
  notices: Pick<DirectNotices, 'tell'>;
}

/**
 * Opens the database, for as long as that takes: the disk may be full, or a backup program may have it.
 * Until then the pages say what is wrong, and the log once.
 * @param open is tried until it throws anything but BooksUnavailable
 * @param servers that listen already, without anything to answer yet
 * @param recovery what an owner may do about books that are lost, and the pages' addresses for the log
 * @returns `undefined` when the signal came first
 */
export async function untilOpen<T>(
  open: () => Promise<T>,
  servers: readonly Server[],
  { config, clock, log, signal, recovery, notices }: Waiting,
): Promise<T | undefined> {
  let trouble = new BooksUnavailable('opening');
  let since = clock.now();
  let telling = Promise.resolve();
  // Receivers may take a minute; the books are tried again meanwhile.
  const tell = (known: BooksTroubleSince | undefined) => {
    telling = telling.then(() => notices.tell(known, signal));
  };
  let pages: Express | undefined;
  const close = () => {
    if (pages) return;
    pages = closedShop(config, log, () => trouble, recovery?.books);
    for (const server of servers) server.on('request', pages);
  };
  try {
    while (!signal.aborted) {
      const opened = new AbortController();
      const isSlow = clock.wait(TIMEOUT_MS, AbortSignal.any([signal, opened.signal]));
      void isSlow.then(() => {
        if (opened.signal.aborted) return;
        if (!pages) log.warn(trouble.message);
        close();
      });
      try {
        const opening = recovery ? recovery.books.alone(open) : open();
        const app = await Promise.race([opening, aborted(signal)]);
        tell(undefined);
        return app;
      } catch (error) {
        if (!(error instanceof BooksUnavailable)) throw error;
        if (error.trouble !== trouble.trouble) {
          since = clock.now();
          log.error({ err: error.cause }, error.message);
          if (recovery && NEEDS_OWNER.includes(error.trouble)) log.error(linkText(recovery));
        }
        trouble = error.forPages;
        close();
        tell({ error, since });
      } finally {
        opened.abort();
      }
      await clock.wait(TRY_AGAIN_MS, signal);
    }
    return undefined;
  } finally {
    for (const server of servers) if (pages) server.off('request', pages);
  }
}

/** It does not go on by itself. */
const NEEDS_OWNER: readonly BooksTrouble[] = ['lost', 'damaged'];

function linkText({ books, staffAt }: NonNullable<Waiting['recovery']>): string {
  return `the owner decides in a browser, at ${staffAt}${LOST_BOOKS_PAGE}?token=${books.token}`;
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** The pages of a shop whose database is not open. */
function closedShop(
  config: Config,
  log: Log,
  trouble: () => BooksUnavailable,
  recovery: BooksRecovery | undefined,
): Express {
  const app = express();
  const root = join(__dirname, '..', '..');
  const files = publicFiles(root);
  const locales = join(root, 'locales');
  const staffTexts = new Map(languageCodes(locales).map((code) => [code, catalogOf(code)]));
  useViews(app, join(root, 'views'), files.linked, staffTexts);
  app.disable('x-powered-by');
  app.set('env', 'production');
  app.locals.unserved = new UnservedCustomers(log);
  app.locals.shopName = config.shopName;
  app.locals.look = {};
  app.use(requestId(log));
  app.use(files.serve);
  app.use(closedHealthRoutes(trouble));
  app.use(languages(locales, { get: () => ({ language: null }) }));
  app.use((_req, res, next) => {
    res.set('cache-control', 'no-store');
    res.locals.shopName = config.shopName;
    next();
  });
  if (recovery) app.use(LOST_BOOKS_PAGE, lostBooksRoutes(recovery, trouble, config.timeZone));
  app.use((_req, _res, next) => next(trouble()));
  app.use('/admin', staffErrorPage(log));
  app.use(errorPage(log));
  return app;
}
