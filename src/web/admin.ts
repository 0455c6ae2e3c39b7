import express, { Router as createRoutes, type RequestHandler } from 'express';
import { NotFound } from '../errors';
import { accountRoutes } from './routes/staff/account-routes';
import { alertRoutes } from './routes/shop/alert-routes';
import { apiRoutes } from './routes/api-routes';
import { backTestRoutes } from './routes/back-test-routes';
import { OnlinePage } from './staff/online-page';
import { bandwidthRoutes } from './routes/bandwidth-routes';
import { deviceRoutes } from './routes/device-routes';
import { simulationRoutes } from './routes/simulation-routes';
import { speedRoutes } from './routes/speed-routes';
import { blockRoutes } from './routes/block-routes';
import { backupRoutes } from './routes/shop/backup-routes';
import { readBackup, restoreRoutes } from './routes/shop/restore-routes';
import { batchRoutes, readCodeList } from './routes/batch-routes';
import { dashboardRoutes } from './routes/shop/dashboard-routes';
import { coinBoxPages } from './routes/money/coin-box-pages';
import { drawerRoutes } from './routes/money/drawer-routes';
import { invoiceRoutes } from './routes/money/invoice-routes';
import { paymentRoutes } from './routes/money/payment-routes';
import { subscriberRoutes } from './routes/money/subscriber-routes';
import { noticeRoutes } from './routes/shop/notice-routes';
import { logRoutes } from './routes/shop/log-routes';
import { planRoutes } from './routes/plan-routes';
import { reportRoutes } from './routes/report-routes';
import { addedRouterRoutes } from './routes/shop/added-router-routes';
import { routerSetupRoutes } from './routes/shop/router-setup-routes';
import { searchRoutes } from './routes/search-routes';
import { routerRoutes } from './routes/shop/router-routes';
import { readUpload, settingsRoutes } from './routes/shop/settings-routes';
import { siteRoutes } from './routes/shop/site-routes';
import { setupUndoRoutes } from './routes/shop/setup-undo-routes';
import { signInRoutes } from './routes/staff/sign-in-routes';
import { staffRoutes } from './routes/staff/staff-routes';
import { usageRoutes } from './routes/usage-routes';
import { sellRoutes } from './routes/sell-routes';
import { voucherChangeRoutes } from './routes/voucher-change-routes';
import { voucherRoutes } from './routes/voucher-routes';
import { LiveStreams } from './http/live-streams';
import { refuseLongBodies } from './http/long-bodies';
import { staffErrorPage } from './staff/staff-error-page';
import { StaffPages } from './staff/staff-pages';
import { staffSessions } from './staff/staff-sessions';
import type { WebParts } from './http/web-parts';

/** The form of a plan, or of many devices at once. */
const FORM_BYTES = 1_000_000;

/** Every page below `/admin`, and who may use it. */
export function staffPages(parts: WebParts): StaffPages {
  const pages = new StaffPages(parts);
  const streams = new LiveStreams(parts.services.accounts, parts.clock, parts.log);
  parts.stopping?.addEventListener('abort', () => streams.endAll());
  const online = new OnlinePage(parts.services);
  signInRoutes(pages, parts, streams);
  accountRoutes(pages, parts, streams);
  dashboardRoutes(pages, parts, streams);
  bandwidthRoutes(pages, parts, streams, online);
  blockRoutes(pages, parts, online);
  speedRoutes(pages, parts);
  deviceRoutes(pages, parts, online);
  simulationRoutes(pages, parts);
  apiRoutes(pages, parts);
  voucherRoutes(pages, parts);
  voucherChangeRoutes(pages, parts);
  sellRoutes(pages, parts);
  batchRoutes(pages, parts);
  planRoutes(pages, parts);
  backTestRoutes(pages, parts);
  reportRoutes(pages, parts);
  drawerRoutes(pages, parts);
  coinBoxPages(pages, parts);
  subscriberRoutes(pages, parts);
  invoiceRoutes(pages, parts);
  paymentRoutes(pages, parts);
  usageRoutes(pages, parts);
  alertRoutes(pages, parts);
  noticeRoutes(pages, parts);
  routerRoutes(pages, parts);
  routerSetupRoutes(pages, parts);
  setupUndoRoutes(pages, parts);
  addedRouterRoutes(pages, parts);
  siteRoutes(pages, parts);
  staffRoutes(pages, parts);
  settingsRoutes(pages, parts);
  backupRoutes(pages, parts);
  restoreRoutes(pages, parts);
  logRoutes(pages, parts);
  searchRoutes(pages, parts);
  return pages;
}

/**
 * The admin as it is mounted, with its own form parser, since lists of codes are long.
 * @param line queue of requests of those who are not signed in
 */
export function admin(parts: WebParts, line: RequestHandler): RequestHandler {
  const routes = createRoutes();
  routes.use(staffSessions(parts));
  routes.use((req, res, next) => {
    if (req.session.staffId === undefined) line(req, res, next);
    else next();
  });
  routes.post('/batches/import', readCodeList);
  routes.use(refuseLongBodies(FORM_BYTES));
  routes.use(express.urlencoded({ extended: false, limit: FORM_BYTES, parameterLimit: 2_000 }));
  routes.use(express.json({ limit: '10kb' }));
  routes.post('/settings', readUpload);
  routes.post('/backups/restore', readBackup(parts));
  routes.use(staffPages(parts).handler());
  routes.use((_req, _res, next) => next(new NotFound('There is no such page')));
  routes.use(staffErrorPage(parts.log));
  return routes;
}
