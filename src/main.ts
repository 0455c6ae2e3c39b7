import { setMaxListeners } from 'node:events';
import { resolve } from 'node:path';
import { systemClock } from './clock';
import { loadConfig, loadDotEnv, settingsFile, type Config } from './config';
import { compose } from './compose';
import { ownPorts } from './compose-router';
import { soundRules } from './domain/notices/notice-rules';
import { AppError, InvalidInput } from './errors';
import { terminalCode } from './format/terminal-code';
import { createLog, logFailure, type Log } from './log';
import { runShop } from './run-shop';
import { DirectNotices } from './services/notices/direct-notices';
import { TELEGRAM } from './services/notices/notice-senders';
import { outwardPost } from './services/notices/outward-post';
import { BooksRecovery } from './services/shop/books-recovery';
import { stopSignal } from './stop-signal';
import { removeLeftovers } from './store/database/books-swap';
import { untilOpen } from './web/closed-shop';
import { closeNow, openListeners, renewCertificates } from './web/listeners';
import { reachedAt, staffAddresses } from './web/staff/staff-address';

/** Until the shop is open, and its own log with it. */
let log: Log = createLog('info');

/** Runs the shop until a signal stops it; anew, in this process, when the owner asks for that. */
async function main(): Promise<void> {
  const stopping = stopSignal();
  surviveFullDisk();
  surviveRejections();
  for (let isAgain = true; isAgain;) isAgain = await serve(stopping);
}

/**
 * Starts the shop: the web pages and the loop, until a signal stops both. Customers stay online.
 * @returns whether it is to start anew, with the settings as they are by then
 */
async function serve(told: AbortSignal): Promise<boolean> {
  const restarting = new AbortController();
  const stopping = AbortSignal.any([told, restarting.signal]);
  setMaxListeners(0, stopping); // as for the signal of the process
  const config = loadConfig(loadDotEnv(settingsFile()));
  // The ports first: a second start by mistake must fail before it opens the books.
  const listeners = await openListeners(config);
  const servers = listeners.map(({ server }) => server);
  const { database } = config;
  if (database.kind === 'sqlite' && database.file !== ':memory:') {
    removeLeftovers(resolve(database.file));
  }
  log = createLog(config.logLevel);
  const [portalPort, staffPort] = [listeners[0]!.port, listeners.at(-1)!.port];
  const card = reachedAt(config.host);
  const staffBases = staffAddresses(config, staffPort, card);
  const recovery = recoveryOf(config, staffBases[0]!);
  const notices = noticesWithoutBooks(config, log);
  const waiting = { config, clock: systemClock, log, signal: stopping, recovery, notices };
  const app = await untilOpen(() => compose(config), servers, waiting).catch((error: unknown) => {
    closeNow(servers);
    throw error;
  });
  if (!app) process.exit(); // told to stop before anything began
  const { routerSide, services } = app;
  log = app.log;
  const local = `http://localhost:${portalPort}`;
  const forPhones = config.portalUrl ?? (card ? `http://${card}:${portalPort}` : local);
  const bases = [...new Set([forPhones, local])];
  log.info(
    `the portal is at ${bases.map((base) => `${base}/portal`).join(', on this computer at ')}`,
  );
  log.info(`the staff pages are at ${staffBases.map((base) => `${base}/admin`).join(', or ')}`);
  if (!config.staff) {
    log.warn("staff share the customers' port, in plain HTTP: see ADMIN_PORT in .env.example");
  }
  const token = await services.accounts.invitation();
  if (token) process.stdout.write(await invitationText(staffBases, token));
  // Only now: once it answers, the link above is in its log.
  renewCertificates(listeners, config, log);
  if (!routerSide) log.warn('no router is set up yet: connect one under Router in the staff pages');
  let between: (() => Promise<void>) | undefined;
  const restart = (work?: () => Promise<void>) => {
    between = work;
    restarting.abort();
  };
  await runShop(app, listeners, stopping, { restart });
  await between?.().catch((error: unknown) => {
    logFailure(log, error, 'what the restart was for failed; the shop opens as it was');
  });
  return !told.aborted;
}

/** Of books in a file; those on a server are its administrator's. */
function recoveryOf({ database, backups }: Config, staffAt: string) {
  if (database.kind !== 'sqlite' || database.file === ':memory:') return undefined;
  return { books: new BooksRecovery(database.file, backups?.folder, systemClock), staffAt };
}

/** What was set up in the admin is in the books: without them only the receivers of `.env` are known. */
function noticesWithoutBooks(config: Config, log: Log): DirectNotices {
  const { router, shopName: name, timeZone } = config;
  const post = outwardPost({ ownPorts: ownPorts(config), router });
  return new DirectNotices({
    rules: () => Promise.resolve(soundRules(config.notices, {})),
    shop: { name, timeZone },
    outside: { telegram: TELEGRAM, post },
    ...{ clock: systemClock, log },
  });
}

/** Our output may go to a file on a disk that is full: the shop keeps running without it. */
function surviveFullDisk(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** Without this a library's promise that nobody waits for ends the shop. */
function surviveRejections(): void {
  process.on('unhandledRejection', (error: unknown) => {
    // Not the error with all it carries, which may be a request or a row.
    const reason = error instanceof Error ? error.stack : typeof error;
    log.error({ reason }, 'something failed that nobody waited for; the shop goes on');
  });
}

/**
 * Each link on its own line, so that it is copied whole; in a terminal with a code to scan, for who has a phone in
 * hand and no screen for pages.
 * @param bases the address for phones first
 */
async function invitationText([first, local]: readonly string[], token: string): Promise<string> {
  const path = `/admin/first-run?token=${token}`;
  const code = process.stdout.isTTY && (await terminalCode(`${first}${path}`));
  return [
    ...(code ? [code] : []), // above the link, or it pushes that off the screen
    "There is no account yet. Create the owner's account here:",
    `${first}${path}`,
    ...(local === undefined ? [] : ['or, on this computer:', `${local}${path}`]),
    '',
  ].join('\n');
}

main().catch((error: unknown) => {
  // One clear line for what a person can fix; the stack for what only we can.
  if (error instanceof AppError) console.error(error.message);
  else console.error(error);
  // Its ports are open: a program that serves nobody must end, for whoever starts it again.
  process.exit(error instanceof InvalidInput ? 2 : 1);
});
