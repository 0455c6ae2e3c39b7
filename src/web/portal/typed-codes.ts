import { createHmac } from 'node:crypto';
import type { Request, Response } from 'express';
import { cookieOf } from '../http/cookies';

const COOKIE = 'pisonet_codes';
/** A phone has few codes at a time. */
const MOST = 12;
const KEPT_MS = 400 * 24 * 60 * 60 * 1000;
/** 96 bits: nobody finds one by trying. */
const MARK_LENGTH = 16;

/** Whether a code may be shown in full. */
export type IsTyped = (code: string) => boolean;

/**
 * Which codes were typed in a browser: it keeps a mark of each. An access point that hides its phones, or a
 * phone that lends its connection, makes several people one device to the router, and with a code the time of
 * another could be taken away.
 */
export class TypedCodes {
  constructor(private readonly secret: () => string) {}

  /** Right codes alone: a mark is as good as the code. */
  remember(req: Request, res: Response, code: string): void {
    const mark = this.markOf(code);
    const marks = [mark, ...marksIn(req).filter((one) => one !== mark)].slice(0, MOST);
    const options = { path: '/portal', maxAge: KEPT_MS, httpOnly: true, secure: req.secure };
    res.cookie(COOKIE, marks.join('.'), { ...options, sameSite: 'lax' });
  }

  in(req: Request): IsTyped {
    const marks = new Set(marksIn(req));
    return (code) => marks.size > 0 && marks.has(this.markOf(code));
  }

  private markOf(code: string): string {
    const whole = createHmac('sha256', this.secret()).update(code).digest('base64url');
    return whole.slice(0, MARK_LENGTH);
  }
}

function marksIn(req: Request): string[] {
  return (cookieOf(req, COOKIE) ?? '').split('.').filter((mark) => mark.length === MARK_LENGTH);
}
