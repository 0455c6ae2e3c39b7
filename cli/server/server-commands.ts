import type { App } from '../../src/compose';
import { systemClock } from '../../src/clock';
import { databaseName, type Config } from '../../src/config';
import { BooksUnavailable } from '../../src/errors';
import { terminalCode } from '../../src/format/terminal-code';
import { logText } from '../../src/log';
import { reachedAt, staffAddresses } from '../../src/web/staff/staff-address';
import { command, commandWithoutBooks, flag, option, wholeNumber } from '../shell/command';
import { isReady, whoAnswers } from './server-process';
import { bringUp, findServer, serverText, takeDown, type FoundServer } from './server-control';
import { followLog, invitationLink, lastLines, logPlace, NO_LOG, shopZone } from './server-log';
import { fieldList, wrapped } from '../shell/text-table';
import { withApp } from '../shell/with-app';

const LOG_LINES = 50;

export const startShop = command({
  name: 'server start',
  summary: 'Start the server in the background, as a service where it is installed as one',
  example: 'server start',
  parameters: {},
  run: async (app) => {
    const { started, log } = await bringUp(app);
    return { server: started, log, ...addresses(app), ...(await firstRun(app)) };
  },
  json: ({ server, log, admin, portal }) => ({ ...serverJson(server), log, admin, portal }),
  text: ({ server, log, admin, first }) =>
    `The server ${serverText(server)}.\n${first}The admin pages: ${admin}\nIts log: ${log}`,
});

export const stopShop = commandWithoutBooks({
  name: 'server stop',
  summary: 'Stop the server; customers who are online stay online',
  example: 'server stop',
  parameters: {},
  run: async (config) => ({ server: await stopWith(config) }),
  json: ({ server }) => serverJson(server),
  text: ({ server: { service, pid } }) =>
    wrapped(
      `The server (${service === undefined ? `process ${pid}` : `service ${service}`}) is stopped. ` +
        'Customers stay online; until the next start nobody is slowed down or ended, except by the ' +
        'limits the router itself was given.',
    ),
});

/** Books that cannot be opened are a reason to stop it. */
async function stopWith(config: Config): Promise<FoundServer> {
  try {
    return await withApp(config, takeDown);
  } catch (error) {
    if (!(error instanceof BooksUnavailable)) throw error;
    return takeDown({ config, clock: systemClock });
  }
}

export const showServer = command({
  name: 'server status',
  summary: 'Say whether the server runs, and where',
  example: 'server status --json',
  parameters: {},
  run: async (app) => {
    const server = await findServer(app);
    return {
      server,
      isReady: server !== undefined && (await isReady(app)),
      isPortTaken: !server && (await whoAnswers(app)) === 'other',
      port: app.config.port,
      ...addresses(app),
      router: app.config.router?.host ?? null,
      database: databaseName(app.config.database),
    };
  },
  json: ({ server, isReady: ready, admin, portal, router, database }) => ({
    running: server !== undefined,
    ready,
    ...serverJson(server),
    ...{ admin, portal, router, database },
  }),
  text: ({ server, isReady: ready, isPortTaken, port, admin, portal, router, database }) =>
    fieldList([
      ['Server', server ? serverText(server) : isPortTaken ? takenText(port) : 'stopped'],
      ...(server && !ready ? [['Ready', 'not yet: "server log" may say why'] as const] : []),
      ['Admin pages', admin],
      ['Portal', portal],
      ['Router', router ?? 'not set up: choose Router in the menu'],
      ['Database', database],
    ]),
});

export const showLog = commandWithoutBooks({
  name: 'server log',
  summary: 'Show what the server wrote last',
  example: 'server log --follow',
  parameters: {
    follow: flag('--follow', 'go on showing what comes, until Ctrl-C'),
    lines: option(
      '--lines <n>',
      `how many lines (${LOG_LINES} where nothing is said)`,
      wholeNumber,
    ),
  },
  run: async (_config, { lines = LOG_LINES }) => {
    const place = await logPlace();
    return { found: await lastLines(place, lines), timeZone: await shopZone() };
  },
  goOn: (_config, { follow, lines = LOG_LINES }, json) =>
    follow ? printLog(lines, json) : undefined,
  json: ({ found }) => (found ?? []).map(parsed),
  text: ({ found, timeZone }) =>
    found ? found.map((line) => logText(line, timeZone)).join('\n') : wrapped(NO_LOG),
});

/** Each line as it comes: readable in a terminal, as it was written for programs. */
async function printLog(lines: number, json: boolean): Promise<void> {
  const place = await logPlace();
  const timeZone = await shopZone();
  await new Promise<void>((_resolve, reject) => {
    const add = (line: string) =>
      process.stdout.write(`${json ? JSON.stringify(parsed(line)) : logText(line, timeZone)}\n`);
    followLog(place, lines, add, reject);
  });
}

/** The log is one JSON object a line, beside what Node itself says. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return { msg: line };
  }
}

export const openShop = command({
  name: 'server open',
  summary: 'Show the addresses of the pages, with a code to scan',
  example: 'server open',
  parameters: {},
  run: async (app) => {
    const { admin, portal } = addresses(app);
    const { first } = await firstRun(app);
    const code = await terminalCode(admin);
    return { admin, portal, first, code };
  },
  json: ({ admin, portal }) => ({ admin, portal }),
  text: ({ admin, portal, first, code }) =>
    `${first}Admin pages: ${admin}\nPortal:      ${portal}\n${code}`,
});

/** Before there is an account the pages are of no use without the link that creates the first one. */
async function firstRun({ stores }: App): Promise<{ first: string }> {
  if (!(await stores.accounts.isEmpty())) return { first: '' };
  const link = await invitationLink();
  return {
    first: link
      ? `There is no account yet. Create the owner's account here:\n${link}\n`
      : "There is no account yet: the server's log has the link that makes the owner's.\n",
  };
}

function takenText(port: number): string {
  return `stopped, and another program has its port ${port}`;
}

function serverJson(server: FoundServer | undefined) {
  return { pid: server?.pid ?? null, service: server?.service ?? null };
}

/** As other machines reach us: as set in the settings, or by our first network card. */
function addresses({ config }: App): { admin: string; portal: string } {
  const { host, port, portalUrl, staff } = config;
  const own = reachedAt(host);
  const base = portalUrl ?? `http://${own ?? 'localhost'}:${port}`;
  const [admin] = staffAddresses(config, staff?.port ?? port, own);
  return { admin: `${admin}/admin`, portal: `${base}/portal` };
}
