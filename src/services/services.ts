import type { AddedRouters } from './router/added-routers';
import type { RecentLog } from '../log';
import type { StaffSessionStore } from '../store/staff/staff-session-store';
import type { UsageReports } from '../store/usage/usage-reports';
import type { IncomeReports } from '../store/vouchers/income-reports';
import type { Reports } from '../store/vouchers/reports';
import type { VoucherSearches } from '../store/vouchers/voucher-search';
import type { DeviceBlocks } from './devices/device-blocks';
import type { DeviceNames } from './devices/device-names';
import type { DeviceService } from './devices/device-service';
import type { LiveView } from './devices/live-view';
import type { WanMeter } from './devices/wan-meter';
import type { BackTests } from './history/back-test';
import type { HistoryKeeper } from './history/history-keeper';
import type { PlanSimulator } from './history/plan-simulator';
import type { SpeedHistory } from './history/speed-history';
import type { UsageHistory } from './history/usage-history';
import type { ImportService } from './imports/import-service';
import type { ApplyNow } from './loop/apply-now';
import type { LoopAccess } from './loop/no-router';
import type { Metrics } from './metrics';
import type { Billing } from './billing/billing';
import type { Subscribers } from './billing/subscribers';
import type { Drawers } from './money/drawers';
import type { MoneyBooks } from './money/money-books';
import type { AlertService } from './notices/alert-service';
import type { BooksWatch } from './notices/books-watch';
import type { NoticeDispatcher } from './notices/notice-dispatcher';
import type { NoticeOverview } from './notices/notice-overview';
import type { CustomerService } from './portal/customer-service';
import type { Redeemed, RedemptionService } from './portal/redemption-service';
import type { WaitingRoom } from './portal/waiting-room';
import type { Readiness } from './readiness';
import type { Doctor } from './router/doctor';
import type { RouterOverview } from './router/router-overview';
import type { RouterReports } from './router/router-reports';
import type { RouterSide } from './router/router-side';
import type { RouterConnection } from './setup/router-connection';
import type { RouterPages } from './setup/router-pages';
import type { NightlyBackup } from './shop/nightly-backup';
import type { SetupRuns } from './setup/setup-runs';
import type { FirstSteps } from './shop/first-steps';
import type { PlanService } from './shop/plan-service';
import type { ShopSettings } from './shop/shop-settings';
import type { AccountService } from './staff/account-service';
import type { Batches } from './vouchers/batches';
import type { Slips } from './vouchers/slips';
import type { Sales } from './vouchers/sales';
import type { Vouchers } from './vouchers/vouchers';

/** Everything the pages and the commands can ask the product to do; `compose` builds each once. */
export interface Services {
  addedRouters: AddedRouters;
  accounts: AccountService;
  alerts: AlertService;
  backTests: BackTests;
  batches: Batches;
  billing: Billing;
  blocks: DeviceBlocks;
  backups: NightlyBackup;
  books: BooksWatch;
  customers: CustomerService;
  deviceNames: DeviceNames;
  devices: DeviceService;
  /** `undefined` if no router is configured. */
  doctor: Doctor | undefined;
  drawers: Drawers;
  applyNow: ApplyNow;
  firstSteps: FirstSteps;
  historyKeeper: HistoryKeeper;
  imports: ImportService;
  income: IncomeReports;
  live: LiveView;
  loop: LoopAccess;
  metrics: Metrics;
  money: MoneyBooks;
  noticeOverview: NoticeOverview;
  notices: NoticeDispatcher;
  plans: PlanService;
  planSimulator: PlanSimulator;
  /** What this process logged last. */
  readiness: Readiness;
  recentLog: RecentLog;
  redemptions: RedemptionService;
  /** For customers whose code the router takes long to let in. */
  waitingRoom: WaitingRoom<Redeemed>;
  reports: Reports;
  voucherSearches: VoucherSearches;
  slips: Slips;
  routerOverview: RouterOverview;
  routerReports: RouterReports;
  /** All of them, the first one too, as they are at any time. */
  routers: { readonly all: readonly RouterSide[] };
  routerConnection: RouterConnection;
  routerPages: RouterPages;
  /** `undefined` if no router is configured. */
  setupRuns: SetupRuns | undefined;
  speeds: SpeedHistory;
  subscribers: Subscribers;
  shop: ShopSettings;
  /** Made when first asked for: only the web server keeps sessions. */
  staffSessions: { store(): StaffSessionStore; secret(): string };
  usageHistory: UsageHistory;
  usageReports: UsageReports;
  sales: Sales;
  vouchers: Vouchers;
  wan: WanMeter;
}
