import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Response } from 'express';
import type { z } from 'zod';
import {
  AppError,
  BooksUnavailable,
  Conflict,
  InvalidInput,
  NotAllowed,
  NotFound,
  RouterRefused,
  RouterUnreachable,
  ShuttingDown,
  TooManyGuesses,
} from '../../errors';
import type { Log } from '../../log';
import { KeyReused } from '../../services/staff/kept-answers';
import { NotSignedIn } from '../staff/staff-error-page';
import { describeUnknown, retryAfterSeconds } from '../portal/error-page';

/** No token, or one that is unknown, revoked or expired. */
export class NoToken extends NotSignedIn {}
/** Somebody else changed it since the program read it. */
export class ChangedMeanwhile extends AppError {}
/** The program did not say which state it wants to change. */
export class MatchMissing extends AppError {}
export class NotJson extends AppError {}
export class MethodNotAllowed extends AppError {}
export class TooManyRequests extends AppError {
  constructor(readonly retryAfterSeconds: number) {
    super(`That were too many requests; try again in ${retryAfterSeconds} seconds.`);
  }
}

/** Where something is wrong: `pointer` into the body (RFC 6901), or the name of a parameter. */
export interface FieldProblem {
  pointer?: string;
  parameter?: string;
  detail: string;
}

/** A request that does not fit, with each field that is wrong. */
export class InvalidRequest extends InvalidInput {
  constructor(readonly errors: readonly FieldProblem[]) {
    super('The request has fields that cannot be used');
  }
}

/** More special kinds before those they are of. */
const KINDS: readonly (readonly [new (...args: never[]) => AppError, number, string])[] = [
  [KeyReused, 422, 'key-reused'],
  [InvalidInput, 422, 'invalid-input'],
  [NoToken, 401, 'no-token'],
  [NotAllowed, 403, 'not-allowed'],
  [NotFound, 404, 'not-found'],
  [MethodNotAllowed, 405, 'method-not-allowed'],
  [Conflict, 409, 'conflict'],
  [ChangedMeanwhile, 412, 'changed-meanwhile'],
  [NotJson, 415, 'not-json'],
  [MatchMissing, 428, 'match-missing'],
  [TooManyRequests, 429, 'too-many-requests'],
  [TooManyGuesses, 429, 'too-many-guesses'],
  [RouterRefused, 502, 'router-refused'],
  [RouterUnreachable, 503, 'router-unreachable'],
  [ShuttingDown, 503, 'shutting-down'],
  [BooksUnavailable, 503, 'books-unavailable'],
];

/** An error as RFC 9457 has it. */
interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: readonly FieldProblem[];
}

/** Answers every error of the API as `application/problem+json`. */
export function problemAnswers(log: Log): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) return next(error);
    const problem = problemOf(error) ?? unknownProblem(log, error, res);
    const wait =
      error instanceof TooManyRequests ? error.retryAfterSeconds : retryAfterSeconds(error);
    if (wait !== undefined) res.set('Retry-After', String(wait));
    if (error instanceof NoToken) res.set('WWW-Authenticate', 'Bearer realm="pisonet"');
    res.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  };
}

/** The fields that a schema refuses. @param place of what was checked */
export function fieldProblems(
  { issues }: z.core.$ZodError,
  place: 'body' | 'parameter',
): FieldProblem[] {
  return issues.flatMap((issue): FieldProblem[] => {
    const paths =
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => [...issue.path, key])
        : [issue.path];
    const detail = issue.code === 'unrecognized_keys' ? 'is not known here' : issue.message;
    return paths.map((path) =>
      place === 'body'
        ? { pointer: pointerOf(path), detail }
        : { parameter: path.join('.'), detail },
    );
  });
}

/** A JSON pointer as a fragment: `#/window/end`. */
export function pointerOf(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1'));
  return ['#', ...parts].join('/');
}

function problemOf(error: unknown): Problem | undefined {
  const kind = KINDS.find(([of]) => error instanceof of);
  if (!kind) return undefined;
  const [, status, name] = kind;
  const { message } = error as AppError;
  const errors = error instanceof InvalidRequest ? { errors: error.errors } : {};
  return { ...problemNamed(name, status, message), ...errors };
}

/** What Express says of a request it cannot read, or a bug. */
function unknownProblem(log: Log, error: unknown, res: Response): Problem {
  const { status, message } = describeUnknown(log, error, res);
  return problemNamed(status < 500 ? 'unreadable' : 'internal', status, message);
}

function problemNamed(name: string, status: number, detail: string): Problem {
  return { type: `urn:pisonet:problem:${name}`, title: STATUS_CODES[status]!, status, detail };
}
