import { UnservedCustomers } from './portal/unserved';
import { isIP } from 'node:net';
import { join } from 'node:path';
import compression from 'compression';
import express, { type Express, type RequestHandler, type Response } from 'express';
import helmet, { type HelmetOptions } from 'helmet';
import { AddressLimits } from './portal/address-limits';
import { admin } from './admin';
import { apiV1 } from './api/api-router';
import { errorPage, notFound } from './portal/error-page';
import { fixedHeaders } from './http/fixed-headers';
import { catalogOf, ENGLISH, type TextOf } from '../format/catalog';
import { languageCodes, languages, localeOf } from './http/languages';
import { refuseLongBodies } from './http/long-bodies';
import { requestId } from './http/request-id';
import { requestTiming } from './http/request-timing';
import { publicFiles } from './http/public-files';
import { captiveRoutes } from './routes/portal/captive-routes';
import { metricsRoutes } from './routes/metrics-routes';
import { healthRoutes } from './routes/health-routes';
import { coinBoxRoutes } from './api/coin-box-routes';
import { paymentReportRoutes } from './api/payment-report-routes';
import { portalRoutes } from './routes/portal/portal-routes';
import { routerPageRoutes } from './routes/portal/router-page-routes';
import { theme, themeRoutes } from './http/theme';
import { useViews } from './http/views';
import type { WebParts } from './http/web-parts';
import { reportAddress } from '../report-address';
import type { Pages } from './listeners';

/** Portals are reached by plain HTTP: these only make sense with TLS. */
const ONLY_WITH_TLS = {
  strictTransportSecurity: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
} as const;

const PAGE_HEADERS: HelmetOptions = {
  ...ONLY_WITH_TLS,
  contentSecurityPolicy: {
    directives: {
      'upgrade-insecure-requests': null,
      'img-src': ["'self'", 'data:'],
      'style-src': ["'self'"],
      'font-src': ["'self'"],
    },
  },
  // A refused form links back to where it came from.
  referrerPolicy: { policy: 'same-origin' },
};

/** Of answers that no browser shows. What OWASP advises for such: https://cheatsheetseries.owasp.org, REST security. */
const DATA_HEADERS: HelmetOptions = {
  ...ONLY_WITH_TLS,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
  },
  // Of pages alone.
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
};

/** Half a year. */
const HTTPS_ONLY_SECONDS = 15_552_000;
/** A code, or a subscriber's name and password. */
const FORM_BYTES = 10_000;
/** The picture by which the router's login page, another origin to a browser, sees that we are up. */
const SIGN_OF_LIFE = '/icon.svg';

/** The web application, not yet listening. */
export function createServer(parts: WebParts, pages: Pages = 'all'): Express {
  const app = express();
  // Beside the sources in development, beside the compiled files in the build.
  const root = join(__dirname, '..', '..');
  const locales = join(root, 'locales');
  const staffTexts = new Map(languageCodes(locales).map((code) => [code, catalogOf(code)]));
  const files = publicFiles(root);
  useViews(app, join(root, 'views'), files.linked, staffTexts);
  app.disable('x-powered-by');
  // Pages are not kept by browsers, and files have theirs already.
  app.disable('etag');
  // Only proxies named in the settings are believed: a customer is known by the connection's own address.
  app.set('trust proxy', parts.config.trustedProxies);
  // If even our own error page fails, Express answers without a stack.
  app.set('env', 'production');
  app.locals.log = parts.log;
  app.locals.reportTo = reportAddress();
  app.locals.unserved = new UnservedCustomers(parts.log);
  const speak = languages(locales, parts.services.shop);
  app.use(requestId(parts.log));
  app.use(requestTiming(parts.services.metrics));
  // First of all, so that what is too much costs next to nothing.
  const limits = new AddressLimits(speak);
  app.use(limits.anything);
  if (pages === 'staff' && parts.config.staff?.tls) app.use(httpsOnly(parts.config.portalUrl));
  app.use(compressed());
  const pageHeaders = fixedHeaders(helmet(PAGE_HEADERS));
  // Programs are limited by their tokens, and show nothing.
  if (pages !== 'customers') {
    app.use('/api/v1', fixedHeaders(helmet(DATA_HEADERS)));
    app.use('/api/v1/docs', pageHeaders);
    app.use('/api/v1', apiV1(parts));
  }
  app.use('/coin/v1', fixedHeaders(helmet(DATA_HEADERS)), coinBoxRoutes(parts));
  app.use(SIGN_OF_LIFE, shownAnywhere);
  app.use(files.serve);
  app.use(pageHeaders);
  if (pages !== 'customers') app.use('/hooks/payments', paymentReportRoutes(parts));
  app.use(limits.pages);
  // Staff have many tabs, and streams that stay open: they are limited by session instead.
  app.use(/^(?!\/admin(\/|$))/i, limits.forms, limits.line);
  app.use(healthRoutes(parts));
  app.use(metricsRoutes(parts));
  // Before anything that may fail: the error page has a language, and looks like the shop.
  app.use(speak);
  app.use(theme(parts.services.shop, parts.log));
  app.use('/shop', themeRoutes(parts.services.shop));
  if (pages !== 'customers') {
    app.use('/admin', speakToStaff(staffTexts), admin(parts, limits.line));
  }
  if (pages === 'staff') app.get('/', (_req, res) => res.redirect('/admin'));
  else customersPages(app, parts);
  app.use(notFound);
  app.use(errorPage(parts.log));
  return app;
}

/** The staff's pages are written in English, and translated text by text. */
function speakToStaff(texts: ReadonlyMap<string, TextOf>): RequestHandler {
  return (_req, res, next) => {
    const textOf = texts.get(localeOf(res).code) ?? ENGLISH;
    res.locals.t = textOf;
    // A language may be there for customers alone.
    if (textOf === ENGLISH) res.locals.lang = 'en';
    next();
  };
}

function customersPages(app: Express, parts: WebParts): void {
  app.post('/{*any}', refuseLongBodies(FORM_BYTES));
  app.post('/{*any}', express.urlencoded({ extended: false, limit: FORM_BYTES }));
  app.post('/{*any}', express.json({ limit: FORM_BYTES }));
  app.get('/', (_req, res) => res.redirect('/portal'));
  app.use('/portal/router-pages', routerPageRoutes(parts.services.routerPages));
  app.use('/portal', portalRoutes(parts));
  app.use('/captive-portal', captiveRoutes(parts));
}

/** For browsers: many programs take plain answers only, and need none of the work around it. */
function compressed(): RequestHandler {
  // What is pushed must not wait in a buffer.
  const filter: compression.CompressionFilter = (req, res) =>
    !isStream(res) && compression.filter(req, res);
  const compress = compression({ level: 9, filter });
  return (req, res, next) =>
    req.headers['accept-encoding'] === undefined ? next() : compress(req, res, next);
}

function isStream(res: Response): boolean {
  return String(res.getHeader('content-type')).startsWith('text/event-stream');
}

/** Helmet allows only our own pages to show our files. */
const shownAnywhere: RequestHandler = (_req, res, next) => {
  res.set('Cross-Origin-Resource-Policy', 'cross-origin');
  next();
};

/**
 * Tells browsers to come here by https only. It applies to every port of a name: if customers have their
 * portal under the same name in plain HTTP, the owner's browser could not open that any more.
 */
function httpsOnly(portalUrl: string | undefined): RequestHandler {
  const strict = helmet.strictTransportSecurity({
    maxAge: HTTPS_ONLY_SECONDS,
    includeSubDomains: false,
  });
  const portal = portalUrl === undefined ? undefined : new URL(portalUrl);
  return (req, res, next) => {
    const isPortals = portal?.protocol === 'http:' && portal.hostname === req.hostname;
    // Browsers ignore it for IP addresses anyway.
    if (isPortals && isIP(req.hostname) === 0) next();
    else strict(req, res, next);
  };
}
