import { createServer } from 'node:http';
import express from 'express';
import type { App } from '../../src/compose';
import type { SetupTools } from '../../src/services/setup/setup-applier';
import { maskedSettings, saveSettings } from '../../src/settings-file';
import { listen } from '../../src/web/http/listen';
import { routerPageRoutes } from '../../src/web/routes/portal/router-page-routes';
import type { Tell } from '../shell/command';
import { answers } from '../server/server-process';

/** What a set-up needs of this computer: its settings, and a way to serve pages to the router. */
export function setupTools(app: App, tell: Tell): SetupTools {
  return {
    tell,
    save: saveSettings,
    checkSaving: () => saveSettings({}), // its content says more than its permissions would
    masked: maskedSettings,
    serve: async () => ((await answers(app)) ? nothing : serveHere(app)),
  };
}

/** While no server runs, its port is free, and firewalls already let it through. */
async function serveHere(app: App): Promise<() => Promise<void>> {
  const pages = express().disable('x-powered-by');
  pages.use('/portal/router-pages', routerPageRoutes(app.services.routerPages));
  const server = createServer(pages);
  await listen(server, app.config);
  return () =>
    new Promise((stopped) => {
      server.close(() => stopped());
      server.closeAllConnections();
    });
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
