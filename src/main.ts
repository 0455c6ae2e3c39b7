import { systemClock } from './clock';
import { loadConfig, loadDotEnv, settingsFile } from './config';
import { compose } from './compose';
import { AppError, InvalidInput } from './errors';
import { createLog } from './log';
import { stopSignal } from './stop-signal';
import { untilOpen } from './web/closed-shop';
import { endRequests } from './web/http/listen';
import { closeNow, openListeners, renewCertificates } from './web/listeners';
import { createServer } from './web/server';
import { staffAddresses } from './web/staff/staff-address';

/** From the signal on: when a router that hangs, a slow reader, and whatever else is left is given up. */
const GIVE_UP_MS = { router: 2_500, requests: 4_000, all: 5_000 };

/** Starts the shop: the web pages and the loop, until a signal stops both. Customers stay online. */
async function main(): Promise<void> {
  const config = loadConfig(loadDotEnv(settingsFile()));
  // The ports first: a second start by mistake must end before it opens the books.
  const listeners = await openListeners(config);
  const servers = listeners.map(({ server }) => server);
  const stopping = stopSignal();
  surviveFullDisk();
  const waiting = { config, clock: systemClock, log: createLog(config.logLevel), signal: stopping };
  const app = await untilOpen(() => compose(config), servers, waiting).catch((error: unknown) => {
    closeNow(servers);
    throw error;
  });
  if (!app) process.exit(); // told to end before anything began
  const { log, routerSide, services } = app;
  const controller = routerSide?.controller;
  const [portalPort, staffPort] = [listeners[0]!.port, listeners.at(-1)!.port];
  const local = `http://localhost:${portalPort}`;
  const bases = [...new Set([config.portalUrl ?? local, local])];
  log.info(
    `the portal is at ${bases.map((base) => `${base}/portal`).join(', on this computer at ')}`,
  );
  const staffBases = staffAddresses(config, staffPort);
  log.info(`the staff pages are at ${staffBases.map((base) => `${base}/admin`).join(', or ')}`);
  if (!config.staff) {
    log.warn("staff share the customers' port, in plain HTTP: see ADMIN_PORT in .env.example");
  }
  const token = await services.accounts.invitation();
  if (token) process.stdout.write(invitationText(staffBases, token));
  // Only now: whoever sees it answer finds the link above in its log.
  const parts = { config, clock: app.clock, log, services, controller, stopping };
  for (const { server, pages } of listeners) server.on('request', createServer(parts, pages));
  renewCertificates(listeners, config, log);
  if (!routerSide) log.warn('no router is set up: set MIKROTIK_HOST (see .env.example)');
  routerSide?.client.keepConnected();
  const loop = routerSide?.loop.run(stopping);
  const keeping = services.historyKeeper.run(stopping);
  const notices = services.notices.run(stopping);
  const watching = services.books.run(stopping);

  await new Promise((resolve) => stopping.addEventListener('abort', resolve));
  log.info('stopping; customers stay online');
  services.customers.stop();
  const deadlines = [
    // Redemptions that wait for it are undone, and answered.
    setTimeout(() => routerSide?.client.stop(), GIVE_UP_MS.router),
    setTimeout(
      () => servers.forEach((server) => server.closeAllConnections()),
      GIVE_UP_MS.requests,
    ),
    setTimeout(() => process.exit(), GIVE_UP_MS.all),
  ];
  try {
    const requests = servers.map(endRequests);
    await Promise.all([...requests, loop, keeping, notices, watching, services.customers.idle()]);
    await routerSide?.controller.idle();
  } finally {
    await app.close();
    for (const deadline of deadlines) clearTimeout(deadline);
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
