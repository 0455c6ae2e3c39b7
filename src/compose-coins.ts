import type { Clock } from './clock';
import { CoinBoxes } from './services/coin-box/coin-boxes';
import { CoinPairing } from './services/coin-box/coin-pairing';
import { CoinReports } from './services/coin-box/coin-reports';
import { CoinSlots } from './services/coin-box/coin-slots';
import { CoinWakes } from './services/coin-box/coin-wakes';
import { RouterSights } from './services/coin-box/router-sights';
import type { RouterSide } from './services/router/router-side';
import type { Services } from './services/services';
import type { SecretKey } from './store/database/secret-key';
import type { Stores } from './store/stores';

interface CoinParts extends Pick<Services, 'batches' | 'drawers'> {
  stores: Stores;
  clock: Clock;
  secrets: Pick<SecretKey, 'derive'>;
  /** As they are at any time. */
  routers: readonly RouterSide[];
  books: { readonly error: unknown };
  currency: () => string;
}

/** All that has to do with boxes for coins. */
export function composeCoins(
  parts: CoinParts,
): Pick<Services, 'coinBoxes' | 'coinPairing' | 'coinReports' | 'coinSlots'> {
  const { stores, clock, secrets, routers, books, batches, drawers, currency } = parts;
  const wakes = new CoinWakes(clock);
  const sights = new RouterSights(() => routers);
  const isWell = () => books.error === undefined;
  return {
    coinBoxes: new CoinBoxes({ stores, clock, drawers, wakes }),
    coinPairing: new CoinPairing({ stores, secrets, clock, drawers, currency }),
    coinReports: new CoinReports({ stores, clock, wakes, sights, isWell }),
    coinSlots: new CoinSlots({ stores, clock, wakes, batches, currency }),
  };
}
