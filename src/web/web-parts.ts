import type { Store } from 'express-session';
import type { Clock } from '../clock';
import type { SystemConfig } from '../config';
import type { Log, RecentLog } from '../log';
import type { AccountService } from '../services/account-service';
import type { AlertService } from '../services/alert-service';
import type { BackTests } from '../services/back-test';
import type { CustomerService } from '../services/customer-service';
import type { DeviceBlocks } from '../services/device-blocks';
import type { DeviceService } from '../services/device-service';
import type { Effect } from '../services/effect';
import type { LiveView } from '../services/live-view';
import type { NetworkController } from '../services/network-controller';
import type { PlanService } from '../services/plan-service';
import type { RouterDesk } from '../services/router-desk';
import type { SpeedHistory } from '../services/speed-history';
import type { UsageHistory } from '../services/usage-history';
import type { ShopSettings } from '../services/shop-settings';
import type { VoucherDesk } from '../services/voucher-desk';
import type { VoucherService } from '../services/voucher-service';
import type { WanMeter } from '../services/wan-meter';
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
    effect: Effect;
    live: LiveView;
    plans: PlanService;
    recentLog: RecentLog;
    reports: Reports;
    routerDesk: RouterDesk;
    speeds: SpeedHistory;
    shop: ShopSettings;
    staffSessions: { store(): Store; secret(): Promise<string> };
    usageHistory: UsageHistory;
    usageReports: UsageReports;
    voucherDesk: VoucherDesk;
    vouchers: VoucherService;
    wan: WanMeter;
  };
  controller: NetworkController | undefined;
}
