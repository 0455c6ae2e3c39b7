import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { connectAsIs } from '../src/store/database/database';
import { populate } from '../src/simulator/population';
import { Simulator, type SimulatedDevice } from '../src/simulator/simulator';
import { findDoubles } from './double-writes';

/**
 * A server and commands working on one SQLite file, for minutes: `node dist/bench/two-processes.js --minutes
 * 10`. Customers redeem at the server's portal while commands make vouchers, set speeds, ask for rounds and
 * revoke. There must be no lock error, everything takes effect, and nothing is written to the router twice.
 * Prints its figures as one line of JSON; exits 1 on any violation.
 */

const ROOT = resolve(__dirname, '..');
const FROM_SOURCES = __filename.endsWith('.ts');
const RUNNER = FROM_SOURCES ? ['-r', require.resolve('tsx/cjs')] : [];
const WORKERS = 2;
const PHONES_EACH = 3;
const PLANS = [{ name: 'P5', price: '5', validity: '1d', rate_up: '1M', rate_down: '3M' }];
const LOCK_WORDS = /SQLITE_|database is locked|\bbusy\b|deadlock/i;
const START_MS = 60_000;

export interface SideBySide {
  bench: 'two-processes';
  seconds: number;
  commands: number;
  redemptions: number;
  vouchers: number;
  rounds: number;
  routerWrites: number;
  /** Longest and median time of a command, process start included. */
  commandMsMax: number;
  commandMsMedian: number;
  violations: string[];
}

/** @param until called with the rounds that every worker has done; the work stops when it returns true */
export async function workSideBySide(
  isOver: (rounds: number, elapsedMs: number) => boolean,
): Promise<SideBySide> {
  const folder = mkdtempSync(join(tmpdir(), 'pisonet-two-'));
  const simulator = await Simulator.start();
  const phones = populate(simulator, 1 + WORKERS * PHONES_EACH).slice(1);
  const shop = new BusyShop(folder, simulator, await freePort());
  const started = Date.now();
  try {
    await shop.start();
    await Promise.all(
      Array.from({ length: WORKERS }, async (_, worker) => {
        const own = phones.slice(worker * PHONES_EACH, (worker + 1) * PHONES_EACH);
        for (let round = 0; !isOver(round, Date.now() - started); round += 1) {
          await shop.round(own[round % own.length]!, round);
        }
      }),
    );
    await shop.rest();
    return shop.figures((Date.now() - started) / 1000);
  } finally {
    await shop.stop();
    await simulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

class BusyShop {
  private server: ChildProcess | undefined;
  private readonly log: string;
  private readonly violations: string[] = [];
  private readonly commandMs: number[] = [];
  private redemptions = 0;
  private vouchers = 0;
  private rounds = 0;

  constructor(
    private readonly folder: string,
    private readonly simulator: Simulator,
    private readonly port: number,
  ) {
    this.log = join(folder, 'server.log');
    writeFileSync(join(folder, 'profiles.json'), JSON.stringify(PLANS));
  }

  async start(): Promise<void> {
    const log = openSync(this.log, 'a');
    this.server = spawn(process.execPath, [...RUNNER, join(ROOT, 'src', 'main')], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const end = Date.now() + START_MS;
    while (!(await answers(`http://127.0.0.1:${this.port}/portal`))) {
      if (Date.now() > end || this.server.exitCode !== null) {
        throw new Error(`the server did not start:\n${readFileSync(this.log, 'utf8')}`);
      }
      await pause(100);
    }
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (!server || server.exitCode !== null) return;
    const ended = new Promise((done) => server.once('exit', done));
    server.kill('SIGTERM');
    await ended;
  }

  /** One voucher's life: made, redeemed, made slower, made faster, revoked. */
  async round(phone: SimulatedDevice, number: number): Promise<void> {
    const made = await this.json<{ vouchers: { code: string }[] }>(
      'vouchers generate --plan P5 --count 20 --json',
    );
    const code = made?.vouchers[0]?.code;
    if (!code) return;
    this.vouchers += made.vouchers.length;
    const status = await redeem(this.port, code, phone.address);
    if (status !== 303) {
      this.blame(`redeeming ${code} at ${phone.address} was answered with ${status}`);
      return;
    }
    this.redemptions += 1;
    const kilobits = 200 + (number % 50);
    await this.run(`bandwidth set ${phone.mac} --up ${kilobits}K --down ${kilobits * 2}K`);
    this.expectLimit(phone, kilobits * 1000);
    const report = await this.json<{ errors: number; skipped: number; messages: string[] }>(
      'reconcile --once --json',
    );
    this.rounds += 1;
    if (report && report.errors + report.skipped > 0) this.blame(report.messages.join('; '));
    await this.run(`bandwidth remove ${phone.mac}`);
    this.expectLimit(phone, 1_000_000);
    await this.run(`vouchers revoke ${code}`);
    if (this.simulator.active().some(({ mac }) => mac === phone.mac)) {
      this.blame(`${phone.mac} was still online after its voucher was revoked`);
    }
    this.look();
  }

  /** The final check: nothing is left to do, and every write was recorded exactly once. */
  async rest(): Promise<void> {
    const report = await this.json<{ writes: number }>('reconcile --once --json');
    if (report?.writes !== 0) this.blame(`a round at rest made ${report?.writes ?? 'no'} writes`);
    this.look();
    const noted = await this.notedWrites();
    if (noted !== this.routerWrites) {
      this.blame(`${this.routerWrites} writes on the router, ${noted} in the audit`);
    }
    const stored = await this.query<{ count: number }>('select count(*) as count from vouchers');
    if (stored !== this.vouchers) {
      this.blame(`${this.vouchers} vouchers were made, ${stored} are in the books`);
    }
    const lines = readFileSync(this.log, 'utf8').split('\n');
    const bad = lines.filter((line) => LOCK_WORDS.test(line) || / ERROR |"level":[56]0/.test(line));
    for (const line of bad.slice(0, 5)) this.blame(`the server's log: ${line}`);
  }

  figures(seconds: number): SideBySide {
    const sorted = this.commandMs.toSorted((a, b) => a - b);
    return {
      bench: 'two-processes',
      seconds: Math.round(seconds),
      commands: sorted.length,
      redemptions: this.redemptions,
      vouchers: this.vouchers,
      rounds: this.rounds,
      routerWrites: this.routerWrites,
      commandMsMax: sorted.at(-1) ?? 0,
      commandMsMedian: sorted[Math.floor(sorted.length / 2)] ?? 0,
      violations: this.violations,
    };
  }

  private routerWrites = 0;
  private readonly doubles = findDoubles();

  /** Reads the simulator's log of sentences before it drops the oldest. */
  private look(): void {
    const { writes } = this.simulator.log;
    this.simulator.log.clear();
    // Making sure a profile exists changes nobody's access, and is not in the audit.
    this.routerWrites += writes.filter(({ menu }) => menu !== '/ip/hotspot/user/profile').length;
    for (const double of this.doubles(writes)) this.blame(`written twice: ${double}`);
  }

  private async notedWrites(): Promise<number> {
    return this.query<{ count: number }>(
      `select count(*) as count from audit where who = 'loop' and what in
        ('user added', 'user changed', 'user removed', 'queue added', 'queue changed', 'queue removed',
         'queue moved up', 'logged in', 'logged out', 'cookie removed', 'host removed')`,
    );
  }

  private async query<T extends { count: number }>(sql: string): Promise<number> {
    const db = connectAsIs(join(this.folder, 'shop.db'));
    try {
      const [row] = await db.raw<T[]>(sql);
      return row!.count;
    } finally {
      await db.destroy();
    }
  }

  private expectLimit({ mac }: SimulatedDevice, up: number): void {
    const found = this.simulator.queueOf(mac)?.maxLimit.up;
    if (found !== up) this.blame(`${mac} should have ${up} bit/s up, the router has ${found}`);
  }

  private async json<T>(line: string): Promise<T | undefined> {
    const out = await this.run(line);
    return out === '' ? undefined : (JSON.parse(out) as T);
  }

  /** Runs a command in its own process. @returns what it printed; empty after a violation */
  private async run(line: string): Promise<string> {
    const began = Date.now();
    const words = [...RUNNER, join(ROOT, 'cli', 'main'), ...line.split(' ')];
    const child = spawn(process.execPath, words, { cwd: this.folder, env: this.env });
    let out = '';
    let err = '';
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
    const code = await new Promise<number | null>((done, failed) => {
      child.once('error', failed);
      child.once('close', done);
    });
    this.commandMs.push(Date.now() - began);
    if (code === 0 && err === '') return out;
    this.blame(`${line}: exit ${code}, ${err.trim()}`);
    return '';
  }

  private get env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      DATABASE_URL: 'sqlite:shop.db',
      MIKROTIK_HOST: '127.0.0.1',
      MIKROTIK_PORT: String(this.simulator.port),
      PORTAL_URL: `http://127.0.0.1:${this.port}`,
      PORT: String(this.port),
      HOST: '127.0.0.1',
      POLL_SECONDS: '1',
    };
  }

  private blame(what: string): void {
    if (this.violations.length < 50) this.violations.push(what);
  }
}

/** The portal's form, from the phone's own address. @returns the status of the answer */
function redeem(port: number, code: string, localAddress: string): Promise<number> {
  const body = new URLSearchParams({ code }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return new Promise((done, failed) => {
    const url = `http://127.0.0.1:${port}/portal/redeem`;
    const post = request(url, { method: 'POST', localAddress, headers }, (answer) => {
      answer.resume();
      done(answer.statusCode ?? 0);
    });
    post.once('error', failed);
    post.end(body);
  });
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(2_000) });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
  const ms = Number(values.minutes) * 60_000;
  if (!(ms > 0)) throw new Error(`--minutes ${values.minutes} is not a number above zero`);
  const figures = await workSideBySide((_round, elapsedMs) => elapsedMs >= ms);
  console.log(JSON.stringify(figures));
  if (figures.violations.length > 0) process.exitCode = 1;
}

if (require.main === module) void main();
