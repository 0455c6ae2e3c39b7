/** The shop's server, no matter who started it: this program, the service manager, or somebody by hand. */
import type { Clock } from '../../src/clock';
import type { App } from '../../src/compose';
import { AppError, Conflict } from '../../src/errors';
import { isAlive, isHere } from '../../src/services/loop/controller-lease';
import { installedService, tellService } from './service-manager';
import {
  answering,
  answers,
  endServer,
  isAnyServer,
  logFile,
  runningServer,
  startServer,
  waitUntil,
  whoAnswers,
} from './server-process';
import { say } from '../../src/text';

const ANSWER_MS = 10_000;

/** A server that runs, and as what. */
export interface FoundServer {
  as: 'service' | 'child' | 'other';
  /** `undefined` where it cannot be told. */
  pid: number | undefined;
  service?: string;
  /** The computer or container it runs on, if not this one. */
  host?: string;
}

/** What it takes; without the books, which may be lost, only a server of this computer is found. */
type Finding = Pick<App, 'config'> & { clock: Clock; stores?: App['stores'] };

/** @returns `undefined` when no server of this shop runs */
export async function findServer(app: Finding): Promise<FoundServer | undefined> {
  const service = await installedService();
  if (service?.runs) return { as: 'service', service: service.unit, pid: service.pid };
  const child = runningServer();
  if (child !== undefined) return { as: 'child', pid: child };
  const leased = await byLease(app);
  if (leased) return leased;
  return (await answers(app)) ? { as: 'other', pid: await answering(app) } : undefined;
}

/** The process in charge of the router is named in the books. */
async function byLease({ stores, clock }: Finding): Promise<FoundServer | undefined> {
  if (!stores) return undefined;
  const now = clock.now();
  const leases = (await stores.routers.leases()).filter((one) => one.until > now && isAlive(one));
  const here = leases.find((one) => isHere(one) && isAnyServer(one.pid)); // not another command
  if (here) return { as: 'other', pid: here.pid };
  const away = leases.find((one) => !isHere(one));
  return away && { as: 'other', pid: away.pid, host: away.host.split(' ')[0]! };
}

/** Starts the installed service, or a server of our own if there is none. @throws Conflict */
export async function bringUp(app: App): Promise<{ started: FoundServer; log: string }> {
  const found = await findServer(app);
  if (found) throw new Conflict(say`The server runs already: it ${serverText(found)}`);
  const { port } = app.config;
  if ((await whoAnswers(app)) === 'other') {
    throw new Conflict(say`Another program has port ${port}: end it, or set another PORT in .env`);
  }
  const service = await installedService();
  if (!service) {
    return { started: { as: 'child', pid: await startServer(app) }, log: logFile() };
  }
  const { unit } = service;
  const log = `journalctl -u ${unit}`;
  await tellService('start', unit);
  let now = service;
  await waitUntil(app.clock, ANSWER_MS, async () => {
    if (await answers(app)) return true;
    now = (await installedService()) ?? service;
    return !now.runs;
  });
  now = (await installedService()) ?? service;
  if (now.runs) return { started: { as: 'service', service: unit, pid: now.pid }, log };
  throw new AppError(say`The service ${unit} ended at once; see its log: ${log}`);
}

/** Stops the server, no matter who started it; customers stay online. @throws Conflict when that cannot be done here */
export async function takeDown(app: Finding): Promise<FoundServer> {
  const found = await findServer(app);
  if (!found) throw new Conflict('No server is running, so there is nothing to stop');
  const { service, pid, host } = found;
  if (service !== undefined) {
    await tellService('stop', service);
    return found;
  }
  if (host !== undefined) {
    throw new Conflict(
      say`The server runs on ${host} (another computer, or a container): stop it there`,
    );
  }
  if (pid === undefined) {
    throw new Conflict(
      say`A server answers on port ${app.config.port}, but which process that is cannot be told from here. Stop it where it was started`,
    );
  }
  await endServer(app.clock, pid);
  return found;
}

/** Behind "the server": `runs as process 123`. */
export function serverText({ as, service, pid, host }: FoundServer): string {
  if (host !== undefined) return `runs on ${host} as process ${pid}`;
  const number = pid === undefined ? '' : ` as process ${pid}`;
  if (as === 'service') return `runs as the service ${service}${pid ? `, process ${pid}` : ''}`;
  return as === 'child' ? `runs${number}` : `runs${number}, not started from here`;
}
