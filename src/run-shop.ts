import { once } from 'node:events';
import type { App } from './compose';
import { endRequests } from './web/http/listen';
import type { Listener } from './web/listeners';
import { createServer } from './web/server';

/** Time from the signal until a hanging router, a slow reader, and anything else left is given up. */
const GIVE_UP_MS = { router: 2_500, requests: 4_000, all: 5_000 };

/**
 * Serves the ports and keeps the loops running until the signal. Then every waiting request gets an answer,
 * and the books are closed. Customers stay online.
 * @param besides what else runs until the signal, and needs the books
 */
export async function runShop(
  app: App,
  listeners: readonly Listener[],
  stopping: AbortSignal,
  ...besides: ((signal: AbortSignal) => Promise<unknown>)[]
): Promise<void> {
  const { config, clock, log, routerSides, services } = app;
  const servers = listeners.map(({ server }) => server);
  const parts = { config, clock, log, services, stopping };
  for (const { server, pages } of listeners) server.on('request', createServer(parts, pages));
  for (const { client } of routerSides) client.keepConnected();
  const running = [
    ...routerSides.map(({ loop }) => loop.run(stopping)),
    services.historyKeeper.run(stopping),
    services.notices.run(stopping),
    services.books.run(stopping),
    ...besides.map((run) => run(stopping)),
  ];

  // The signal may have come while the shop was opening.
  if (!stopping.aborted) await once(stopping, 'abort');
  log.info('stopping; customers stay online');
  services.redemptions.stop();
  const deadlines = [
    // Redemptions that wait for it are undone, and answered.
    setTimeout(() => routerSides.forEach(({ client }) => client.stop()), GIVE_UP_MS.router),
    setTimeout(
      () => servers.forEach((server) => server.closeAllConnections()),
      GIVE_UP_MS.requests,
    ),
    setTimeout(() => process.exit(), GIVE_UP_MS.all),
  ];
  try {
    const requests = servers.map(endRequests);
    await Promise.all([...requests, ...running, services.redemptions.idle()]);
    await Promise.all(routerSides.map(({ controller }) => controller.idle()));
  } finally {
    await app.close();
    // A lingering connection does not keep the program running either.
    for (const deadline of deadlines) deadline.unref();
  }
}
