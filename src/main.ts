import { createServer as createHttpServer } from 'node:http';
import { loadConfig, loadDotEnv, settingsFile } from './config';
import { compose } from './compose';
import { AppError, InvalidInput } from './errors';
import { stopSignal } from './stop-signal';
import { listen } from './web/listen';
import { createServer } from './web/server';

/** Starts the shop: the web pages and the loop, until a signal stops both. Customers stay online. */
async function main(): Promise<void> {
  const config = loadConfig(loadDotEnv(settingsFile()));
  // The port first: a second start by mistake must end before it opens the books.
  const server = createHttpServer();
  const port = await listen(server, config);
  const app = await compose(config).catch((error: unknown) => {
    server.close();
    throw error;
  });
  const { log, routerSide, services } = app;
  const stopping = stopSignal();
  const controller = routerSide?.controller;
  server.on('request', createServer({ config, clock: app.clock, log, services, controller }));
  log.info(`the portal is at http://localhost:${port}/portal`);
  const token = await services.accounts.invitation();
  if (token) {
    const link = `http://localhost:${port}/admin/first-run?token=${token}`;
    process.stdout.write(`There is no account yet. Make the owner's account at ${link}\n`);
  }
  if (!routerSide) log.warn('no router is set up: set MIKROTIK_HOST (see .env.example)');
  routerSide?.client.keepConnected();
  const loop = routerSide?.loop.run(stopping);
  const keeping = services.historyKeeper.run(stopping);
  const notices = services.notices.run(stopping);

  await new Promise((resolve) => stopping.addEventListener('abort', resolve));
  log.info('stopping; customers stay online');
  server.close();
  server.closeAllConnections();
  // A pass under way may finish; a router that hangs must not keep us from stopping.
  const patience = setTimeout(() => routerSide?.client.stop(), 5_000);
  try {
    await Promise.all([loop, keeping, notices]);
    await routerSide?.controller.idle();
  } finally {
    clearTimeout(patience);
    await app.close();
  }
}

main().catch((error: unknown) => {
  // One clear line for what a person can mend; the stack for what only we can.
  if (error instanceof AppError) console.error(error.message);
  else console.error(error);
  process.exitCode = error instanceof InvalidInput ? 2 : 1;
});
