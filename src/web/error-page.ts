import { randomBytes } from 'node:crypto';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { AppError } from '../errors';
import {
  Conflict,
  InvalidInput,
  NotAllowed,
  NotFound,
  RouterRefused,
  RouterUnreachable,
} from '../errors';
import type { Log } from '../log';

/** Status of each kind of error; for customers a router that refuses counts as one that is away. */
const STATUSES: readonly (readonly [new (...args: never[]) => AppError, number])[] = [
  [InvalidInput, 422],
  [Conflict, 422],
  [NotFound, 404],
  [NotAllowed, 403],
  [RouterUnreachable, 503],
  [RouterRefused, 503],
];

const ROUTER_AWAY =
  'The Wi-Fi box does not answer just now. Nothing was used up: try again in a minute, or ask the staff.';

/** What a person reads of an error, and the status it goes with. Anything unknown is a bug of ours. */
export function describeError(error: unknown): { status: number; message: string } | undefined {
  const status = STATUSES.find(([kind]) => error instanceof kind)?.[1];
  if (status === 503) return { status, message: ROUTER_AWAY };
  if (status !== undefined) return { status, message: (error as AppError).message };
  return undefined;
}

export const notFound: RequestHandler = (_req, _res, next) => {
  next(new NotFound('There is no such page'));
};

export function errorPage(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error);
    const { status, message } = describeError(error) ?? badRequest(error) ?? bug(log, error);
    res.status(status);
    if (req.accepts(['html', 'json']) === 'json') res.json({ ok: false, message });
    else res.render('error', { message });
  };
}

/** Express' own complaints about a body or an address it cannot read. */
function badRequest(error: unknown): { status: number; message: string } | undefined {
  const status = (error as { status?: unknown }).status;
  if (typeof status !== 'number' || status < 400 || status >= 500) return undefined;
  return { status, message: 'That request could not be read' };
}

function bug(log: Log, error: unknown): { status: number; message: string } {
  const reference = randomBytes(4).toString('hex');
  log.error({ err: error, reference }, 'a page failed');
  return { status: 500, message: `Something went wrong on our side (reference ${reference}).` };
}
