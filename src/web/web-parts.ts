import type { Clock } from '../clock';
import type { Config } from '../config';
import type { Log } from '../log';
import type { DeviceService } from '../services/device-service';
import type { NetworkController } from '../services/network-controller';
import type { PlanService } from '../services/plan-service';
import type { VoucherService } from '../services/voucher-service';

/** What the pages need of the product. */
export interface WebParts {
  config: Config;
  clock: Clock;
  log: Log;
  services: { devices: DeviceService; plans: PlanService; vouchers: VoucherService };
  controller: NetworkController | undefined;
}
