import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { FromElsewhere } from './portal-words';

/** The customers' pages use no script, nothing from elsewhere, and are kept by nobody. */
export const portalHeaders: RequestHandler[] = [
  helmet.contentSecurityPolicy({
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'style-src': ["'self'"],
      'img-src': ["'self'"],
      'form-action': ["'self'"],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'none'"],
    },
  }),
  // Without a referrer browsers would hide where a form comes from, which `ownFormsOnly` has to know.
  helmet.referrerPolicy({ policy: 'same-origin' }),
  (_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    next();
  },
];

/**
 * Refuses forms that another site's page sends in the customer's name. Browsers say where a form comes
 * from; programs that say nothing have no customer to fool.
 * @param portalUrl an address of ours beside the one that was asked for
 */
export function ownFormsOnly(portalUrl: string | undefined): RequestHandler {
  const own = portalUrl && new URL(portalUrl).origin;
  return (req, _res, next) => {
    const { origin, host } = req.headers;
    const isOurs = origin === undefined || origin === own || hostOf(origin) === host;
    if (req.method === 'GET' || (isOurs && req.headers['sec-fetch-site'] !== 'cross-site')) next();
    else next(new FromElsewhere('A form of another site was refused'));
  };
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
