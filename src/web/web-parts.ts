import type { Store } from 'express-session';
import type { Clock } from '../clock';
import type { Config } from '../config';
import type { Log } from '../log';
import type { AccountService } from '../services/account-service';
import type { AlertService } from '../services/alert-service';
import type { BackTests } from '../services/back-test';
import type { CustomerService } from '../services/customer-service';
import type { DeviceService } from '../services/device-service';
import type { Doctor } from '../services/doctor';
import type { Effect } from '../services/effect';
import type { LiveView } from '../services/live-view';
import type { NetworkController } from '../services/network-controller';
import type { NoticeDesk } from '../services/notice-desk';
import type { PlanService } from '../services/plan-service';
import type { PlanSimulator } from '../services/plan-simulator';
import type { RouterDesk } from '../services/router-desk';
import type { RouterPages } from '../services/router-pages';
import type { SpeedHistory } from '../services/speed-history';
import type { UsageHistory } from '../services/usage-history';
import type { VoucherDesk } from '../services/voucher-desk';
import type { VoucherService } from '../services/voucher-service';
import type { Reports } from '../store/reports';
import type { UsageReports } from '../store/usage-reports';

/** What the pages need of the product. */
export interface WebParts {
  config: Config;
  clock: Clock;
  log: Log;
  services: {
    accounts: AccountService;
    alerts: AlertService;
    backTests: BackTests;
    customers: CustomerService;
    devices: DeviceService;
    doctor: Doctor | undefined;
    effect: Effect;
    live: LiveView;
    noticeDesk: NoticeDesk;
    plans: PlanService;
    planSimulator: PlanSimulator;
    reports: Reports;
    routerDesk: RouterDesk;
    routerPages: RouterPages;
    speeds: SpeedHistory;
    staffSessions: { store(): Store; secret(): Promise<string> };
    usageHistory: UsageHistory;
    usageReports: UsageReports;
    voucherDesk: VoucherDesk;
    vouchers: VoucherService;
  };
  controller: NetworkController | undefined;
}
