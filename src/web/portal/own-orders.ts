import type { Request, Response } from 'express';
import { cookieOf } from '../http/cookies';

const COOKIE = 'pisonet_orders';
const REFERENCE = /^order-[a-z0-9]{20}$/;
/** A phone has few orders at a time. */
const MOST = 8;
const KEPT_MS = 90 * 24 * 60 * 60 * 1000;

/** What this browser ordered: it knows the references, which nobody can guess, and sees the codes. */
export function ordersIn(req: Request): string[] {
  return (cookieOf(req, COOKIE) ?? '').split('.').filter((one) => REFERENCE.test(one));
}

export function rememberOrder(req: Request, res: Response, reference: string): void {
  const others = ordersIn(req).filter((one) => one !== reference);
  const options = { path: '/portal', maxAge: KEPT_MS, httpOnly: true, secure: req.secure };
  const known = [reference, ...others].slice(0, MOST).join('.');
  // A page of the gateway leads back here.
  res.cookie(COOKIE, known, { ...options, sameSite: 'lax' });
}
