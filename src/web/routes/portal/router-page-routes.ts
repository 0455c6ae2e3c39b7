import { Router as createRoutes } from 'express';
import type { RouterPages } from '../../../services/setup/router-pages';

/** Where a router that cannot be sent files loads its pages from. */
export function routerPageRoutes(pages: RouterPages) {
  const routes = createRoutes();
  routes.get('/:ticket/:name', async (req, res, next) => {
    const page = await pages.find(req.params.ticket, req.params.name);
    if (!page) return next();
    // As it is: the router takes the bytes, whatever they are called.
    res.setHeader('Cache-Control', 'no-store');
    res.type('application/octet-stream').send(Buffer.from(page.contents, 'utf8'));
  });
  return routes;
}
