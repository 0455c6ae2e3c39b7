import type { Request, Response } from 'express';
import { cookieOf } from '../http/cookies';

const COOKIE = 'pisonet.light';
/** As long as browsers keep a cookie at most. */
const KEPT_MS = 400 * 86_400_000;

/** Light or dark pages, as chosen in this browser; `undefined` follows the device. */
export type Light = 'light' | 'dark' | undefined;

export function lightOf(req: Request): Light {
  return readLight(cookieOf(req, COOKIE) ?? '');
}

/** Anything but `light` and `dark` is the device's own choice. */
export function readLight(text: string): Light {
  return text === 'light' || text === 'dark' ? text : undefined;
}

export function keepLight(req: Request, res: Response, light: Light): void {
  const options = { path: '/admin', httpOnly: true, sameSite: 'lax', secure: req.secure } as const;
  if (light) res.cookie(COOKIE, light, { ...options, maxAge: KEPT_MS });
  else res.clearCookie(COOKIE, options);
}
