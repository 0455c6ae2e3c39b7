import { Router as createRoutes } from 'express';
import type { BooksUnavailable } from '../../errors';
import type { WebParts } from '../http/web-parts';

/** Programs tell by it that what answers at a port is this product. */
const SERVICE = 'pisonet-manager';

/** For whatever watches over the server: short, plain, and the same whoever asks. */
export function healthRoutes({ services }: WebParts) {
  const routes = livingRoutes();

  routes.get('/readyz', async (_req, res) => {
    const { books, trouble, router } = await services.readiness.check();
    // Without its router a shop still sells and keeps its books: starting it anew would mend nothing.
    const isReady = books === 'readable';
    const status = isReady ? 'ready' : 'not ready';
    res.status(isReady ? 200 : 503).json({ service: SERVICE, status, books, ...trouble, router });
  });

  return routes;
}

/** The same while the books are not open. @param trouble why they are not */
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
    res.json({ service: SERVICE, status: 'ok' });
  });
  return routes;
}
