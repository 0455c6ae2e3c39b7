import { networkInterfaces } from 'node:os';
import { toString as drawCode } from 'qrcode';
import type { App } from '../src/compose';
import { command } from './command';
import { answers, logFile, runningServer, startServer, stopServer } from './server-process';
import { fieldList, wrapped } from './text-table';

export const startShop = command({
  name: 'server start',
  summary: 'Start the server in the background',
  example: 'server start',
  parameters: {},
  run: async (app) => ({ pid: await startServer(app), log: logFile(), ...addresses(app) }),
  text: ({ pid, log, admin }) =>
    `The server runs as process ${pid}.\nThe admin pages: ${admin}\nIts log: ${log}`,
});

export const stopShop = command({
  name: 'server stop',
  summary: 'Stop the server; customers who are online stay online',
  example: 'server stop',
  parameters: {},
  run: async (app) => ({ pid: await stopServer(app) }),
  text: ({ pid }) =>
    wrapped(
      `The server (process ${pid}) is stopped. Customers stay online; until the next start nobody is ` +
        'slowed down or ended, except by the limits the router itself was given.',
    ),
});

export const showServer = command({
  name: 'server status',
  summary: 'Say whether the server runs, and where',
  example: 'server status --json',
  parameters: {},
  run: async (app) => ({
    running: (await answers(app)) || runningServer() !== undefined,
    pid: runningServer() ?? null,
    ...addresses(app),
    router: app.config.router?.host ?? null,
    database: app.config.databaseFile,
  }),
  text: ({ running, pid, admin, portal, router, database }) =>
    fieldList([
      ['Server', statusWords(running, pid)],
      ['Admin pages', admin],
      ['Portal', portal],
      ['Router', router ?? 'not set up: Settings, Router'],
      ['Database', database],
    ]),
});

export const openShop = command({
  name: 'server open',
  summary: 'Show the addresses of the pages, with a code to scan',
  example: 'server open',
  parameters: {},
  run: async (app) => {
    const { admin, portal } = addresses(app);
    // Terminals are dark: what is drawn is the paper, not the ink.
    const color = { dark: '#ffffff', light: '#000000' };
    return { admin, portal, code: await drawCode(admin, { type: 'utf8', margin: 2, color }) };
  },
  json: ({ admin, portal }) => ({ admin, portal }),
  text: ({ admin, portal, code }) => `Admin pages: ${admin}\nPortal:      ${portal}\n${code}`,
});

function statusWords(running: boolean, pid: number | null): string {
  if (!running) return 'stopped';
  return pid === null ? 'runs, not started from here' : `runs as process ${pid}`;
}

/** As other machines reach us: as the settings say, or by our first network card. */
function addresses({ config }: App): { admin: string; portal: string } {
  const cards = Object.values(networkInterfaces()).flatMap((card) => card ?? []);
  const own = cards.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  const base = config.portalUrl ?? `http://${own ?? 'localhost'}:${config.port}`;
  return { admin: `${base}/admin`, portal: `${base}/portal` };
}
