import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Router as createRoutes, type RequestHandler } from 'express';

/**
 * Files of packages that browsers load from us, by the name they are served under.
 * @public for scripts/build.mjs, which copies them
 */
export const VENDOR_FILES: Record<string, string> = {
  'htmx.min.js': 'htmx.org/dist/htmx.min.js',
  'pico.min.css': '@picocss/pico/css/pico.min.css',
  'uplot.min.css': 'uplot/dist/uPlot.min.css',
  'uplot.min.js': 'uplot/dist/uPlot.iife.min.js',
};

/** Serves them from where the build put them, or from the packages in development. */
export function vendorFiles(root: string): RequestHandler {
  const routes = createRoutes();
  for (const [name, source] of Object.entries(VENDOR_FILES)) {
    const built = join(root, 'public', 'vendor', name);
    const file = existsSync(built) ? built : join(root, 'node_modules', source);
    routes.get(`/${name}`, (_req, res) => res.sendFile(file, { maxAge: '1d' }));
  }
  return routes;
}
