import type { RequestHandler } from 'express';

/**
 * Refuses a form that says it is longer than this, at once. The parser behind it would refuse it too, but only
 * when all of it has come: somebody who sends it slowly, or never, would wait and keep the line busy.
 * @param most bytes
 */
export function refuseLongBodies(most: number): RequestHandler {
  return (req, _res, next) => {
    const isUnread = req.body === undefined && req.is(['urlencoded', 'json']);
    const isTooLong = isUnread && Number(req.get('content-length')) > most;
    next(isTooLong ? Object.assign(new Error('The form is too long'), { status: 413 }) : undefined);
  };
}
