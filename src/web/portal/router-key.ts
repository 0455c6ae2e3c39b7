import type { Request, RequestHandler } from 'express';
import { cookieOf } from '../http/cookies';

const COOKIE = 'pisonet_router';
const KEY = /^[\w-]{6,40}$/;

/** The router whose login page led here, as the link or a former one says; a hint, believed of nobody. */
export function routerKeyOf(req: Request): string | undefined {
  const key = asked(req) ?? cookieOf(req, COOKIE);
  return key !== undefined && KEY.test(key) ? key : undefined;
}

/** Where a shop has several routers: pages further on have no key in their address. */
export const keepRouterKey: RequestHandler = (req, res, next) => {
  const key = asked(req);
  if (key !== undefined && KEY.test(key)) {
    res.cookie(COOKIE, key, { sameSite: 'lax', httpOnly: true });
  }
  next();
};

function asked(req: Request): string | undefined {
  const { r } = req.query;
  return typeof r === 'string' ? r : undefined;
}
