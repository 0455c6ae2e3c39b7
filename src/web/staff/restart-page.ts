import type { Response } from 'express';
import type { BroughtBack } from '../../services/shop/restore-books';
import type { WebParts } from '../http/web-parts';

/** The server has answered its last visitors, and opened the books again, by then. */
const RESTART_SECONDS = 6;

interface Restart {
  /** Why, in a sentence; may be empty. */
  said: string;
  /** Who and what can act on books that were restored. */
  brings?: BroughtBack;
  /** Where the browser goes on by itself. */
  back: string;
  /** Done while the books are closed. */
  between?: () => Promise<void>;
  /** Until the server answers again, where that takes longer than usual. */
  seconds?: number;
}

/** Answers with a page that waits for the server, which begins again in this process. */
export function restartPage(
  res: Response,
  restart: NonNullable<WebParts['restart']>,
  { said, brings, back, between, seconds = RESTART_SECONDS }: Restart,
): void {
  // The answer goes out first: a stop lets requests end.
  res.set('refresh', `${seconds}; url=${back}`);
  res.render('admin/router/restarting', { said, brings, back });
  restart(between);
}
