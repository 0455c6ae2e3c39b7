import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Visitor } from '../../services/staff/lockout';
import { clientAddress } from '../http/client-address';
import { cookieOf } from '../http/cookies';

/** As long as browsers keep a cookie at most. */
const KEPT_MS = 400 * 86_400_000;

/**
 * Browsers in which somebody signed in before. Wrong passwords that others type for the same name do not
 * delay them: anybody on the Wi-Fi can type those.
 */
export class KnownBrowsers {
  /** @param secret signs the cookies we give out */
  constructor(private readonly secret: () => string) {}

  /** The visitor, and whether that name signed in from this browser before. */
  visitor(req: Request, name: string): Visitor {
    const address = clientAddress(req);
    const [id = '', mark = ''] = (cookieOf(req, cookieFor(name)) ?? '').split('.');
    const [own, sent] = [Buffer.from(this.markOf(id, name)), Buffer.from(mark)];
    const isOurs = sent.length === own.length && timingSafeEqual(sent, own);
    return isOurs ? { address, browser: id } : { address };
  }

  /** After a sign-in. The cookie lets nobody in: the password is asked for as always. */
  remember(req: Request, res: Response, name: string): void {
    const id = this.visitor(req, name).browser ?? randomBytes(12).toString('hex');
    res.cookie(cookieFor(name), `${id}.${this.markOf(id, name)}`, {
      path: '/admin',
      maxAge: KEPT_MS,
      httpOnly: true,
      sameSite: 'lax',
      secure: req.secure,
    });
  }

  private markOf(id: string, name: string): string {
    const hmac = createHmac('sha256', this.secret());
    return hmac.update(JSON.stringify(['known browser', id, name])).digest('hex');
  }
}

/** Several of the staff may use one browser. */
function cookieFor(name: string): string {
  return `pisonet.known.${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
}
