import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, isIPv6 } from 'node:net';
import { join, resolve } from 'node:path';
import type { Clock } from '../../src/clock';
import type { App } from '../../src/compose';
import { AppError, NotAllowed } from '../../src/errors';
import { DATA_FOLDER, makePrivateFolder } from '../../src/store/database/private-files';
import { isSimulated } from '../shell/settings';
import { say } from '../../src/text';

/** The same program that `npm start` runs, from the sources or the build, as we are. */
const PROGRAM = resolve(__dirname, '..', '..', 'src', 'main');
/** However it was started: by `npm start`, from the sources, or as the demo. */
const SERVERS = /(^|\/)src\/(demo\/)?main(\.[jt]s)?$/;
const CHECK_MS = 100;
const START_MS = 30_000;
const STOP_MS = 15_000;

/** The log of the server started from here; the simulated shop has its own. */
export function logFile(): string {
  return join(DATA_FOLDER, isSimulated() ? 'simulated.log' : 'server.log');
}

function pidFile(): string {
  return join(DATA_FOLDER, isSimulated() ? 'simulated.pid' : 'server.pid');
}

/** The server started from here, if it is alive; a PID file left by a killed one is ignored. */
export function runningServer(): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(pidFile(), 'utf8'));
  } catch {
    return undefined;
  }
  return isServer(pid) ? pid : undefined;
}

/** Starts the server detached: it stays when this terminal is closed. @returns its process id */
export async function startServer(app: App): Promise<number> {
  makePrivateFolder(DATA_FOLDER);
  const log = openSync(logFile(), 'a', 0o600); // it may hold the link for the first account
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const { pid } = child;
  if (pid === undefined) throw new AppError('The server could not be started');
  writeFileSync(pidFile(), `${pid}\n`);
  await waitUntil(app.clock, START_MS, async () => !isAlive(pid) || (await answers(app)));
  if (isAlive(pid)) return pid;
  rmSync(pidFile(), { force: true });
  throw new AppError(say`The server stopped at once; see the log in ${logFile()}`);
}

/** Stops a server, which leaves customers online. @throws AppError when it does not end */
export async function endServer(clock: Clock, pid: number): Promise<void> {
  const isOwn = pid === runningServer();
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPERM') {
      throw new NotAllowed(
        say`The server, process ${pid}, is another user's. Type: sudo kill ${pid}`,
      );
    }
    if (code !== 'ESRCH') throw error; // it has ended by itself
  }
  await waitUntil(clock, STOP_MS, () => Promise.resolve(!isAlive(pid)));
  if (isAlive(pid))
    throw new AppError(say`Process ${pid} has not stopped yet; its log may say why`);
  if (isOwn) rmSync(pidFile(), { force: true });
}

/** Tells the server to stop, for a process that ends now and cannot wait for it. */
export function dismissServer(): void {
  const pid = runningServer();
  if (pid === undefined) return;
  process.kill(pid, 'SIGTERM');
  rmSync(pidFile(), { force: true });
}

/** Whether our server answers on its port. */
export async function answers({ config }: Pick<App, 'config'>): Promise<boolean> {
  return (await whoAnswers({ config })) === 'us';
}

/** Whether our server has opened its books and serves customers. */
export async function isReady({ config }: Pick<App, 'config'>): Promise<boolean> {
  const answer = await ask(config, '/readyz').catch(() => undefined);
  return answer?.ok === true && isOurs(await answer.json().catch(() => undefined));
}

/**
 * The process that answers on the server's port, as it says itself.
 * @returns `undefined` where that is no server of this computer: in a container it has another number
 */
export async function answering({ config }: Pick<App, 'config'>): Promise<number | undefined> {
  const answer = await ask(config, '/healthz').catch(() => undefined);
  const health: unknown = await answer?.json().catch(() => undefined);
  const { pid } = (health ?? {}) as { pid?: unknown };
  return isOurs(health) && typeof pid === 'number' && isAnyServer(pid) ? pid : undefined;
}

/** Who answers on the server's port: many programs like port 5000. */
export async function whoAnswers({
  config,
}: Pick<App, 'config'>): Promise<'us' | 'other' | 'nobody'> {
  try {
    const answer = await ask(config, '/healthz');
    const health: unknown = await answer.json().catch(() => undefined);
    return isOurs(health) ? 'us' : 'other';
  } catch (error) {
    const { code } = (error as { cause?: { code?: string } }).cause ?? {};
    // A program that hangs, or speaks no HTTP, still holds the port.
    return code === 'ECONNREFUSED'
      ? 'nobody'
      : (await listens(hostOf(config), config.port))
        ? 'other'
        : 'nobody';
  }
}

function ask(config: App['config'], path: string): Promise<Response> {
  const host = hostOf(config);
  const url = `http://${isIPv6(host) ? `[${host}]` : host}:${config.port}${path}`;
  return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(2_000) });
}

/** The address where it is reached from this computer. */
function hostOf({ host }: App['config']): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

function isOurs(health: unknown): boolean {
  return (health as { service?: unknown } | null | undefined)?.service === 'pisonet-manager';
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((tell) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      tell(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/** Whether a process of this computer is a server of this program, no matter who started it. */
export function isAnyServer(pid: number): boolean {
  if (!isAlive(pid)) return false;
  const words = readProcess(pid, 'cmdline');
  return words === undefined || words.split('\0').some((word) => SERVERS.test(word));
}

/** @param isSo is polled until it is true or the time is over */
export async function waitUntil(
  clock: Clock,
  ms: number,
  isSo: () => Promise<boolean>,
): Promise<void> {
  const end = clock.elapsedMs() + ms;
  while (!(await isSo()) && clock.elapsedMs() < end) await clock.wait(CHECK_MS);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // another user's, as a service's is
  }
}

/** Process ids are reused: check that it is still our program. */
function isServer(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return false;
  const words = readProcess(pid, 'cmdline');
  return words === undefined || words.split('\0').includes(PROGRAM);
}

/** Ended, but its parent, which may be us, has not collected it yet. */
function isZombie(pid: number): boolean {
  return readProcess(pid, 'stat')?.split(') ')[1]?.startsWith('Z') ?? false;
}

/** `undefined` on systems that do not show processes as files. */
function readProcess(pid: number, file: string): string | undefined {
  try {
    return readFileSync(join('/proc', String(pid), file), 'utf8');
  } catch {
    return undefined;
  }
}
