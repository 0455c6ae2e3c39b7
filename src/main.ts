import { createServer as createHttpServer } from 'node:http';
import { systemClock } from './clock';
import { loadConfig, loadDotEnv, settingsFile } from './config';
import { compose } from './compose';
import { AppError, InvalidInput } from './errors';
import { createLog } from './log';
import { stopSignal } from './stop-signal';
import { untilOpen } from './web/closed-shop';
import { listen } from './web/listen';
import { createServer } from './web/server';

/** Starts the shop: the web pages and the loop, until a signal stops both. Customers stay online. */
async function main(): Promise<void> {
  const config = loadConfig(loadDotEnv(settingsFile()));
  // The port first: a second start by mistake must end before it opens the books.
  const server = createHttpServer();
  const port = await listen(server, config);
  const stopping = stopSignal();
  surviveFullDisk();
  const waiting = { config, clock: systemClock, log: createLog(config.logLevel), signal: stopping };
  const app = await untilOpen(() => compose(config), [server], waiting).catch((error: unknown) => {
    server.close();
    throw error;
  });
  if (!app) process.exit(); // told to end before anything began
  const { log, routerSide, services } = app;
  const controller = routerSide?.controller;
  const local = `http://localhost:${port}`;
  const bases = [...new Set([config.portalUrl ?? local, local])];
  log.info(
    `the portal is at ${bases.map((base) => `${base}/portal`).join(', on this computer at ')}`,
  );
  const token = await services.accounts.invitation();
  if (token) process.stdout.write(invitationText(bases, token));
  // Only now: whoever sees it answer finds the link above in its log.
  server.on('request', createServer({ config, clock: app.clock, log, services, controller }));
  if (!routerSide) log.warn('no router is set up: set MIKROTIK_HOST (see .env.example)');
  routerSide?.client.keepConnected();
  const loop = routerSide?.loop.run(stopping);
  const keeping = services.historyKeeper.run(stopping);
  const notices = services.notices.run(stopping);
  const watching = services.books.run(stopping);

  await new Promise((resolve) => stopping.addEventListener('abort', resolve));
  log.info('stopping; customers stay online');
  server.close();
  server.closeAllConnections();
  // A pass under way may finish; a router that hangs must not keep us from stopping.
  const patience = setTimeout(() => routerSide?.client.stop(), 5_000);
  try {
    await Promise.all([loop, keeping, notices, watching, services.customers.idle()]);
    await routerSide?.controller.idle();
  } finally {
    clearTimeout(patience);
    await app.close();
  }
}

/** What we print may go into a file on a disk that is full: the shop goes on without. */
function surviveFullDisk(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** Each link on a line of its own, so that it is copied whole. @param bases the way for phones first */
function invitationText([first, local]: readonly string[], token: string): string {
  const path = `/admin/first-run?token=${token}`;
  return [
    "There is no account yet. Make the owner's account here:",
    `${first}${path}`,
    ...(local === undefined ? [] : ['or, on this computer:', `${local}${path}`]),
    '',
  ].join('\n');
}

main().catch((error: unknown) => {
  // One clear line for what a person can mend; the stack for what only we can.
  if (error instanceof AppError) console.error(error.message);
  else console.error(error);
  process.exitCode = error instanceof InvalidInput ? 2 : 1;
});
