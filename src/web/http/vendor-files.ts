/**
 * Files of packages that browsers load from us, by the name they are served under.
 * @public for scripts/build.mjs, which copies them
 */
export const VENDOR_FILES: Record<string, string> = {
  'htmx.min.js': 'htmx.org/dist/htmx.min.js',
  'swagger-ui-bundle.js': 'swagger-ui-dist/swagger-ui-bundle.js',
  'swagger-ui.css': 'swagger-ui-dist/swagger-ui.css',
  'uplot.min.css': 'uplot/dist/uPlot.min.css',
  'uplot.min.js': 'uplot/dist/uPlot.iife.min.js',
};
