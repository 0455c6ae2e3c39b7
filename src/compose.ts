import type { Knex } from 'knex';
import { systemClock } from './clock';
import { databaseAddress, type Config, type DatabaseConfig, type SystemConfig } from './config';
import { createLog, RecentLog, type Log } from './log';
import { maskedSettings, routerIn, saveSettings } from './settings-file';
import { type ClientOptions } from './routeros/api/client';
import { ApiConnection } from './routeros/api/connection';
import type { RouterAddress } from './routeros/api/dial';
import { NeighborSearch } from './routeros/neighbors/neighbor-search';
import { MikhmonUsers } from './routeros/mikhmon-users';
import { Router, type RouterIdentity } from './routeros/router';
import { AccountService } from './services/staff/account-service';
import { KeptAnswers } from './services/staff/kept-answers';
import { Tokens } from './services/staff/tokens';
import { AlertService } from './services/notices/alert-service';
import { BackTests } from './services/history/back-test';
import { BooksWatch } from './services/notices/books-watch';
import { SelfService } from './services/billing/self-service';
import { GatewayClient } from './services/billing/gateway-client';
import { GatewaySecrets } from './services/billing/gateway-secrets';
import { PaymentPages } from './services/billing/payment-pages';
import { PaymentSources } from './services/billing/payment-sources';
import { PayOrders } from './services/billing/pay-orders';
import { CustomerService } from './services/portal/customer-service';
import { SharingService } from './services/portal/sharing-service';
import { DeviceBlocks } from './services/devices/device-blocks';
import { DeviceNames } from './services/devices/device-names';
import { DeviceService } from './services/devices/device-service';
import { ApplyNow } from './services/loop/apply-now';
import { GuessLimiter } from './services/portal/guess-limiter';
import { ImportService } from './services/imports/import-service';
import { LiveView } from './services/devices/live-view';
import { OwnDevices } from './services/devices/own-devices';
import { ManyRouters } from './services/loop/many-routers';
import { RouterSides } from './services/loop/router-sides';
import { PlanSimulator } from './services/history/plan-simulator';
import { BooksKeeper } from './services/shop/books-keeper';
import { NightlyBackup } from './services/shop/nightly-backup';
import { FirstSteps } from './services/shop/first-steps';
import { Billing } from './services/billing/billing';
import { Subscribers } from './services/billing/subscribers';
import { Drawers } from './services/money/drawers';
import { SlipCustodies } from './services/money/slip-custodies';
import { MoneyBooks } from './services/money/money-books';
import { ExternalFields } from './services/shop/external-fields';
import { DirectNotices } from './services/notices/direct-notices';
import { RecordedUsage } from './services/history/recorded-usage';
import { Webhooks } from './services/notices/webhooks';
import { NoticeOverview } from './services/notices/notice-overview';
import { HeldClock } from './services/loop/time/held-clock';
import { ClockWitness } from './services/shop/clock-witness';
import { NoticeDispatcher } from './services/notices/notice-dispatcher';
import { TELEGRAM } from './services/notices/notice-senders';
import { NoticeSettings } from './services/notices/notice-settings';
import { outwardPost } from './services/notices/outward-post';
import { PlanService } from './services/shop/plan-service';
import { Metrics } from './services/metrics';
import { Readiness } from './services/readiness';
import { RedemptionService } from './services/portal/redemption-service';
import { RouterOverview } from './services/router/router-overview';
import { RouterReports } from './services/router/router-reports';
import { FIRST_KEY, type RouterSide } from './services/router/router-side';
import { PortalAddress } from './services/setup/portal-address';
import { RouterConnection } from './services/setup/router-connection';
import { SetupRuns } from './services/setup/setup-runs';
import { SetupUndoRun } from './services/setup/setup-undo-run';
import { RouterPages } from './services/setup/router-pages';
import { SpeedHistory } from './services/history/speed-history';
import { ThroughputSeries } from './services/devices/throughput';
import { UsageHistory } from './services/history/usage-history';
import { HistoryKeeper } from './services/history/history-keeper';
import { WaitingRoom } from './services/portal/waiting-room';
import { ShopSettings } from './services/shop/shop-settings';
import { Sites } from './services/shop/sites';
import { Batches } from './services/vouchers/batches';
import { Slips } from './services/vouchers/slips';
import { Sales } from './services/vouchers/sales';
import { Vouchers } from './services/vouchers/vouchers';
import { WanMeter } from './services/devices/wan-meter';
import type { Services } from './services/services';
import { AddedRouters } from './services/router/added-routers';
import { HealthWatch } from './services/router/health-watch';
import { PasswordVault } from './store/router/password-vault';
import type { RouterShare } from './services/loop/sharing/router-share';
import { BooksProbe } from './store/books-probe';
import { closeDatabase, openDatabase } from './store/database/database';
import { IncomeReports } from './store/vouchers/income-reports';
import { Reports } from './store/vouchers/reports';
import { VoucherSearches } from './store/vouchers/voucher-search';
import { SecretKey } from './store/database/secret-key';
import { SetupRecords } from './store/shop/setup-records';
import { StaffSessionStore } from './store/staff/staff-session-store';
import { joining } from './store/database/together';
import { Stores } from './store/stores';
import { UsageReports } from './store/usage/usage-reports';
import { composeCoins } from './compose-coins';
import type { RouterBase } from './compose-router';
import {
  ownPorts,
  ownRouters,
  settingsOfEnvironment,
  composeRouter,
  settingsOf,
  shareOf,
  type Parts,
} from './compose-router';

export interface App {
  config: SystemConfig;
  clock: HeldClock;
  log: Log;
  db: Knex;
  stores: Stores;
  services: Services;
  /** The first router. */
  routerSide: RouterSide | undefined;
  /** All routers, the first one too, as they are at any time. */
  routerSides: readonly RouterSide[];
  /** The same while they run, and how changes in the books are taken up. */
  routers: RouterSides<RouterSide>;
  /** On a database that several programs can use. */
  share: RouterShare | undefined;
  /** Closes the router connection and the database; customers stay online. */
  close(): Promise<void>;
}

/**
 * Builds every object once, in order. The server, the commands and the tests all start here.
 * @throws InvalidInput when the database or the plans' file cannot be used
 */
export async function compose(config: Config, parts: Parts = {}): Promise<App> {
  const clock = new HeldClock(parts.clock ?? systemClock);
  const recentLog = new RecentLog();
  let timeZone = () => config.timeZone;
  const log = parts.log ?? createLog(config.logLevel, recentLog, () => timeZone());
  const books =
    parts.db ?? (await openDatabase(databaseAddress(config.database), config.backups?.folder));
  const db = joining(books);
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
    const booksKeeper = new BooksKeeper(db, stores, fileOf(config.database), clock, log);
    await booksKeeper.begin();
    const noticeSettings = new NoticeSettings(stores, config.notices, clock, log);
    const outside = {
      telegram: parts.telegram ?? TELEGRAM,
      post: outwardPost({ ownPorts: ownPorts(config), router: config.router }),
    };
    const witness = new ClockWitness(stores.rollup, clock);
    const secretKey = new SecretKey({
      given: config.secretKey,
      databaseFile: fileOf(config.database),
      onNotKept: (reason) => log.warn({ reason }, 'the key of the sign-ins could not be saved'),
    });
    const webhooks = new Webhooks(stores, secretKey, clock.wall, present, outside);
    const notices = new NoticeDispatcher({
      ...{ stores, clock, log, outside, witness, webhooks },
      settings: noticeSettings,
      shop: present,
    });
    const probe = new BooksProbe(stores, fileOf(config.database));
    const direct = new DirectNotices({
      ...{ clock, log, outside, shop: present },
      rules: () => notices.knownRules(),
    });
    const books = new BooksWatch(probe, stores, direct, clock, log);
    db.on('query-error', (error: unknown) => books.doubt(error));
    const alerts = new AlertService(stores, clock, books);
    const metrics = new Metrics();
    const save = parts.saveSettings ?? saveSettings;
    const keeper = { save, checkSaving: () => save({}), masked: maskedSettings };
    const vault = new PasswordVault(secretKey);
    const throughput = new ThroughputSeries(clock, config.pollSeconds * 1000);
    const base: RouterBase = {
      stores,
      shop,
      noticeSettings,
      clock,
      log,
      metrics,
      throughput,
      isOnly: () => routers.all.length < 2,
    };
    const addedRouters = new AddedRouters(stores, vault, clock, config.router);
    const ofEnvironment = settingsOfEnvironment(config);
    const routerSide: RouterSide | undefined =
      ofEnvironment &&
      (await composeRouter(config, ofEnvironment, base, parts, { id: 0, key: FIRST_KEY }));
    const routers: RouterSides<RouterSide> = new RouterSides(
      routerSide,
      {
        revisions: () => stores.addedRouters.revisions(),
        open: async (ids) => {
          const all = (await addedRouters.list()).filter(({ id }) => ids.includes(id));
          const keeping = { vault, addedRouters };
          const usable = await Promise.all(
            all.map(async (added) => {
              const settings = await settingsOf(config, added, keeping, base);
              return settings && composeRouter(config, settings, base, parts, added);
            }),
          );
          const opened = usable.filter((side) => side !== undefined);
          for (const { controller } of opened) share?.join(controller);
          return opened;
        },
      },
      clock,
      log,
    );
    const share = shareOf(config.database, stores, routers, { clock, log });
    addedRouters.onChange(() => routers.refresh());
    await routers.refresh();
    const routerSides = routers.all;
    const loop = new ManyRouters(routerSides);
    const deviceNames = new DeviceNames(stores, clock);
    const sites = new Sites(stores, clock);
    const devices = new DeviceService(stores, deviceNames, routerSides, loop, clock, shop);
    const vouchers = new Vouchers(stores, loop, clock);
    const money = new MoneyBooks(stores, clock, present);
    const billing = new Billing(stores, clock, present, loop);
    const usageReports = new UsageReports(db);
    const noticeOverview = new NoticeOverview(stores, noticeSettings, notices, clock);
    const pollMs = config.pollSeconds * 1000;
    const usageHistory = new UsageHistory(usageReports, clock, present, pollMs);
    metrics.watch({
      routers: () => routerSides.length,
      ownRouters: () => ownRouters(routerSides),
      vouchers: () => stores.vouchers.countByStatus(),
      openAlerts: () => alerts.open(),
      notices: () => noticeOverview.channels(),
    });
    const subscribers = new Subscribers(stores, billing, clock);
    const batches = new Batches(stores, clock, shop);
    const gatewaySecrets = new GatewaySecrets(secretKey);
    const paymentPages = new PaymentPages(stores, gatewaySecrets, new GatewayClient(), clock);
    const payOrders = new PayOrders(stores, paymentPages, billing, plans, batches, clock);
    const customers = new CustomerService(stores, loop, clock, shop);
    const setups = new SetupRecords(stores.settings);
    const isOpen = async () => (await setups.any()) || (await stores.vouchers.any());
    const drawers = new Drawers(stores, clock, present);
    const coins = composeCoins({
      ...{ stores, clock, secrets: secretKey, routers: routerSides, books, batches, drawers },
      currency: () => shop.get().currency,
    });
    return {
      config,
      clock,
      log,
      db,
      stores,
      routerSide,
      routerSides,
      routers,
      share,
      services: {
        tokens: new Tokens(stores, clock, present),
        accounts: new AccountService(stores, clock.wall, parts.passwordCost),
        alerts,
        backTests: new BackTests(plans, usageReports, clock, present, config.keepUsage.hourlyDays),
        batches,
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
        webhooks,
        recordedUsage: new RecordedUsage(stores, loop, clock.wall),
        paymentSources: new PaymentSources(stores, billing, payOrders, gatewaySecrets, clock.wall),
        payOrders,
        books,
        booksKeeper,
        blocks: new DeviceBlocks(stores, loop, clock),
        deviceNames,
        customers,
        sharing: new SharingService(stores, loop, customers, batches, clock),
        devices,
        drawers,
        ...coins,
        slipCustodies: new SlipCustodies(stores, clock),
        doctor: routerSide?.doctor,
        applyNow: new ApplyNow(stores, loop, clock),
        firstSteps: new FirstSteps(stores, setups, shop, noticeOverview, routerSide !== undefined),
        healthWatch: new HealthWatch(() => routerSides, isOpen, clock, log),
        historyKeeper: new HistoryKeeper(stores, witness, clock, log, present, config.keepUsage, [
          (now) => billing.run(now),
          (now) => payOrders.forgetUnpaid(now),
          (now) => coins.coinBoxes.tellSilent(now),
          async (now) => {
            const closed = await money.closeDue(now);
            if (closed) log.info({ day: closed.day, head: closed.head }, 'the day was closed');
          },
        ]),
        externalFields: new ExternalFields(stores, clock),
        keptAnswers: new KeptAnswers(stores, clock),
        imports: new ImportService(
          stores,
          routerSide && {
            router: routerSide.router,
            mikhmon: new MikhmonUsers(routerSide.client),
            name: `${routerSide.settings.host}:${routerSide.settings.port}`,
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
        readiness: new Readiness(stores, books, routerSides, clock),
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
        voucherSearches: new VoucherSearches(db),
        slips: new Slips(stores, shop, config.portalUrl),
        addedRouters,
        routerOverview: routerSide?.overview ?? new RouterOverview(undefined, undefined, clock),
        routers,
        routerReports: new RouterReports(clock, stores),
        portalAddress: new PortalAddress(
          config.portalUrl,
          config.port,
          keeper,
          stores.journal,
          clock,
        ),
        routerConnection: new RouterConnection(
          config.router,
          { save, masked: maskedSettings, routerIn },
          (address) => identify(address, parts.client),
          stores.journal,
          clock,
        ),
        neighbors: parts.neighbors ?? new NeighborSearch(clock),
        routerPages: new RouterPages(stores),
        setupRuns:
          routerSide &&
          new SetupRuns(
            routerSide.setup,
            // The pages a router loads are served by this very process.
            { ...keeper, serve: () => nothingToStop },
            config.portalUrl,
            log,
            clock,
          ),
        setupUndo: new SetupUndoRun(
          routerSide?.setup,
          stores.settings,
          keeper,
          async () => {
            const again = await compose(config, parts);
            const { routerSide: side, stores: books } = again;
            return { setup: side?.setup, settings: books.settings, close: () => again.close() };
          },
          config.portalUrl,
          clock,
          log,
        ),
        speeds: new SpeedHistory(stores, sites),
        subscribers,
        selfService: new SelfService(stores, subscribers, billing, plans, secretKey, clock),
        shop,
        sites,
        ownDevices: new OwnDevices(stores, sites),
        staffSessions: {
          store: () => new StaffSessionStore(db),
          secret: () => secretKey.derive('staff sessions'),
        },
        portalSecret: () => secretKey.derive('codes typed at the portal'),
        usageHistory,
        usageReports,
        sales: new Sales(stores, vouchers, clock),
        vouchers,
        wan: new WanMeter(routerSide?.client, config.router?.wanInterface, clock),
      },
      close: async () => {
        routers.stop();
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
    client?.clock,
  );
  try {
    return await new Router(connection).identity();
  } finally {
    connection.close();
  }
}
