import express, { Router as createRoutes, type Request, type Response } from 'express';
import { AppError, InvalidInput, type BooksUnavailable } from '../../../errors';
import { catalogOf } from '../../../format/catalog';
import { sizeText } from '../../../format/figures';
import type { BooksRecovery } from '../../../services/shop/books-recovery';
import { timeText } from '../../format/web-format';
import { field, query } from '../../http/forms';
import { say, type Text } from '../../../text';

export const LOST_BOOKS_PAGE = '/admin/lost-books';
/** The server has tried to open the books again by then. */
const OPEN_SECONDS = 10;

/** For the owner, while the shop's books are lost: what there is to go back to. */
export function lostBooksRoutes(
  recovery: BooksRecovery,
  trouble: () => BooksUnavailable,
  timeZone: string,
) {
  const routes = createRoutes();
  routes.use(express.urlencoded({ extended: false, limit: '10kb' }));
  routes.use((req, res, next) => {
    const token = query(req, 'token') || field(req, 'token');
    if (!recovery.isAllowed(token)) return next('router');
    const t = catalogOf(String(res.locals.lang));
    res.setHeader('Referrer-Policy', 'no-referrer'); // the address has the token
    Object.assign(res.locals, { t, me: undefined, csrfToken: () => '', flashes: () => [] });
    next();
  });

  routes.get('/', (_req, res) => show(res, ''));

  routes.post('/restore', async (req, res) => {
    await doIt(req, res, 'RESTORE', async () => {
      const brings = await recovery.restoreNewest();
      res.render('admin/router/restarting', {
        said: 'The backup is restored.',
        brings,
        back: '/admin',
      });
    });
  });

  routes.post('/acceptance', async (req, res) => {
    await doIt(req, res, 'ACCEPT', async () => {
      await recovery.accept();
      res.render('admin/router/restarting', {
        said: 'It is done.',
        brings: undefined,
        back: '/admin',
      });
    });
  });

  return routes;

  async function doIt(req: Request, res: Response, word: string, work: () => Promise<void>) {
    try {
      if (field(req, 'word') !== word) throw new InvalidInput(say`Type ${word} to confirm`);
      res.set('refresh', `${OPEN_SECONDS}; url=/admin`);
      await work();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      res.removeHeader('refresh');
      res.status(422);
      show(res, error.text);
    }
  }

  function show(res: Response, message: Text | string): void {
    const { newest, token } = recovery;
    const backup = newest && {
      name: newest.name,
      size: sizeText(newest.bytes),
      at: timeText(newest.madeAt, timeZone),
    };
    const { message: whole, trouble: kind } = trouble();
    // What follows is about a terminal; this is the page it leads to.
    const [why] = whole.split(' Stop the server.');
    res.render('admin/shop/lost-books', {
      ...{ message, why, backup, token },
      isDamaged: kind === 'damaged',
    });
  }
}
