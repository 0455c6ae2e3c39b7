import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { built } from '../../support/program/built';

/** Every program of the shop's computer goes by its clock. */
const ON_ITS_CLOCK = ['--require', join(__dirname, 'moved-clock.cjs')] as const;
const TOKEN = 'chaos-metrics-token';
/** Silent routers in a row are called less and less often. */
const GIVE_UP_MS = 300_000;

/** The built server as a process, which can be killed, starved of its disk, and have its clock set. */
export class ServerProcess {
  private child: ChildProcess | undefined;
  private movedMs = 0;
  private readonly commands = new Set<ChildProcess>();

  constructor(
    private readonly folder: string,
    private readonly port: string,
    private readonly settings: Record<string, string>,
  ) {}

  get env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: this.port,
      POLL_SECONDS: '1',
      METRICS_TOKEN: TOKEN,
      MOVED_MS: String(this.movedMs),
      ...this.settings,
    };
  }

  get log(): string {
    return readFileSync(join(this.folder, 'server.log'), 'utf8');
  }

  get isRunning(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }

  async start(): Promise<void> {
    const log = openSync(join(this.folder, 'server.log'), 'a');
    this.child = spawn(process.execPath, [...ON_ITS_CLOCK, built('src/main.js')], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    await this.until(async () => (await this.ask('/readyz')).status === 200, 'ready');
  }

  /** As when the power goes. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.child!, 'exit');
    this.child!.kill(signal);
    await ended;
  }

  /** @param movedMs how far its wall clock is from the true time */
  async setClock(movedMs: number): Promise<void> {
    this.movedMs = movedMs;
    const programs = [this.child!, ...this.commands].filter(({ connected }) => connected);
    await Promise.all(programs.map((program) => toldTime(program, movedMs)));
  }

  /** Starts a command on the same computer, in a process of its own; a fault may meet it too. */
  async command(program: string, line: string): Promise<{ code: number | null; text: string }> {
    const child = spawn(process.execPath, [...ON_ITS_CLOCK, program, ...line.split(' ')], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.commands.add(child);
    let text = '';
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (piece: Buffer) => (text += piece.toString()));
    }
    const [code] = (await once(child, 'close')) as [number | null];
    this.commands.delete(child);
    return { code, text };
  }

  get clockIsOffByMs(): number {
    return this.movedMs;
  }

  /** From now on every write to a file fails, as on a full disk; or works again. */
  limitFiles(bytes: '0' | 'unlimited'): void {
    if (this.isRunning) execFileSync('prlimit', [`--pid=${this.child!.pid}`, `--fsize=${bytes}:`]);
  }

  /** Until so many more rounds were done, whole. */
  async rounds(count: number): Promise<void> {
    const begun = await this.roundsDone();
    await this.until(async () => (await this.roundsDone()) >= begun + count, `${count} rounds`);
  }

  /** @returns status 0 where there was no answer */
  ask(
    path: string,
    { form, from = '127.0.0.1' }: { form?: Record<string, string>; from?: string } = {},
  ): Promise<{ status: number; location: string; text: string }> {
    return new Promise((resolve) => {
      const nothing = () => resolve({ status: 0, location: '', text: '' });
      const sent = request({
        ...{ host: '127.0.0.1', port: this.port, path, localAddress: from, timeout: 30_000 },
        method: form ? 'POST' : 'GET',
        headers: {
          authorization: `Bearer ${TOKEN}`,
          ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
        },
      });
      sent.on('response', (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        answer.on('error', nothing);
        answer.on('end', () => {
          const { location = '' } = answer.headers;
          resolve({ status: answer.statusCode!, location, text });
        });
      });
      sent.on('timeout', () => sent.destroy());
      sent.on('error', nothing);
      sent.end(form && new URLSearchParams(form).toString());
    });
  }

  private async roundsDone(): Promise<number> {
    const { text } = await this.ask('/metrics');
    return Number(
      /^pisonet_reconcile_seconds_count\{.*outcome="done"\} (\d+)$/m.exec(text)?.[1] ?? 0,
    );
  }

  private async until(isSo: () => Promise<boolean>, what: string): Promise<void> {
    const end = performance.now() + GIVE_UP_MS;
    while (!(await isSo())) {
      if (!this.isRunning) throw new Error(`the server ended before it was ${what}`);
      if (performance.now() > end) throw new Error(`the server was never ${what}`);
      await pause(50);
    }
  }
}

/** A program that ends by then needs no clock. */
async function toldTime(program: ChildProcess, movedMs: number): Promise<void> {
  const heard = new AbortController();
  const ended = once(program, 'exit', heard);
  const answered = once(program, 'message', heard);
  program.send({ movedMs }, () => undefined);
  await Promise.race([ended, answered]);
  heard.abort();
  await Promise.allSettled([ended, answered]);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
