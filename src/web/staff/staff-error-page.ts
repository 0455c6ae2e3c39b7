import type { Text } from '../../text';
import type { ErrorRequestHandler, Request, Response } from 'express';
import { AppError } from '../../errors';
import type { Log } from '../../log';
import { describeUnknown, retryAfterSeconds, statusOf } from '../portal/error-page';
import { field } from '../http/forms';
import { pageBefore } from './page-before';

export class NotSignedIn extends AppError {}

/** Staff read the router's message; visitors who are not signed in are sent to the sign-in page. */
export function staffErrorPage(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error);
    const isProgram = req.path.startsWith('/api/') || req.accepts(['html', 'json']) === 'json';
    const isPage = req.method === 'GET' && !isProgram;
    if (error instanceof NotSignedIn && isPage) {
      return res.redirect(303, `/admin/sign-in?next=${encodeURIComponent(req.originalUrl)}`);
    }
    const { status, message } = describe(log, error, res);
    res.status(status);
    const wait = retryAfterSeconds(error);
    if (wait !== undefined) res.setHeader('Retry-After', wait);
    if (isProgram) return void res.json({ success: false, message });
    // Without a session, when the database did not answer, there is no frame to put it in.
    if (!res.locals.flashes) return void res.type('text').send(String(message));
    const isOurs = status >= 500 && !(error instanceof AppError);
    res.render('admin/error', { title: 'Sorry', message, isOurs, back: formOf(req) });
  };
}

/** The page whose form was refused; `undefined` if it is not one of ours. */
function formOf(req: Request): string | undefined {
  // A confirmed question is at an address that only takes forms.
  const isForm = req.method === 'POST' && field(req, 'confirmed') === '';
  return isForm ? pageBefore(req) : undefined;
}

function describe(
  log: Log,
  error: unknown,
  res: Response,
): { status: number; message: Text | string } {
  if (error instanceof NotSignedIn) return { status: 401, message: error.text };
  const status = statusOf(error);
  if (status !== undefined) return { status, message: (error as AppError).text };
  return describeUnknown(log, error, res);
}
