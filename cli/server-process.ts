import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { App } from '../src/compose';
import { AppError, Conflict } from '../src/errors';

const FOLDER = 'data';
const PID_FILE = join(FOLDER, 'server.pid');
export const LOG_FILE = join(FOLDER, 'server.log');
/** The same program that `npm start` runs, from the sources or the build, as we are. */
const PROGRAM = resolve(__dirname, '..', 'src', 'main');
const LOOK_MS = 100;
const START_MS = 30_000;
const STOP_MS = 15_000;

/** The server started from here, if it lives; a file left by one that was killed counts for nothing. */
export function runningServer(): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(PID_FILE, 'utf8'));
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
  mkdirSync(dirname(LOG_FILE), { recursive: true });
  const log = openSync(LOG_FILE, 'a', 0o600); // it may hold the link for the first account
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const { pid } = child;
  if (pid === undefined) throw new AppError('The server could not be started');
  writeFileSync(PID_FILE, `${pid}\n`);
  await waitUntil(app, START_MS, async () => !isAlive(pid) || (await answers(app)));
  if (isAlive(pid)) return pid;
  rmSync(PID_FILE, { force: true });
  throw new AppError(`The server stopped at once; its last words are in ${LOG_FILE}`);
}

/** Stops the server; customers stay online. @returns the process that was stopped */
export async function stopServer(app: App): Promise<number> {
  const pid = runningServer();
  if (pid === undefined) {
    throw new Conflict('No server started from here is running, so there is nothing to stop');
  }
  process.kill(pid, 'SIGTERM');
  await waitUntil(app, STOP_MS, () => Promise.resolve(!isAlive(pid)));
  if (isAlive(pid)) throw new AppError(`Process ${pid} has not stopped yet; see ${LOG_FILE}`);
  rmSync(PID_FILE, { force: true });
  return pid;
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

async function waitUntil(app: App, ms: number, isSo: () => Promise<boolean>): Promise<void> {
  const end = app.clock.elapsedMs() + ms;
  while (!(await isSo()) && app.clock.elapsedMs() < end) await app.clock.wait(LOOK_MS);
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
