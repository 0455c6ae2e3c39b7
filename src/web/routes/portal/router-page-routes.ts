import { Router as createRoutes } from 'express';
import type { RouterPages } from '../../../services/setup/router-pages';

/** Serves the portal's pages to routers that cannot receive files through the API. */
export function routerPageRoutes(pages: RouterPages) {
  const routes = createRoutes();
  routes.get('/:ticket/:name', async (req, res, next) => {
    const page = await pages.find(req.params.ticket, req.params.name);
    if (!page) return next();
    // Sent as it is: the router takes the bytes, whatever their type.
    res.setHeader('Cache-Control', 'no-store');
    res.type('application/octet-stream').send(Buffer.from(page.contents, 'utf8'));
  });
  return routes;
}
