import type { Clock } from './clock';
import type { Knex } from 'knex';
import type { Config, DatabaseConfig } from './config';
import { ROUTER_AWAY } from './domain/notices/event';
import { portOf } from './domain/shop/web-address';
import { parseRates } from './domain/units';
import { AppError } from './errors';
import type { Log } from './log';
import { WordText } from './routeros/api/word-text';
import { RouterClient, type ClientOptions } from './routeros/api/client';
import { ApiConnection } from './routeros/api/connection';
import type { NeighborSearch } from './routeros/neighbors/neighbor-search';
import { Router } from './routeros/router';
import { RouterSurvey } from './routeros/router-survey';
import type { ThroughputSeries } from './services/devices/throughput';
import { Controller } from './services/loop/controller';
import { ControllerLoop } from './services/loop/controller-loop';
import type { HeldClock } from './services/loop/time/held-clock';
import type { RouterSides } from './services/loop/router-sides';
import { RouterShare } from './services/loop/sharing/router-share';
import { ShopWatch } from './services/loop/shop-watch';
import { OutageWatch } from './services/loop/time/outage-watch';
import type { Metrics, OwnRouter } from './services/metrics';
import type { NoticeSettings } from './services/notices/notice-settings';
import type { AddedRouters } from './services/router/added-routers';
import { Doctor } from './services/router/doctor';
import { RouterOverview } from './services/router/router-overview';
import { routerName, type RouterSettings, type RouterSide } from './services/router/router-side';
import { RouterPages } from './services/setup/router-pages';
import { RouterSetup } from './services/setup/router-setup';
import { reportAddress } from './report-address';
import { RouterTallies } from './services/loop/router/router-tallies';
import type { RouterLogin } from './services/setup/setup-applier';
import type { ShopSettings } from './services/shop/shop-settings';
import type { PasswordCost } from './services/staff/passwords';
import { BooksNews } from './store/database/books-news';
import type { AddedRouter } from './store/router/added-router-store';
import type { PasswordVault } from './store/router/password-vault';
import { SetupRecords } from './store/shop/setup-records';
import type { Stores } from './store/stores';

function composeDoctor(
  config: Config,
  { host, port, username, hotspotServer, portalUrl }: RouterSettings,
  { router, client, title }: Pick<RouterSide, 'router' | 'client' | 'title'>,
  linkKey: () => string | undefined,
  { stores, clock, shop }: RouterBase,
): Doctor {
  return new Doctor(router, new RouterSurvey(client), stores, clock, {
    ...{ address: `${host}:${port}`, username, hotspotServer, portalUrl },
    ...{ title, reportTo: reportAddress() },
    get key() {
      return linkKey();
    },
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
export function ownPorts({ port, staff, portalUrl }: Config): number[] {
  const portal = portalUrl === undefined ? undefined : portOf(new URL(portalUrl));
  return [port, staff?.port, portal].filter((each) => each !== undefined);
}

/** What all routers of a shop share. */
export interface RouterBase {
  stores: Stores;
  shop: ShopSettings;
  noticeSettings: NoticeSettings;
  clock: HeldClock;
  log: Log;
  metrics: Metrics;
  throughput: ThroughputSeries;
  /** Whether the shop has no more than one router. */
  isOnly: () => boolean;
}

/** @returns `undefined` where no router is named there */
export function settingsOfEnvironment(config: Config): RouterSettings | undefined {
  const { router, uplinkRate, portalUrl, pollSeconds } = config;
  return router && { ...router, uplinkRate, portalUrl, pollMs: pollSeconds * 1000 };
}

export function shareOf(
  database: DatabaseConfig,
  { routers }: Stores,
  sides: RouterSides<RouterSide>,
  { clock: { wall: clock }, log }: Pick<RouterBase, 'clock' | 'log'>,
): RouterShare | undefined {
  if (database.kind === 'sqlite') return undefined;
  const controllers = () => sides.all.map(({ controller }) => controller);
  return new RouterShare(routers, new BooksNews(database.url, clock, log), clock, log, controllers);
}

/** Those that this process is in charge of, or was not told yet that another is. */
export function ownRouters(sides: readonly RouterSide[]): OwnRouter[] {
  return sides.flatMap((side) => {
    const { last } = side.controller.status;
    if (typeof last === 'string') return [];
    const isUp = last !== undefined && last.failure === undefined;
    return [{ name: routerName(side), isUp, devices: isUp ? last.report.devices : undefined }];
  });
}

/** @returns `undefined` where the password cannot be read; staff are told, and the other routers go on */
export async function settingsOf(
  config: Config,
  added: AddedRouter,
  { vault, addedRouters }: { vault: PasswordVault; addedRouters: AddedRouters },
  { stores, clock, log }: RouterBase,
): Promise<RouterSettings | undefined> {
  const { id, title, host, port, tls, username, sealed } = added;
  const { journal } = stores.ofRouter({ id, name: title });
  try {
    const password = vault.open(added, sealed);
    return {
      ...{ host, port, tls, username, password },
      hotspotServer: added.hotspotServer ?? undefined,
      wanInterface: added.wanInterface ?? undefined,
      uplinkHost: added.uplinkHost ?? undefined,
      uplinkRate: added.uplinkRate === null ? undefined : parseRates(added.uplinkRate),
      pollMs: (added.pollSeconds ?? config.pollSeconds) * 1000,
      portalUrl: added.portalUrl ?? config.portalUrl,
      keeper: addedRouters.keeper(id),
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    log.error({ router: title }, error.message);
    await journal.raise(ROUTER_AWAY, '', error.message, clock.now());
    return undefined;
  }
}

export async function composeRouter(
  config: Config,
  router: RouterSettings,
  base: RouterBase,
  parts: Parts,
  { id, title, site, key }: Pick<RouterSide, 'id' | 'title' | 'site' | 'key'>,
): Promise<RouterSide> {
  const { shop, noticeSettings, clock, log, metrics } = base;
  const stores = base.stores.ofRouter({ id, name: title });
  const address = `${router.host}:${router.port}`;
  const record = await stores.routers.at(address);
  const { host, port, username, password, tls } = router;
  const text = new WordText(config.codePage);
  let wasUp = false;
  const tallies = new RouterTallies(stores, clock);
  const client = new RouterClient(
    { host, port, username, password, tls, text },
    {
      ...parts.client,
      onAnswer: (command, ms, outcome) => {
        metrics.routerAnswered(command, ms, outcome);
        tallies.answered(command, ms, outcome);
      },
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
  const { pollMs } = router;
  const watch = new ShopWatch(stores, clock, log, router, id);
  const outages = new OutageWatch(stores, noticeSettings, pollMs, clock);
  const controller = new Controller(
    { client, stores, clock, log, watch, outages, shop, tallies },
    {
      hotspotServer: router.hotspotServer,
      address,
      pollMs,
      uplinkRate: router.uplinkRate,
      pageQuestionMs: parts.pageQuestionMs ?? 1000,
      pageAgeMs: parts.pageAgeMs ?? 2 * pollMs,
    },
  );
  controller.status.onReconciled((used) => {
    base.throughput.counted(used);
    metrics.used(used);
  });
  const name = routerName({ title, site });
  controller.status.onRound((report, failure, ms) => metrics.round(name, report, failure, ms));
  const loop = new ControllerLoop(controller, watch, clock, log, pollMs);
  const open = async (login?: RouterLogin) => {
    const { certificate } = await stores.routers.at(address);
    const fingerprint = certificate ?? undefined;
    const account = { username, password, ...login };
    const connection = await ApiConnection.open(
      { host, port, tls, text, fingerprint, ...account },
      parts.client?.limits,
      parts.client?.clock,
    );
    if (!certificate && connection.fingerprint) {
      await stores.routers.pinCertificate(record.id, connection.fingerprint);
    }
    return connection;
  };
  const linkKey = () => (id === 0 && base.isOnly() ? undefined : key);
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
      get key() {
        return linkKey();
      },
      keeper: router.keeper,
    },
    open,
  );
  const calls = new Router(client, router.hotspotServer);
  const named = { id, title, site, key, client, router: calls };
  return {
    ...{ ...named, controller, loop, setup, settings: router },
    doctor: composeDoctor(config, router, named, linkKey, base),
    overview: new RouterOverview(named, { ...router, isAdded: id !== 0 }, clock),
  };
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
  /** Looks for routers elsewhere than on the networks of this computer. */
  neighbors?: NeighborSearch;
}
