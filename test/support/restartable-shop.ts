import { join } from 'node:path';
import type { ReconcileReport } from '../../src/services/loop/round/reconcile-report';
import { Simulator } from '../../src/simulator/simulator';
import { ManualClock } from './manual-clock';
import { temporaryFolder } from './temporary-folder';
import { TestApp, type TestAppOptions } from './test-app';

const POLL_MS = 10_000;

/** What became of the computer when the process on it ended. */
export type Computer = 'ran on' | 'restarted' | 'stopped cleanly';

/** A clock, a router and the file of the books: what stays while processes come and go. */
export class RestartableShop {
  private running: TestApp | undefined;

  private constructor(
    readonly clock: ManualClock,
    readonly simulator: Simulator,
    readonly database: string,
    private readonly options: TestAppOptions,
  ) {}

  /** @param options of every process that is started on it */
  static async begin(
    options: TestAppOptions = {},
    clock = new ManualClock(),
  ): Promise<RestartableShop> {
    const simulator = await Simulator.start({ clock, ...options.simulator });
    return new RestartableShop(clock, simulator, join(temporaryFolder(), 'books.db'), options);
  }

  /** Starts the product. @param env beside the one that every process has */
  async open(env: Record<string, string> = {}): Promise<TestApp> {
    this.running = await this.beside(env);
    return this.running;
  }

  /** Another process on the same books, closed by the test that asked for it. @param more of this one */
  beside(env: Record<string, string> = {}, more: TestAppOptions = {}): Promise<TestApp> {
    const { simulator, clock, database, options } = this;
    return TestApp.beside(simulator, clock, {
      ...options,
      ...more,
      database,
      env: { ...options.env, ...env },
    });
  }

  /** The process is gone; its lease is left as that computer leaves it. */
  async stop(computer: Computer = 'ran on'): Promise<void> {
    const { db } = this.running!.app;
    const { lease_host: host } = (await db('routers').first()) as { lease_host: string | null };
    const lease = {
      'ran on': { lease_until: '2000-01-01T00:00:00.000Z' },
      restarted: { lease_host: host && `${host.split(' ')[0]} x` },
      'stopped cleanly': { lease_holder: null, lease_host: null, lease_until: null },
    }[computer];
    await db('routers').update(lease);
    await this.running!.close();
  }

  /** The process is gone; another one starts on the same books. */
  async restart(env: Record<string, string> = {}, computer?: Computer): Promise<TestApp> {
    await this.stop(computer);
    return this.open(env);
  }

  /** Rounds of the loop, with time that passes before each. */
  async rounds(count: number, everyMs = POLL_MS): Promise<ReconcileReport[]> {
    const reports: ReconcileReport[] = [];
    for (let n = 0; n < count; n += 1) {
      this.clock.advance(everyMs);
      reports.push(await this.running!.reconcile());
    }
    return reports;
  }

  /** The interface that leads to the internet, on the router. */
  setWan(running: boolean): void {
    this.simulator.run([
      '/interface/set',
      '=numbers=ether1',
      `=disabled=${running ? 'no' : 'yes'}`,
    ]);
  }

  async close(): Promise<void> {
    await this.running?.close();
    await this.simulator.stop();
  }
}
