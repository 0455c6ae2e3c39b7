import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { fixedHeaders } from '../http/fixed-headers';
import { isFromElsewhere } from '../http/form-origin';
import { FromElsewhere } from './portal-text';

/** The customers' pages use one small script of ours, nothing from elsewhere, and are not cached. */
export const portalHeaders: RequestHandler[] = [
  fixedHeaders(
    helmet.contentSecurityPolicy({
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'connect-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'"],
        'form-action': ["'self'"],
        'base-uri': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    }),
  ),
  // Without a referrer browsers would hide where a form comes from, which `ownFormsOnly` needs to know.
  fixedHeaders(helmet.referrerPolicy({ policy: 'same-origin' })),
  (_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    next();
  },
];

/**
 * Refuses forms that another site's page sends in the customer's name.
 * @param portalUrl an address of ours besides the one that was asked for
 */
export function ownFormsOnly(portalUrl: string | undefined): RequestHandler {
  return (req, _res, next) => {
    if (req.method === 'GET' || !isFromElsewhere(req, portalUrl)) next();
    else next(new FromElsewhere('A form of another site was refused'));
  };
}
