import { Router as createRoutes } from 'express';
import type { WebParts } from '../web-parts';

/** Programs tell by it that what answers at a port is this product. */
const SERVICE = 'pisonet-manager';

/** For whatever watches over the server: short, plain, and the same whoever asks. */
export function healthRoutes({ services }: WebParts) {
  const routes = createRoutes();
  routes.use(['/healthz', '/readyz'], (_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    next();
  });

  routes.get('/healthz', (_req, res) => {
    res.json({ service: SERVICE, status: 'ok' });
  });

  routes.get('/readyz', async (_req, res) => {
    const { books, router } = await services.readiness.look();
    // Without its router a shop still sells and keeps its books: starting it anew would mend nothing.
    const isReady = books === 'readable';
    const status = isReady ? 'ready' : 'not ready';
    res.status(isReady ? 200 : 503).json({ service: SERVICE, status, books, router });
  });

  return routes;
}
