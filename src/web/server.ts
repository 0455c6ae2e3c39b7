import { join } from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { admin } from './admin';
import { errorPage, notFound } from './error-page';
import { languages } from './languages';
import { publicFiles } from './public-files';
import { captiveRoutes } from './routes/captive-routes';
import { healthRoutes } from './routes/health-routes';
import { portalRoutes } from './routes/portal-routes';
import { routerPageRoutes } from './routes/router-page-routes';
import { shopLook, shopLookRoutes } from './shop-look';
import { useViews } from './views';
import type { WebParts } from './web-parts';

/** The picture by which the router's log-in page, another origin to a browser, sees that we are there. */
const SIGN_OF_LIFE = '/icon.svg';

/** The web application, not yet listening. */
export function createServer(parts: WebParts): Express {
  const app = express();
  // Beside the sources in development, beside the compiled files in the build.
  const root = join(__dirname, '..', '..');
  useViews(app, join(root, 'views'));
  app.disable('x-powered-by');
  // No proxy is trusted: a customer is known by the address of the connection itself.
  app.set('trust proxy', false);
  // What even our own error page cannot say, Express says without a stack.
  app.set('env', 'production');
  app.locals.log = parts.log;
  app.use(
    helmet({
      contentSecurityPolicy: {
        directives: {
          'upgrade-insecure-requests': null,
          'img-src': ["'self'", 'data:'],
          'style-src': ["'self'"],
          'font-src': ["'self'"],
        },
      },
      // A refused form leads back to where it came from.
      referrerPolicy: { policy: 'same-origin' },
      // Portals are reached by plain HTTP: these only make sense with TLS.
      strictTransportSecurity: false,
      crossOriginOpenerPolicy: false,
      originAgentCluster: false,
    }),
  );
  app.use(SIGN_OF_LIFE, shownAnywhere);
  app.use(publicFiles(root));
  app.use(healthRoutes(parts));
  // Before anything that may fail: the page that says so is in a language, and looks like the shop.
  app.use(languages(join(root, 'locales'), parts.services.shop));
  app.use(shopLook(parts.services.shop, parts.log));
  app.use('/shop', shopLookRoutes(parts.services.shop));
  app.use('/admin', admin(parts));
  app.use(express.urlencoded({ extended: false, limit: '10kb' }));
  app.use(express.json({ limit: '10kb' }));
  app.get('/', (_req, res) => res.redirect('/portal'));
  app.use('/portal/router-pages', routerPageRoutes(parts.services.routerPages));
  app.use('/portal', portalRoutes(parts));
  app.use('/captive-portal', captiveRoutes(parts));
  app.use(notFound);
  app.use(errorPage(parts.log));
  return app;
}

/** Helmet lets our own pages alone show what is ours. */
const shownAnywhere: RequestHandler = (_req, res, next) => {
  res.set('Cross-Origin-Resource-Policy', 'cross-origin');
  next();
};
