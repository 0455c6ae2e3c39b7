import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../../src/routeros/api/connection';
import type { SetupReport } from '../../../src/services/setup/router-setup';
import type { RouterLogin, SetupTools } from '../../../src/services/setup/setup-applier';
import { Simulator, type SimulatorOptions } from '../../../src/simulator/simulator';
import { freePort } from '../peers/free-port';
import { ManualClock } from '../manual-clock';
import { ShopServer } from '../program/shop-server';
import { temporaryFolder } from '../temporary-folder';
import { TestApp } from '../test-app';

export const ADMIN: RouterLogin = { username: 'admin', password: 'owner' };

/**
 * A router as the hotspot wizard leaves it, and a shop beside it that can be started again on the same
 * books with what a set-up wrote into its settings.
 */
export class BareRouter {
  /** What the settings are now. */
  settings: Record<string, string>;
  server!: ShopServer;
  /** Tells what is being done, one line each. */
  readonly told: string[] = [];
  private readonly database = join(temporaryFolder(), 'shop.db');

  private constructor(
    readonly simulator: Simulator,
    readonly clock: ManualClock,
    private readonly port: string,
    private readonly profiles: Record<string, unknown>[] | undefined,
  ) {
    this.settings = {
      PORTAL_URL: `http://127.0.0.1:${port}`,
      MIKROTIK_USERNAME: ADMIN.username,
      MIKROTIK_PASSWORD: ADMIN.password,
    };
  }

  /** @param profiles the plans of the shop, as `profiles.json` has them */
  static async open(
    options: SimulatorOptions = {},
    profiles?: Record<string, unknown>[],
  ): Promise<BareRouter> {
    const clock = new ManualClock();
    const { password } = ADMIN;
    const simulator = await Simulator.start({ clock, bare: true, password, ...options });
    const router = new BareRouter(simulator, clock, await freePort(), profiles);
    await router.start();
    return router;
  }

  /** Ends the shop and starts it again. */
  async restart(): Promise<void> {
    await this.server.close();
    await this.start();
  }

  get portalUrl(): string {
    return this.settings.PORTAL_URL!;
  }

  get setup() {
    return this.server.shop.app.routerSide!.setup;
  }

  readonly tools: SetupTools = {
    tell: (doing) => void this.told.push(doing),
    save: (settings) => void Object.assign(this.settings, settings),
    checkSaving: () => undefined,
    masked: () => [],
    serve: () => Promise.resolve(() => Promise.resolve()),
  };

  /** Without the note that this version of RouterOS has holes, which no set-up mends. */
  async apply(admin?: RouterLogin): Promise<SetupReport> {
    const order = { admin, portalUrl: this.portalUrl };
    const report = await this.setup.apply(order, this.tools, 'test');
    const notes = report.notes.filter((note) => !note.includes('has known security holes'));
    return { ...report, notes };
  }

  undo(admin?: RouterLogin): Promise<SetupReport> {
    return this.setup.undo({ admin, portalUrl: this.portalUrl }, this.tools, 'test');
  }

  run(...words: string[]): void {
    this.simulator.run(words);
  }

  /** The router's configuration and files, as somebody would compare them. */
  contents() {
    const files = this.simulator.rows('/file');
    return {
      configuration: this.simulator.exported(),
      files: files.map(({ name, contents }) => ({ name, contents })),
    };
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.simulator.stop();
  }

  /** Another process of the same shop. */
  beside(): Promise<TestApp> {
    const { database, profiles } = this;
    const plans = profiles && { profiles };
    // The router loads pages from us, which takes its time on a busy machine.
    const limits = DEFAULT_LIMITS;
    const { simulator, clock, settings: env } = this;
    return TestApp.beside(simulator, clock, { database, env, limits, ...plans });
  }

  private async start(): Promise<void> {
    const shop = await this.beside();
    this.server = await ShopServer.of(shop, Number(this.port));
  }
}

export function idsOf(steps: readonly { id: string }[]): string[] {
  return steps.map(({ id }) => id);
}
