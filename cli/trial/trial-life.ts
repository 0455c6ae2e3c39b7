import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import pino from 'pino';
import type { Clock } from '../../src/clock';
import { compose, type App } from '../../src/compose';
import { loadConfig } from '../../src/config';
import { isHealthy } from '../../src/domain/doctor/doctor';
import { exceptOfVersion } from '../../src/domain/doctor/doctor-version';
import type { Mac } from '../../src/domain/units';
import { parseCode } from '../../src/domain/vouchers/voucher-code';
import { AppError } from '../../src/errors';
import type { ClientOptions } from '../../src/routeros/api/client';
import { saidShape } from '../../src/routeros/report/value-shape';
import type { TrialDevice } from '../../src/routeros/trial/trial-device';
import type { Workbench } from '../../src/routeros/trial/workbench';
import type { RouterSide } from '../../src/services/router/router-side';
import type { SetupReport } from '../../src/services/setup/router-setup';
import type { SetupTools } from '../../src/services/setup/setup-applier';
import { listen } from '../../src/web/http/listen';
import { routerPageRoutes } from '../../src/web/routes/portal/router-page-routes';
import type { TrialOrder } from './trial-order';
import { say } from '../../src/text';

/** A part of a shop's life, and whether it went as in a shop. */
export interface LifeStep {
  step: string;
  outcome: 'works' | 'fails' | 'not tried';
  note?: string;
}

export interface LifeTools {
  clock: Clock;
  tell: (doing: string) => void;
  stopping?: AbortSignal | undefined;
  /** How the router is called; tests are less patient. */
  client?: ClientOptions;
}

const PLAN = { name: 'TRIAL', price: '5', rate_up: '1M', rate_down: '2M', validity: '1h' };
const FULL = '1000000/2000000';
const SLOWER = { up: 256_000, down: 512_000 };
const BY = 'trial';
const SECOND_MS = 1_000;
const RESTART_SECONDS = 300;

/**
 * The life of a shop on a router as its wizard left it: set-up, a code, another speed, a restart, the end, and
 * undo. The books are a file that is thrown away.
 */
export class TrialLife {
  private readonly steps: LifeStep[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'pisonet-trial-'));
  private settings: Record<string, string>;
  private app: App | undefined;
  private server: Server | undefined;

  constructor(
    private readonly order: TrialOrder,
    private readonly password: string,
    private readonly bench: Workbench,
    private readonly device: TrialDevice | string,
    private readonly tools: LifeTools,
  ) {
    writeFileSync(join(this.folder, 'profiles.json'), JSON.stringify([PLAN]));
    this.settings = {
      DATABASE_URL: `sqlite:${join(this.folder, 'trial.db')}`,
      PROFILES_FILE: join(this.folder, 'profiles.json'),
      MIKROTIK_HOST: order.host,
      MIKROTIK_PORT: String(order.port),
      MIKROTIK_USE_SSL: order.tls,
      MIKROTIK_USERNAME: order.username,
      MIKROTIK_PASSWORD: password,
    };
  }

  /**
   * Whatever fails on the way, what the set-up did is undone.
   * @param ownAddress of this computer, where the router loads pages that it cannot be given
   */
  async live(ownAddress: string): Promise<LifeStep[]> {
    try {
      const port = await this.serve();
      this.settings.PORTAL_URL = `http://${ownAddress}:${port}`;
      this.settings.PORT = String(port);
      await this.open();
      try {
        await this.step('set-up', async () => done(await this.apply()));
        await this.shopDay();
      } finally {
        await this.step('undo', async () => done(await this.undo()), true);
      }
      return this.steps;
    } finally {
      await this.app?.close();
      this.server?.closeAllConnections();
      this.server?.close();
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  private async shopDay(): Promise<void> {
    if (!this.has('set-up')) return;
    await this.open(); // with the account that the set-up made
    await this.step('health check', () => this.examine());
    const code = await this.customer();
    await this.step('a round with nothing to do', () => this.quietRound());
    if (this.order.reboot) await this.step('restart', () => this.restart());
    else this.steps.push({ step: 'restart', outcome: 'not tried', note: 'without --reboot' });
    if (code !== undefined) await this.step('the end of a voucher', () => this.end(code));
    await this.step('set-up again', async () => {
      const again = await this.apply();
      if (again.done.length > 0) throw new AppError('It found something left to do');
      return done(again);
    });
  }

  /** @returns the code of the customer who is online */
  private async customer(): Promise<string | undefined> {
    const { device } = this;
    if (typeof device === 'string') {
      for (const step of ['a code', 'another speed', 'the end of a voucher']) {
        this.steps.push({ step, outcome: 'not tried', note: device });
      }
      return undefined;
    }
    const { vouchers } = await this.services.batches.generate({ plan: PLAN.name, count: 1 }, BY);
    const { code } = vouchers[0]!;
    await this.step('a code', async () => {
      const host = await this.side.controller.whoIsAt(device.toAddress);
      if (!host) throw new AppError('The device is not among the hosts any more');
      await this.services.redemptions.redeem(parseCode(code), host);
      return this.expectQueue(device, FULL);
    });
    await this.step('another speed', async () => {
      await this.services.devices.setLimit(device.mac as Mac, SLOWER, null, BY);
      await this.side.controller.reconcile();
      return this.expectQueue(device, `${SLOWER.up}/${SLOWER.down}`);
    });
    return code;
  }

  private async expectQueue({ mac }: TrialDevice, expected: string): Promise<string> {
    const queues = await this.bench.rows('/queue/simple', 'name,max-limit');
    const limit = queues.find(({ name }) => name === `pisonet-${mac}`)?.['max-limit'];
    if (limit !== expected) throw new AppError(say`Its queue has ${limit ?? 'no limit'}`);
    if (!(await this.isOnline(mac))) throw new AppError('It is not logged in');
    return `its queue has ${limit}`;
  }

  private async isOnline(mac: string): Promise<boolean> {
    const sessions = await this.bench.rows('/ip/hotspot/active', 'mac-address');
    return sessions.some((session) => session['mac-address'] === mac);
  }

  private async examine(): Promise<string> {
    const findings = await this.side.doctor.examine();
    const ids = findings.map(({ id, severity }) => `${id} (${severity})`).join(', ');
    if (!isHealthy(exceptOfVersion(findings))) throw new AppError(ids);
    return ids;
  }

  /** The second one in a row has nothing to write. */
  private async quietRound(): Promise<string> {
    await this.side.controller.reconcile();
    const { writes, errors } = await this.side.controller.reconcile();
    if (writes + errors > 0) throw new AppError(say`${writes} writes and ${errors} errors`);
    return 'no write';
  }

  private async restart(): Promise<string> {
    // It may be gone before it answers.
    await this.bench.write('/system/reboot').catch(onlyApp);
    const { clock } = this.tools;
    for (let second = 1; second <= RESTART_SECONDS; second += 1) {
      await clock.wait(SECOND_MS, this.tools.stopping);
      const isUp = await this.bench.rows('/system/resource', 'uptime').then(yes, onlyApp);
      if (!isUp) continue;
      await this.side.controller.reconcile().catch(onlyApp); // may find the line cut
      const { errors } = await this.side.controller.reconcile();
      if (errors > 0) throw new AppError(say`${errors} errors in the round after it`);
      return `back after ${second} seconds`;
    }
    throw new AppError(say`It was not back after ${RESTART_SECONDS} seconds`);
  }

  private async end(code: string): Promise<string> {
    const { mac } = this.device as TrialDevice;
    await this.services.vouchers.revoke(code, BY);
    await this.side.controller.reconcile();
    const queues = await this.bench.rows('/queue/simple', 'name');
    const isLeft = queues.some(({ name }) => name === `pisonet-${mac}`);
    if (isLeft || (await this.isOnline(mac))) throw new AppError('It is still there');
    return 'logged out, its queue is gone';
  }

  private apply(): Promise<SetupReport> {
    return this.side.setup.apply(this.request, this.setupTools, BY);
  }

  private async undo(): Promise<SetupReport> {
    await this.side.controller.reconcileAnywhere().catch(onlyApp); // gives the right to write back
    return this.side.setup.undo(this.request, this.setupTools, BY);
  }

  private get request() {
    const { username } = this.order;
    return { admin: { username, password: this.password }, portalUrl: this.settings.PORTAL_URL };
  }

  private get setupTools(): SetupTools {
    return {
      tell: () => undefined, // its words are for the owner of a shop
      save: (settings) => void Object.assign(this.settings, settings),
      checkSaving: () => undefined,
      masked: () => [],
      serve: () => Promise.resolve(() => Promise.resolve()), // all the time
    };
  }

  /** The books as the settings are now. */
  private async open(): Promise<void> {
    await this.app?.close();
    const { clock, client } = this.tools;
    const parts = { clock, log: pino({ level: 'silent' }), ...(client && { client }) };
    this.app = await compose(loadConfig(this.settings), parts);
    this.app.clock.begin(await this.app.stores.routers.lastLook());
  }

  /** Where the router fetches pages that it does not take over the API. @returns the port */
  private async serve(): Promise<number> {
    const handle: RequestListener = (request, response) => {
      const pages = express().disable('x-powered-by');
      pages.use('/portal/router-pages', routerPageRoutes(this.services.routerPages));
      pages(request, response);
    };
    this.server = createServer(handle);
    return listen(this.server, { port: 0, host: '0.0.0.0' });
  }

  private get services(): App['services'] {
    return this.app!.services;
  }

  private get side(): RouterSide {
    return this.app!.routerSide!;
  }

  private has(step: string): boolean {
    return this.steps.some((one) => one.step === step && one.outcome === 'works');
  }

  /** @param always also where somebody stopped the trial: it puts things right */
  private async step(step: string, work: () => Promise<string>, always = false): Promise<void> {
    if (this.tools.stopping?.aborted && !always) {
      this.steps.push({ step, outcome: 'not tried', note: 'the trial was stopped' });
      return;
    }
    this.tools.tell(`The life of a shop: ${step}`);
    try {
      this.steps.push({ step, outcome: 'works', note: await work() });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const { host, username } = this.order;
      this.steps.push({ step, outcome: 'fails', note: saidShape(error.message, [host, username]) });
    }
  }
}

/** @throws AppError where a step failed */
function done({ done: steps, failed, left }: SetupReport): string {
  if (failed) throw new AppError(say`${failed.step.id}: ${failed.reason}`);
  if (left.length > 0) throw new AppError(say`Left: ${left.map(({ id }) => id).join(', ')}`);
  return `${steps.length} steps`;
}

function yes(): true {
  return true;
}

/** @throws a bug */
function onlyApp(error: unknown): undefined {
  if (!(error instanceof AppError)) throw error;
}
