import { once } from 'node:events';
import type { App } from './compose';
import { endRequests } from './web/http/listen';
import type { Listener } from './web/listeners';
import { createServer } from './web/server';

/** Time from the signal until a hanging router, a slow reader, and anything else left is given up. */
const GIVE_UP_MS = { router: 2_500, requests: 4_000, all: 5_000 };

interface RunOptions {
  /** Aborts `stopping`, after which the caller begins another run in this process. */
  restart?: (between?: () => Promise<void>) => void;
  /** What else runs until the signal, and needs the books. */
  besides?: readonly ((signal: AbortSignal) => Promise<unknown>)[];
}

/**
 * Serves the ports and keeps the loops running until the signal. Then every waiting request gets an answer,
 * and the books are closed. Customers stay online.
 */
export async function runShop(
  app: App,
  listeners: readonly Listener[],
  stopping: AbortSignal,
  { restart, besides = [] }: RunOptions = {},
): Promise<void> {
  const { config, clock, log, routers, services, share, stores } = app;
  const servers = listeners.map(({ server }) => server);
  let goesOn = false;
  const again = restart && {
    restart: (between?: () => Promise<void>) => {
      goesOn = true;
      restart(between);
    },
  };
  const parts = { config, clock, log, services, stopping, ...again };
  // Before the first request: who comes then goes by the shop's time, too.
  clock.begin(await stores.routers.lastLook());
  for (const { server, pages } of listeners) server.on('request', createServer(parts, pages));
  share?.begin();
  const running = [
    share?.run(stopping),
    routers.run(stopping),
    services.historyKeeper.run(stopping),
    services.healthWatch.run(stopping),
    services.notices.run(stopping),
    services.books.run(stopping),
    services.backups.run(stopping),
    services.booksKeeper.run(stopping),
    ...besides.map((run) => run(stopping)),
  ];

  // The signal may have come while the shop was opening.
  if (!stopping.aborted) await once(stopping, 'abort');
  log.info(goesOn ? 'restarting; customers stay online' : 'stopping; customers stay online');
  services.redemptions.stop();
  const deadlines = [
    // Redemptions that wait for it are undone, and answered.
    setTimeout(() => routers.stop(), GIVE_UP_MS.router),
    setTimeout(
      () => servers.forEach((server) => server.closeAllConnections()),
      GIVE_UP_MS.requests,
    ),
    // A restart that cannot begin in this process is the service manager's: for it, this end is a failure.
    setTimeout(() => process.exit(goesOn ? 1 : 0), GIVE_UP_MS.all),
  ];
  try {
    const requests = servers.map(endRequests);
    await Promise.all([...requests, ...running, services.redemptions.idle()]);
    await Promise.all(routers.all.map(({ controller }) => controller.idle()));
  } finally {
    await app.close();
    // A lingering connection does not keep a program running that ends.
    for (const deadline of deadlines) {
      if (goesOn) clearTimeout(deadline);
      else deadline.unref();
    }
  }
}
