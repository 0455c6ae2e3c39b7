import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Clock } from '../src/clock';
import type { App } from '../src/compose';
import { AppError, Conflict } from '../src/errors';
import { isSimulated } from './settings';

const FOLDER = 'data';
/** The same program that `npm start` runs, from the sources or the build, as we are. */
const PROGRAM = resolve(__dirname, '..', 'src', 'main');
const LOOK_MS = 100;
const START_MS = 30_000;
const STOP_MS = 15_000;

/** What the server started from here writes; that of the simulated shop has a file of its own. */
export function logFile(): string {
  return join(FOLDER, isSimulated() ? 'simulated.log' : 'server.log');
}

function pidFile(): string {
  return join(FOLDER, isSimulated() ? 'simulated.pid' : 'server.pid');
}

/** The server started from here, if it lives; a file left by one that was killed counts for nothing. */
export function runningServer(): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(pidFile(), 'utf8'));
  } catch {
    return undefined;
  }
  return isServer(pid) ? pid : undefined;
}

/** Starts the server on its own: it stays when this terminal is closed. @returns its process id */
export async function startServer(app: App): Promise<number> {
  const running = runningServer();
  if (running !== undefined) throw new Conflict(`The server runs already, as process ${running}`);
  if (await answers(app)) {
    const { port } = app.config;
    throw new Conflict(`Something answers on port ${port} already; a server started elsewhere?`);
  }
  mkdirSync(FOLDER, { recursive: true });
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
  throw new AppError(`The server stopped at once; its last words are in ${logFile()}`);
}

/** Stops the server; customers stay online. @returns the process that was stopped */
export async function stopServer({ clock }: Pick<App, 'clock'>): Promise<number> {
  const pid = runningServer();
  if (pid === undefined) {
    throw new Conflict('No server started from here is running, so there is nothing to stop');
  }
  process.kill(pid, 'SIGTERM');
  await waitUntil(clock, STOP_MS, () => Promise.resolve(!isAlive(pid)));
  if (isAlive(pid)) throw new AppError(`Process ${pid} has not stopped yet; see ${logFile()}`);
  rmSync(pidFile(), { force: true });
  return pid;
}

/** Tells the server to stop, for a process that ends now and cannot wait for it. */
export function dismissServer(): void {
  const pid = runningServer();
  if (pid === undefined) return;
  process.kill(pid, 'SIGTERM');
  rmSync(pidFile(), { force: true });
}

/** Whether pages come from the server's port. */
export async function answers({ config }: App): Promise<boolean> {
  const host = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host;
  try {
    const signal = AbortSignal.timeout(2_000);
    const url = `http://${host}:${config.port}/portal`;
    await fetch(url, { method: 'HEAD', redirect: 'manual', signal });
    return true;
  } catch {
    return false;
  }
}

async function waitUntil(clock: Clock, ms: number, isSo: () => Promise<boolean>): Promise<void> {
  const end = clock.elapsedMs() + ms;
  while (!(await isSo()) && clock.elapsedMs() < end) await clock.wait(LOOK_MS);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
}

/** A number is given out again once its process is gone: look whether it is still our program. */
function isServer(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return false;
  const words = readProcess(pid, 'cmdline');
  return words === undefined || words.split('\0').includes(PROGRAM);
}

/** Ended, and only its parent, which may be us, has not taken notice yet. */
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
