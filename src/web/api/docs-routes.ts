import { Router as createRoutes, type RequestHandler } from 'express';
import { openApiDocument } from './open-api';
import { OPERATIONS } from './operations';

/** What the API is, for programs and for people; no data of the shop, so without a token. */
export function docsRoutes(): RequestHandler {
  const routes = createRoutes();
  let document: object | undefined;

  routes.get('/openapi.json', (_req, res) => {
    document ??= openApiDocument(OPERATIONS);
    res.json(document);
  });

  routes.get('/docs', (_req, res) => res.render('api-docs'));
  return routes;
}
