import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compose } from '../src/compose';
import { loadConfig } from '../src/config';
import { RouterStore, type RouterRecord } from '../src/store/router/router-store';
import { connectPostgres } from '../src/store/database/postgres';
import { Simulator, type SimulatedDevice } from '../src/simulator/simulator';
import { findDoubles } from './double-writes';

/** Several programs of the shop on one PostgreSQL, each a process of its own, and the simulated routers. */

const ROOT = resolve(__dirname, '..');
const START_MS = 120_000;
const CHECK_MS = 100;
const PLANS = [{ name: 'P5', price: '5', validity: '1d', rate_up: '1M', rate_down: '3M' }];

export interface FleetOptions {
  url: string;
  routers: number;
  devices: number;
  pollSeconds: number;
}

export interface Program {
  child: ChildProcess;
  pid: number;
  port: number;
  log: string;
}

export interface Phone {
  device: SimulatedDevice;
  simulator: Simulator;
  code: string;
  /** Which of the routers. */
  router: number;
}

export class Fleet {
  readonly programs: Program[] = [];
  readonly phones: Phone[] = [];
  /** Keys of the routers, for the customers' links; the first router has none. */
  readonly keys: (string | undefined)[] = [];
  private readonly doubles: ReturnType<typeof findDoubles>[];
  private readonly store: RouterStore;
  private readonly db: ReturnType<typeof connectPostgres>;
  /** What was written to the routers so far. */
  writes = 0;
  readonly violations: string[] = [];

  private constructor(
    private readonly folder: string,
    private readonly options: FleetOptions,
    readonly simulators: readonly Simulator[],
  ) {
    this.doubles = simulators.map(() => findDoubles());
    this.db = connectPostgres(options.url);
    this.store = new RouterStore(this.db);
  }

  /** The routers with their devices, and books with a voucher for each device; no program runs yet. */
  static async make(options: FleetOptions): Promise<Fleet> {
    const folder = mkdtempSync(join(tmpdir(), 'pisonet-fleet-'));
    writeFileSync(join(folder, 'profiles.json'), JSON.stringify(PLANS));
    const simulators: Simulator[] = [];
    for (let n = 0; n < options.routers; n += 1) {
      simulators.push(await Simulator.start({ serial: `ROUTER${n}`, password: 'secret' }));
    }
    const fleet = new Fleet(folder, options, simulators);
    await fleet.fillBooks();
    return fleet;
  }

  private async fillBooks(): Promise<void> {
    const { devices } = this.options;
    const config = loadConfig({
      ...this.env(0),
      PROFILES_FILE: join(this.folder, 'profiles.json'),
    });
    const app = await compose(config);
    try {
      const { addedRouters, batches } = app.services;
      for (const [n, { port }] of this.simulators.entries()) {
        if (n === 0) continue;
        const settings = {
          ...{ title: `Router ${n}`, site: `Site ${n}`, host: '127.0.0.1', port },
          ...{ tls: 'off' as const, username: 'admin', hotspotServer: null, wanInterface: null },
          ...{ uplinkHost: null, uplinkRate: null, pollSeconds: null, portalUrl: null },
        };
        await addedRouters.add(settings, 'secret', 'bench');
      }
      this.keys.push(undefined, ...(await addedRouters.list()).map(({ key }) => key));
      for (const [router, simulator] of this.simulators.entries()) {
        const { vouchers } = await batches.generate({ plan: 'P5', count: devices }, 'bench');
        simulator.run(['/ip/pool/set', '=numbers=hs-pool-1', '=ranges=127.0.0.1-127.250.255.253']);
        for (let n = 0; n < devices; n += 1) {
          const hex = [router, n >> 8, n & 255].map((part) => part.toString(16).padStart(2, '0'));
          const mac = `02:00:00:${hex.join(':')}`.toUpperCase();
          const address = `127.${10 + router}.${1 + (n >> 8)}.${n & 255}`;
          const device = simulator.addDevice({ mac, address });
          const { code } = vouchers[n]!;
          this.phones.push({ device, simulator, code, router });
        }
      }
    } finally {
      await app.close();
    }
  }

  /** Starts a program, and waits until its portal answers. */
  async start(): Promise<Program> {
    const port = await freePort();
    const file = join(this.folder, `program-${port}.log`);
    const out = openSync(file, 'a');
    const words = ['--max-semi-space-size=4', join(ROOT, 'src', 'main.js')];
    const child = spawn(process.execPath, words, {
      cwd: this.folder,
      env: this.env(port),
      stdio: ['ignore', out, out],
    });
    closeSync(out);
    const program = { child, pid: child.pid!, port, log: file };
    this.programs.push(program);
    await until(async () => {
      if (child.exitCode !== null) throw new Error(readFileSync(file, 'utf8'));
      return (await answerOf(port, '/portal', '127.0.0.1')) !== undefined;
    }, START_MS);
    return program;
  }

  /** As the books have them. */
  records(): Promise<RouterRecord[]> {
    return this.store.all();
  }

  /** Who has how many routers, by process number. */
  async held(): Promise<Map<number, number>> {
    const held = new Map<number, number>();
    for (const { lease } of await this.records()) {
      if (lease) held.set(lease.pid, (held.get(lease.pid) ?? 0) + 1);
    }
    return held;
  }

  /** Waits until each of these programs has a fair share. @returns how long that took, in ms */
  untilShared(programs: readonly Program[], withinMs: number): Promise<number> {
    const most = Math.ceil(this.simulators.length / programs.length);
    return until(async () => {
      const held = await this.held();
      const counts = programs.map(({ pid }) => held.get(pid) ?? 0);
      const sum = counts.reduce((total, count) => total + count, 0);
      return sum === this.simulators.length && Math.max(...counts) <= most;
    }, withinMs);
  }

  /** The routers that a program has. */
  async of({ pid }: Program): Promise<number[]> {
    const records = await this.records();
    return records.flatMap(({ id, lease }) => (lease?.pid === pid ? [id] : []));
  }

  /**
   * Waits until routers had a round since this time, by one of these programs.
   * @param ids all if not given
   * @returns how long that took, in ms
   */
  untilServed(
    since: Date,
    programs: readonly Program[],
    withinMs: number,
    ids?: readonly number[],
  ): Promise<number> {
    const pids = new Set(programs.map(({ pid }) => pid));
    return until(async () => {
      const records = (await this.records()).filter(({ id }) => ids?.includes(id) ?? true);
      return records.every(
        ({ observedAt, lease }) =>
          observedAt !== null && observedAt > since && lease !== null && pids.has(lease.pid),
      );
    }, withinMs);
  }

  /** The portal's form, from the phone's own address. @returns the status, and how long it took in ms */
  async redeem({ device, code, router }: Phone, port: number): Promise<Redemption> {
    const began = performance.now();
    const key = this.keys[router];
    const status = await answerOf(port, '/portal/redeem', device.address, { code }, key);
    return { status, ms: performance.now() - began };
  }

  /** Reads the logs of the routers: whether somebody wrote what was written already. */
  look(): void {
    for (const [n, { log }] of this.simulators.entries()) {
      const { writes } = log;
      log.clear();
      this.writes += writes.filter(({ menu }) => menu !== '/ip/hotspot/user/profile').length;
      for (const double of this.doubles[n]!(writes)) {
        this.violations.push(`written twice on router ${n}: ${double}`);
      }
    }
  }

  /** How many writes to routers are in the audit. */
  async noted(): Promise<number> {
    return this.count(
      `select count(*) as count from audit where who = 'loop' and what in
        ('user added', 'user changed', 'user removed', 'queue added', 'queue changed', 'queue removed',
         'queue moved up', 'logged in', 'logged out', 'cookie removed', 'host removed')`,
    );
  }

  /** A number from the books, called `count` there. */
  async count(sql: string): Promise<number> {
    const { rows } = await this.db.raw<{ rows: { count: number }[] }>(sql);
    return rows[0]!.count;
  }

  /** Every connection to the database ends, as when its server restarts. */
  async cutDatabase(): Promise<void> {
    await this.db.raw(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.programs.map(async ({ child }) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = new Promise((done) => child.once('exit', done));
        child.kill('SIGKILL');
        await ended;
      }),
    );
    await this.db.destroy();
    for (const simulator of this.simulators) await simulator.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private env(port: number): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      DATABASE_URL: this.options.url,
      SECRET_KEY: 'a key of these programs that is long enough',
      MIKROTIK_HOST: '127.0.0.1',
      MIKROTIK_PORT: String(this.simulators[0]!.port),
      MIKROTIK_PASSWORD: 'secret',
      PORT: String(port),
      HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      POLL_SECONDS: String(this.options.pollSeconds),
    };
  }
}

export interface Redemption {
  /** `undefined`: no answer. */
  status: number | undefined;
  ms: number;
}

/** @returns how long it took, in ms @throws Error when it does not become true in time */
export async function until(check: () => Promise<boolean>, withinMs: number): Promise<number> {
  const began = performance.now();
  while (!(await check())) {
    if (performance.now() - began > withinMs) throw new Error(`not within ${withinMs} ms`);
    await new Promise((done) => setTimeout(done, CHECK_MS));
  }
  return performance.now() - began;
}

function answerOf(
  port: number,
  path: string,
  localAddress: string,
  form?: Record<string, string>,
  key?: string,
): Promise<number | undefined> {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    ...(key === undefined ? {} : { cookie: `pisonet_router=${key}` }),
  };
  return new Promise((done) => {
    const url = `http://127.0.0.1:${port}${path}`;
    const method = form ? 'POST' : 'GET';
    const asked = request(url, { method, localAddress, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => done(answer.statusCode));
    });
    asked.once('error', () => done(undefined));
    asked.end(form && new URLSearchParams(form).toString());
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
