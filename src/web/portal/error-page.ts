import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { AppError } from '../../errors';
import {
  BooksUnavailable,
  Conflict,
  GatewayAway,
  GatewayRefused,
  InvalidInput,
  NeedsStaff,
  NotAllowed,
  NotFound,
  RouterRefused,
  RouterUnreachable,
  ShuttingDown,
  TooManyGuesses,
} from '../../errors';
import type { Log } from '../../log';
import { hasLocale, localeOf } from '../http/languages';
import { requestIdOf } from '../http/request-id';
import { errorText } from './portal-text';
import type { UnservedCustomers } from './unserved';

/** Status of each kind of error; for customers a router or gateway that refuses counts as one that is away. */
const STATUSES: readonly (readonly [new (...args: never[]) => AppError, number])[] = [
  [InvalidInput, 422],
  [Conflict, 422],
  [NotFound, 404],
  [NotAllowed, 403],
  [TooManyGuesses, 429],
  // It is no passing trouble, and no other try will do.
  [NeedsStaff, 422],
  [RouterUnreachable, 503],
  [RouterRefused, 503],
  [GatewayAway, 503],
  [GatewayRefused, 503],
  [ShuttingDown, 503],
  [BooksUnavailable, 503],
];

/** Somebody has to free disk space first. */
const BOOKS_SECONDS = 30;

export function statusOf(error: unknown): number | undefined {
  return STATUSES.find(([kind]) => error instanceof kind)?.[1];
}

/** How long until another try makes sense; `undefined` if that cannot be said. */
export function retryAfterSeconds(error: unknown): number | undefined {
  if (error instanceof BooksUnavailable) return BOOKS_SECONDS;
  return error instanceof TooManyGuesses ? error.retryAfterSeconds : undefined;
}

/** The message for an error that is not one of ours: a malformed request, or a bug. */
export function describeUnknown(
  log: Log,
  error: unknown,
  res: Response,
): { status: number; message: string; reference?: string } {
  return badRequest(error) ?? bug(log, error, requestIdOf(res));
}

/**
 * Sets the answer's status for an error, and returns its message in the customer's language; `undefined`
 * for a bug.
 * @param conflict what a Conflict means here
 */
export function describeToCustomer(
  error: unknown,
  res: Response,
  conflict?: string,
): string | undefined {
  const status = statusOf(error);
  if (status === undefined) return undefined;
  res.status(status);
  // The customer reads a friendly message; the router's own is logged for the operator.
  if (status === 503 && !(error instanceof BooksUnavailable)) {
    (res.app.locals.unserved as UnservedCustomers).note((error as AppError).message);
  }
  const wait = retryAfterSeconds(error);
  if (wait !== undefined) res.setHeader('Retry-After', wait);
  return errorText(localeOf(res).t, error, String(res.locals.shopName), conflict);
}

export const notFound: RequestHandler = (_req, _res, next) => {
  next(new NotFound('There is no such page'));
};

/** For customers: staff have their own. */
export function errorPage(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error);
    // Before a language was chosen there is no page to put it in either.
    if (!hasLocale(res)) return sayPlainly(error, res);
    const message = describeToCustomer(error, res) ?? describeBug(error, res);
    if (req.accepts(['html', 'json']) === 'json') res.json({ ok: false, message });
    else res.render('error', { message });
  };

  function sayPlainly(error: unknown, res: Response): void {
    const { status, message } = describeUnknown(log, error, res);
    res.status(status).type('text').send(message);
  }

  function describeBug(error: unknown, res: Response): string {
    const { status, reference } = describeUnknown(log, error, res);
    const { t } = localeOf(res);
    res.status(status);
    return reference === undefined ? t('error.unreadable') : t('error.ours', { reference });
  }
}

/** Express' own complaints about a body or a URL it cannot read. */
function badRequest(error: unknown): { status: number; message: string } | undefined {
  const status = (error as { status?: unknown }).status;
  if (typeof status !== 'number' || status < 400 || status >= 500) return undefined;
  return { status, message: 'That request could not be read' };
}

function bug(
  log: Log,
  error: unknown,
  reference: string,
): { status: number; message: string; reference: string } {
  log.error({ err: error, request: reference }, 'a page failed');
  const message = `Something went wrong on our side (reference ${reference}).`;
  return { status: 500, message, reference };
}
