import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import { underRequest, type Log } from '../../log';

/**
 * Gives each request an id of ours: it is in every line logged on the way to the answer, in the answer's
 * `X-Request-Id`, and on the page of a failure. What a client sends under that name is not believed.
 */
export function requestId(log: Log): RequestHandler {
  return (req, res, next) => {
    const id = newId();
    res.locals.requestId = id;
    res.setHeader('X-Request-Id', id);
    const began = performance.now();
    underRequest(id, () => {
      // Without its address: that may hold a code, or a token.
      res.once('finish', () => {
        const ms = Math.round(performance.now() - began);
        log.debug({ request: id, method: req.method, status: res.statusCode, ms }, 'answered');
      });
      next();
    });
  };
}

/** @returns the id of the request; a new one where it failed before it had any */
export function requestIdOf(res: Response): string {
  return (res.locals.requestId as string | undefined) ?? newId();
}

/** Short enough to be read out over a counter. */
function newId(): string {
  return randomUUID().slice(0, 8); // quicker than random bytes, which it takes many at once
}
