import { createHash, timingSafeEqual } from 'node:crypto';
import { Router as createRoutes } from 'express';
import type { WebParts } from '../http/web-parts';

/**
 * The figures for Prometheus, for who has the token of the settings. Without a token there is no such page:
 * customers share the port, and how many vouchers a shop sells is nobody's business.
 */
export function metricsRoutes({ config, services }: WebParts) {
  const routes = createRoutes();
  const { metricsToken } = config;
  if (metricsToken === undefined) return routes;
  services.metrics.watchProcess();
  const wanted = digest(`Bearer ${metricsToken}`);
  routes.get('/metrics', async (req, res) => {
    res.setHeader('Cache-Control', 'no-store');
    if (!timingSafeEqual(digest(req.get('authorization') ?? ''), wanted)) {
      return void res
        .status(401)
        .set('WWW-Authenticate', 'Bearer')
        .type('text')
        .send('No entry.\n');
    }
    const { type, body } = await services.metrics.text();
    res.set('Content-Type', type).send(body);
  });
  return routes;
}

/** Of one length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
