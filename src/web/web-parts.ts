import type { Store } from 'express-session';
import type { Clock } from '../clock';
import type { SystemConfig } from '../config';
import type { Log, RecentLog } from '../log';
import type { AccountService } from '../services/staff/account-service';
import type { AlertService } from '../services/alert-service';
import type { BackTests } from '../services/history/back-test';
import type { CustomerService } from '../services/customer-service';
import type { DeviceBlocks } from '../services/device-blocks';
import type { DeviceService } from '../services/device-service';
import type { Doctor } from '../services/doctor';
import type { Effect } from '../services/effect';
import type { LiveView } from '../services/live-view';
import type { NetworkController } from '../services/loop/network-controller';
import type { NoticeDesk } from '../services/notices/notice-desk';
import type { PlanService } from '../services/plan-service';
import type { PlanSimulator } from '../services/history/plan-simulator';
import type { Readiness } from '../services/readiness';
import type { RouterDesk } from '../services/router-desk';
import type { RouterPages } from '../services/setup/router-pages';
import type { SpeedHistory } from '../services/history/speed-history';
import type { UsageHistory } from '../services/history/usage-history';
import type { SellerDesk } from '../services/seller-desk';
import type { ShopSettings } from '../services/shop-settings';
import type { VoucherDesk } from '../services/voucher-desk';
import type { VoucherService } from '../services/voucher-service';
import type { WanMeter } from '../services/wan-meter';
import type { IncomeReports } from '../store/income-reports';
import type { Reports } from '../store/reports';
import type { UsageReports } from '../store/usage-reports';

/** What the pages need of the product. */
export interface WebParts {
  config: SystemConfig;
  clock: Clock;
  log: Log;
  services: {
    accounts: AccountService;
    alerts: AlertService;
    backTests: BackTests;
    blocks: DeviceBlocks;
    customers: CustomerService;
    devices: DeviceService;
    doctor: Doctor | undefined;
    effect: Effect;
    income: IncomeReports;
    live: LiveView;
    noticeDesk: NoticeDesk;
    plans: PlanService;
    planSimulator: PlanSimulator;
    readiness: Readiness;
    recentLog: RecentLog;
    reports: Reports;
    routerDesk: RouterDesk;
    routerPages: RouterPages;
    sellers: SellerDesk;
    speeds: SpeedHistory;
    shop: ShopSettings;
    staffSessions: { store(): Store; secret(): string };
    usageHistory: UsageHistory;
    usageReports: UsageReports;
    voucherDesk: VoucherDesk;
    vouchers: VoucherService;
    wan: WanMeter;
  };
  controller: NetworkController | undefined;
  /** Aborts when the server ends: pages that are kept up to date would never end by themselves. */
  stopping?: AbortSignal;
}
