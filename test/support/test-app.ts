import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { parseCode } from '../../src/domain/vouchers/voucher-code';
import type { Clock, Timers } from '../../src/clock';
import { compose, type App } from '../../src/compose';
import type { Parts } from '../../src/compose-router';
import { loadConfig } from '../../src/config';
import type { Log } from '../../src/log';
import type { ControllerLoop } from '../../src/services/loop/controller-loop';
import type { Controller } from '../../src/services/loop/controller';
import type { ReconcileReport } from '../../src/services/loop/round/reconcile-report';
import {
  Simulator,
  type SimulatedDevice,
  type SimulatorOptions,
} from '../../src/simulator/simulator';
import type { ConnectionLimits } from '../../src/routeros/api/connection';
import { takeTestBooks, type TestBooks } from './test-books';
import { LineClock } from './line-clock';
import { ManualClock } from './manual-clock';
import { temporaryFolder } from './temporary-folder';

export interface TestAppOptions {
  simulator?: SimulatorOptions;
  env?: Record<string, string>;
  /** Entries of profiles.json; the plans a test uses. */
  profiles?: Record<string, unknown>[];
  /** The file that has the books where they outlast the program; on PostgreSQL only a name for them. */
  database?: string;
  /** Where Telegram is. */
  telegram?: string;
  /** Of the connection to the router, where the short ones of most tests do not fit. */
  limits?: ConnectionLimits;
  /** What the deadlines of that connection run on, and the simulated router beside it. */
  line?: Timers;
  /** Between two questions for pages; without, each page shows what is true at that moment. */
  pageQuestionMs?: number;
  /** How old what pages tell may be; without, they read what is in the books and on the router. */
  pageAgeMs?: number;
  /** Where passwords cost what they cost in a shop: a quarter of a second each. */
  realPasswords?: boolean;
  /** Where what is logged matters. */
  log?: Log;
  /** A command without a server, rather than the shop that opens. */
  isCommand?: boolean;
  /** Of customers, where five seconds are too long for a test. */
  slowRouter?: Parts['slowRouter'];
  neighbors?: Parts['neighbors'];
}

/** Limits short enough that a router that never answers does not hold a test up. */
const QUICK = {
  connectMs: 1_000,
  loginMs: 1_000,
  commandMs: 400,
  longMs: 400,
  inFlight: 24,
  queued: 50_000,
  queuedMs: 5_000,
};

/** A test signs in dozens of times, and keeps nobody's secret. */
const CHEAP = { N: 16, r: 1, p: 1 };

/** By what is in them: a folder for each shop would take longer to remove than the shop to close. */
const files = new Map<string, string>();
let folder: string | undefined;

function fileWith(profiles: string): string {
  folder ??= temporaryFolder();
  const file = files.get(profiles) ?? join(folder, `profiles-${files.size}.json`);
  if (!files.has(profiles)) writeFileSync(file, profiles);
  files.set(profiles, file);
  return file;
}

const PLAN = { price: '5', rate_up: '1M', rate_down: '2M', validity: '1h' };

/**
 * The product as it starts for real, on SQLite in memory or on PostgreSQL, against a simulated router on a
 * free TCP port, with a clock that stands still.
 */
export class TestApp {
  private nextDevice = 10;

  private constructor(
    readonly app: App,
    readonly simulator: Simulator,
    private readonly anyClock: Clock,
    private readonly ownsSimulator: boolean,
    private readonly books: TestBooks,
  ) {}

  static async start(options: TestAppOptions = {}): Promise<TestApp> {
    const clock = new ManualClock();
    const line = options.line ?? (options.limits ? undefined : new LineClock());
    const simulator = await Simulator.start({ clock, ...(line && { line }), ...options.simulator });
    return TestApp.beside(simulator, clock, { ...options, ...(line && { line }) }, true);
  }

  /** Another start of the product beside a router that is there already: after a crash, say. */
  static async beside(
    simulator: Simulator,
    clock: Clock,
    options: TestAppOptions = {},
    ownsSimulator = false,
  ): Promise<TestApp> {
    const profiles = (options.profiles ?? [{ name: 'P5' }]).map((entry) => ({ ...PLAN, ...entry }));
    const books = await takeTestBooks(options.database);
    const config = loadConfig({
      DATABASE_URL: books.url,
      PROFILES_FILE: fileWith(JSON.stringify(profiles)),
      MIKROTIK_HOST: '127.0.0.1',
      MIKROTIK_PORT: String(simulator.port),
      MIKROTIK_USERNAME: 'admin',
      PORT: '0',
      ...options.env,
    });
    const app = await compose(config, {
      clock,
      log: options.log ?? pino({ level: 'silent' }),
      ...(books.db && { db: books.db }),
      client: {
        limits: options.limits ?? QUICK,
        backOffMs: [0],
        ...(options.line && { clock: options.line }),
      },
      pageQuestionMs: options.pageQuestionMs ?? 0,
      pageAgeMs: options.pageAgeMs ?? 0,
      ...(options.realPasswords ? {} : { passwordCost: CHEAP }),
      ...(options.slowRouter && { slowRouter: options.slowRouter }),
      ...(options.neighbors && { neighbors: options.neighbors }),
      ...(options.telegram === undefined ? {} : { telegram: options.telegram }),
    });
    await books.hurry(app.db);
    if (!options.isCommand) app.clock.begin(await app.stores.routers.lastLook()); // as the server does
    return new TestApp(app, simulator, clock, ownsSimulator, books);
  }

  /** The clock that stands still; not there where a test brought a clock of its own. */
  get clock(): ManualClock {
    if (this.anyClock instanceof ManualClock) return this.anyClock;
    throw new Error('this test runs on another clock');
  }

  get controller(): Controller {
    return this.app.routerSide!.controller;
  }

  get loop(): ControllerLoop {
    return this.app.routerSide!.loop;
  }

  reconcile(confirm = false): Promise<ReconcileReport> {
    return this.controller.reconcile(confirm);
  }

  /** The line to the router breaks, and the program has seen it: its next question takes a new one. */
  async breakLine(): Promise<void> {
    const { down } = await this.app.routerSide!.client.connected();
    this.simulator.dropConnections('rst');
    await down;
  }

  /** A phone that joined the Wi-Fi and has no voucher yet. */
  phone(): SimulatedDevice {
    const n = this.nextDevice++;
    const hex = n.toString(16).toUpperCase().padStart(4, '0');
    return this.simulator.addDevice({
      mac: `02:00:00:00:${hex.slice(0, 2)}:${hex.slice(2)}`,
      address: `10.5.${50 + (n >> 8)}.${n & 255}`,
    });
  }

  async code(plan = 'P5', developer = false): Promise<string> {
    const { vouchers } = await this.app.services.batches.generate(
      { plan, count: 1, developer },
      'test',
    );
    return vouchers[0]!.code;
  }

  /** The customer types a code at the portal. */
  async redeem(phone: SimulatedDevice, code: string) {
    const host = await this.controller.whoIsAt(phone.address);
    if (!host) throw new Error(`${phone.address} is not in the host table`);
    return this.app.services.redemptions.redeem(parseCode(code), host);
  }

  /** A phone that is online under a fresh voucher. */
  async online(plan = 'P5'): Promise<{ phone: SimulatedDevice; code: string }> {
    const phone = this.phone();
    const code = await this.code(plan);
    await this.redeem(phone, code);
    return { phone, code };
  }

  voucher(code: string) {
    return this.app.services.vouchers.find(code);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.books.giveBack();
    if (this.ownsSimulator) await this.simulator.stop();
  }
}
