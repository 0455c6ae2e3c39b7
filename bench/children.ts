import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

/** The processes of a benchmark: each part runs in one of its own, so that its work is not counted as ours. */

/** Same as `npm start`. */
const NODE_OPTIONS = ['--max-semi-space-size=4'];
const SHOP = join(__dirname, '..', 'src', 'main.js');
const OPENS_MS = 60_000;

export function start(name: string, ...args: (string | number)[]): ChildProcess {
  return fork(join(__dirname, 'processes', name), args.map(String), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: NODE_OPTIONS,
  });
}

export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`a process ended with ${code}`)),
    );
  });
}

export function next<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const failed = (code: number | null) => reject(new Error(`a process ended with ${code}`));
    child.once('exit', failed);
    child.once('message', (message) => {
      child.off('exit', failed);
      resolve(message as T);
    });
  });
}

export function ask<T>(child: ChildProcess, order: object): Promise<T> {
  const answer = next<T>(child);
  child.send(order);
  return answer;
}

/** The real program, as `npm start` runs it. */
export interface ShopProcess {
  pid: number | undefined;
  origin: string;
  /** From its start to the first page. */
  startMs: number;
  stop(): Promise<void>;
}

/** @param env its settings, besides where it listens */
export async function startShop(folder: string, env: Record<string, string>): Promise<ShopProcess> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [...NODE_OPTIONS, SHOP], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'error',
      ...env,
    },
  });
  const origin = `http://127.0.0.1:${port}`;
  while (!(await answers(`${origin}/portal`))) {
    if (child.exitCode !== null || performance.now() - began > OPENS_MS) {
      throw new Error('the shop did not open');
    }
    await pause(5);
  }
  const startMs = performance.now() - began;
  return {
    pid: child.pid,
    origin,
    startMs,
    stop: async () => {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}

/** The plans of the shops that are measured: one is sold, the others are on the price list. @returns their file */
export function writePlans(folder: string): string {
  const profiles = join(folder, 'profiles.json');
  writeFileSync(
    profiles,
    JSON.stringify([
      {
        name: 'BENCH',
        price: '5',
        validity: '1d',
        rate_up: '1M',
        rate_down: '5M',
        data_cap: '100GB',
        fup_threshold: '1GB',
        fup_rate_up: '256K',
        fup_rate_down: '512K',
      },
      ...[1, 2, 5, 10, 15, 20, 50].map((hours) => ({
        name: `P${hours}`,
        price: String(hours),
        validity: `${hours}h`,
        rate_up: '512K',
        rate_down: '2M',
      })),
    ]),
  );
  return profiles;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    async (answer) => {
      await answer.text();
      return answer.ok;
    },
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Processor time of a process so far; `undefined` where the system does not tell. */
export function cpuMs(pid: number | undefined): number | undefined {
  try {
    // After the name, which may hold spaces: state is field 3, user and system time 14 and 15, in 1/100 s.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
