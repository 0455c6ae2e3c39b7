import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCode } from '../../../src/domain/vouchers/voucher-code';
import { compose, type App } from '../../../src/compose';
import { loadConfig } from '../../../src/config';
import type { Mac } from '../../../src/domain/units';
import { createLog } from '../../../src/log';
import { Simulator, type SimulatorOptions } from '../../../src/simulator/simulator';
import { emptyBooksAtHand } from '../empty-books';
import { built } from './built';
import { runHere, type Outcome } from './command-here';

export { freePort } from '../peers/free-port';

export const MAIN = built('cli/main.js');
const PLANS = [
  { name: 'P5', price: '5', validity: '1h', users: '1', rate_up: '1M', rate_down: '3M' },
  { name: 'Old', price: '5', rate_up: '1M', rate_down: '3M', status: 'inactive' },
];

let makeBooks: (file: string) => void;
beforeAll(async () => {
  makeBooks = await emptyBooksAtHand();
});

/** What a command is given beside its line. */
interface Given {
  env?: Record<string, string>;
  input?: string;
}

/** A shop's folder as commands find it: plans, a database file, and a router if wanted. */
export class CliShop {
  private nextDevice = 10;

  simulator: Simulator | undefined;

  private constructor(readonly folder: string) {}

  /** A shop with empty books: the first command would make them, which takes longer than the command. */
  static open(): CliShop {
    const shop = CliShop.withoutBooks();
    makeBooks(shop.path('shop.db'));
    return shop;
  }

  static withoutBooks(): CliShop {
    const folder = mkdtempSync(join(tmpdir(), 'pisonet-cli-'));
    writeFileSync(join(folder, 'profiles.json'), JSON.stringify(PLANS));
    return new CliShop(folder);
  }

  async addRouter(options: SimulatorOptions = {}): Promise<void> {
    this.simulator = await Simulator.start(options);
  }

  get env(): Record<string, string> {
    const router = this.simulator && {
      MIKROTIK_HOST: '127.0.0.1',
      MIKROTIK_PORT: String(this.simulator.port),
    };
    return { DATABASE_URL: 'sqlite:shop.db', ...router };
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Runs `pisonet` in the shop's folder. */
  run(line: string, { env = {}, input = '' }: Given = {}): Promise<Outcome> {
    return runHere(wordsOf(line), { folder: this.folder, env: this.envWith(env), input });
  }

  /**
   * The same as a process of its own: for what a process alone shows, like its end, and where the command
   * must not be taken for the test beside it.
   */
  runProcess(line: string, { env = {}, input = '' }: Given = {}): Promise<Outcome> {
    const child = spawn(process.execPath, [MAIN, ...wordsOf(line)], {
      cwd: this.folder,
      env: this.envWith(env),
    });
    const outcome: Outcome = { code: null, out: '', err: '' };
    child.stdout.on('data', (piece: Buffer) => (outcome.out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (outcome.err += piece.toString()));
    child.stdin.end(input);
    return new Promise((done, failed) => {
      child.on('error', failed);
      child.on('close', (code) => done({ ...outcome, code }));
    });
  }

  private envWith(env: Record<string, string>): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, ...this.env, ...env };
  }

  /** What a command that succeeds and complains of nothing prints with `--json`. */
  async json<T>(line: string): Promise<T> {
    const { code, out, err } = await this.run(`${line} --json`);
    if (code !== 0 || err !== '') throw new Error(`${line}: exit ${code}, ${err}`);
    return JSON.parse(out) as T;
  }

  /** The product beside the commands, on the same books. */
  async look<T>(work: (app: App) => Promise<T>): Promise<T> {
    const env = { ...this.env, DATABASE_URL: `sqlite:${this.path('shop.db')}` };
    const config = loadConfig({ ...env, PROFILES_FILE: this.path('profiles.json') });
    const app = await compose(config, { log: createLog('silent') });
    try {
      return await work(app);
    } finally {
      await app.close();
    }
  }

  /** Phones that are online under a fresh voucher each. */
  async online(count = 1): Promise<{ mac: Mac; code: string }[]> {
    return this.look(async ({ services, routerSide }) => {
      const order = { plan: 'P5', count };
      const { vouchers } = await services.batches.generate(order, 'test');
      const phones: { mac: Mac; code: string }[] = [];
      for (const { code } of vouchers) {
        const at = this.nextDevice++;
        const mac = `02:00:00:00:00:${at.toString(16).toUpperCase()}`.padEnd(17, '0');
        const { address } = this.simulator!.addDevice({ mac, address: `10.5.50.${at}` });
        const host = await routerSide!.controller.whoIsAt(address);
        await services.redemptions.redeem(parseCode(code), host!);
        phones.push({ mac: host!.mac, code });
      }
      await routerSide!.controller.reconcileAnywhere(); // gives the lease back
      return phones;
    });
  }

  async close(): Promise<void> {
    await this.simulator?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function wordsOf(line: string): string[] {
  return line === '' ? [] : line.split(' ');
}

/** One line of words for people, and nothing else. */
export function expectOneLine(text: string): void {
  expect(text).toMatch(/^[^\n]{10,}\n$/);
  expect(text).not.toMatch(/\n\s+at |Something went wrong/);
}
