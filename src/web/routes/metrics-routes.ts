import { createHash, timingSafeEqual } from 'node:crypto';
import { Router as createRoutes, type Request } from 'express';
import ipaddr from 'ipaddr.js';
import { NotAllowed } from '../../errors';
import { Bearer } from '../api/bearer';
import { problemAnswers } from '../api/problems';
import { clientAddress } from '../http/client-address';
import type { WebParts } from '../http/web-parts';

/**
 * The figures for Prometheus: for programs on this computer, and for who sends the token of the settings or one of
 * the whole shop. Customers share the port, and how many vouchers a shop sells is nobody's business.
 */
export function metricsRoutes({ config, services, log }: WebParts) {
  const routes = createRoutes();
  const bearer = new Bearer(services.tokens);
  const { metricsToken } = config;

  routes.get('/metrics', async (req, res) => {
    res.setHeader('Cache-Control', 'no-store');
    const isInvited = isFromHere(req) || (metricsToken !== undefined && sends(req, metricsToken));
    if (!isInvited && (await bearer.read(req)).siteId !== null) {
      throw new NotAllowed('This takes a token of the whole shop');
    }
    const { type, body } = await services.metrics.text();
    res.set('Content-Type', type).send(body);
  });
  routes.use('/metrics', problemAnswers(log));
  return routes;
}

/** A proxy on this computer comes from here too, and says for whom. */
function isFromHere(req: Request): boolean {
  const address = clientAddress(req);
  const isForSomeone = req.headers.forwarded ?? req.headers['x-forwarded-for'];
  return (
    isForSomeone === undefined &&
    ipaddr.isValid(address) &&
    ipaddr.parse(address).range() === 'loopback'
  );
}

function sends(req: Request, token: string): boolean {
  return timingSafeEqual(digest(req.get('authorization') ?? ''), digest(`Bearer ${token}`));
}

/** Of one length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
