import type { Clock } from '../../clock';
import type { SystemConfig } from '../../config';
import type { Log } from '../../log';
import type { Services } from '../../services/services';

/** What the pages need of the product. */
export interface WebParts {
  config: SystemConfig;
  clock: Clock;
  log: Log;
  services: Services;
  /** Aborts when the server ends: live pages would never end by themselves. */
  stopping?: AbortSignal;
  /**
   * Restarts the shop in this process, with the settings as they are then; not in the demo.
   * @param between done while the books are closed
   */
  restart?: (between?: () => Promise<void>) => void;
}
