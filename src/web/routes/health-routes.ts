import { Router as createRoutes } from 'express';
import type { BooksUnavailable } from '../../errors';
import type { WebParts } from '../http/web-parts';

/** Identifies this product to programs that ask what answers at a port. */
const SERVICE = 'pisonet-manager';

/** For monitoring: short, plain, and the same for everybody. */
export function healthRoutes({ services }: WebParts) {
  const routes = livingRoutes();

  routes.get('/readyz', async (_req, res) => {
    const { books, trouble, router, routers } = await services.readiness.check();
    // Without its router a shop still sells and keeps its records: a restart would repair nothing.
    const isReady = books === 'readable';
    const status = isReady ? 'ready' : 'not ready';
    const answer = { service: SERVICE, status, books, ...trouble, router };
    res.status(isReady ? 200 : 503).json({ ...answer, ...(routers && { routers }) });
  });

  return routes;
}

/** The same while the database is not open. @param trouble why it is not */
export function closedHealthRoutes(trouble: () => BooksUnavailable) {
  const routes = livingRoutes();
  routes.get('/readyz', (_req, res) => {
    const { trouble: reason, message } = trouble();
    const ready = { status: 'not ready', books: 'not readable', reason, message, router: 'away' };
    res.status(503).json({ service: SERVICE, ...ready });
  });
  return routes;
}

function livingRoutes() {
  const routes = createRoutes();
  routes.use(['/healthz', '/readyz'], (_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    next();
  });

  routes.get('/healthz', (_req, res) => {
    // Who stops it has nothing else to tell it by, where there is no router or the books are lost.
    res.json({ service: SERVICE, status: 'ok', pid: process.pid });
  });
  return routes;
}
