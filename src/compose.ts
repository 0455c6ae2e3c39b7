import type { Knex } from 'knex';
import { systemClock, type Clock } from './clock';
import {
  databaseAddress,
  type Config,
  type DatabaseConfig,
  type RouterConfig,
  type SystemConfig,
} from './config';
import { createLog, RecentLog, type Log } from './log';
import { maskedSettings, routerIn, saveSettings } from './settings-file';
import { RouterClient, type ClientOptions } from './routeros/client';
import { ApiConnection, type RouterAddress } from './routeros/connection';
import { MikhmonUsers } from './routeros/mikhmon-users';
import { Router, type RouterIdentity } from './routeros/router';
import { RouterSurvey } from './routeros/router-survey';
import { AccountService } from './services/staff/account-service';
import type { PasswordCost } from './services/staff/passwords';
import { AlertService } from './services/notices/alert-service';
import { BackTests } from './services/history/back-test';
import { ControllerLoop } from './services/loop/controller-loop';
import { BooksWatch } from './services/notices/books-watch';
import { CustomerService } from './services/portal/customer-service';
import { DeviceBlocks } from './services/devices/device-blocks';
import { DeviceNames } from './services/devices/device-names';
import { DeviceService } from './services/devices/device-service';
import { Doctor } from './services/router/doctor';
import { ApplyNow } from './services/loop/apply-now';
import { GuessLimiter } from './services/portal/guess-limiter';
import { ImportService } from './services/imports/import-service';
import { LiveView } from './services/devices/live-view';
import { Controller } from './services/loop/controller';
import { ManyRouters } from './services/loop/many-routers';
import { noRouter, type LoopAccess } from './services/loop/no-router';
import { PlanSimulator } from './services/history/plan-simulator';
import { NightlyBackup } from './services/shop/nightly-backup';
import { FirstSteps } from './services/shop/first-steps';
import { Billing } from './services/billing/billing';
import { Subscribers } from './services/billing/subscribers';
import { MoneyBooks } from './services/money/money-books';
import { NoticeOverview } from './services/notices/notice-overview';
import { ClockWitness } from './services/shop/clock-witness';
import { NoticeDispatcher } from './services/notices/notice-dispatcher';
import { TELEGRAM } from './services/notices/notice-senders';
import { NoticeSettings } from './services/notices/notice-settings';
import { outwardPost } from './services/notices/outward-post';
import { OutageWatch } from './services/loop/time/outage-watch';
import { PlanService } from './services/shop/plan-service';
import { Metrics } from './services/metrics';
import { Readiness } from './services/readiness';
import { RedemptionService } from './services/portal/redemption-service';
import { RouterOverview } from './services/router/router-overview';
import { RouterReports } from './services/router/router-reports';
import { RouterConnection } from './services/setup/router-connection';
import { SetupRuns } from './services/setup/setup-runs';
import { RouterPages } from './services/setup/router-pages';
import { RouterSetup } from './services/setup/router-setup';
import type { RouterLogin } from './services/setup/setup-applier';
import { SpeedHistory } from './services/history/speed-history';
import { ThroughputSeries } from './services/devices/throughput';
import { UsageHistory } from './services/history/usage-history';
import { HistoryKeeper } from './services/history/history-keeper';
import { WaitingRoom } from './services/portal/waiting-room';
import { ShopWatch } from './services/loop/shop-watch';
import { ShopSettings } from './services/shop/shop-settings';
import { Batches } from './services/vouchers/batches';
import { Sales } from './services/vouchers/sales';
import { Vouchers } from './services/vouchers/vouchers';
import { WanMeter } from './services/devices/wan-meter';
import type { Services } from './services/services';
import { ROUTER_AWAY } from './domain/notices/event';
import { AppError } from './errors';
import { AddedRouters } from './services/router/added-routers';
import type { AddedRouter } from './store/router/added-router-store';
import { PasswordVault } from './store/router/password-vault';
import { portOf } from './domain/shop/web-address';
import { RouterShare } from './services/loop/sharing/router-share';
import { BooksNews } from './store/database/books-news';
import { BooksProbe } from './store/books-probe';
import { closeDatabase, openDatabase } from './store/database/database';
import { IncomeReports } from './store/vouchers/income-reports';
import { Reports } from './store/vouchers/reports';
import { SecretKey } from './store/database/secret-key';
import { SetupRecords } from './store/shop/setup-records';
import { StaffSessionStore } from './store/staff/staff-session-store';
import { Stores } from './store/stores';
import { UsageReports } from './store/usage/usage-reports';

/** The router's side of the product; `undefined` if no router is configured. */
export interface RouterSide {
  /** 0 is the router of the environment. */
  id: number;
  /** What people call a router that was added. */
  title?: string | undefined;
  /** In the link that its customers follow to the portal. */
  key?: string | undefined;
  client: RouterClient;
  router: Router;
  controller: Controller;
  /** The controller's rounds, one after another; for the long-running process. */
  loop: ControllerLoop;
  setup: RouterSetup;
}

export interface App {
  config: SystemConfig;
  clock: Clock;
  log: Log;
  db: Knex;
  stores: Stores;
  services: Services;
  /** The first router. */
  routerSide: RouterSide | undefined;
  /** All routers, the first one too. */
  routerSides: readonly RouterSide[];
  /** On a database that several programs can use. */
  share: RouterShare | undefined;
  /** Closes the router connection and the database; customers stay online. */
  close(): Promise<void>;
}

export interface Parts {
  clock?: Clock;
  log?: Log;
  /** Books that are already open, with all their tables: making them takes longer than most tests. */
  db?: Knex;
  client?: ClientOptions;
  /** Where Telegram is; tests have their own. */
  telegram?: string;
  /** The least time between two questions to the router for pages that grant nothing. */
  pageQuestionMs?: number;
  /** How old what a page tells may be, if it grants nothing; a round takes time too, so it is two by default. */
  pageAgeMs?: number;
  /** Tests that are not about passwords use a cheap one; no setting changes it. */
  passwordCost?: PasswordCost;
  /** Where settings are written that the admin changes; tests keep theirs to themselves. */
  saveSettings?: (settings: Record<string, string>) => void;
  /** How long a customer's browser waits for the router, and when the code's hold is renewed. */
  slowRouter?: { timeoutMs: number; renewMs: number };
}

/**
 * Builds every object once, in order. The server, the commands and the tests all start here.
 * @throws InvalidInput when the database or the plans' file cannot be used
 */
export async function compose(config: Config, parts: Parts = {}): Promise<App> {
  const clock = parts.clock ?? systemClock;
  const recentLog = new RecentLog();
  let timeZone = () => config.timeZone;
  const log = parts.log ?? createLog(config.logLevel, recentLog, () => timeZone());
  const db = parts.db ?? (await openDatabase(databaseAddress(config.database)));
  try {
    const stores = new Stores(db);
    const shop = new ShopSettings(stores, clock, {
      name: config.shopName,
      currency: config.currency,
      timeZone: config.timeZone,
    });
    await shop.refresh();
    timeZone = () => shop.get().timeZone;
    const present = shop.live;
    const plans = new PlanService(stores, clock, shop, config.uplinkRate);
    await plans.seed(config.profilesFile);
    const noticeSettings = new NoticeSettings(stores, config.notices, clock, log);
    const outside = {
      telegram: parts.telegram ?? TELEGRAM,
      post: outwardPost({ ownPorts: ownPorts(config), router: config.router }),
    };
    const witness = new ClockWitness(stores.rollup, clock);
    const notices = new NoticeDispatcher({
      ...{ stores, clock, log, outside, witness },
      settings: noticeSettings,
      shop: present,
    });
    const probe = new BooksProbe(stores, fileOf(config.database));
    const books = new BooksWatch(probe, stores, notices, clock, log);
    db.on('query-error', (error: unknown) => books.doubt(error));
    const metrics = new Metrics();
    const save = parts.saveSettings ?? saveSettings;
    const secretKey = new SecretKey({
      given: config.secretKey,
      databaseFile: fileOf(config.database),
      onNotKept: (reason) => log.warn({ reason }, 'the key of the sign-ins could not be saved'),
    });
    const vault = new PasswordVault(secretKey);
    const base = { stores, shop, noticeSettings, clock, log, metrics };
    const routerSide =
      config.router && (await composeRouter(config, config.router, base, parts, { id: 0 }));
    const routerSides = routerSide ? [routerSide] : [];
    for (const added of await stores.addedRouters.list()) {
      const settings = await settingsOf(added, vault, base);
      if (settings) routerSides.push(await composeRouter(config, settings, base, parts, added));
    }
    const loop = loopOf(routerSides);
    const router = routerSide?.router;
    const deviceNames = new DeviceNames(stores, clock);
    const devices = new DeviceService(stores, deviceNames, router, loop, clock, shop);
    const vouchers = new Vouchers(stores, loop, clock);
    const money = new MoneyBooks(stores, clock, present);
    const billing = new Billing(stores, clock, present);
    const usageReports = new UsageReports(db);
    const noticeOverview = new NoticeOverview(stores, noticeSettings, notices, clock);
    const pollMs = config.pollSeconds * 1000;
    const usageHistory = new UsageHistory(usageReports, clock, present, pollMs);
    const throughput = new ThroughputSeries(clock, pollMs);
    for (const { controller } of routerSides) {
      controller.status.onReconciled((used) => throughput.counted(used));
      controller.status.onRound((report, failure, ms) => metrics.round(report, failure, ms));
    }
    metrics.watch({
      routersUp: () => routerSides.filter(({ client }) => client.isConnected).length,
      routers: () => routerSides.length,
      vouchers: () => stores.vouchers.countByStatus(),
      usage: () => stores.usage.totals(),
      openAlerts: () => stores.journal.openAlerts(),
      notices: () => noticeOverview.channels(),
    });
    return {
      config,
      clock,
      log,
      db,
      stores,
      routerSide,
      routerSides,
      share: shareOf(config.database, stores, routerSides, { clock, log }),
      services: {
        accounts: new AccountService(stores, clock, parts.passwordCost),
        alerts: new AlertService(stores, clock, books),
        backTests: new BackTests(plans, usageReports, clock, present, config.keepUsage.hourlyDays),
        batches: new Batches(stores, clock, shop),
        backups: new NightlyBackup(
          fileOf(config.database),
          config.backups,
          stores,
          witness,
          clock,
          log,
          present,
        ),
        billing,
        books,
        blocks: new DeviceBlocks(stores, loop, clock),
        deviceNames,
        customers: new CustomerService(stores, loop, clock, shop),
        devices,
        doctor: routerSide && composeDoctor(config, config.router, routerSide, stores, clock, shop),
        applyNow: new ApplyNow(stores, loop, clock),
        firstSteps: new FirstSteps(
          stores,
          new SetupRecords(stores.settings),
          shop,
          noticeOverview,
          routerSide !== undefined,
        ),
        historyKeeper: new HistoryKeeper(stores, witness, clock, log, present, config.keepUsage, [
          (now) => billing.run(now),
          async (now) => {
            const closed = await money.closeDue(now);
            if (closed) log.info({ day: closed.day, head: closed.head }, 'the day was closed');
          },
        ]),
        imports: new ImportService(
          stores,
          routerSide && {
            router: routerSide.router,
            mikhmon: new MikhmonUsers(routerSide.client),
            name: `${config.router.host}:${config.router.port}`,
          },
          clock,
          present,
        ),
        income: new IncomeReports(db),
        loop,
        live: new LiveView(devices, throughput, usageHistory, clock),
        metrics,
        money,
        noticeOverview,
        notices,
        plans,
        planSimulator: new PlanSimulator(plans, clock, shop),
        readiness: new Readiness(stores, books, routerSide?.client, clock),
        recentLog,
        redemptions: new RedemptionService(
          stores,
          loop,
          new GuessLimiter(stores, clock),
          clock,
          parts.slowRouter?.renewMs,
          (outcome) => metrics.redeemed(outcome),
        ),
        waitingRoom: new WaitingRoom(clock, parts.slowRouter?.timeoutMs),
        reports: new Reports(db),
        addedRouters: new AddedRouters(stores, vault, clock, config.router),
        routerOverview: new RouterOverview(routerSide, config.router, clock),
        routerReports: new RouterReports(routerSide?.client, config.router, clock),
        routerConnection: new RouterConnection(
          config.router,
          { save, masked: maskedSettings, routerIn },
          (address) => identify(address, parts.client),
          stores.journal,
          clock,
        ),
        routerPages: new RouterPages(stores),
        setupRuns:
          routerSide &&
          new SetupRuns(
            routerSide.setup,
            // The pages a router loads are served by this very process.
            {
              save,
              checkSaving: () => save({}),
              masked: maskedSettings,
              serve: () => nothingToStop,
            },
            config.portalUrl,
            log,
          ),
        speeds: new SpeedHistory(stores),
        subscribers: new Subscribers(stores, billing, clock),
        shop,
        staffSessions: {
          store: () => new StaffSessionStore(db),
          secret: () => secretKey.derive('staff sessions'),
        },
        usageHistory,
        usageReports,
        sales: new Sales(stores, vouchers, clock),
        vouchers,
        wan: new WanMeter(routerSide?.client, config.router?.wanInterface, clock),
      },
      close: async () => {
        for (const { client } of routerSides) client.stop();
        await closeDatabase(db);
      },
    };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

function fileOf(database: DatabaseConfig): string | undefined {
  return database.kind === 'sqlite' ? database.file : undefined;
}

const nothingToStop = Promise.resolve(() => Promise.resolve());

/** Who answers at an address, by a connection of its own. */
async function identify(
  { host, port, username, password, tls }: RouterAddress,
  client?: ClientOptions,
): Promise<RouterIdentity> {
  const connection = await ApiConnection.open(
    { host, port, username, password, tls },
    client?.limits,
  );
  try {
    return await new Router(connection).identity();
  } finally {
    connection.close();
  }
}

function composeDoctor(
  config: Config,
  { host, port, username, hotspotServer }: RouterConfig,
  { router, client }: Pick<RouterSide, 'router' | 'client'>,
  stores: Stores,
  clock: Clock,
  shop: ShopSettings,
): Doctor {
  return new Doctor(router, new RouterSurvey(client), stores, clock, {
    ...{ address: `${host}:${port}`, username, hotspotServer, portalUrl: config.portalUrl },
    staffDoor: {
      ...{ port: (config.staff ?? config).port, host: (config.staff ?? config).host },
      ...{ isEncrypted: config.staff?.tls !== undefined, isShared: config.staff === undefined },
    },
    get name() {
      return shop.get().name;
    },
  });
}

/** The names this program is reached by; a proxy in front of it may have another. */
function ownPorts({ port, staff, portalUrl }: Config): number[] {
  const portal = portalUrl === undefined ? undefined : portOf(new URL(portalUrl));
  return [port, staff?.port, portal].filter((each) => each !== undefined);
}

interface RouterBase {
  stores: Stores;
  shop: ShopSettings;
  noticeSettings: NoticeSettings;
  clock: Clock;
  log: Log;
  metrics: Metrics;
}

function loopOf([first, ...others]: readonly RouterSide[]): LoopAccess {
  if (!first) return noRouter;
  const isAlone = others.length === 0 && first.id === 0;
  return isAlone ? first.controller : new ManyRouters([first, ...others]);
}

function shareOf(
  database: DatabaseConfig,
  { routers }: Stores,
  sides: readonly RouterSide[],
  { clock, log }: Pick<RouterBase, 'clock' | 'log'>,
): RouterShare | undefined {
  if (database.kind === 'sqlite') return undefined;
  const controllers = sides.map(({ controller }) => controller);
  return new RouterShare(routers, new BooksNews(database.url, clock, log), clock, log, controllers);
}

/** @returns `undefined` where the password cannot be read; staff are told, and the other routers go on */
async function settingsOf(
  added: AddedRouter,
  vault: PasswordVault,
  { stores, clock, log }: RouterBase,
): Promise<RouterConfig | undefined> {
  const { id, title, host, port, tls, username, hotspotServer, sealed } = added;
  const { journal } = stores.ofRouter({ id, name: title });
  try {
    const password = vault.open(added, sealed);
    return {
      ...{ host, port, tls, username, password },
      ...{ wanInterface: undefined, uplinkHost: undefined },
      hotspotServer: hotspotServer ?? undefined,
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    log.error({ router: title }, error.message);
    await journal.raise(ROUTER_AWAY, '', error.message, clock.now());
    return undefined;
  }
}

async function composeRouter(
  config: Config,
  router: RouterConfig,
  base: RouterBase,
  parts: Parts,
  { id, title, key }: { id: number; title?: string; key?: string },
): Promise<RouterSide> {
  const { shop, noticeSettings, clock, log, metrics } = base;
  const stores = base.stores.ofRouter({ id, name: title });
  const address = `${router.host}:${router.port}`;
  const record = await stores.routers.at(address);
  const { host, port, username, password, tls } = router;
  let wasUp = false;
  const client = new RouterClient(
    { host, port, username, password, tls },
    {
      ...parts.client,
      onAnswer: (command, ms, outcome) => metrics.routerAnswered(command, ms, outcome),
      knownCertificate: async () => (await stores.routers.at(address)).certificate ?? undefined,
      onUp: (connection) => {
        log.info({ router: address }, 'connected to the router');
        // It may have restarted, and then its own queues stand above ours until a round moves them.
        if (wasUp) controller.nudge();
        wasUp = true;
        const { fingerprint } = connection;
        if (!fingerprint) return;
        // Trust on first use: from now on this certificate, or none.
        stores.routers
          .pinCertificate(record.id, fingerprint)
          .catch((error: unknown) => log.error({ err: error }, 'the certificate was not kept'));
      },
    },
  );
  const pollMs = config.pollSeconds * 1000;
  const watch = new ShopWatch(stores, clock, log, router, id === 0);
  const outages = new OutageWatch(stores, noticeSettings, pollMs, clock);
  const controller = new Controller(
    { client, stores, clock, log, watch, outages, shop },
    {
      hotspotServer: router.hotspotServer,
      address,
      pollMs,
      uplinkRate: id === 0 ? config.uplinkRate : undefined,
      pageQuestionMs: parts.pageQuestionMs ?? 1_000,
      pageAgeMs: parts.pageAgeMs ?? 2 * pollMs,
    },
  );
  const loop = new ControllerLoop(controller, watch, clock, log, pollMs);
  const open = async (login?: RouterLogin) => {
    const { certificate } = await stores.routers.at(address);
    const fingerprint = certificate ?? undefined;
    const account = { username, password, ...login };
    const connection = await ApiConnection.open(
      { host, port, tls, fingerprint, ...account },
      parts.client?.limits,
    );
    if (!certificate && connection.fingerprint) {
      await stores.routers.pinCertificate(record.id, connection.fingerprint);
    }
    return connection;
  };
  const setup = new RouterSetup(
    new SetupRecords(stores.settings),
    stores.journal,
    new RouterPages(stores),
    clock,
    controller,
    {
      username,
      hasPassword: password !== '',
      hotspotServer: router.hotspotServer,
      uplinkHost: router.uplinkHost,
      get shopName() {
        return shop.get().name;
      },
      port: config.port,
    },
    open,
  );
  const calls = new Router(client, router.hotspotServer);
  return { id, title, key, client, router: calls, controller, loop, setup };
}
