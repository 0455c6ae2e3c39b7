import type { Store } from 'express-session';
import type { Clock } from '../../clock';
import type { SystemConfig } from '../../config';
import type { Log, RecentLog } from '../../log';
import type { AccountService } from '../../services/staff/account-service';
import type { AlertService } from '../../services/notices/alert-service';
import type { BackTests } from '../../services/history/back-test';
import type { CustomerService } from '../../services/portal/customer-service';
import type { DeviceBlocks } from '../../services/devices/device-blocks';
import type { DeviceService } from '../../services/devices/device-service';
import type { Doctor } from '../../services/router/doctor';
import type { ApplyNow } from '../../services/loop/apply-now';
import type { LiveView } from '../../services/devices/live-view';
import type { Controller } from '../../services/loop/network-controller';
import type { NoticeOverview } from '../../services/notices/notice-overview';
import type { PlanService } from '../../services/shop/plan-service';
import type { PlanSimulator } from '../../services/history/plan-simulator';
import type { Readiness } from '../../services/readiness';
import type { RouterOverview } from '../../services/router/router-overview';
import type { RouterPages } from '../../services/setup/router-pages';
import type { SpeedHistory } from '../../services/history/speed-history';
import type { UsageHistory } from '../../services/history/usage-history';
import type { SellerDesk } from '../../services/vouchers/seller-desk';
import type { ShopSettings } from '../../services/shop/shop-settings';
import type { VoucherDesk } from '../../services/vouchers/voucher-desk';
import type { VoucherService } from '../../services/vouchers/voucher-service';
import type { WanMeter } from '../../services/devices/wan-meter';
import type { IncomeReports } from '../../store/vouchers/income-reports';
import type { Reports } from '../../store/vouchers/reports';
import type { UsageReports } from '../../store/usage/usage-reports';

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
    applyNow: ApplyNow;
    income: IncomeReports;
    live: LiveView;
    noticeOverview: NoticeOverview;
    plans: PlanService;
    planSimulator: PlanSimulator;
    readiness: Readiness;
    recentLog: RecentLog;
    reports: Reports;
    routerOverview: RouterOverview;
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
  controller: Controller | undefined;
  /** Aborts when the server ends: pages that are kept up to date would never end by themselves. */
  stopping?: AbortSignal;
}
